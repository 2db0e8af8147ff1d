"""Figures as files of their own: SVG, or PNG for slides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mediamix.core.errors import SpecError
from mediamix.core.files import whole_file
from mediamix.reporting.drawing import Pen
from mediamix.reporting.figures.theme import Spec

FORMS = (".png", ".svg")
WIDTH = 900.0


def refuse_other_forms(path: Path) -> None:
    """SpecError for another ending than .png or .svg."""
    if path.suffix.lower() not in FORMS:
        raise SpecError(
            f"{path} is no picture",
            expected=f"a name that ends with {' or '.join(FORMS)}",
            got=path.suffix or "no ending",
            next_step=f"say {path.with_suffix('.svg')}",
        )


def write_pictures(specs: Mapping[str, Spec], path: Path) -> list[Path]:
    """Write figures beside each other: the first as `path`, others as ``path-name``.

    Args:
        specs: Name → figure.
        path: Its ending says the form.

    Raises:
        SpecError: Another ending than .png or .svg.
        FolderError: A file can't be written.
        ModuleNotFoundError: vl_convert is not installed.
    """
    refuse_other_forms(path)
    paths = [path if n == 0 else path.with_stem(f"{path.stem}-{name}") for n, name in enumerate(specs)]
    wanted = [(spec, WIDTH) for spec in specs.values()]
    with Pen() as pen:
        if path.suffix.lower() == ".png":
            drawn = list(pen.png(wanted))
        else:
            drawn = [text.encode() for text in pen.svg(wanted)]
    for one, picture in zip(paths, drawn, strict=True):
        with whole_file(one) as aside:
            aside.write_bytes(picture)
    return paths
