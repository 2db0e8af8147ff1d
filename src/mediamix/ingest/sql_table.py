"""Any SQL table as a Parquet file, streamed: rows in batches, whatever the table's size."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import DataError, SpecError
from mediamix.core.extras import extras_of, missing
from mediamix.core.names import plain
from mediamix.core.registry import suggestion
from mediamix.ingest.given import without_secret

if TYPE_CHECKING:
    from pyarrow import Schema

#: Rows of a batch.
BATCH = 50_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def address_of(variable: str, environment: Mapping[str, str] | None = None) -> str:
    """The address of a database, from the environment.

    Raises:
        SpecError: It isn't the name of a variable that is set.
    """
    environment = os.environ if environment is None else environment
    if not _NAME.fullmatch(variable):
        raise SpecError(
            "the address of a database has no place on a command line: others can read it there",
            expected="the name of an environment variable that holds it, such as SHOP_DATABASE",
            got="something else than a name",
            next_step="export SHOP_DATABASE=postgresql://user:password@host/database, and say SHOP_DATABASE",
        )
    address = environment.get(variable, "").strip()
    if not address:
        near = suggestion(variable, [name for name in environment if "://" in environment[name]])
        raise SpecError(
            f"the environment variable {variable} isn't set",
            expected="the address of a database, as SQLAlchemy has it: postgresql+psycopg2://user:password@host/database",
            next_step=near or f"export {variable}=…",
        )
    return address


def read_table(
    variable: str,
    table: str,
    target: Path,
    renamed: Mapping[str, str] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    told: Callable[[str], None] = lambda line: None,
    batch: int = BATCH,
) -> int:
    """Write all rows of a table, or view, to a Parquet file.

    Args:
        variable: Environment variable with the address.
        table: Its name, with its schema where it needs one: ``analytics.orders``.
        target: The file.
        renamed: Our column → the table's.
        environment: Variables; absent: those of this process.
        told: Takes a line of progress.
        batch: Rows that are held at a time.

    Returns:
        How many rows there were.

    Raises:
        SpecError: No address, no such table, or no such column.
        DataError: The database doesn't answer, or breaks off.
        ExtraError: SQLAlchemy isn't installed.
    """
    address = address_of(variable, environment)
    with extras_of("reading a SQL table"):
        import sqlalchemy as sql
    try:
        engine = sql.create_engine(address)
    except ModuleNotFoundError as error:
        known = missing(error, "this database")
        raise (known or _no_driver(error)) from error
    except (sql.exc.ArgumentError, sql.exc.NoSuchModuleError) as error:
        raise SpecError(
            f"the environment variable {variable} holds no address of a database",
            expected="postgresql+psycopg2://user:password@host/database, sqlite:///file.db, mysql+pymysql://…",
            got=type(error).__name__,
            next_step="correct it",
        ) from None
    schema, _, name = table.rpartition(".")
    try:
        with engine.connect() as connection:
            found = _reflected(sql, connection, schema or None, name, variable)
            columns = _columns(found, renamed or {})
            query = sql.select(*(column.label(ours) for ours, column in columns.items()))
            result = connection.execution_options(stream_results=True, yield_per=batch).execute(query)
            return _write(result, list(columns), target, told)
    except sql.exc.SQLAlchemyError as error:
        raise DataError(
            f"the database of {variable} can't be read",
            expected=f"the table {table}",
            got=_reason(error, address),
            next_step="check address, rights and network; nothing was landed",
        ) from None
    finally:
        engine.dispose()


def _reflected(sql: Any, connection: Any, schema: str | None, name: str, variable: str) -> Any:
    try:
        return sql.Table(name, sql.MetaData(), autoload_with=connection, schema=schema)
    except sql.exc.NoSuchTableError:
        inspector = sql.inspect(connection)
        known = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
        raise SpecError(
            f"the database of {variable} has no table {name}" + (f" in {schema}" if schema else ""),
            expected=", ".join(sorted(known)[:12]) or "a table or view",
            next_step=suggestion(name, known) or "write schema.table",
        ) from None


def _columns(table: Any, renamed: Mapping[str, str]) -> dict[str, Any]:
    """Our name → column: those that are named by others, and all others by their own."""
    theirs = {plain(column.name): column for column in table.columns}
    lost = [f"{ours}={name}" for ours, name in renamed.items() if plain(name) not in theirs]
    if lost:
        names = [column.name for column in table.columns]
        near = suggestion(lost[0].partition("=")[2], names)
        raise SpecError(
            f"the table {table.name} has no such column",
            details=lost,
            expected=", ".join(names[:20]),
            next_step=near or "correct the names",
        )
    used = {plain(name) for name in renamed.values()}
    own = {
        column.name: column
        for key, column in theirs.items()
        if key not in used and column.name not in renamed
    }
    return {**{ours: theirs[plain(name)] for ours, name in renamed.items()}, **own}


def _write(result: Any, columns: Sequence[str], target: Path, told: Callable[[str], None]) -> int:
    """Batches of text and of nothing: what each cell is, is read from its text, exactly."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema: Schema = pa.schema([(name, pa.string()) for name in columns])
    count = 0
    with pq.ParquetWriter(target, schema) as writer:
        for rows in result.partitions():
            cells = [[_text(value) for value in column] for column in zip(*rows, strict=True)]
            writer.write_table(pa.table(dict(zip(columns, cells, strict=True)), schema=schema))
            count += len(rows)
            told(f"{count:,} rows")
    return count


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _no_driver(error: ModuleNotFoundError) -> SpecError:
    return SpecError(
        f"the database needs the package '{error.name}', which is not installed",
        expected="the driver that its address names",
        next_step=f"pip install {error.name}, or name another driver: postgresql+psycopg2://…",
    )


def _reason(error: Exception, address: str) -> str:
    """The database's first words, without the address and what is in it."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())[:300]
    secrets = [part for part in re.split(r"[:/@?&=]", address) if len(part) > 3]
    if any(
        secret in text for secret in secrets if secret not in ("postgresql", "mysql", "sqlite", "localhost")
    ):
        return type(cause).__name__
    return without_secret(text)
