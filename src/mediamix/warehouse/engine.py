"""What a warehouse is: where rows are landed, dbt builds the mart, and the mart is read.

An engine is a record in `mediamix.warehouse.engines`, and nobody but `warehouse_of` asks which one it is.
SQL that is written here is plain enough for all of them: ``?`` for values, names by `Session.name`. What
differs by dialect is dbt's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mediamix.core.errors import MediamixError, UserError
from mediamix.core.spec import Spec

if TYPE_CHECKING:
    from pyarrow import Table

#: Tells ``dbt/profiles.yml`` which of its outputs to take.
TARGET_VARIABLE = "MEDIAMIX_TARGET"
#: The warehouse of a spec that names none, beside the spec.
DEFAULT_FILE = "warehouse.duckdb"
#: A table that stands in the mart while a build is under way, where an engine can't make it count as a whole.
BUILD_OPEN = "build_open"


class Rows(Protocol):
    """The answer to a query."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """A tuple per column, its name first."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> Sequence[Any]:
        """All rows that are left."""
        ...


class ColumnLike(Protocol):
    """A column as the landing contracts have it: `type` is one of theirs."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def nullable(self) -> bool: ...


class Session(Protocol):
    """An open warehouse. Everything it raises is a `UserError` where the user can mend it."""

    def name(self, schema: str, table: str) -> str:
        """A table's name as SQL has it, quoted where the engine wants that."""
        ...

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Run a statement; each ``?`` in it is one of `values`."""
        ...

    def refuse(self, sql: str, values: Sequence[object], what: str) -> None:
        """Stop where a query has rows: inside of a transaction, before any of it counts.

        Raises:
            MediamixError: `what`, with the rows where they can be looked at.
        """
        ...

    def arrow(self, sql: str, values: Sequence[object] = ()) -> Table:
        """The answer to a query as columns."""
        ...

    def insert(self, schema: str, table: str, rows: Table) -> None:
        """Append columns to a table, by their names."""
        ...

    def create(self, schema: str, table: str, columns: Iterable[ColumnLike]) -> None:
        """Make a table, and its schema where there is none."""
        ...

    def tables(self, schema: str) -> set[str]:
        """Names of a schema's tables and views."""
        ...

    def columns(self, schema: str, table: str) -> dict[str, str]:
        """Column → type, in the words of the landing contracts where they have one."""
        ...

    def decimal(self, number: str) -> str:
        """SQL for a number, rounded to a decimal with six places."""
        ...

    def double(self, number: str) -> str:
        """SQL for a number as a binary fraction of 64 bits."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All of the block, or nothing of it; inside of another one, all or nothing of that."""
        ...


class Warehouse(Protocol):
    """Where landed rows and the mart are."""

    @property
    def title(self) -> str:
        """What messages call it, without secrets."""
        ...

    @property
    def database(self) -> str:
        """What tells its SQL from another warehouse's of the same project of dbt."""
        ...

    @property
    def place(self) -> str:
        """A text that SQL may not hold which is to do for another warehouse."""
        ...

    @property
    def work_dir(self) -> Path:
        """Folder for what dbt writes: parsed project, compiled SQL."""
        ...

    @property
    def profile(self) -> Mapping[str, str]:
        """Environment variables that ``dbt/profiles.yml`` reads; no secret among them."""
        ...

    def connect(self, *, read_only: bool) -> AbstractContextManager[Session]:
        """An open session, closed at the end of the block.

        Raises:
            ExtraError: The engine's client isn't installed.
            SpecError: What the environment says of the warehouse isn't there, or can't be read.
            FolderError: The warehouse isn't there, doesn't let us in, or is locked.
        """
        ...

    def renewed(self) -> AbstractContextManager[Warehouse]:
        """The warehouse to land and build in: what is done to it counts at the end of the block, as a
        whole, where the engine can do that. One builder at a time.

        Raises:
            FolderError: As of `connect`; another process builds, or has changed it meanwhile.
        """
        ...

    def building(self) -> AbstractContextManager[Warehouse]:
        """As `renewed`, without a copy of its own: for who builds outside of it. The warehouse itself
        inside of one.
        """
        ...

    def dbt(self) -> AbstractContextManager[Any]:
        """Inside of the block dbt runs: what the engine's adapter needs, and to be put back.

        Gives the class of its connections, where what goes through them can be repeated without dbt.

        Raises:
            ExtraError: The adapter isn't installed.
        """
        ...

    def explained(self, error: BaseException | str) -> UserError | None:
        """An error of the engine, or its message as dbt has it, in plain words; None: it isn't the user's."""
        ...

    def dlt_destination(self) -> Any:
        """The destination as dlt has it; the landing schema is `dlt_dataset`."""
        ...

    @property
    def dlt_dataset(self) -> str:
        """What dlt calls the landing schema."""
        ...


def refused(what: str, rows: Sequence[Sequence[object]]) -> MediamixError:
    """What `Session.refuse` raises."""
    return MediamixError(f"{what}: " + "; ".join(", ".join(map(str, row)) for row in rows))


def warehouse_of(spec: Spec, base: Path) -> Warehouse:
    """The warehouse that a spec names, or the file beside it.

    Args:
        spec: With or without ``warehouse``.
        base: Folder of the spec.
    """
    named = spec.warehouse
    if named is not None and named.postgres is not None:
        from mediamix.warehouse.engines.postgres import Postgres

        return Postgres(named.postgres, base)
    if named is not None and named.bigquery is not None:
        from mediamix.warehouse.engines.bigquery import BigQuery

        at = named.bigquery
        return BigQuery(at.project, at.dataset, at.location, base)
    from mediamix.warehouse.engines.duckdb import DuckDB

    return DuckDB(base / (DEFAULT_FILE if named is None or named.duckdb is None else named.duckdb))
