"""A table of a known form, as rows of its contract: cells read once, exactly, and added up to its grain.

Amounts are decimals from the text on, millionths are brought to units once; a cell that is no number or no
day stops the whole, with its file, row and column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import uuid4

from mediamix.core.errors import DataError, SpecError
from mediamix.ingest.cells_sql import ROW, quoted, set_aside, text_of, unreadable, view_of
from mediamix.ingest.contracts import CAMPAIGN_DAY, CONVERSION, TOUCH, Column
from mediamix.ingest.form import Form, Names

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Table

_SHOWN = 10
#: A day, alone or as the start of a time stamp without an offset.
_DAY = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?Z| UTC)?)?\s*$"
_STAMP = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*( ?Z| ?UTC|[+-]\d{2}:?\d{2})?\s*$"
#: What nothing says: a zone, an account.
UNKNOWN = "unknown"
#: Columns in which copies of a row may differ.
_LOADED = frozenset({"_fivetran_synced", "_loaded_at", "loaded_at", "_dlt_load_id", "_dlt_id"})
#: What a row without it can't be landed.
_SAID = {"date": "a day such as 2024-03-31", "touched_at": "a time stamp", "converted_at": "a time stamp"}
_KEYS = ("source", "account_id", "platform", "currency", "time_zone", "date", "campaign_id", "pulled_at")
_LAST = ("account_name", "campaign_name", "channel", "geo")


@dataclass(frozen=True)
class Given:
    """What is said about a table that it doesn't say itself.

    Args:
        source: Who delivered it.
        at: When it lands, UTC.
        currency: Of rows without one; None: they must say it.
        time_zone: Of rows without one.
    """

    source: str
    at: datetime
    currency: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True)
class Made:
    """Rows of a contract, and what they come from.

    Args:
        form: Of the table.
        file: The rows as the contract has them, Parquet.
        money: Currency → sum of spend (of conversions: their value), summed from the cells themselves.
        read: Rows of the table.
        notes: What to know.
    """

    form: Form
    file: Path
    money: Mapping[str, Decimal]
    read: int
    notes: tuple[str, ...]

    @property
    def rows(self) -> Table:
        """All rows at once."""
        from pyarrow import parquet

        return parquet.read_table(self.file)


def rows_of(
    path: Path,
    form: Form,
    given: Given,
    aside: Path,
    beside: Mapping[Path, Sequence[str]] = MappingProxyType({}),
) -> Made:
    """The rows of a table of a known form.

    Args:
        path: Of the table.
        form: Its form.
        given: What it doesn't say.
        aside: A folder for the rows.
        beside: Tables that may name its campaigns and accounts → their columns.

    Raises:
        FolderError: A file can't be read.
        DataError: Cells can't be read, or a row has no day, no account, no currency; all at once.
        SpecError: No currency is known.
    """
    with set_aside() as database:
        header = view_of(database, path, "cells")
        columns = form.columns(header)
        twice = _once(database, path, form, header)
        _refuse_bad_cells(database, path, form, columns)
        names = {
            key: _names(database, key, table, path, beside)
            for key, table in (("campaigns", form.campaigns), ("accounts", form.accounts))
            if table is not None
        }
        _make(database, form, columns, {key: found for key, found in names.items() if found}, given)
        _refuse_without(database, path, form, given)
        file = aside / f"{uuid4().hex}.parquet"
        database.execute(f"copy ({_summed(database, form)}) to {text_of(str(file))} (format parquet)")
        money = database.execute(
            f"select currency, sum({_money(form)}) from made group by currency order by currency"
        ).fetchall()
        read = database.execute("select count(*) from made").fetchone()
        lost = _without_account(database, form)
    notes = [*form.facts]
    if lost:
        notes.append(
            f"{lost:,} rows of {path.name} are of campaigns that no table beside it names: their account is "
            f"'{UNKNOWN}'"
        )
    if twice:
        notes.append(f"{twice:,} {'row' if twice == 1 else 'rows'} of {path.name} came twice, and count once")
    for key, found in names.items():
        if not found:
            notes.append(f"no table beside {path.name} says its {key}: they have their ids for names")
    return Made(form, file, {c: m or Decimal() for c, m in money}, int(read[0]) if read else 0, tuple(notes))


def _without_account(database: DuckDBPyConnection, form: Form) -> int:
    if form.lands is not CAMPAIGN_DAY:
        return 0
    found = database.execute(f"select count(*) from made where account_id = '{UNKNOWN}'").fetchone()
    return int(found[0]) if found else 0


def _money(form: Form) -> str:
    return {CAMPAIGN_DAY: "spend", TOUCH: "cost", CONVERSION: "value"}[form.lands]


def _kind(form: Form, ours: str) -> Column:
    return next(column for column in form.lands.columns if column.name == ours)


def _expression(form: Form, ours: str, theirs: str) -> str:
    """The cell as SQL: NULL where it is empty or can't be read."""
    cell = f"nullif(trim(cells.{quoted(theirs)}), '')"
    kind = _kind(form, ours).type
    if kind == "DATE":
        return f"case when regexp_matches({cell}, '{_DAY}') then try_cast(left(trim({cell}), 10) as date) end"
    if kind == "TIMESTAMP":
        padded = rf"regexp_replace(regexp_replace({cell}, '([T ])(\d):', '\1 0\2:'), '[T ]+', ' ')"
        zoned = f"try_cast(replace({padded}, 'UTC', 'Z') as timestamptz)"
        return (
            f"case when not regexp_matches({cell}, '{_STAMP}') then null "
            rf"when regexp_matches({cell}, '(Z|UTC|[+-]\d\d:?\d\d)\s*$') "
            f"then {zoned} at time zone 'UTC' else try_cast({padded} as timestamp) end"
        )
    if kind == "VARCHAR":
        # a code that came as a number with a fraction of nothing is the code
        return rf"regexp_replace({cell}, '^(\d+)\.0$', '\1')"
    if form.units.get(ours) == "micros":
        return f"try_cast({cell} as decimal(30, 6)) * cast(0.000001 as decimal(6, 6))"
    # most amounts fit into the smaller one, which is several times quicker, and are the same in both
    return f"coalesce(try_cast({cell} as decimal(18, 6)), try_cast({cell} as decimal(38, 6)))"


def _refuse_bad_cells(
    database: DuckDBPyConnection, path: Path, form: Form, columns: Mapping[str, str]
) -> None:
    findings, more = [], 0
    typed = {ours: theirs for ours, theirs in columns.items() if _kind(form, ours).type != "VARCHAR"}
    cells = {ours: f"nullif(trim(cells.{quoted(theirs)}), '')" for ours, theirs in typed.items()}
    wrong = {
        ours: f"{cells[ours]} is not null and {_expression(form, ours, theirs)} is null"
        for ours, theirs in typed.items()
    }
    counts = database.execute(
        f"select {', '.join(f'count(*) filter (where {one})' for one in wrong.values())} from cells"
    ).fetchone()
    for (ours, theirs), count in zip(typed.items(), counts or (), strict=True):
        if not count:
            continue
        bad = database.execute(
            f"select cells.{quoted(ROW)}, {cells[ours]}, count(*) over () from cells "
            f"where {wrong[ours]} order by 1 limit {_SHOWN}"
        ).fetchall()
        what = _SAID.get(ours, "a number such as 1234.56")
        findings += [
            f"{path.name} row {row}, column '{theirs}': {text[:60]!r} is not {what}" for row, text, _ in bad
        ]
        more += max(0, int(bad[0][2]) - len(bad)) if bad else 0
    if findings:
        raise DataError(
            f"{path.name} can't be landed as {form.title}: {len(findings) + more} cells can't be read",
            details=[*findings, *([f"and {more:,} more"] if more else [])],
            expected="plain numbers with a decimal point, days as YYYY-MM-DD",
            next_step="mend these cells at their source and ingest it again; nothing was landed",
        )


def _once(database: DuckDBPyConnection, path: Path, form: Form, header: Sequence[str]) -> int:
    """Leave out exact copies of rows, and say how many; rows that contradict each other stop.

    A row that a loader delivered twice may differ in when it was loaded, and in nothing else.
    """
    import duckdb

    told = ", ".join(quoted(name) for name in header if name.casefold() not in _LOADED)
    try:
        database.execute("create or replace table every as select * from cells")
    except duckdb.Error as error:  # only now every row is read
        raise unreadable(path, error) from error
    database.execute("create or replace view cells as select * from every")
    if _any_twice(database, told):
        database.execute(
            "create or replace view cells as select * from every "
            f"qualify row_number() over (partition by {told} order by {quoted(ROW)}) = 1"
        )
    counted = database.execute(
        "select (select count(*) from every) - (select count(*) from cells)"
    ).fetchone()
    grain = [name for name in header if name.casefold() in form.grain]
    if grain and _any_twice(database, ", ".join(map(quoted, grain))):
        key = ", ".join(map(quoted, grain))
        found = database.execute(
            f"select min({quoted(ROW)}), max({quoted(ROW)}), {key} from cells group by {key} "
            f"having count(*) > 1 order by 1 limit {_SHOWN}"
        ).fetchall()
        if found:
            raise DataError(
                f"{path.name} says the same thing twice, differently",
                details=[
                    f"rows {first} and {last}: "
                    + ", ".join(f"{n}={v}" for n, v in zip(grain, values, strict=True))
                    for first, last, *values in found
                ],
                expected=f"one row per {', '.join(grain)}",
                next_step="remove the row that doesn't count at its source; nothing was landed",
            )
    return int(counted[0]) if counted else 0


def _any_twice(database: DuckDBPyConnection, columns: str, table: str = "cells") -> bool:
    """Whether rows may be alike in some columns: by a number for each row, which takes little memory."""
    found = database.execute(f"select count(*) > count(distinct hash({columns})) from {table}").fetchone()
    return bool(found and found[0])


def _names(
    database: DuckDBPyConnection, key: str, names: Names, path: Path, beside: Mapping[Path, Sequence[str]]
) -> Names | None:
    """Make a view of the table that names ids, where there is one; its columns that are there."""
    fitting = []
    for other, header in beside.items():
        there = set(header)
        if other != path and set(names.has) <= there:
            fitting.append((_in_common(other.stem, path.stem), other.name, other, there))
    if not fitting:
        return None
    *_, other, there = max(fitting, key=lambda one: one[:2])
    view_of(database, other, f"{key} cells")
    order = f"{quoted(names.newest)} desc" if names.newest in there else quoted(ROW)
    used = {ours: theirs for ours, theirs in names.is_.items() if theirs in there}
    picked = ", ".join(
        f"nullif(trim({quoted(theirs)}), '') as {quoted(ours)}" for ours, theirs in used.items()
    )
    database.execute(
        f"create or replace view {quoted(key)} as select trim({quoted(names.has[0])}) as id, {picked} "
        f"from {quoted(f'{key} cells')} "
        f"qualify row_number() over (partition by trim({quoted(names.has[0])}) "
        f"order by {order} nulls last) = 1"
    )
    return Names(names.has, used, names.newest)


def _in_common(one: str, other: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _make(
    database: DuckDBPyConnection,
    form: Form,
    columns: Mapping[str, str],
    names: Mapping[str, Names],
    given: Given,
) -> None:
    """The view ``made``: every row of the table, in the contract's columns."""
    first = {ours: _expression(form, ours, theirs) for ours, theirs in columns.items()}
    database.execute(
        "create or replace view own as select "
        + ", ".join(
            [f"cells.{quoted(ROW)} as at_row", *(f"{sql} as {quoted(ours)}" for ours, sql in first.items())]
        )
        + " from cells"
    )
    joined, known = "own", {ours: f"own.{quoted(ours)}" for ours in first}
    for key, on in (("campaigns", "campaign_id"), ("accounts", "account_id")):
        if key in names and on in known:
            joined += f" left join {key} on {key}.id = {known[on]}"
            for ours in names[key].is_:
                own = known.get(ours)
                said = f"{key}.{quoted(ours)}"
                # what the report says itself goes first, but where the id of something else stood in
                known[ours] = (
                    said
                    if own is None
                    else f"coalesce({said}, {own})"
                    if ours == on
                    else f"coalesce({own}, {said})"
                )
    fixed = {
        "platform": form.platform,
        "currency": given.currency,
        "time_zone": given.time_zone or UNKNOWN,
    }
    contract = {column.name for column in form.lands.columns}
    for ours, value in fixed.items():
        if ours in contract and value is not None:
            text = "'" + value.replace("'", "''") + "'"
            known[ours] = f"coalesce({known[ours]}, {text})" if ours in known else text
    if "account_id" in contract and "account_id" not in form.is_ and form.campaigns is not None:
        own = known.get("account_id")
        known["account_id"] = f"coalesce({own}, '{UNKNOWN}')" if own else f"'{UNKNOWN}'"
    picked = [f"{sql} as {quoted(ours)}" for ours, sql in known.items()]
    picked += [
        f"cast(null as {_kind(form, ours).type}) as {quoted(ours)}"
        for ours in ("currency", "platform", _money(form))
        if ours in contract and ours not in known
    ]
    source = "'" + given.source.replace("'", "''") + "'"
    database.execute(
        f"create or replace {'table' if names else 'view'} made as select at_row, {source} as source, "
        f"cast('{given.at:%Y-%m-%d %H:%M:%S.%f}' as timestamp) as pulled_at, {', '.join(picked)} "
        f"from {joined}"
    )


def _refuse_without(database: DuckDBPyConnection, path: Path, form: Form, given: Given) -> None:
    """What each row must say."""
    there = {name for name, *_ in database.execute("describe made").fetchall()}
    needed = [
        c.name for c in form.lands.columns if not c.nullable and c.name in there and c.name != "currency"
    ]
    findings = []
    for ours in needed:
        rows = database.execute(
            f"select at_row, count(*) over () from made where {quoted(ours)} is null order by 1 limit 1"
        ).fetchone()
        if rows is not None:
            findings.append(
                f"{path.name} row {rows[0]}: no {ours} (in {rows[1]:,} {'row' if rows[1] == 1 else 'rows'})"
            )
    if findings:
        raise DataError(
            f"{path.name} can't be landed as {form.title}",
            details=findings,
            expected=f"{', '.join(needed)} in each row",
            next_step="deliver the table that names campaigns and accounts beside it, or mend the rows; "
            "nothing was landed",
        )
    money = _money(form)
    if "currency" in there and money in there:
        lost = database.execute(
            f"select count(*) from made where currency is null and {quoted(money)} is not null"
        ).fetchone()
        if lost and lost[0] and form.lands is CAMPAIGN_DAY:
            raise SpecError(
                f"{path.name} says no currency, and none is assumed",
                expected="`outcome: {currency: EUR}` in the spec, or --currency EUR",
                got=f"{lost[0]:,} rows of spend without a currency",
                next_step="say the currency that this table's money is in",
            )


def _summed(database: DuckDBPyConnection, form: Form) -> str:
    """Rows of the contract, in its order; campaigns' numbers of one grain are added, names are the last."""
    there = {name for name, *_ in database.execute("describe made").fetchall()}
    adds = form.lands is CAMPAIGN_DAY
    keys = (*_KEYS, *(("geo",) if "geo" in form.grain else ()))
    columns = []
    if adds and form.large:
        adds = _any_twice(database, ", ".join(quoted(name) for name in keys if name in there), "made")
    for column in form.lands.all_columns:
        own = quoted(column.name)
        if column.name not in there:
            own = "null"
        elif adds and column.name in _LAST and column.name not in keys:
            own = f"max_by({own}, at_row)"
        elif adds and column.name not in keys:
            own = f"sum({own})"
        columns.append(f"cast({own} as {column.type}) as {quoted(column.name)}")
    groups = ", ".join(quoted(name) for name in keys if name in there)
    rows = f"select {', '.join(columns)} from made"
    if adds:
        return f"{rows} group by {groups} order by date, account_id, campaign_id"
    return rows if form.large else f"{rows} order by at_row"  # they come in that order
