"""Rows of known tables into their landing tables: all of a source anew, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.data.ledger import Entry, added
from mediamix.ingest.contracts import (
    CAMPAIGN_DAY,
    CONVERSION,
    DELIVERED_FILE,
    RESTATED,
    SCHEMA,
    TOUCH,
    Contract,
)
from mediamix.ingest.given import File
from mediamix.ingest.load import Connects, Lands, ensure_landing

if TYPE_CHECKING:
    from pyarrow import Table

#: The money of a contract that a load is held against.
MONEY = {CAMPAIGN_DAY: "spend", TOUCH: "cost", CONVERSION: "value"}
_METRICS = ("spend", "impressions", "clicks", "conversions", "conversions_value")
#: Rows that are written at a time.
_AT_ONCE = 500_000
_NOTHING, _HALF_A_CENT = Decimal("0.00001"), Decimal("0.005")


@dataclass(frozen=True)
class LandedWide:
    """What was written.

    Args:
        rows: Landing table → rows.
        restated: What days that had landed before say otherwise now.
    """

    rows: Mapping[str, int]
    restated: tuple[Entry, ...]


def land_wide(
    warehouse: Connects,
    source: str,
    tables: Mapping[Contract, Sequence[Path]],
    money: Mapping[Contract, Decimal],
    files: Sequence[tuple[File, str]],
    at: datetime,
    *,
    restates: bool = True,
) -> LandedWide:
    """Replace everything that `source` has landed in these tables, and note its files.

    Args:
        warehouse: Where to.
        source: Name of the delivery.
        tables: Contract → Parquet files of all rows; of one that isn't there rows of the source go, too.
        money: Contract → the sum that must have been written, from the cells themselves.
        files: Of the delivery, with what was taken from each.
        at: When it lands, UTC.
        restates: Whether what differs from before is news of the platform, for the ledger; else it was taken
            away on purpose.

    Raises:
        FolderError: The warehouse can't be written.
    """
    new = tables.get(CAMPAIGN_DAY, ())
    with warehouse.connect(read_only=False) as session:
        # Read before the transaction: inside of one BigQuery answers nothing.
        there = restates and CAMPAIGN_DAY.name in session.tables(SCHEMA)
        before = _days(session, source) if there else {}
        empty = sorted(_fetched(session, source) - _fetched_of(new)) if there else []
        entries = _restated(source, before, _days_of(new) if before else {}, at)
        with session.transaction():
            ensure_landing(session, warehouse.title)
            for contract in MONEY:
                _forget(session, contract, source)
                for path in tables.get(contract, ()):
                    for rows in _batches(path):
                        session.insert(SCHEMA, contract.name, rows)
            if empty:
                session.insert(SCHEMA, CAMPAIGN_DAY.name, _emptied(source, empty, at))
            if entries:
                session.insert(SCHEMA, RESTATED.name, _ledger_rows(entries, at))
            _refuse_changed(session, source, tables, money)
            _note_files(session, source, files, at)
    counts = {contract.name: sum(map(_count, paths)) for contract, paths in tables.items()}
    return LandedWide(counts, added(e for _, e in entries))


def landed_files(warehouse: Connects) -> list[tuple[str, str, str]]:
    """Source, name and SHA-256 of every file that has landed; none where there is no warehouse yet."""
    with warehouse.connect(read_only=True) as session:
        if DELIVERED_FILE.name not in session.tables(SCHEMA):
            return []
        table = session.name(SCHEMA, DELIVERED_FILE.name)
        rows = session.execute(f"select source, name, sha256 from {table} order by source, name").fetchall()
    return [(str(source), str(name), str(digest)) for source, name, digest in rows]


def _forget(session: Lands, contract: Contract, source: str) -> None:
    session.execute(f"delete from {session.name(SCHEMA, contract.name)} where source = ?", [source])


def _batches(path: Path, columns: list[str] | None = None) -> Iterator[Table]:
    """The rows of a Parquet file, some at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_AT_ONCE, columns=columns):
            yield pa.Table.from_batches([batch])


def _count(path: Path) -> int:
    from pyarrow import parquet

    return int(parquet.read_metadata(path).num_rows)


_Key = tuple[str, str, Any]
_FETCHED = ("account_id", "platform", "currency", "time_zone", "date")


def _fetched(session: Lands, source: str) -> set[tuple[Any, ...]]:
    """Days of accounts that have landed."""
    table = session.name(SCHEMA, CAMPAIGN_DAY.name)
    rows = session.execute(
        f"select distinct {', '.join(_FETCHED)} from {table} where source = ?", [source]
    ).fetchall()
    return {tuple(row) for row in rows}


def _fetched_of(paths: Sequence[Path]) -> set[tuple[Any, ...]]:
    """The same of rows that are to land."""
    found: set[tuple[Any, ...]] = set()
    for rows in chain.from_iterable(_batches(path, list(_FETCHED)) for path in paths):
        days = rows.group_by(list(_FETCHED)).aggregate([]).select(list(_FETCHED))
        found.update(zip(*(column.to_pylist() for column in days.columns), strict=True))
    return found


def _emptied(source: str, days: Sequence[tuple[Any, ...]], at: datetime) -> Table:
    """A row without campaign and numbers for each day of which nothing is left: fetched, and empty."""
    nothing = {column.name: None for column in CAMPAIGN_DAY.all_columns}
    rows = [
        {**nothing, **dict(zip(_FETCHED, day, strict=True)), "source": source, "pulled_at": at}
        for day in days
    ]
    return _arrow(CAMPAIGN_DAY, rows)


def _days(session: Lands, source: str) -> dict[_Key, dict[str, Decimal]]:
    """Account, currency and day → metric → sum."""
    sums = ", ".join(f"sum({name})" for name in _METRICS)
    rows = session.execute(
        f"select account_id, currency, date, {sums} from {session.name(SCHEMA, CAMPAIGN_DAY.name)} "
        "where source = ? group by account_id, currency, date",
        [source],
    ).fetchall()
    return {
        (account, currency, day): dict(zip(_METRICS, map(_exact, values), strict=True))
        for account, currency, day, *values in rows
    }


def _days_of(paths: Sequence[Path]) -> dict[_Key, dict[str, Decimal]]:
    """The same of rows that are to land."""
    keys = ["account_id", "currency", "date"]
    names = [*keys, *(f"{name}_sum" for name in _METRICS)]
    found: dict[_Key, dict[str, Decimal]] = {}
    for rows in chain.from_iterable(_batches(path, [*keys, *_METRICS]) for path in paths):
        summed = rows.group_by(keys).aggregate([(name, "sum") for name in _METRICS])
        for account, currency, day, *values in zip(
            *(column.to_pylist() for column in summed.select(names).columns), strict=True
        ):
            own = found.setdefault((account, currency, day), dict.fromkeys(_METRICS, Decimal()))
            for name, value in zip(_METRICS, values, strict=True):
                own[name] += _exact(value)
    return found


def _restated(
    source: str,
    before: Mapping[_Key, Mapping[str, Decimal]],
    after: Mapping[_Key, Mapping[str, Decimal]],
    at: datetime,
) -> tuple[tuple[str, Entry], ...]:
    """Sums of a month that changed over the days that had landed before; account by account."""
    sums: dict[tuple[str, str, Any, str], list[Decimal]] = {}
    for key, was in before.items():
        account, currency, day = key
        now = after.get(key, {})
        for metric in _METRICS:
            own = sums.setdefault((account, currency, day.replace(day=1), metric), [Decimal(), Decimal()])
            own[0] += was[metric]
            own[1] += now.get(metric, Decimal())
    return tuple(
        (account, Entry(source, month, currency, metric, was_sum, now_sum, 1, at))
        for (account, currency, month, metric), (was_sum, now_sum) in sorted(sums.items())
        if abs(now_sum - was_sum) >= _NOTHING
    )


def _ledger_rows(entries: Sequence[tuple[str, Entry]], at: datetime) -> Table:
    rows = [
        {
            "source": one.source,
            "account_id": account,
            "month": one.month,
            "currency": one.currency,
            "metric": one.metric,
            "before": one.before,
            "after": one.after,
            "pulled_at": at,
        }
        for account, one in entries
    ]
    return _arrow(RESTATED, rows)


def _note_files(session: Lands, source: str, files: Sequence[tuple[File, str]], at: datetime) -> None:
    rows = [
        {
            "source": source,
            "name": file.name,
            "sha256": file.digest,
            "bytes": file.size,
            "taken": taken,
            "pulled_at": at,
        }
        for file, taken in files
    ]
    _forget(session, DELIVERED_FILE, source)
    session.insert(SCHEMA, DELIVERED_FILE.name, _arrow(DELIVERED_FILE, rows))


def _refuse_changed(
    session: Lands, source: str, tables: Iterable[Contract], money: Mapping[Contract, Decimal]
) -> None:
    """What was written against what was read; cells may have more places than landing keeps."""
    for contract in tables:
        column, came = MONEY[contract], _exact(money.get(contract))
        table = session.name(SCHEMA, contract.name)
        session.refuse(
            f"select written from (select coalesce(sum({column}), 0) as written from {table} "
            f"where source = ?) as there where abs(written - {session.decimal('?')}) >= {_HALF_A_CENT}",
            [source, came],
            f"landing changed the {column} of {contract.name}, nothing was kept: {came} came, was written",
        )


def _exact(value: Any) -> Decimal:
    if value is None:
        return Decimal()
    return Decimal(repr(value) if isinstance(value, float) else str(value)).quantize(Decimal("0.000001"))


def _arrow(contract: Contract, rows: Sequence[Mapping[str, object]]) -> Table:
    """Rows as Arrow columns of the contract's types."""
    import pyarrow as pa

    types = {
        "DATE": pa.date32(),
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "BIGINT": pa.int64(),
        "DECIMAL(38,6)": pa.decimal128(38, 6),
        "TIMESTAMP": pa.timestamp("us"),
    }
    return pa.table(
        {c.name: pa.array([row[c.name] for row in rows], type=types[c.type]) for c in contract.all_columns}
    )
