"""Writing that leaves either the old file or the whole new one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.locks import aside_of, lies_aside, remove, shown, sole_writer

_HEAD = 1 << 16
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: What the disk or its rights refuse, wherever it happens.
_OF_THE_DISK = _FULL | {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def whole_file(path: Path, *, force: bool = True) -> Iterator[Path]:
    """A file that appears whole or not at all: write to the path given; at the end it is renamed.

    A link stays a link: the file that it names is replaced. Inside a folder that is itself written
    aside the file is written in its place.

    Raises:
        FolderError: The folder can't be written, another process is writing the file, or it is there
            and `force` is False.
    """
    real = path.resolve() if os.path.islink(path) else path
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        if lies_aside(real):
            yield real
            return
        with sole_writer(real):
            refuse_there(path, force=force)
            aside = aside_of(real)
            try:
                yield aside
                refuse_there(path, force=force)
                _like(aside, real)
                sync(aside)
                os.replace(aside, real)
                sync(real.parent)
            finally:
                remove(aside)
    except OSError as error:
        raise unwritable(path, error) from error


def write_text(path: Path, text: str, *, force: bool = True) -> None:
    """Write a text file, whole or not at all.

    Raises:
        FolderError: As of `whole_file`.
    """
    with whole_file(path, force=force) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: Path, content: bytes, *, force: bool = True) -> None:
    """Write a file of bytes, whole or not at all.

    Raises:
        FolderError: As of `whole_file`.
    """
    with whole_file(path, force=force) as aside:
        aside.write_bytes(content)


def write_json(path: Path, value: Any, *, force: bool = True) -> None:
    """JSON with readable indentation; NaN is refused, not written."""
    write_text(path, json_text(value), force=force)


def json_text(value: Any) -> str:
    """The text that `write_json` writes."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_together(texts: Mapping[Path, str], *, force: bool) -> None:
    """Files that belong together, the first of them the one that the others go with.

    At no moment do the first of one run and another of another run stand side by side: the others go
    before the first is replaced, and come after it.

    Raises:
        FolderError: As of `whole_file`; nothing was written.
    """
    first, *others = texts
    with ExitStack() as opened:
        # the first is entered last, so that it is renamed first
        asides = {path: opened.enter_context(whole_file(path, force=force)) for path in (*others, first)}
        for path, aside in asides.items():
            aside.write_text(texts[path], encoding="utf-8", newline="\n")
            sync(aside)
        for path in others:
            if asides[path] != path:
                path.unlink(missing_ok=True)


def refuse_there(path: Path, *, force: bool) -> None:
    """FolderError where a file is there and may not be replaced, or isn't a file."""
    if os.path.isdir(path):  # False, not an error, for a name that can't be
        raise FolderError(
            f"{path} is a folder", expected="the path of a file", next_step="choose another --out file"
        )
    if not force and os.path.lexists(path):
        raise FolderError(
            f"the file {path} is already there",
            expected="a new file",
            next_step="choose another --out file, or add --force (in Python force=True) to replace it",
        )


def refuse_foreign(path: Path, ours: str | Callable[[Path], bool]) -> None:
    """FolderError where the file that --force would replace isn't what mediamix writes there.

    Args:
        path: The file; what isn't there or is empty is nobody's.
        ours: A pattern of how its text begins, after a byte order mark; or who can tell by the path.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD)
        known = not start or (
            re.match(ours, start.decode("utf-8-sig", errors="replace")) is not None
            if isinstance(ours, str)
            else ours(path)
        )
    except OSError:  # not there, or not to be read: said when it is written
        return
    if not known:
        raise FolderError(
            f"--force doesn't replace {path}: mediamix didn't write it, or not as this",
            expected="a new file, or what the same command wrote before",
            next_step="choose another --out file, or move this one away first",
        )


def unwritable(path: Path, error: OSError) -> FolderError:
    """The one message for a path that can't be written."""
    next_step = "choose another --out"
    if error.errno in _FULL:
        next_step = "free space on that disk, or choose a place on another one; what was there is as it was"
    elif error.errno in _READ_ONLY:
        next_step = "choose a folder that you may write to, or have its rights changed"
    elif error.errno == errno.ENAMETOOLONG:
        next_step = "choose a shorter name"
    return FolderError(
        f"can't write {shown(path)}",
        expected="a folder you may write to, with space left",
        got=error.strerror or str(error),
        next_step=next_step,
    )


def refused_by_disk(error: BaseException) -> FolderError | None:
    """An error that nobody expected as one of a disk that is full or closed; None: it is another."""
    if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
        return unwritable(Path(str(error.filename or "the output")), error)
    return None


def sha256(path: Path) -> str:
    """Hash of a file's content.

    Raises:
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have a file, or a folder's list of names, on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems can't sync a folder: the rename is as safe as they make it.
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def _like(aside: Path, target: Path) -> None:
    """Keep the rights of the file that is replaced."""
    with suppress(OSError):
        aside.chmod(target.stat().st_mode & 0o7777)
