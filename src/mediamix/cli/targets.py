"""Checks of where a command will write, before its work begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.files import refuse_foreign, refuse_there, unwritable
from mediamix.core.folders import refuse_used
from mediamix.core.locks import sole_writer

if TYPE_CHECKING:
    from mediamix.core.spec import Spec
    from mediamix.warehouse.engine import Warehouse

#: How long another writer is waited for before any work is done, in seconds.
SOON = 2.0
_NOTHING: Mapping[str, str] = {}


def ready_folder(target: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse a folder that is used or can't be written, before minutes of work.

    Args:
        target: The folder.
        force: Whether what mediamix wrote there may be replaced.
        inputs: What the command reads, which must not lie in what is replaced.

    Raises:
        FolderError: It has content without `force` or that isn't mediamix's to replace, is a file, is
            being written, or can't be written.
    """
    refuse_used(target, force=force, inputs=inputs)
    _probe(target)


def ready_file(target: Path, *, force: bool, ours: Mapping[str, str] = _NOTHING) -> None:
    """The same for a file.

    Args:
        target: The file.
        force: Whether it may be replaced.
        ours: Ending -> pattern of how a file begins that the command wrote; of another ending as of "".

    Raises:
        FolderError: It is there without `force` or isn't mediamix's to replace, is a folder, is being
            written, or can't be written.
    """
    refuse_there(target, force=force)
    pattern = ours.get(target.suffix.lower(), ours.get(""))
    if pattern is not None:
        refuse_foreign(target, pattern)
    _probe(target)


def two_forms(target: Path, main: str, other: str) -> tuple[Path, Path]:
    """The paths of a result's two forms, neither in the place of the other.

    ``--out plan.csv`` of a command that writes JSON and a table gives ``plan.json`` and ``plan.csv``.

    Args:
        target: As it was given: of the main form, unless it has the ending of the other.
        main: Ending of the main form, such as ``.json``.
        other: Ending of the other form, such as ``.csv``.
    """
    if target.suffix.lower() == other:
        return target.with_suffix(main), target
    return target, target.with_suffix(other)


def inputs_of(spec: Spec, path: Path, *others: Path | None) -> tuple[Path, ...]:
    """What a command reads: its spec, the spec's tables, and further files."""
    return (path, *spec.files(path.parent), *(other for other in others if other is not None))


def named_warehouse(spec: Spec, path: Path, file: Path | None) -> Warehouse:
    """The warehouse of a command: the file that is given, else the spec's.

    Args:
        spec: As read.
        path: Of the spec.
        file: A DuckDB file.
    """
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.engines.duckdb import DuckDB

    return warehouse_of(spec, path.parent) if file is None else DuckDB(file)


def free_folder(wanted: Path) -> Path:
    """`wanted`, or where it is used the first free one of ``wanted-2``, ``wanted-3`` and so on."""
    number, folder = 1, wanted
    while folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def _probe(target: Path) -> None:
    """Write, for a moment, where the target's first new folder would be; it may be in use."""
    first = target.absolute()
    while not first.parent.exists() and first.parent != first.parent.parent:
        first = first.parent
    try:
        with sole_writer(first, patience=SOON):
            pass
    except OSError as error:
        raise unwritable(target, error) from error
