"""Analytics and CRMs into a warehouse: what has changed since, and what can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mediamix.ingest.patience import Clock
from mediamix.ingest.pull import duckdb_landing, pull
from mediamix.ingest.pulled import Pulled, Wanted
from mediamix.ingest.source import Asked, Source
from mediamix.ingest.sources.google_analytics import GOOGLE_ANALYTICS
from mediamix.ingest.sources.hubspot import HUBSPOT
from mediamix.ingest.sources.salesforce import SALESFORCE
from mediamix.ingest.windows import windows
from mediamix.testing.platforms.base import World
from mediamix.testing.platforms.deals import Deal
from mediamix.testing.platforms.google_analytics import GoogleAnalyticsServer
from mediamix.testing.platforms.hubspot import HubSpotServer
from mediamix.testing.platforms.salesforce import SalesforceServer

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)


@dataclass
class Warehouse:
    """A source, its server and a file, pulled on some day at noon."""

    source: Source
    server: Any
    path: Path

    def pull(self, today: date) -> Pulled:
        noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
        clock = Clock(now=lambda: noon, sleep=lambda seconds: None, chance=lambda: 0.5)
        accounts = getattr(self.server, "accounts", ())[:1]
        asked = Asked(accounts, {}, self.server.secrets, self.server.endpoint)
        return pull(self.source, asked, duckdb_landing(self.path), Wanted(since=FIRST), clock=clock)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(params=["hubspot", "salesforce"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    world = World(FIRST, LAST)
    source, server = {
        "hubspot": lambda: (HUBSPOT, HubSpotServer(world, page=2)),
        "salesforce": lambda: (SALESFORCE, SalesforceServer(world, page=2, currencies=("EUR", "USD"))),
    }[request.param]()
    with server:
        yield Warehouse(source, server, tmp_path / "warehouse.duckdb")


def test_deals_stand_as_they_stand_now(crm: Warehouse) -> None:
    """Pulled, then three move: back to an open stage, to another amount, into the bin; one is new."""
    book = crm.server.deals
    crm.pull(LAST + timedelta(days=1))
    assert crm.rows("select sum(amount) from landing.deal where is_won") == [(book.truth(FIRST, LAST),)]
    back, dearer, gone = (one.number for one in book.all()[:3])
    noon = book.noon(LAST + timedelta(days=3))
    book.change(back, noon, stage="negotiation")
    book.change(dearer, noon, amount=Decimal("1234567.89"))
    book.change(gone, noon, deleted=True)
    book.add(Deal(90_000_000_000, "no amount", noon, noon, noon.date(), "won", None))
    book.add(Deal(90_000_000_001, "abroad", noon, noon, noon.date(), "won", Decimal("50.05"), "USD"))
    pulled = crm.pull(LAST + timedelta(days=9))
    deals = book.all()
    landed = crm.rows(
        "select is_won, is_deleted, amount, closed_on is null from landing.deal order by deal_id"
    )
    assert landed == [(one.won, one.deleted, one.amount, not one.closed) for one in deals]
    won = sum(one.amount or 0 for one in deals if one.won and not one.deleted)
    assert crm.rows("select sum(amount) from landing.deal where is_won and not is_deleted") == [(won,)]
    assert crm.rows("select count(*) from landing.deal where currency = 'USD' and amount_home is null") == [
        (1,)
    ]
    # The newest day that was there is fetched again: a pull may have ended in its middle.
    fresh = [one for one in deals if one.modified >= book.noon(LAST) and not one.deleted]
    assert pulled.money == {"EUR": sum(one.amount or 0 for one in fresh if one.currency is None)}
    assert crm.rows("select distinct modified_at from landing.deal order by all desc limit 1") == [
        (noon.replace(tzinfo=None),)
    ]


def test_a_deal_that_cant_be_read_is_put_aside_and_comes_back(crm: Warehouse) -> None:
    name = "hs_is_closed_won" if crm.source is HUBSPOT else "IsWon"
    crm.server.drifted = {name: "perhaps"}
    pulled = crm.pull(LAST + timedelta(days=1))
    count = len(crm.server.deals.all())
    assert [one.check for one in pulled.findings] == ["quarantine"]
    assert crm.rows("select count(*), min(field), min(value) from landing.quarantine") == [
        (count, "is_won", "perhaps")
    ]
    crm.server.drifted = {}
    crm.pull(LAST + timedelta(days=1))
    assert crm.rows("select count(*) from landing.deal") == [(count,)]
    assert crm.rows("select count(*) from landing.quarantine") == [(0,)]


def test_visits_land_with_their_quality_and_a_row_without_a_day_is_put_aside(tmp_path: Path) -> None:
    other = dict.fromkeys(
        ("date", "sessionCampaignName", "sessionSourceMedium", "sessionDefaultChannelGroup"), "(other)"
    )
    with GoogleAnalyticsServer(World(FIRST, LAST), {"dataLossFromOtherRow": True}) as server:
        server.planted.append(
            (server.accounts[0], {**other, "sessions": "5", "keyEvents": "0", "totalRevenue": "1"})
        )
        warehouse = Warehouse(GOOGLE_ANALYTICS, server, tmp_path / "warehouse.duckdb")
        pulled = warehouse.pull(LAST + timedelta(days=1))
        truth = server.truth(server.accounts[0], FIRST, LAST)
    assert warehouse.rows("select sum(revenue) from landing.traffic_day") == [(truth,)]
    assert warehouse.rows(
        "select distinct quality, currency, time_zone from landing.traffic_day where campaign is not null"
    ) == [("other_row", "EUR", "Europe/Berlin")]
    assert sorted(one.check for one in pulled.findings) == ["note", "quarantine"]
    assert warehouse.rows("select field, value from landing.quarantine") == [("date", "(other)")]


@pytest.mark.parametrize(
    ("today", "first"),
    [(date(2026, 3, 28), date(2026, 3, 23)), (date(2026, 4, 1), date(2026, 3, 1))],
)
def test_a_month_is_fetched_as_a_whole_once_it_is_over(today: date, first: date) -> None:
    """Each day was pulled on the day after it: in the month the last 5 days are due, on the 1st all of it."""
    days = [date(2026, 3, 1) + timedelta(days=index) for index in range((today - date(2026, 3, 1)).days - 1)]
    landed = {day: max(day + timedelta(days=6), date(2026, 3, 20)) for day in days}
    landed = {day: min(at, today - timedelta(days=1)) for day, at in landed.items()}
    found = windows(GOOGLE_ANALYTICS, Wanted(since=date(2026, 3, 1)), today, landed).days
    asked = [day for one in found for day in one.each]
    assert asked[0] == first
    assert asked[-1] == today - timedelta(days=1)
