"""The time axis: how long a period is, where periods start, in which one a date falls.

Weeks start on the weekday of the first date; months are calendar months, whatever day of the
month their rows carry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediamix.core.types import Every

DAY = np.timedelta64(1, "D")
_ORDER = {Every.DAY: 0, Every.WEEK: 1, Every.MONTH: 2}


def finer(one: Every, other: Every) -> bool:
    """True if periods of `one` are shorter than those of `other`."""
    return _ORDER[one] < _ORDER[other]


def detect(days: np.ndarray) -> Every | None:
    """The period by the median distance between different dates; None if it is none of ours."""
    unique = np.unique(days.astype("datetime64[D]"))
    if len(unique) < 2:
        return None
    distance = float(np.median(np.diff(unique).astype(np.int64)))
    if distance == 1:
        return Every.DAY
    if distance == 7:
        return Every.WEEK
    return Every.MONTH if 28 <= distance <= 31 else None


def starts(first: np.datetime64, last: np.datetime64, every: Every) -> np.ndarray:
    """First days of all periods from the one that holds `first` to the one that holds `last`."""
    if every is Every.MONTH:
        months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
        return months.astype("datetime64[D]")
    step = 7 if every is Every.WEEK else 1
    return np.arange(first.astype("datetime64[D]"), last.astype("datetime64[D]") + DAY, step * DAY)


@dataclass(frozen=True)
class TimeAxis:
    """Regular periods.

    Args:
        starts: First day of each period, ``datetime64[D]``.
        every: Length of a period.
    """

    starts: np.ndarray
    every: Every

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def ends(self) -> np.ndarray:
        """The day after the last one of each period."""
        if self.every is Every.MONTH:
            return (self.starts.astype("datetime64[M]") + 1).astype("datetime64[D]")
        return self.starts + (7 if self.every is Every.WEEK else 1) * DAY

    def place(self, days: np.ndarray) -> np.ndarray:
        """Index of the period that holds each day; -1 outside of the axis."""
        days = days.astype("datetime64[D]")
        index = np.searchsorted(self.starts, days, side="right") - 1
        return np.where(days >= self.ends[-1], -1, index)

    def last_day(self, days: np.ndarray) -> np.ndarray:
        """Last day of the period that holds each day; the days must be on the axis."""
        ends: np.ndarray = self.ends[self.place(days)] - DAY
        return ends
