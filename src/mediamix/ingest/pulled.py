"""What a pull is asked for, and what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mediamix.core.types import Finding
from mediamix.ingest.source import Account, Days


@dataclass(frozen=True)
class Wanted:
    """Which days of a source are asked for.

    Args:
        since: The first day; None: two years back, or as far as the platform keeps.
        restated: Days back that are fetched again; None: as long as the platform changes what it said.
    """

    since: date | None = None
    restated: int | None = None


@dataclass(frozen=True)
class Restatement:
    """A sum that the platform has changed: a metric of an account in a month, over the days that had been
    pulled before.
    """

    account_id: str
    month: date
    currency: str
    metric: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal | None:
        """``-0.018``: it fell by 1.8 %; None: there was nothing before."""
        return (self.after - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class MonthTotal:
    """A month of an account, up to the last day that has landed.

    Args:
        month: Its first day.
        first_day: First day that has landed.
        last_day: Last day that has landed.
        total: What the platform itself says of these days.
        landed: What is in the warehouse of these days.
    """

    month: date
    first_day: date
    last_day: date
    total: Decimal
    landed: Decimal


@dataclass(frozen=True)
class PulledAccount:
    """What landed of one account.

    Args:
        account: Whose.
        days: Windows that were fetched, in order, none overlapping.
        rows: Landed, without the rows that only say that a day was fetched.
        money: Sum of their spend (of an analytics tool: revenue; of a CRM: amounts), in `account.currency`;
            deals in other currencies and deleted ones are left out.
        months: The months that were touched, as the platform says and as they are in the warehouse; empty:
            the platform has no total of its own, or nothing was fetched.
        quarantined: Rows that can't be read; they count nowhere.
    """

    account: Account
    days: tuple[Days, ...]
    rows: int
    money: Decimal
    months: tuple[MonthTotal, ...]
    quarantined: int

    @property
    def total(self) -> Decimal | None:
        """What the platform itself says of `months`; None: it has no such total."""
        return sum((month.total for month in self.months), Decimal()) if self.months else None

    @property
    def difference(self) -> Decimal | None:
        """Landed minus the platform's own total, of `months`: zero when all is well."""
        if not self.months:
            return None
        return sum((month.landed - month.total for month in self.months), Decimal())


@dataclass(frozen=True)
class Pulled:
    """What a pull brought.

    Args:
        source: Name of the source.
        pulled_at: Of all of its rows (UTC).
        accounts: In the platform's order.
        restated: Sums of days pulled before that have changed.
        findings: What whoever uses the numbers must know, worst first: rows put aside, a total that
            differs, history that the platform doesn't keep, fields never seen before, sampled numbers.
    """

    source: str
    pulled_at: datetime
    accounts: tuple[PulledAccount, ...]
    restated: tuple[Restatement, ...]
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        return sum(account.rows for account in self.accounts)

    @property
    def money(self) -> dict[str, Decimal]:
        """Currency → sum."""
        return _by_currency(self.accounts)


def _by_currency(accounts: Sequence[PulledAccount]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in accounts:
        sums[one.account.currency] = sums.get(one.account.currency, Decimal()) + one.money
    return sums
