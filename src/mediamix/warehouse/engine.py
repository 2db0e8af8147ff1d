"""Where the warehouse is and how to open it. DuckDB: one file.

Another engine is another record with the same two methods, `connect` and `profile`; its SQL
dialect is dbt's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.errors import ExtraError, FolderError
from mediamix.core.locks import shown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAREHOUSE_VARIABLE = "MEDIAMIX_WAREHOUSE"

_UNWRITABLE = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|Read-only file system|Permission denied"
    r"|Input/output error|Could not write[^\n]*"
)

# DuckDB calls the database by the file's name, which must not hide one of its schemas.
_TAKEN = frozenset({"landing", "staging", "seed", "mart", "temp", "system"})


@dataclass(frozen=True)
class Warehouse:
    """A DuckDB file.

    Args:
        path: Of the file; opening it for writing makes it.
    """

    path: Path

    @property
    def profile(self) -> dict[str, str]:
        """Environment variables that ``dbt/profiles.yml`` reads."""
        return {WAREHOUSE_VARIABLE: str(self.path.resolve())}

    @property
    def work_dir(self) -> Path:
        """Folder beside the file for what dbt writes: parsed project, compiled SQL, log."""
        return self.path.resolve().with_name(f".{self.path.name}.dbt")

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[DuckDBPyConnection]:
        """An open connection, closed at the end of the block.

        Raises:
            ExtraError: DuckDB isn't installed.
            FolderError: The file isn't there (reading), isn't a DuckDB file, or is locked.
        """
        while True:
            before = _inode(self.path)
            connection = self._open(read_only)
            # A build may have put another file in the place of the one that was just opened.
            if before is None or before == _inode(self.path):
                break
            connection.close()
        try:
            yield connection
        except Exception as error:
            if _is_interrupt(error):
                raise KeyboardInterrupt from error
            full = write_failure(self.path, error)
            if full is None:
                raise
            raise full from error
        finally:
            _close(connection, self.path)

    def _open(self, read_only: bool) -> DuckDBPyConnection:
        try:
            import duckdb
        except ImportError as error:
            raise ExtraError("duckdb", "warehouse", "the warehouse") from error
        if self.path.stem.lower() in _TAKEN or "'" in self.path.name:
            raise FolderError(
                f"a warehouse can't be called {self.path.name}",
                expected=f"a name without ' and other than {', '.join(sorted(_TAKEN))}",
                next_step="rename it, for example to warehouse.duckdb",
            )
        if read_only and not self.path.is_file():
            raise FolderError(
                f"there is no warehouse at {self.path}",
                expected="a DuckDB file",
                next_step="make it with `mediamix build`, or check the path",
            )
        try:
            if not read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            return duckdb.connect(str(self.path), read_only=read_only)
        except (duckdb.Error, OSError) as error:
            raise _explained(self.path, str(error)) from error


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


def _is_interrupt(error: Exception) -> bool:
    """Whether this is what DuckDB makes of Ctrl-C during a query."""
    import duckdb

    return isinstance(error, duckdb.InterruptException) or str(error) == "Query interrupted"


def _close(connection: DuckDBPyConnection, path: Path) -> None:
    """Closing writes what is left; that fails where writing failed."""
    import duckdb

    try:
        connection.close()
    except duckdb.Error as error:
        full = write_failure(path, error)
        if full is None:
            raise
        raise full from error


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _explained(path: Path, reason: str) -> FolderError:
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
