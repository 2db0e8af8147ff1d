"""What DuckDB says went wrong, in the words of the person who can mend it."""

from __future__ import annotations

import re
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.locks import shown

_UNWRITABLE = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|Read-only file system|Permission denied"
    r"|Input/output error|Could not write[^\n]*"
)


def write_failure(path: Path, error: BaseException | str) -> FolderError | None:
    """A disk that is full or can't be written, in plain words; None if it is something else.

    Args:
        path: Of the warehouse.
        error: What was raised, with what led to it; or a message.
    """
    texts: list[str] = []
    while isinstance(error, BaseException):
        texts.append(str(error))
        cause = error.__cause__ or error.__context__
        if cause is None:
            break
        error = cause
    if isinstance(error, str):
        texts.append(error)
    found = next((match[0] for text in texts if (match := _UNWRITABLE.search(text))), None)
    if found is None:
        return None
    return FolderError(
        f"can't write the warehouse {shown(path)}",
        expected="a disk with space left, and a folder you may write to",
        got=found,
        next_step="free space on that disk, or choose another --warehouse; what was there is as it was",
    )


def explained(path: Path, reason: str) -> FolderError:
    """DuckDB's reason for not opening a file, in the words of the person who can mend it."""
    first_line = reason.splitlines()[0] if reason else ""
    if "lock on file" in reason:
        return FolderError(
            f"the warehouse {shown(path)} is in use by another process",
            got=first_line,
            next_step="close the other program (a notebook, a DuckDB shell, a running build), then try again",
        )
    if "not a valid DuckDB database" in reason:
        return FolderError(
            f"{path} is not a DuckDB file",
            got=first_line,
            next_step="give the path of a warehouse made by `mediamix build`",
        )
    if "different configuration" in reason:
        return FolderError(
            f"the warehouse {path} is already open in this process",
            expected="no connection in another mode (reading or writing)",
            got=first_line,
            next_step="close the other connection first",
        )
    return FolderError(
        f"can't open the warehouse {path}", got=first_line, next_step="check the path and its rights"
    )
