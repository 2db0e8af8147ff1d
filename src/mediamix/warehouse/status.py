"""What has landed: per account rows, spend against the platform's total, freshness, what was restated.

Reads landing tables and the diary of builds, whichever of them there are, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mediamix.data.ledger import Entry
from mediamix.warehouse.engine import Session, Warehouse

#: Metric → table and column that hold it now.
_NOW = {
    **{
        name: ("campaign_day", name)
        for name in ("spend", "impressions", "clicks", "reach", "conversions", "conversions_value")
    },
    **{name: ("traffic_day", name) for name in ("sessions", "key_events", "revenue")},
}
SCHEMA = "landing"
_DAYS = {"campaign_day": "spend", "traffic_day": "revenue"}


@dataclass(frozen=True)
class AccountStatus:
    """An account of a platform.

    Args:
        source: Of the platform, or of a delivery of files.
        account_id: The account.
        currency: Of its money.
        time_zone: Of its days.
        rows: Landed, without those that only say that a day was fetched.
        money: Sum of its spend (of a shop's property: revenue).
        first: First day that was fetched.
        last: The last one: complete, since a connector never fetches an account's today.
        pulled_at: When it was fetched last, UTC.
        landed: Of the months that the platform states: what landed.
        stated: What it states for them; None: it states nothing.
        quarantined: Rows that can't be read.
    """

    source: str
    account_id: str
    currency: str
    time_zone: str
    rows: int
    money: Decimal
    first: date
    last: date
    pulled_at: datetime
    landed: Decimal | None
    stated: Decimal | None
    quarantined: int

    @property
    def difference(self) -> Decimal | None:
        """Landed minus stated: zero when all is well."""
        return None if self.stated is None or self.landed is None else self.landed - self.stated


@dataclass(frozen=True)
class DeliveryStatus:
    """A delivery of tables: files, or the spec's.

    Args:
        source: Its name.
        table: Where its rows are.
        rows: Of them.
        spend: Of media rows.
        first: Its first day.
        last: Its last day.
        landed_at: When, UTC.
    """

    source: str
    table: str
    rows: int
    spend: Decimal | None
    first: date | None
    last: date | None
    landed_at: datetime


@dataclass(frozen=True)
class BuildStatus:
    """A build of the mart.

    Args:
        started_at: When, UTC.
        steps: How many.
        failed: Of them.
    """

    started_at: datetime
    steps: int
    failed: int


@dataclass(frozen=True)
class Status:
    """All of it.

    Args:
        accounts: Of platforms.
        deliveries: Of tables.
        ledger: What was restated, newest month first.
        changes: Columns that came after a table was made: table → names.
        builds: Newest first, the last few.
        unread: Rows that can't be read, by source, field and reason: how many.
    """

    accounts: tuple[AccountStatus, ...]
    deliveries: tuple[DeliveryStatus, ...]
    ledger: tuple[Entry, ...]
    changes: Mapping[str, tuple[str, ...]]
    builds: tuple[BuildStatus, ...]
    unread: tuple[tuple[str, str, str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; money as text, since a float would round it."""
        accounts = [{**asdict(one), "difference": one.difference} for one in self.accounts]
        return {
            "accounts": [_plain(one) for one in accounts],
            "deliveries": [_plain(asdict(one)) for one in self.deliveries],
            "restated": [entry.to_dict() for entry in self.ledger],
            "schema_changes": {table: list(names) for table, names in self.changes.items()},
            "quarantine": [
                {"source": source, "field": field, "reason": reason, "rows": rows}
                for source, field, reason, rows in self.unread
            ],
            "builds": [_plain(asdict(one)) for one in self.builds],
        }


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat()
        if isinstance(value, date)
        else str(value)
        if isinstance(value, Decimal)
        else value
        for key, value in one.items()
    }


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
        "select source, month, currency, metric, sum(after - before), count(distinct pulled_at), max(pulled_at), "
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
            now = None if row is None or row[0] is None else Decimal(str(row[0]))
        after = Decimal(str(fallback)) if now is None else now
        if change:
            found.append(
                Entry(source, month, currency, metric, after - Decimal(str(change)), after, int(times), last)
            )
    return tuple(sorted(found, key=lambda e: (-e.month.toordinal(), e.source, e.metric)))


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _tables(session: Session) -> dict[str, set[str]]:
    """Landing table → its columns."""
    return {table: set(session.columns(SCHEMA, table)) for table in session.tables(SCHEMA)}


def _accounts(session: Session, tables: Mapping[str, set[str]]) -> list[AccountStatus]:
    stated = _stated(session, tables)
    unread: dict[tuple[str, str], int] = {}
    if "quarantine" in tables:
        rows = session.execute(
            f"select source, account_id, count(*) from {session.name(SCHEMA, 'quarantine')} group by source, account_id"
        ).fetchall()
        unread = {(source, account): int(n) for source, account, n in rows}
    found = []
    for table, money in _DAYS.items():
        if table not in tables:
            continue
        own = "campaign_id" if table == "campaign_day" else "coalesce(campaign, source_medium, channel_group)"
        rows = session.execute(
            f"select source, account_id, max(currency), max(time_zone), count({own}), sum({money}), min(date), "
            f"max(date), max(pulled_at) from {session.name(SCHEMA, table)} group by source, account_id order by source, account_id"
        ).fetchall()
        for source, account, currency, zone, n, spent, first, last, pulled in rows:
            landed, said = stated.get((source, account), (None, None))
            found.append(
                AccountStatus(
                    source, account, currency, zone, int(n), _money(spent) or Decimal(), _day(first), _day(last),
                    pulled, landed, said, unread.get((source, account), 0),
                )
            )  # fmt: skip
    if "deal" in tables:
        rows = session.execute(
            "select source, account_id, max(currency), count(*), sum(amount), min(created_at), max(modified_at), "
            f"max(pulled_at) from {session.name(SCHEMA, 'deal')} where not is_deleted group by source, account_id "
            "order by source, account_id"
        ).fetchall()
        for source, account, currency, n, amount, first, last, pulled in rows:
            found.append(
                AccountStatus(
                    source, account, currency or "", "UTC", int(n), _money(amount) or Decimal(), _day(first),
                    _day(last), pulled, None, None, unread.get((source, account), 0),
                )
            )  # fmt: skip
    return found


def _stated(
    session: Session, tables: Mapping[str, set[str]]
) -> dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    """Account → what landed of the days that its platform states, and what that states."""
    if not {"account_month", "campaign_day"} <= tables.keys():
        return {}
    rows = session.execute(
        "select stated.source, stated.account_id, sum(stated.spend), sum(landed.spend) "
        f"from {session.name(SCHEMA, 'account_month')} as stated left join ("
        "select month.source, month.account_id, month.month, sum(own.spend) as spend "
        f"from {session.name(SCHEMA, 'account_month')} as month join {session.name(SCHEMA, 'campaign_day')} as own on own.source = month.source "
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
    for table in ("media_day", "outcome_day", "control_day", "event_day"):
        if table not in tables:
            continue
        spend = "sum(case when metric = 'spend' then cast(value as decimal(28, 6)) end)"
        rows = session.execute(
            f"select _source, count(*), {spend if table == 'media_day' else 'null'}, min(date), max(date), "
            f"max(_loaded_at) from {session.name(SCHEMA, table)} group by _source order by _source"
        ).fetchall()
        found += [
            DeliveryStatus(source, table, int(n), _money(spent), _day(first), _day(last), at)
            for source, n, spent, first, last, at in rows
        ]
    for table, moment in (("touch", "touched_at"), ("conversion", "converted_at")):
        if table in tables:
            rows = session.execute(
                f"select source, count(*), min({moment}), max({moment}), max(pulled_at) from {session.name(SCHEMA, table)} "
                "group by source order by source"
            ).fetchall()
            found += [
                DeliveryStatus(source, table, int(n), None, _day(first), _day(last), at)
                for source, n, first, last, at in rows
            ]
    return sorted(found, key=lambda one: (one.source, one.table))


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
    rows = session.execute(
        f"select started_at, steps, failed from {session.name('mart', 'build_log')} order by started_at desc limit {most}"
    ).fetchall()
    return [BuildStatus(at, int(steps), int(failed)) for at, steps, failed in rows]


def _unread(session: Session, tables: Mapping[str, set[str]]) -> list[tuple[str, str, str, int]]:
    if "quarantine" not in tables:
        return []
    rows = session.execute(
        f"select source, field, reason, count(*) from {session.name(SCHEMA, 'quarantine')} group by source, field, reason "
        "order by count(*) desc, source, field, reason limit 20"
    ).fetchall()
    return [(str(source), str(field), str(reason), int(n)) for source, field, reason, n in rows]


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
