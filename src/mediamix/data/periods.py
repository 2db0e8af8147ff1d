"""The time axis: how long a period is, where periods start, in which one a date falls.

Weeks and fortnights start on the weekday of the first date. Months, quarters and years are those of the
calendar, whatever day of them their rows carry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediamix.core.errors import DataError, shown
from mediamix.core.types import Every, Window

DAY = np.timedelta64(1, "D")
#: Days between rows that are still one period apart: quarters have 90 to 92 days, dated to the month.
_USUAL = {Every.MONTH: (28, 31), Every.QUARTER: (89, 92), Every.YEAR: (365, 366)}


def finer(one: Every, other: Every) -> bool:
    """True if periods of `one` are shorter than those of `other`."""
    return one.days < other.days


def divides(one: Every, other: Every) -> bool:
    """True if every period of `other` is made of whole periods of `one`: weeks make fortnights, no months."""
    if one is other or (one is Every.WEEK and other is Every.FORTNIGHT):
        return True
    return finer(one, other) and one not in (Every.WEEK, Every.FORTNIGHT)


def detect(days: np.ndarray) -> Every | None:
    """The period by the median distance between different dates; None if it is none of ours."""
    unique = different_days(days)
    if len(unique) < 2:
        return None
    distance = float(np.median(np.diff(unique).astype(np.int64)))
    if distance == 1:
        return Every.DAY
    if distance in (7, 14):
        return Every.WEEK if distance == 7 else Every.FORTNIGHT
    return next((every for every, (low, high) in _USUAL.items() if low <= distance <= high), None)


def different_days(days: np.ndarray) -> np.ndarray:
    """The days of many dates, each once, in order."""
    number = days.astype("datetime64[D]").astype(np.int64)
    if not len(number):
        return days.astype("datetime64[D]")
    first, last = int(number.min()), int(number.max())
    if last - first > 4 * len(number) + 10_000:  # few dates far apart, or one that is missing
        return np.unique(days.astype("datetime64[D]"))
    there = np.zeros(last - first + 1, dtype=bool)
    there[number - first] = True
    return np.asarray((np.flatnonzero(there) + first).astype("datetime64[D]"))


def distance_of(days: np.ndarray) -> str:
    """The usual distance between rows in words: ``14 days``."""
    n = float(np.median(np.diff(different_days(days)).astype(np.int64)))
    return f"{n:g} {'day' if n == 1 else 'days'}"


def floor_to(days: np.ndarray, every: Every, first: np.datetime64) -> np.ndarray:
    """First day of the period that holds each day, where periods are counted from `first`."""
    if every.months:
        return np.asarray([_floor(day, every) for day in days], dtype="datetime64[D]")
    length = int(every.days)
    since = (days.astype("datetime64[D]") - first).astype(np.int64)
    return np.asarray(first + since // length * length * DAY)


def _floor(day: np.datetime64, every: Every) -> np.datetime64:
    """The first month of the calendar period that holds a day."""
    month = day.astype("datetime64[M]")
    return np.datetime64(month - month.astype(np.int64) % every.months, "M")


def starts(first: np.datetime64, last: np.datetime64, every: Every) -> np.ndarray:
    """First days of all periods from the one that holds `first` to the one that holds `last`."""
    if every.months:
        months = np.arange(_floor(first, every), _floor(last, every) + 1, every.months)
        return np.asarray(months.astype("datetime64[D]"))
    step = int(every.days)
    return np.arange(first.astype("datetime64[D]"), last.astype("datetime64[D]") + DAY, step * DAY)


def ends_of(starts: np.ndarray, every: Every) -> np.ndarray:
    """The day after the last one of the periods that start on these days."""
    if every.months:
        return np.asarray((starts.astype("datetime64[M]") + every.months).astype("datetime64[D]"))
    return np.asarray(starts.astype("datetime64[D]") + int(every.days) * DAY)


def preceding(axis: TimeAxis, n: int) -> TimeAxis:
    """The `n` periods before an axis, which end where it starts."""
    if months := axis.every.months:
        first = axis.starts[0].astype("datetime64[M]") - months * np.arange(n, 0, -1)
        return TimeAxis(first.astype("datetime64[D]"), axis.every)
    return TimeAxis(axis.starts[0] - int(axis.every.days) * np.arange(n, 0, -1) * DAY, axis.every)


def window_of(dates: np.ndarray, every: Every, given: object) -> Window:
    """A window of an axis from its first and last day; None: all of it; a `Window` is one already.

    Raises:
        DataError: It can't be read, or isn't inside of the axis.
    """
    axis = TimeAxis(dates, every)
    if given is None:
        return Window(0, len(axis))
    first, last = dates[0], axis.ends[-1] - DAY
    if isinstance(given, Window) and given.stop <= len(axis):
        return given
    try:
        start, end = (np.datetime64(str(day), "D") for day in given)  # type: ignore[attr-defined]
        at = axis.place(np.array([start, end]))
        if at[0] >= 0 and start <= end:
            return Window(int(at[0]), int(at[1]) + 1) if at[1] >= 0 else _outside(first, last, given)
    except (TypeError, ValueError):
        pass
    return _outside(first, last, given)


def _outside(first: np.datetime64, last: np.datetime64, given: object) -> Window:
    raise DataError(
        "the window can't be found in the data",
        expected=f"its first and last day, within {first} to {last}: window=('{first}', '{last}'), or a "
        "mediamix.core.types.Window of positions",
        got=shown(given),
        next_step="correct the window, or leave it out for all periods",
    )


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
        return ends_of(self.starts, self.every)

    def place(self, days: np.ndarray) -> np.ndarray:
        """Index of the period that holds each day; -1 outside of the axis."""
        days = days.astype("datetime64[D]")
        if not self.every.months and len(self.starts):
            since = (days - self.starts[0]).astype(np.int64) // int(self.every.days)
            return np.where((since < 0) | (since >= len(self.starts)), -1, since)
        index = np.searchsorted(self.starts, days, side="right") - 1
        return np.where(days >= self.ends[-1], -1, index)

    def last_day(self, days: np.ndarray) -> np.ndarray:
        """Last day of the period that holds each day; the days must be on the axis."""
        ends: np.ndarray = self.ends[self.place(days)] - DAY
        return ends
