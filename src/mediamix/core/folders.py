"""Folders that appear whole or not at all, and replace nothing but what mediamix wrote itself.

A folder that we wrote holds `RECORD`: its files with a mark of each one's content. What isn't in it,
or has another mark by now, is somebody's work, and no --force removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.files import sync, unwritable, write_json
from mediamix.core.locks import aside_of, lies_aside, old_of, remove, sole_writer

RECORD = ".mediamix.json"
_ENDS = 1 << 20
_SHOWN = 8
# What file managers leave in every folder that is looked at.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux: the two names swap, with no moment without either


def put_aside(folder: Path) -> None:
    """Take a folder out of the way; the next writer beside it removes what is left of it."""
    if folder.is_dir():
        gone = folder.with_name(f".{folder.name}.0.mediamix-part")
        remove(gone)
        os.replace(folder, gone)
        remove(gone)


@contextmanager
def whole_folder(target: Path, *, force: bool, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A folder that appears whole or not at all.

    Yields a folder beside `target` to write into; at the end it takes target's place. On any
    error, Ctrl-C included, it is removed and `target` is as it was.

    Args:
        target: The folder.
        force: Whether what mediamix wrote there before may be replaced.
        inputs: What this run reads, which must not lie in what is replaced.

    Raises:
        FolderError: `target` has content that may not be replaced, another process is writing it, or
            it can't be written.
    """
    inputs = tuple(inputs)
    refuse_used(target, force=force, inputs=inputs)
    made = [folder for folder in target.parents if not folder.exists()]
    body_failed = False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if lies_aside(target):  # part of a folder that is written aside itself
            target.mkdir(exist_ok=True)
            yield target
            _seal(target)
            return
        with sole_writer(target):
            aside = aside_of(target)
            try:
                aside.mkdir()
                try:
                    yield aside
                except BaseException:
                    body_failed = True
                    raise
                _seal(aside)
                refuse_used(target, force=force, inputs=inputs)
                _place(aside, target)
                sync(target.parent)
            finally:
                remove(aside)
    except OSError as error:
        if body_failed:
            raise
        raise unwritable(target, error) from error
    finally:
        if not os.path.exists(target):
            for folder in made:  # innermost first; a folder that is in use stays
                with suppress(OSError):
                    folder.rmdir()


def refuse_used(target: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """FolderError where `target` can't be a new folder, nor one that `force` may replace."""
    # os.path says False where a name can't be: what is wrong with it is said when it is written
    if os.path.islink(target):
        raise FolderError(
            f"{target} is a link to {os.readlink(target)}",
            expected="a folder",
            next_step="give the folder itself as --out",
        )
    if os.path.exists(target) and not os.path.isdir(target):
        raise FolderError(f"{target} is a file", expected="a folder", next_step="choose another --out folder")
    if not os.path.isdir(target):
        return
    _refuse_standing(target)
    if not any(target.iterdir()):
        return
    if not force:
        raise FolderError(
            f"the folder {target} is already used",
            expected="a new or empty folder",
            got="a folder with content",
            next_step="choose another --out folder, or add --force (in Python force=True) to replace it",
        )
    _refuse_inputs(target, inputs)
    strange = foreign(target)
    if strange:
        hidden = len(strange) - _SHOWN
        raise FolderError(
            f"--force doesn't replace {target}: it holds what mediamix didn't write",
            expected=f"a folder that mediamix wrote, as its {RECORD} says",
            details=[*strange[:_SHOWN], *([f"… and {hidden} more"] if hidden > 0 else [])],
            next_step="choose another --out folder, or move these away first",
        )


def refuse_no_folder(fit: Path) -> None:
    """FolderError where a fit is asked for that isn't even a folder; cheap, before anything is loaded."""
    if not os.path.isdir(fit):
        raise FolderError(
            f"{fit} is not a folder",
            expected="a folder written by `mediamix fit`",
            next_step="fit first: mediamix fit mediamix.yml --out fit",
        )


def foreign(folder: Path) -> list[str]:
    """Paths in a folder that mediamix didn't write, or that were changed since.

    A file belongs to the innermost folder above it with a record: a fit inside of a run has its own.
    """
    records = {
        path.parent: _read_record(path) for path in sorted(folder.rglob(RECORD)) if not path.is_symlink()
    }
    strange: list[str] = []
    for place, names, files in os.walk(folder):
        here = Path(place)
        known = next((above for above in (here, *here.parents) if above in records), None)
        if not names and not files and here != folder:
            strange.append(f"{here.relative_to(folder)}/")
        linked = [name for name in names if (here / name).is_symlink()]
        for name in (*linked, *files):
            path = here / name
            said = str(path.relative_to(folder))
            if name in _LITTER or (name == RECORD and here in records):
                continue
            mark = None if known is None else records[known].get(path.relative_to(known).as_posix())
            if mark is None or path.is_symlink():
                strange.append(said)
            elif mark != _mark(path):
                strange.append(f"{said} (changed since)")
    return sorted(strange)


def _refuse_standing(target: Path) -> None:
    """Refuse the folder one stands in, the home folder, and what holds them."""
    here, real = Path.cwd(), target.resolve()
    with suppress(RuntimeError):
        home = Path.home().resolve()
        if real in (home, *home.parents):
            raise FolderError(
                f"{target} is the home folder or holds it",
                expected="a folder of its own for the results",
                next_step=f"choose a folder in it: --out {target / 'results'}",
            )
    if real in (here, *here.parents):
        raise FolderError(
            f"{target} is the folder you stand in, or holds it",
            expected="a folder of its own for the results",
            next_step=f"choose a folder in it: --out {target / 'results'}",
        )


def _refuse_inputs(target: Path, inputs: Iterable[Path]) -> None:
    real = target.resolve()
    inside = sorted({str(path) for path in inputs if path.resolve().is_relative_to(real)})
    if inside:
        raise FolderError(
            f"--force doesn't replace {target}: what this command reads lies in it",
            details=inside,
            next_step="choose another --out folder",
        )


def _seal(folder: Path) -> None:
    """Bring all files to the disk and write the record of them."""
    marks = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != RECORD:
            marks[path.relative_to(folder).as_posix()] = _mark(path)
            sync(path)
    write_json(folder / RECORD, {"written_by": "mediamix", "files": marks})
    sync(folder / RECORD)
    for place, _, _ in os.walk(folder):
        sync(Path(place))


def _mark(path: Path) -> str:
    """A hash of a file's size and of its first and last megabyte: an edit is seen without reading all."""
    size = path.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        found.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        found.update(file.read(_ENDS))
    return found.hexdigest()


def _read_record(path: Path) -> dict[str, str]:
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(mark) for name, mark in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _place(aside: Path, target: Path) -> None:
    """Put `aside` in the place of `target`, which may be there."""
    if not target.is_dir() or not any(target.iterdir()):
        os.replace(aside, target)
    elif _exchanged(aside, target):
        remove(aside)
    else:
        old = old_of(target)
        os.replace(target, old)
        os.replace(aside, target)
        remove(old)


def _exchanged(first: Path, second: Path) -> bool:
    """Swap two names in one step; False where the system can't."""
    if sys.platform != "linux":
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    here = -100  # AT_FDCWD
    done: int = rename(here, os.fsencode(first), here, os.fsencode(second), _EXCHANGE)
    return done == 0
