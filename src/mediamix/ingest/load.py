"""Load `Tables` into the landing tables: a full refresh of one source in one transaction."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from mediamix.core.errors import DataError, FolderError
from mediamix.data.tables import Tables
from mediamix.ingest.contracts import (
    CONTRACTS,
    LEDGER,
    MEDIA_DAY,
    PLATFORM_CONTRACTS,
    SCHEMA,
    Column,
    Contract,
)
from mediamix.ingest.rows import landing_rows, value_columns

if TYPE_CHECKING:
    from pyarrow import Table

_HALF_A_CENT = "0.005"
_SIXTH = Decimal("0.000001")  # the scale of the ledger's decimals


class Lands(Protocol):
    """What landing asks of an open warehouse: a part of `mediamix.warehouse.engine.Session`."""

    def name(self, schema: str, table: str) -> str: ...
    def execute(self, sql: str, values: Sequence[object] = ()) -> Any: ...
    def refuse(self, sql: str, values: Sequence[object], what: str) -> None: ...
    def insert(self, schema: str, table: str, rows: Table) -> None: ...
    def create(self, schema: str, table: str, columns: Iterable[Column]) -> None: ...
    def tables(self, schema: str) -> set[str]: ...
    def columns(self, schema: str, table: str) -> dict[str, str]: ...
    def decimal(self, number: str) -> str: ...
    def transaction(self) -> AbstractContextManager[None]: ...


class Connects(Protocol):
    """What landing asks of a warehouse."""

    @property
    def title(self) -> str:
        """What messages call it."""
        ...

    def connect(self, *, read_only: bool) -> AbstractContextManager[Lands]:
        """An open session, closed at the end of the block."""
        ...


@dataclass(frozen=True)
class Landed:
    """What a load wrote.

    Args:
        source: Who delivered the rows.
        run_id: Of the load, as in the column ``_run_id``.
        rows: Landing table -> rows written for this source.
        spend: Channel -> total spend written, exact to the sixth decimal, in the data's currency.
        left_out: Columns without numbers, which no landing table has a place for.
    """

    source: str
    run_id: str
    rows: dict[str, int]
    spend: dict[str, Decimal]
    left_out: tuple[str, ...] = ()


def land(tables: Tables, warehouse: Connects, source: str, run_id: str | None = None) -> Landed:
    """Replace everything that `source` has landed by `tables`.

    Idempotent: landing the same tables twice leaves the same rows. Other sources' rows stay.
    Written totals are compared with the totals of the rows as they came in before the
    transaction ends.

    Args:
        tables: The rows; values are landed as they are, a missing one as NULL.
        warehouse: Where to; the file is made if it isn't there.
        source: Name of the delivery: ``files``, ``google_ads``, …
        run_id: Of the load; a fresh one if not given.

    Raises:
        DataError: The tables break the landing contracts; nothing was written.
        FolderError: The warehouse can't be opened for writing, or another version made it.
    """
    if not source.strip():
        raise DataError("a load needs the name of its source", got=repr(source), next_step="give a name")
    rows, left_out = landing_rows(tables)
    ledger = _ledger(tables.media)
    run_id = run_id or uuid.uuid4().hex
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    with warehouse.connect(read_only=False) as session:
        with session.transaction():
            ensure_landing(session, warehouse.title)
            for contract in CONTRACTS:
                frame = ledger if contract is LEDGER else rows[contract]
                arrow = _stamp(contract, frame, (source, run_id, loaded_at))
                table = session.name(SCHEMA, contract.name)
                session.execute(f"delete from {table} where _source = ?", [source])
                session.insert(SCHEMA, contract.name, arrow)
            _refuse_changed(session, source)
        written = _written_spend(session, source)
    counts = {contract.name: len(frame) for contract, frame in rows.items()}
    return Landed(source, run_id, counts, written, left_out)


def ensure_landing(session: Lands, title: str) -> None:
    """Make every landing table that isn't there, empty, so that dbt's models over them can be built.

    Args:
        session: Open for writing.
        title: What messages call the warehouse.

    Raises:
        FolderError: A table has another form than its contract; none was made.
    """
    there = session.tables(SCHEMA)
    absent = []
    for contract in (*CONTRACTS, *PLATFORM_CONTRACTS):
        if contract.name not in there:
            absent.append(contract)
            continue
        found = session.columns(SCHEMA, contract.name)
        # What loads wide rows may keep columns of its own beside the contract's.
        if any(found.get(column.name) != column.type for column in contract.all_columns):
            raise FolderError(
                f"{title} has another form of {contract.table}, made by another version of mediamix",
                expected=", ".join(f"{column.name} {column.type}" for column in contract.all_columns),
                got=", ".join(f"{name} {kind}" for name, kind in found.items()),
                next_step="move the warehouse away, or drop that table, then land all sources again",
            )
    for contract in absent:
        session.create(SCHEMA, contract.name, contract.all_columns)


def _stamp(contract: Contract, frame: pd.DataFrame, lineage: tuple[str, str, datetime]) -> Table:
    """The frame with its lineage, as Arrow columns of exactly the contract's types."""
    import pyarrow as pa

    types = {
        "DATE": pa.date32(),
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "BIGINT": pa.int64(),
        "DECIMAL(38,6)": pa.decimal128(38, 6),
        "TIMESTAMP": pa.timestamp("us"),
    }
    source, run_id, loaded_at = lineage
    stamped = frame.assign(_source=source, _row=range(len(frame)), _run_id=run_id, _loaded_at=loaded_at)
    arrays = []
    for column in contract.all_columns:
        values = stamped[column.name]
        # Keys may come as categories or numbers; they are names here.
        if column.type == "VARCHAR":
            values = values.astype(object).where(values.notna(), None).map(str, na_action="ignore")
        arrays.append(pa.array(values, type=types[column.type], from_pandas=True))
    return pa.table(arrays, names=[column.name for column in contract.all_columns])


def _ledger(media: pd.DataFrame) -> pd.DataFrame:
    """Landing rows and spend per channel, from the rows as they came in.

    Summed with `math.fsum`, which is exact, so that it can be held against SQL's decimals.
    """
    metrics = len(value_columns(media))
    entries = [
        (str(channel), metrics * len(spend), Decimal(repr(math.fsum(spend.dropna()))).quantize(_SIXTH))
        for channel, spend in media.groupby("channel", sort=False, observed=True)["spend"]
    ]
    return pd.DataFrame(entries, columns=["channel", "row_count", "spend"], dtype=object)


def _written_spend(session: Lands, source: str) -> dict[str, Decimal]:
    rows = session.execute(
        f"select channel, coalesce(sum({session.decimal('value')}), 0) "
        f"from {session.name(SCHEMA, MEDIA_DAY.name)} "
        "where _source = ? and metric = 'spend' group by channel order by min(_row)",
        [source],
    ).fetchall()
    return {channel: Decimal(spend) for channel, spend in rows}


def _refuse_changed(session: Lands, source: str) -> None:
    """Spend as it was written, against the ledger's: what came."""
    media, ledger = (session.name(SCHEMA, contract.name) for contract in (MEDIA_DAY, LEDGER))
    session.refuse(
        "select coalesce(came.channel, written.channel), came.spend as came, written.spend as written from "
        f"(select channel, spend from {ledger} where _source = ?) as came full outer join "
        f"(select channel, sum({session.decimal('value')}) as spend from {media} "
        "where _source = ? and metric = 'spend' group by channel) as written "
        "on came.channel = written.channel "
        f"where abs(coalesce(came.spend, 0) - coalesce(written.spend, 0)) >= {_HALF_A_CENT}",
        [source, source],
        "landing changed the spend, nothing was kept (channel, what came, what was written)",
    )
