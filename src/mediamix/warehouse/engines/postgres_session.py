"""A connection to PostgreSQL: statements one by one, columns in and out by COPY.

dbt's driver (psycopg2) is ours too: so a whole build, dbt included, can be one transaction of one connection.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import DataError, ExtraError
from mediamix.warehouse.engine import ColumnLike, Rows, refused

if TYPE_CHECKING:
    from pyarrow import DataType, Table

#: The contracts' types as PostgreSQL calls them, where it has another name.
_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision", "DECIMAL(38,6)": "numeric(38,6)"}
_CONTRACT = {
    "date": "DATE",
    "text": "VARCHAR",
    "character varying": "VARCHAR",
    "double precision": "DOUBLE",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "numeric(38,6)": "DECIMAL(38,6)",
    "timestamp without time zone": "TIMESTAMP",
}
_ROWS_AT_ONCE = 100_000


def driver() -> Any:
    """psycopg2.

    Raises:
        ExtraError: It isn't installed.
    """
    try:
        import psycopg2
        import psycopg2.extensions
    except ImportError as error:
        raise ExtraError("psycopg2", "postgres", "a PostgreSQL warehouse") from error
    return psycopg2


class PostgresSession:
    """An open connection, in a transaction that whoever opened it ends.

    Each statement has a savepoint of its own, so that one that fails takes nothing with it: dbt says of every
    node what became of it.
    """

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self._lock = threading.RLock()  # dbt asks from several threads

    def name(self, schema: str, table: str) -> str:
        return f"{schema}.{table}"

    def decimal(self, number: str) -> str:
        # By way of its text: the cast itself keeps 15 digits only.
        return f"cast(cast({number} as text) as numeric(38, 6))"

    def double(self, number: str) -> str:
        return f"cast({number} as double precision)"

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        cursor: Rows = self.run(_placed(sql, values), tuple(values) or None)
        return cursor

    def run(self, sql: str, values: Any = None) -> Any:
        """A cursor that has run a statement in psycopg2's own form."""
        with self._at_once():
            cursor = self.handle.cursor()
            cursor.execute(sql, values)
            return cursor

    def arrow(self, sql: str, values: Sequence[object] = ()) -> Table:
        import pyarrow as pa
        from pyarrow import csv

        with self._at_once():
            cursor = self.handle.cursor()
            asked = cursor.mogrify(_placed(sql, values), tuple(values) or None).decode()
            cursor.execute(f"select * from ({asked}) as asked limit 0")
            types = {column.name: _arrow_type(column) for column in cursor.description}
            with TemporaryFile() as file:
                cursor.copy_expert(f"copy ({asked}) to stdout (format csv)", file)
                if file.tell() == 0:
                    return pa.schema(types.items()).empty_table()
                file.seek(0)
                return csv.read_csv(
                    file,
                    csv.ReadOptions(column_names=list(types), block_size=1 << 24),
                    csv.ParseOptions(newlines_in_values=True),
                    csv.ConvertOptions(
                        column_types=types,
                        null_values=[""],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                        true_values=["t"],
                        false_values=["f"],
                    ),
                )

    def refuse(self, sql: str, values: Sequence[object], what: str) -> None:
        rows = self.execute(sql, values).fetchall()
        if rows:
            raise refused(what, rows)

    def insert(self, schema: str, table: str, rows: Table) -> None:
        from pyarrow import csv

        names = ", ".join(f'"{name}"' for name in rows.column_names)
        into = f"copy {schema}.{table} ({names}) from stdin (format csv)"
        with self._at_once():
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                buffer = BytesIO()
                csv.write_csv(
                    rows.slice(start, _ROWS_AT_ONCE), buffer, csv.WriteOptions(include_header=False)
                )
                if b"\x00" in buffer.getbuffer().tobytes():
                    raise DataError(
                        f"a text for {schema}.{table} has a character that PostgreSQL can't hold",
                        expected="text without the character NUL (U+0000)",
                        next_step="remove it at its source",
                    )
                buffer.seek(0)
                self.handle.cursor().copy_expert(into, buffer)

    def create(self, schema: str, table: str, columns: Iterable[ColumnLike]) -> None:
        inside = ", ".join(
            f'"{c.name}" {_TYPES.get(c.type, c.type)}{"" if c.nullable else " not null"}' for c in columns
        )
        # "if not exists" asks for the permission to create one even where there is one.
        if self.execute("select 1 from pg_namespace where nspname = ?", [schema]).fetchone() is None:
            self.execute(f"create schema {schema}")
        self.execute(f"create table {schema}.{table} ({inside})")

    def tables(self, schema: str) -> set[str]:
        rows = self.execute(
            "select c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname = ? and c.relkind in ('r', 'v', 'm', 'p', 'f')",
            [schema],
        ).fetchall()
        return {str(name) for (name,) in rows}

    def columns(self, schema: str, table: str) -> dict[str, str]:
        rows = self.execute(
            "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute as a "
            "join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname = ? and c.relname = ? and a.attnum > 0 and not a.attisdropped order by a.attnum",
            [schema, table],
        ).fetchall()
        return {str(name): _CONTRACT.get(kind, kind) for name, kind in rows}

    def transaction(self) -> AbstractContextManager[None]:
        return self._at_once("block")

    @contextmanager
    def _at_once(self, name: str = "statement") -> Iterator[None]:
        """All of the block, or nothing of it."""
        with self._lock, self.handle.cursor() as cursor:
            cursor.execute(f"savepoint mediamix_{name}")
            try:
                yield
            except BaseException:
                if not self.handle.closed:
                    cursor.execute(f"rollback to savepoint mediamix_{name}")
                raise
            cursor.execute(f"release savepoint mediamix_{name}")


def _placed(sql: str, values: Sequence[object]) -> str:
    """``?`` as psycopg2 has it; without values it looks for none."""
    return sql.replace("%", "%%").replace("?", "%s") if values else sql


def _arrow_type(column: Any) -> DataType:
    import pyarrow as pa

    known = {
        16: pa.bool_(),
        20: pa.int64(),
        21: pa.int64(),
        23: pa.int64(),
        700: pa.float64(),
        701: pa.float64(),
        1082: pa.date32(),
        1114: pa.timestamp("us"),
        1184: pa.timestamp("us", tz="UTC"),
    }
    if column.type_code == 1700:
        return pa.decimal128(38, 6 if column.scale is None or column.scale > 38 else column.scale)
    return known.get(column.type_code, pa.string())


class DbtHandle:
    """The connection of a build, as dbt's own: what ends a transaction is left out."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session

    def cursor(self) -> _Cursor:
        return _Cursor(self._session)

    def rollback(self) -> None:
        """A statement that failed is undone already."""

    def close(self) -> None:
        """The build closes it."""

    def get_backend_pid(self) -> int:
        """Asked for before dbt has the server end the connection, on Ctrl-C: its statement will do."""
        self._session.handle.cancel()
        raise driver().InterfaceError("connection already closed")


class _Cursor:
    """A cursor of it: of each statement, one."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._cursor: Any = None

    def execute(self, sql: str, bindings: Any = None) -> None:
        self._cursor = self._session.run(sql, bindings)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchmany(self, size: int) -> Any:
        return self._cursor.fetchmany(size)

    def fetchall(self) -> Any:
        return self._cursor.fetchall()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return int(self._cursor.rowcount)

    @property
    def statusmessage(self) -> str:
        return str(self._cursor.statusmessage)
