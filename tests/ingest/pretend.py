"""A platform without a wire: a connector that asks a world in memory, and meets every fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from mediamix.ingest.contracts import CAMPAIGN_DAY
from mediamix.ingest.patience import Clock, Patience
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import (
    Account,
    Asked,
    Dropped,
    Reply,
    Source,
    SourceError,
    Throttled,
    TooMuch,
    Unavailable,
)
from mediamix.testing.platforms.base import Faults, Platform, World

SECRET = "pretended-secret/1"
FIRST, TODAY = date(2026, 1, 20), date(2026, 3, 10)


@dataclass
class Server:
    """A platform at work, as `Running` has it."""

    world: World
    faults: Faults = field(default_factory=Faults)
    endpoint: str = "127.0.0.1:1"
    secrets: Mapping[str, str] = field(default_factory=lambda: {"PRETEND_TOKEN": SECRET})
    options: Mapping[str, str] = field(default_factory=dict)
    asked: list = field(default_factory=list)
    most_days: int = 10_000

    def __enter__(self):
        _SERVERS[self.endpoint] = self
        return self

    def __exit__(self, *gone):
        del _SERVERS[self.endpoint]

    def truth(self, account_id, first, last):
        return self.world.spend(account_id, first, last)


_SERVERS: dict[str, Server] = {}


@dataclass
class Pretended:
    """The connector; a subclass is one with a mistake."""

    asked: Asked

    @property
    def server(self) -> Server:
        return _SERVERS[self.asked.endpoint]

    def accounts(self):
        server = self.server
        if server.faults.always is not None and server.faults.always.kind == "expire":
            raise SourceError("the token has ended", next_step="sign in again")
        found = [Account(a.id, a.name, a.currency, a.time_zone) for a in server.world.accounts]
        missing = set(self.asked.accounts) - {one.id for one in found}
        if missing:
            raise SourceError(f"no account {sorted(missing)}", next_step="check the ids")
        return [one for one in found if not self.asked.accounts or one.id in self.asked.accounts]

    def pull(self, account, days):
        server = self.server
        server.asked.append((account.id, days))
        if len(days) > server.most_days:
            raise TooMuch("too many days")
        fault = server.faults.take()
        if fault is not None and fault.kind in ("error", "timeout"):
            raise Unavailable("it failed")
        if fault is not None and fault.kind == "throttle":
            raise Throttled("too many calls", fault.seconds)
        if fault is not None and fault.kind == "expire":
            raise SourceError("the token has ended", next_step="sign in again")
        rows = [self.row(one) for one in server.world.rows(account.id, days.first, days.last)]
        middle = len(rows) // 2
        yield self.reply(rows[:middle])
        if fault is not None:
            raise Dropped("it broke off")
        yield self.reply(rows[middle:])

    def reply(self, rows):
        return Reply(json.dumps({"data": rows}), rows)

    def row(self, one):
        return {
            "date": one.date.isoformat(),
            "campaign_id": one.campaign_id,
            "campaign_name": one.campaign_name,
            "spend": str(one.spend),
            "clicks": str(one.clicks),
            "conversions": float(one.conversions),
        }

    def total(self, account, days):
        return self.server.world.spend(account.id, days.first, days.last)


def source(connector=Pretended, **changed) -> Source:
    values = {
        "name": "pretend",
        "title": "Pretend",
        "lands": CAMPAIGN_DAY,
        "secrets": (),
        "restates": 14,
        "extra": "ingest",
        "facts": (),
        "connect": connector,
    }
    return Source(**{**values, **changed})


PLATFORM = Platform("pretend", Server)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


class Case:
    """A server, a warehouse and a clock."""

    def __init__(self, folder, *, world=None, today=TODAY, **changed):
        self.server = Server(world or World(FIRST, TODAY + timedelta(days=3)))
        self.source = source(**changed)
        self.path = folder / "warehouse.duckdb"
        self.today, self.slept, self.told = today, [], []

    def pull(self, *accounts, since=FIRST, restated=None, tries=5):
        asked = Asked(accounts, {}, self.server.secrets, self.server.endpoint)
        clock = Clock(now=lambda: noon(self.today), sleep=self.slept.append, chance=lambda: 0.5)
        with self.server:
            return pull(
                self.source,
                asked,
                duckdb_landing(self.path),
                Wanted(since, restated),
                clock=clock,
                patience=Patience(tries),
                told=self.told.append,
            )

    def sql(self, query):
        import duckdb

        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(query).fetchall()

    def landed(self) -> dict[str, Decimal]:
        return dict(self.sql("select account_id, sum(spend) from landing.campaign_day group by all"))

    def truth(self, last=None) -> dict[str, Decimal]:
        last = last or self.today - timedelta(days=1)
        return {a.id: self.server.world.spend(a.id, FIRST, last) for a in self.server.world.accounts}
