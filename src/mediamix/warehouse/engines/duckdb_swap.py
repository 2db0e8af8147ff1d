"""Building in a copy of a warehouse, which takes its place only if nobody has changed that meanwhile.

DuckDB's own lock keeps two processes from opening a file while one of them writes. A copy that takes
the file's place goes around it: whoever wrote between copy and swap would lose his rows. So a builder
holds our lock, against other builders; and swaps while it reads the file, which keeps writers out, if
the file is still the one that was copied.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import sync, unwritable
from mediamix.core.locks import aside_of, remove, sole_writer
from mediamix.warehouse.engines.duckdb import DuckDB


@dataclass(frozen=True)
class _State:
    """What tells one content of a file from the next, without reading it."""

    inode: int
    size: int
    changed_ns: int


@contextmanager
def swapped(path: Path) -> Iterator[Path]:
    """A copy to build in, which takes the place of the warehouse at the end of the block.

    dbt's views hold the name of the file, so that the copy has the same name in another folder.

    Raises:
        FolderError: The warehouse can't be read or written, is in use, or was changed by another
            program during the block; it is left as it was.
    """
    real = path.resolve() if path.is_symlink() else path
    body_failed = False
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        with sole_writer(real):
            folder = aside_of(real)
            try:
                folder.mkdir()
                before = _copy(real, folder / real.name)
                try:
                    yield folder / real.name
                except BaseException:
                    body_failed = True
                    raise
                _swap(folder / real.name, real, before)
            finally:
                remove(folder)
    except OSError as error:
        if body_failed:
            raise
        raise unwritable(path, error) from error


def _copy(path: Path, aside: Path) -> _State | None:
    """Copy the file if it is there; its state as it was copied.

    Opening it for writing refuses what is no warehouse, or in use, and brings a log that a crashed
    writer left into the file.
    """
    if not path.exists():
        return None
    with DuckDB(path).connect(read_only=False):
        pass
    before = _state(path)
    shutil.copyfile(path, aside)
    if _state(path) != before or _log(path).exists():
        raise _changed(path)
    return before


def _swap(aside: Path, path: Path, before: _State | None) -> None:
    sync(aside)
    if before is None:
        if os.path.lexists(path):
            raise _changed(path)
        os.replace(aside, path)
    else:
        # Nothing here may open and close the file by itself: that would drop the lock of this process.
        with DuckDB(path).connect(read_only=True):
            if _state(path) != before or _log(path).exists():
                raise _changed(path)
            aside.chmod(path.stat().st_mode & 0o7777)
            os.replace(aside, path)
    sync(path.parent)


def _state(path: Path) -> _State:
    found = path.stat()
    return _State(found.st_ino, found.st_size, found.st_mtime_ns)


def _log(path: Path) -> Path:
    """What DuckDB has committed and not yet brought into the file."""
    return path.with_name(f"{path.name}.wal")


def _changed(path: Path) -> FolderError:
    return FolderError(
        f"another program changed the warehouse {path} while the mart was built",
        got="rows that the build hasn't seen; the warehouse keeps them, and nothing of the build was written",
        next_step="run `mediamix build` again",
    )
