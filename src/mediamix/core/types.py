"""The nouns of the glossary as small frozen records. Start reading here.

Axes and their order, everywhere: ``draw, geo, time, channel`` (a letter each in array names:
``spend_gtc`` is geo × time × channel). National data have one geo, `NATIONAL`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import numpy as np

from mediamix.core.card import Shown

NATIONAL = "national"

Unit = Literal["revenue", "count"]
Severity = Literal["error", "warning", "info"]


class Every(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Calendar months in a period; 0 for days and weeks, which the calendar's months don't bind."""
        return {"month": 1, "quarter": 3, "year": 12}.get(self.value, 0)

    @property
    def days(self) -> float:
        """Mean length of a period in days."""
        if self.months:
            return 365.25 / 12 * self.months
        return {"day": 1.0, "week": 7.0, "fortnight": 14.0}[self.value]

    @property
    def per_year(self) -> float:
        """Periods in a year."""
        return 365.25 / self.days

    def label(self, n: float = 2.0) -> str:
        """The word for `n` periods, ``day`` or ``days``."""
        return self.value if n == 1 else self.value + "s"


class Kind(StrEnum):
    """What a channel is: an axis of every channel, never a suffix of a name."""

    PAID = "paid"
    ORGANIC = "organic"
    REACH_FREQUENCY = "reach_frequency"
    TREATMENT = "treatment"


@dataclass(frozen=True)
class Channel:
    """A line of marketing with one response.

    Args:
        name: As in the data.
        kind: `Kind.PAID` has spend and thus a ROI; an organic channel has exposure only.
        exposure: What was delivered: ``spend``, ``impressions``, ``clicks``, … (the unit of
            the exposure array).
    """

    name: str
    kind: Kind = Kind.PAID
    exposure: str = "spend"


@dataclass(frozen=True)
class Event:
    """A dated happening (holiday, promotion, launch), first and last day included.

    ``geo = None`` holds for all geos.
    """

    name: str
    start: np.datetime64
    end: np.datetime64
    geo: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A test in the market: what was changed, and what that changed in the outcome.

    Args:
        channel: Compared.
        start: First day of the change.
        end: Last day of the change.
        until: Last day over which the lift was measured; the carry-over after `end` counts up to it.
        lift: Outcome with the test less outcome without it, in outcome units.
        error: Standard error of `lift`.
        exposure_change: Exposure of the window, of all its geos, less what there had been without the test.
        spend_change: The same in money; None for a channel without spend.
        geos: Where; empty: everywhere.
    """

    channel: str
    start: np.datetime64
    end: np.datetime64
    until: np.datetime64
    lift: float
    error: float
    exposure_change: float
    spend_change: float | None = None
    geos: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What it is called: ``tv, 2024-03-04 to 2024-03-31, north``."""
        where = f", {' + '.join(self.geos)}" if self.geos else ""
        return f"{self.channel}, {self.start} to {self.end}{where}"


@dataclass(frozen=True)
class Window:
    """Half-open range of periods ``start <= t < stop`` on a dataset's time axis."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"a window needs 0 <= start < stop, got {self.start}, {self.stop}")

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def slice(self) -> slice:
        """For indexing a time axis."""
        return slice(self.start, self.stop)


class Findings(Shown, tuple["Finding", ...]):
    """Findings in their order; a tuple that is shown as a table."""


@dataclass(frozen=True)
class Finding:
    """One result of a check, in the words of the person who has to mend it.

    Args:
        check: Name of the check that found it.
        severity: ``error`` stops a fit, ``warning`` travels into the report, ``info`` is for
            reading.
        where: Channel, geo, column, rows or dates.
        message: What was seen, with numbers.
        why: Why it matters for the answer.
        advice: What to do next.
    """

    check: str
    severity: Severity
    where: str
    message: str
    why: str = ""
    advice: str = ""

    def at(self, severity: Severity) -> Finding:
        """The same finding at another severity."""
        return replace(self, severity=severity)

    def to_dict(self) -> dict[str, str]:
        """All fields, for JSON."""
        return {
            "check": self.check,
            "severity": self.severity,
            "where": self.where,
            "message": self.message,
            "why": self.why,
            "advice": self.advice,
        }
