"""The restatement ledger: what platforms have changed of days that had been fetched before, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mediamix.core.numbers import MINUS, percent

#: Metrics that are money.
MONEY = frozenset({"spend", "conversions_value", "revenue", "amount"})


@dataclass(frozen=True)
class Entry:
    """A sum that moved: a metric of a platform's accounts of one currency in a month.

    Args:
        source: Of the platform.
        month: Its first day.
        currency: Of money; of counts the account's.
        metric: ``spend``, ``conversions``, ….
        before: As it would be had nothing been restated.
        after: As it is. Of one pull both are over the days that had been fetched before, of the whole ledger
            over all that has landed of the month.
        times: Pulls that changed it.
        last: When the last of them was, UTC.
    """

    source: str
    month: date
    currency: str
    metric: str
    before: Decimal
    after: Decimal
    times: int = 1
    last: datetime | None = None

    @property
    def change(self) -> float | None:
        """``-0.018``: it fell by 1.8 %; None: there was nothing before."""
        return float((self.after - self.before) / self.before) if self.before else None

    def words(self, today: date | None = None) -> str:
        """``July moved by −1.8 %``; of another year ``July 2025``; of counts ``conversions of July …``."""
        same = today is not None and today.year == self.month.year
        month = f"{self.month:%B}" if same else f"{self.month:%B %Y}"
        what = month if self.metric == "spend" else f"{self.metric} of {month}"
        if self.change is None:
            return f"{what} came to {self.after:,.2f}, from nothing"
        if not self.after:
            return f"{what} fell to nothing, from {self.before:,.2f}"
        return f"{what} moved by {percent(self.change, signed=True).replace('%', ' %')}"

    def amount_words(self) -> str:
        """``−EUR 45.00``: what that is in money; of counts the count."""
        moved = self.after - self.before
        sign = MINUS if moved < 0 else "+"
        unit = f"{self.currency} " if self.metric in MONEY else ""
        return f"{sign}{unit}{abs(moved):,.2f}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON; money as text, since a float would round it."""
        return {
            "source": self.source,
            "month": self.month.isoformat(),
            "currency": self.currency,
            "metric": self.metric,
            "before": str(self.before),
            "after": str(self.after),
            "change": self.change,
            "times": self.times,
            "last": None if self.last is None else self.last.isoformat(),
        }


def added(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """What one pull changed: accounts added up, an entry per platform, month, currency and metric."""
    found: dict[tuple[str, date, str, str], Entry] = {}
    for one in entries:
        key = (one.source, one.month, one.currency, one.metric)
        was = found.get(key)
        found[key] = (
            one if was is None else replace(was, before=was.before + one.before, after=was.after + one.after)
        )
    return tuple(sorted(found.values(), key=lambda e: (-e.month.toordinal(), e.source, e.metric)))


def main_lines(entries: Sequence[Entry], today: date, most: int = 6) -> list[str]:
    """The lines that a person reads: spend first, the newest months first."""
    ordered = sorted(entries, key=lambda e: (e.metric != "spend", -e.month.toordinal(), e.source))
    lines = [f"{entry.source}: {entry.words(today)} ({entry.amount_words()})" for entry in ordered[:most]]
    return lines + ([f"and {len(ordered) - most} more"] if len(ordered) > most else [])
