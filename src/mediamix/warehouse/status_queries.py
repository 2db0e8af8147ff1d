"""What has landed: per account rows, spend against the platform's total, freshness, what was restated.

Reads landing tables and the diary of builds, whichever of them there are, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mediamix.core.moments import naive
from mediamix.data.ledger import Entry
from mediamix.warehouse.engine import Session, Warehouse
from mediamix.warehouse.status import AccountStatus, BuildStatus, DeliveryStatus, Status

#: Metric → table and column that hold it now.
_NOW = {
    **{
        name: ("campaign_day", name)
        for name in ("spend", "impressions", "clicks", "reach", "conversions", "conversions_value")
    },
    **{name: ("traffic_day", name) for name in ("sessions", "key_events", "revenue")},
}
SCHEMA = "landing"
_SIXTH = Decimal("0.000001")
#: Table → its accounts; days without a campaign only say that they were fetched.
_ACCOUNTS = {
    "campaign_day": "select source, platform, account_id, max(currency), max(time_zone), count(campaign_id), "
    "sum(spend), min(date), max(date), max(pulled_at) from {} group by source, platform, account_id",
    "traffic_day": "select source, source as platform, account_id, max(currency), max(time_zone), "
    "count(coalesce(campaign, source_medium, channel_group)), sum(revenue), min(date), max(date), "
    "max(pulled_at) from {} group by source, account_id",
    "deal": "select source, source as platform, account_id, max(currency), 'UTC', count(*), sum(amount), "
    "min(created_at), max(modified_at), max(pulled_at) from {} where not is_deleted "
    "group by source, account_id",
}
#: Tables of deliveries, and what dates a row.
_LONG = ("media_day", "outcome_day", "control_day", "event_day")
_JOURNEYS = {"touch": "touched_at", "conversion": "converted_at"}


def status_of(warehouse: Warehouse, contracts: Mapping[str, Sequence[str]]) -> Status:
    """What a warehouse holds.

    Args:
        warehouse: It.
        contracts: Landing table → its columns, of all contracts: further ones are changes of a schema.

    Raises:
        FolderError: It can't be opened.
    """
    with warehouse.connect(read_only=True) as session:
        tables = _tables(session)
        return Status(
            accounts=tuple(_accounts(session, tables)),
            deliveries=tuple(_deliveries(session, tables)),
            ledger=ledger_of(session),
            changes=_changes(tables, contracts),
            builds=tuple(_builds(session)),
            unread=tuple(_unread(session, tables)),
        )


def ledger_of(session: Session) -> tuple[Entry, ...]:
    """The restatement ledger: by platform, month, currency and metric, newest month first.

    ``after`` is what has landed of the month by now, ``before`` what it would be had no pull changed it.
    """
    tables = _tables(session)
    if "restated" not in tables:
        return ()
    moved = session.execute(
        "select source, month, currency, metric, sum(after - before), count(distinct pulled_at), "
        "max(pulled_at), "
        f"max(after) from {session.name(SCHEMA, 'restated')} group by source, month, currency, metric"
    ).fetchall()
    found = []
    for source, month, currency, metric, change, times, last, fallback in moved:
        table, column = _NOW.get(metric, ("", ""))
        now = None
        if table in tables:
            row = session.execute(
                f"select sum({column}) from {session.name(SCHEMA, table)} where source = ? and currency = ? "
                "and date >= ? and date < ?",
                [source, currency, month, _next_month(month)],
            ).fetchone()
            now = None if row is None else _money(row[0])
        after = _money(fallback) if now is None else now
        moved_by = _money(change)
        if moved_by and after is not None:
            sums = (after - moved_by, after)
            found.append(Entry(source, month, currency, metric, *sums, int(times), naive(last)))
    return tuple(sorted(found, key=lambda e: (-e.month.toordinal(), e.source, e.metric)))


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _tables(session: Session) -> dict[str, set[str]]:
    """Landing table → its columns."""
    return {table: set(session.columns(SCHEMA, table)) for table in session.tables(SCHEMA)}


def _accounts(session: Session, tables: Mapping[str, set[str]]) -> list[AccountStatus]:
    stated, unread = _stated(session, tables), _set_aside(session, tables)
    found = []
    for table, query in _ACCOUNTS.items():
        if table not in tables:
            continue
        rows = session.execute(f"{query} order by 1, 2, 3".format(session.name(SCHEMA, table))).fetchall()
        for source, platform, account, currency, zone, n, money, first, last, pulled in rows:
            landed, said = stated.get((source, account), (None, None))
            days = (_day(first), _day(last))
            put_aside = unread.get((source, account), 0)
            own = (source, platform, account, currency or "", zone, int(n), _money(money) or Decimal())
            found.append(AccountStatus(*own, *days, naive(pulled), landed, said, put_aside))
    return found


def _set_aside(session: Session, tables: Mapping[str, set[str]]) -> dict[tuple[str, str], int]:
    if "quarantine" not in tables:
        return {}
    table = session.name(SCHEMA, "quarantine")
    rows = session.execute(
        f"select source, account_id, count(*) from {table} group by source, account_id"
    ).fetchall()
    return {(source, account): int(n) for source, account, n in rows}


def _stated(
    session: Session, tables: Mapping[str, set[str]]
) -> dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    """Account → what landed of the days that its platform states, and what that states."""
    if not {"account_month", "campaign_day"} <= tables.keys():
        return {}
    month, own = session.name(SCHEMA, "account_month"), session.name(SCHEMA, "campaign_day")
    rows = session.execute(
        "select stated.source, stated.account_id, sum(stated.spend), sum(landed.spend) "
        f"from {month} as stated left join ("
        "select month.source, month.account_id, month.month, sum(own.spend) as spend "
        f"from {month} as month join {own} as own on own.source = month.source "
        "and own.account_id = month.account_id and own.date between month.first_day and month.last_day "
        "group by month.source, month.account_id, month.month) as landed "
        "on landed.source = stated.source and landed.account_id = stated.account_id "
        "and landed.month = stated.month group by stated.source, stated.account_id"
    ).fetchall()
    return {
        (source, account): (_money(landed) or Decimal(), _money(said))
        for source, account, said, landed in rows
    }


def _deliveries(session: Session, tables: Mapping[str, set[str]]) -> list[DeliveryStatus]:
    found = []
    money = session.decimal("case when metric = 'spend' then value end")
    for table in _LONG:
        if table in tables:
            spend = f"sum({money})" if table == "media_day" else "null"
            days = "min(date), max(date), max(_loaded_at)"
            query = f"select _source, count(*), {spend}, {days} from {{}} group by _source"
            found += _delivered(session, table, query)
    for table, moment in _JOURNEYS.items():
        if table in tables:
            days = f"min({moment}), max({moment}), max(pulled_at)"
            query = f"select source, count(*), null, {days} from {{}} group by source"
            found += _delivered(session, table, query)
    return sorted(found, key=lambda one: (one.source, one.table))


def _delivered(session: Session, table: str, query: str) -> list[DeliveryStatus]:
    rows = session.execute(query.format(session.name(SCHEMA, table))).fetchall()
    return [
        DeliveryStatus(source, table, int(n), _money(spent), _day(first), _day(last), naive(at))
        for source, n, spent, first, last, at in rows
    ]


def _changes(
    tables: Mapping[str, set[str]], contracts: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Columns that no contract has, but for the loader's own."""
    found = {}
    for table, columns in tables.items():
        if table in contracts:
            more = sorted(c for c in columns - set(contracts[table]) if not c.startswith("_dlt_"))
            if more:
                found[table] = tuple(more)
    return found


def _builds(session: Session, most: int = 5) -> list[BuildStatus]:
    if "build_log" not in session.tables("mart"):
        return []
    table = session.name("mart", "build_log")
    rows = session.execute(
        f"select started_at, steps, failed from {table} order by started_at desc limit {most}"
    ).fetchall()
    return [BuildStatus(naive(at), int(steps), int(failed)) for at, steps, failed in rows]


def _unread(session: Session, tables: Mapping[str, set[str]]) -> list[tuple[str, str, str, int]]:
    if "quarantine" not in tables:
        return []
    table = session.name(SCHEMA, "quarantine")
    rows = session.execute(
        f"select source, field, reason, count(*) from {table} group by source, field, reason "
        "order by count(*) desc, source, field, reason limit 20"
    ).fetchall()
    return [(str(source), str(field), str(reason), int(n)) for source, field, reason, n in rows]


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _money(value: Any) -> Decimal | None:
    """As the landing tables have it, six places, whatever an engine leaves out."""
    return None if value is None else Decimal(str(value)).quantize(_SIXTH)
