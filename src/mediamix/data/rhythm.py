"""Whether dates keep a rhythm of their own: every week, every month, … of the same day.

Dates keep a rhythm if all of them lie on its grid (the same weekday; about the same day of the
month), no two in one of its periods, and at least half of them in neighbouring ones: a channel may
pause. What runs in bursts, or now and then, doesn't: of dates that are drawn at random, with whatever
density, fewer than 1 in 1,000 series of `FEWEST` are taken for a rhythm (measured in
``tests/data/test_rhythm.py``). What truly happens on the same day of every week or month does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediamix.core.types import Every
from mediamix.data.periods import different_days

#: Dates from which on a rhythm is certain, and from which on it is likely.
FEWEST, HINT = 8, 5
#: Of the dates that must lie in neighbouring periods of the rhythm.
NEIGHBOURS = 0.5
#: Rhythms hardly longer than the periods need more dates: bursts fall on every second week by chance.
MORE = 16
#: Periods that one of a coarser rhythm holds at least.
SEVERAL = 1.5
WEEK = 7


@dataclass(frozen=True)
class Rhythm:
    """What dates repeat by.

    Args:
        name: One period of it: ``week``, ``2 weeks``, ``month`` …
        days: Its mean length.
        n: Dates that keep it.
    """

    name: str
    days: float
    n: int

    def coarser(self, every: Every) -> bool:
        """True if each of its periods holds several of `every`."""
        return self.days > SEVERAL * every.days

    def certain(self, every: Every) -> bool:
        """Whether there are dates enough to be sure, among periods of `every`."""
        return self.n >= (MORE if self.days < 3 * every.days else FEWEST)


def rhythm_of(days: np.ndarray, fewest: int = HINT, above: float = 0.0) -> Rhythm | None:
    """The longest rhythm that all of the dates keep; None if they keep none, or are too few.

    None at once if they are closer than `above` days on average.
    """
    unique = different_days(days)
    if len(unique) < fewest or int((unique[-1] - unique[0]).astype(np.int64)) < above * (len(unique) - 1):
        return None
    for months, name in ((3, "quarter"), (1, "month")):
        cells = _calendar_cells(unique, months)
        if cells is not None and _steady(cells):
            return Rhythm(name, 365.25 / 12 * months, len(unique))
    since = (unique - unique[0]).astype(np.int64)
    for weeks in (4, 2, 1):
        if (since % (WEEK * weeks) == 0).all() and _steady(since // (WEEK * weeks)):
            return Rhythm("week" if weeks == 1 else f"{weeks} weeks", WEEK * weeks, len(unique))
    return None


def _steady(cells: np.ndarray) -> bool:
    steps = np.diff(cells)
    return bool((steps > 0).all() and np.mean(steps == 1) >= NEIGHBOURS)


def _calendar_cells(days: np.ndarray, months: int) -> np.ndarray | None:
    """The calendar period of each date, if all fall on nearly the same day of it.

    Nearly: within four days, or within seven where all are dated by one weekday. Dates around the
    turn of a month belong together.
    """
    one_weekday = bool(((days - days[0]).astype(np.int64) % WEEK == 0).all())
    width = WEEK - 1 if one_weekday else 3
    for shift in (0, 10, 20):
        moved = days + np.timedelta64(shift, "D")
        month = moved.astype("datetime64[M]")
        day = (moved - month.astype("datetime64[D]")).astype(np.int64)
        number = month.astype(np.int64)
        if np.ptp(day) <= width and len(np.unique(number % months)) == 1:
            return np.asarray(number // months)
    return None
