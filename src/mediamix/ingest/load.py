"""Load `Tables` into the landing tables: a full refresh of one source in one transaction."""

from __future__ import annotations

import math
import uuid
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from mediamix.core.errors import DataError, FolderError, MediamixError
from mediamix.data.tables import Tables
from mediamix.ingest.contracts import CONTRACTS, LEDGER, MEDIA_DAY, PLATFORM_CONTRACTS, SCHEMA, Contract
from mediamix.ingest.rows import landing_rows, value_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Table

_HALF_A_CENT = Decimal("0.005")
_SIXTH = Decimal("0.000001")  # the scale of the ledger's decimals


class Connects(Protocol):
    """What landing asks of a warehouse."""

    def connect(self, *, read_only: bool) -> AbstractContextManager[DuckDBPyConnection]:
        """An open connection, closed at the end of the block."""
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
    with warehouse.connect(read_only=False) as connection:
        connection.begin()
        try:
            connection.execute(f"create schema if not exists {SCHEMA}")
            for contract in PLATFORM_CONTRACTS:
                connection.execute(contract.ddl)
            for contract in CONTRACTS:
                frame = ledger if contract is LEDGER else rows[contract]
                arrow = _stamp(contract, frame, (source, run_id, loaded_at))
                _replace(connection, contract, arrow, source)
            written = _written_spend(connection, source)
            _compare(ledger, written)
            connection.commit()
        except BaseException:
            with suppress(Exception):  # where the transaction is gone already; the reason is `raise`d
                connection.rollback()
            raise
    counts = {contract.name: len(frame) for contract, frame in rows.items()}
    return Landed(source, run_id, counts, written, left_out)


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


def _replace(connection: DuckDBPyConnection, contract: Contract, arrow: Table, source: str) -> None:
    connection.execute(contract.ddl)
    found = {row[0]: row[1] for row in connection.execute(f"describe {contract.table}").fetchall()}
    if found != {column.name: column.type for column in contract.all_columns}:
        raise FolderError(
            f"the warehouse has another form of {contract.table}, made by another version of mediamix",
            expected=", ".join(f"{column.name} {column.type}" for column in contract.all_columns),
            got=", ".join(f"{name} {kind}" for name, kind in found.items()),
            next_step="move the warehouse file away, then land all sources again",
        )
    connection.execute(f"delete from {contract.table} where _source = ?", [source])
    connection.register("landing_rows", arrow)
    connection.execute(f"insert into {contract.table} by name select * from landing_rows")
    connection.unregister("landing_rows")


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


def _written_spend(connection: DuckDBPyConnection, source: str) -> dict[str, Decimal]:
    rows = connection.execute(
        f"select channel, coalesce(sum(value::DECIMAL(28,6)), 0) from {MEDIA_DAY.table} "
        "where _source = ? and metric = 'spend' group by channel order by min(_row)",
        [source],
    ).fetchall()
    return dict(rows)


def _compare(ledger: pd.DataFrame, written: dict[str, Decimal]) -> None:
    expected = dict(zip(ledger["channel"], ledger["spend"], strict=True))
    wrong = [
        f"{channel}: {expected.get(channel, 0)} came, {written.get(channel, 0)} was written"
        for channel in {**expected, **written}
        if abs(expected.get(channel, Decimal()) - written.get(channel, Decimal())) >= _HALF_A_CENT
    ]
    if wrong:
        raise MediamixError("landing changed the spend, nothing was kept: " + "; ".join(wrong))
