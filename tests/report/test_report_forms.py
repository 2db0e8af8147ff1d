"""Several forms at once, each whole, and nothing of anybody else's replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediamix.core.errors import FolderError
from mediamix.models.base import Fit
from mediamix.reporting import report, reports
from mediamix.reporting.drawing import Pen
from mediamix.reporting.files import write_reports
from mediamix.reporting.material import Material

NAMES = ("r.html", "r.pdf", "r.pptx")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in NAMES]


def test_forms_are_written_together(material: Material, paths: list[Path]) -> None:
    with Pen() as pen:
        write_reports(material, paths, pen, force=False)
        assert {p.name for p in paths[0].parent.iterdir()} == {*NAMES, "r_tables"}
        starts = [path.read_bytes()[:4] for path in paths]
        assert starts == [b"<!DO", b"%PDF", b"PK\x03\x04"]
        write_reports(material, paths, pen, force=True)  # each is known as ours
        with pytest.raises(FolderError, match="already there"):
            write_reports(material, paths, pen, force=False)


def test_a_pdf_alone_has_no_tables_beside_it(plain: Material, paths: list[Path]) -> None:
    with Pen() as pen:
        write_reports(plain, paths[1:2], pen, force=False)
    assert [path.name for path in paths[0].parent.iterdir()] == ["r.pdf"]


@pytest.mark.parametrize("name", NAMES)
def test_force_replaces_no_other_file(weekly: tuple[Fit, object], name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"somebody's work")
    with pytest.raises(FolderError, match="mediamix didn't write it"):
        report(weekly[0], None, tmp_path / name, force=True)
    assert (tmp_path / name).read_bytes() == b"somebody's work"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["r.html", "r.html"], "asked for twice"),
        (["r.html", "r.pdf", "r.htm"], "asked for twice"),  # their tables would lie in one folder
        (["r.html", "r.docx"], r"can't be written as r\.docx(.|\n)*\.html, \.htm, \.pdf, \.pptx"),
        (["r"], "no ending"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(
    names: list[str], message: str, weekly: tuple[Fit, object], tmp_path: Path
) -> None:
    with pytest.raises(FolderError, match=message):
        reports(weekly[0], None, [tmp_path / name for name in names])
    assert list(tmp_path.iterdir()) == []
