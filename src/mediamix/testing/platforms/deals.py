"""Deals of a world, for the servers of CRMs: they are won, lost, moved back, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mediamix.testing.platforms.base import Delivery, World, WorldAccount

_LATER = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Deal:
    """A deal as it stands.

    Args:
        number: Its id, as a number.
        created: UTC, as `modified`.
        closes: The day on which it closed, or is expected to.
        stage: ``won``, ``lost`` or an open one.
        amount: None: nobody has said.
        currency: None: that of the account.
    """

    number: int
    name: str
    created: datetime
    modified: datetime
    closes: date
    stage: str
    amount: Decimal | None
    currency: str | None = None
    lead_source: str | None = "PAID_SEARCH"
    campaign: str | None = None
    deleted: bool = False

    @property
    def won(self) -> bool:
        return self.stage == "won"

    @property
    def closed(self) -> bool:
        return self.stage in ("won", "lost")


class DealBook:
    """Deals of the first account of a world: one for what a campaign delivered on a day, won on that day at
    noon there, for its money. All of a day are modified in the same millisecond.

    What the world takes back is deleted, what it restates is changed: on the last day that is over, since
    its last day is today.

    Args:
        world: Whose rows.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._zone = ZoneInfo(self.account.time_zone)
        self._numbers: dict[tuple[date, str], int] = {}
        self._before: dict[tuple[date, str], Delivery] = {}
        self._deals: dict[int, Deal] = {}

    @property
    def account(self) -> WorldAccount:
        """Whose deals they are, as the world knows it now."""
        return self._world.accounts[0]

    def all(self) -> list[Deal]:
        """By number, as the world stands."""
        self._follow()
        return [deal for _, deal in sorted(self._deals.items())]

    def modified(self, first: datetime, after: datetime) -> list[Deal]:
        """Those whose last change is in an interval, by number."""
        return [deal for deal in self.all() if first <= deal.modified < after]

    def truth(self, first: date, last: date) -> Decimal:
        """Sum of the amounts of the deals that are there and were modified on some days."""
        chosen = (deal for deal in self.all() if first <= self._day(deal) <= last and not deal.deleted)
        return sum((deal.amount or Decimal() for deal in chosen), Decimal())

    def add(self, deal: Deal) -> None:
        """One that the world doesn't know."""
        self._follow()
        self._deals[deal.number] = deal

    def change(self, number: int, at: datetime, **changed: object) -> Deal:
        """Another stage, another amount, gone (``deleted=True``): its last change is then."""
        self._follow()
        self._deals[number] = replace(self._deals[number], modified=at, **changed)  # type: ignore[arg-type]
        return self._deals[number]

    def noon(self, day: date) -> datetime:
        """UTC, of noon in the account's time zone."""
        return datetime.combine(day, time(12), self._zone).astimezone(UTC)

    def _day(self, deal: Deal) -> date:
        return deal.modified.astimezone(self._zone).date()

    def _follow(self) -> None:
        """Bring what has happened to the world since."""
        now = {(row.date, row.campaign_id): row for row in self._rows()}
        for key, row in now.items():
            if key not in self._numbers:
                self._numbers[key] = 40_000_000_001 + len(self._numbers)
                self._deals[self._numbers[key]] = self._new(self._numbers[key], row)
            elif self._before.get(key) != row:
                deal = self._deals[self._numbers[key]]
                self._deals[deal.number] = replace(deal, amount=row.spend, modified=self._now(deal))
        for key in self._before.keys() - now.keys():
            deal = self._deals[self._numbers[key]]
            self._deals[deal.number] = replace(deal, deleted=True, modified=self._now(deal))
        self._before = now

    def _now(self, deal: Deal) -> datetime:
        return max(deal.modified, self.noon(self._world.last - timedelta(days=1))) + _LATER

    def _rows(self) -> Iterable[Delivery]:
        return self._world.rows(self.account.id, self._world.first, self._world.last)

    def _new(self, number: int, row: Delivery) -> Deal:
        noon = self.noon(row.date)
        return Deal(
            number=number,
            name=f"{row.campaign_name} on {row.date}",
            created=noon - timedelta(hours=4),
            modified=noon,
            closes=row.date,
            stage="won",
            amount=row.spend,
            campaign=row.campaign_id,
        )
