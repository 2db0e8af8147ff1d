"""DuckDB: one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import ExtraError, FolderError
from mediamix.core.locks import shown
from mediamix.warehouse.engine import TARGET_VARIABLE, ColumnLike, Rows, Session, Warehouse, refused
from mediamix.warehouse.engines.duckdb_words import explained, write_failure

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Table

WAREHOUSE_VARIABLE = "MEDIAMIX_WAREHOUSE"

# DuckDB calls the database by the file's name, which must not hide one of its schemas.
_TAKEN = frozenset({"landing", "staging", "seed", "mart", "temp", "system"})


@dataclass(frozen=True)
class DuckDB:
    """A DuckDB file.

    Args:
        path: Of the file; opening it for writing makes it.
    """

    path: Path

    @property
    def title(self) -> str:
        """The path."""
        return str(shown(self.path))

    @property
    def database(self) -> str:
        """As SQL calls it."""
        return self.path.stem

    @property
    def place(self) -> str:
        """The path in full."""
        return str(self.path.resolve())

    @property
    def profile(self) -> dict[str, str]:
        """Environment variables that ``dbt/profiles.yml`` reads."""
        return {TARGET_VARIABLE: "duckdb", WAREHOUSE_VARIABLE: str(self.path.resolve())}

    @property
    def work_dir(self) -> Path:
        """Folder beside the file for what dbt writes: parsed project, compiled SQL, log."""
        return self.path.resolve().with_name(f".{self.path.name}.dbt")

    def renewed(self) -> AbstractContextManager[Warehouse]:
        """A copy that takes the file's place; see `duckdb_swap`."""
        from mediamix.warehouse.engines.duckdb_swap import swapped

        return _as_warehouse(swapped(self.path))

    @contextmanager
    def building(self) -> Iterator[Warehouse]:
        """The file itself."""
        yield self

    @contextmanager
    def dbt(self) -> Iterator[Any]:
        """dbt-duckdb keeps its connection for the process: it is closed."""
        try:
            from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        except ImportError as error:
            raise ExtraError("dbt-duckdb", "warehouse", "building the mart") from error
        try:
            yield DuckDBConnectionManager
        finally:
            DuckDBConnectionManager.close_all_connections()

    def explained(self, error: BaseException | str) -> FolderError | None:
        """A disk that is full or can't be written."""
        return write_failure(self.path, error)

    def dlt_destination(self) -> Any:
        """The file."""
        import dlt

        return dlt.destinations.duckdb(str(self.path.resolve()))

    @property
    def dlt_dataset(self) -> str:
        """The schema's name."""
        return "landing"

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[Session]:
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
            yield DuckDBSession(connection)
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
            raise explained(self.path, str(error)) from error


class DuckDBSession:
    """An open file."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self.connection = connection
        self._inside = False

    def name(self, schema: str, table: str) -> str:
        return f"{schema}.{table}"

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        return self.connection.execute(sql, list(values)) if values else self.connection.execute(sql)

    def arrow(self, sql: str, values: Sequence[object] = ()) -> Table:
        return self.connection.execute(sql, list(values)).to_arrow_table()

    def refuse(self, sql: str, values: Sequence[object], what: str) -> None:
        rows = self.execute(sql, values).fetchall()
        if rows:
            raise refused(what, rows)

    def insert(self, schema: str, table: str, rows: Table) -> None:
        self.connection.register("inserted_rows", rows)
        self.connection.execute(f"insert into {schema}.{table} by name select * from inserted_rows")
        self.connection.unregister("inserted_rows")

    def create(self, schema: str, table: str, columns: Iterable[ColumnLike]) -> None:
        inside = ", ".join(f'"{c.name}" {c.type}{"" if c.nullable else " NOT NULL"}' for c in columns)
        self.connection.execute(f"create schema if not exists {schema}")
        self.connection.execute(f"create table {schema}.{table} ({inside})")

    def tables(self, schema: str) -> set[str]:
        rows = self.connection.execute(
            "select table_name from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
        return {str(name) for (name,) in rows}

    def columns(self, schema: str, table: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self.connection.execute(f"describe {schema}.{table}").fetchall()}

    def decimal(self, number: str) -> str:
        return f"cast({number} as decimal(38, 6))"

    def double(self, number: str) -> str:
        return f"cast({number} as double)"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._inside:
            yield
            return
        self.connection.begin()
        self._inside = True
        try:
            yield
            self.connection.commit()
        except BaseException:
            with suppress(Exception):  # where the transaction is gone already; the reason is `raise`d
                self.connection.rollback()
            raise
        finally:
            self._inside = False


@contextmanager
def _as_warehouse(aside: AbstractContextManager[Path]) -> Iterator[Warehouse]:
    with aside as path:
        yield DuckDB(path)


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
