"""Where the warehouse is and how to open it. DuckDB: one file.

Another engine is another record with the same two methods, `connect` and `profile`; its SQL
dialect is dbt's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.errors import ExtraError, FolderError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAREHOUSE_VARIABLE = "MEDIAMIX_WAREHOUSE"

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
        connection = self._open(read_only)
        try:
            yield connection
        finally:
            connection.close()

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


def _explained(path: Path, reason: str) -> FolderError:
    """DuckDB's reason for not opening a file, in the words of the person who can mend it."""
    first_line = reason.splitlines()[0] if reason else ""
    if "lock on file" in reason:
        return FolderError(
            f"the warehouse {path} is in use by another process",
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
