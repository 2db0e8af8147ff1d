"""Days on which everybody buys, and no event says so: the same data with the year's great sales days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mediamix.core.spec import Spec
from mediamix.core.types import Event, Every, Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "holidays"
#: Years that are needed to tell a date from a chance.
YEARS = 1.5


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """New Year, Easter, Black Friday and Christmas as events, where none of the events are of such days."""
    if dataset.every not in (Every.DAY, Every.WEEK) or dataset.n_periods < YEARS * dataset.every.per_year:
        return None
    days = [day for day in great_days(dataset) if not _known(day, dataset)]
    if not days:
        return None
    return replace(dataset, events=(*dataset.events, *days)), spec, "holidays: {country: …}"


def _known(day: Event, dataset: Dataset) -> bool:
    """Whether an event of the dataset covers a day in every year is not asked: one overlap is enough."""
    return any(event.start <= day.end and day.start <= event.end for event in dataset.events)


def great_days(dataset: Dataset) -> list[Event]:
    """The year's great sales days in the window of a dataset."""
    first, last = (str(d)[:4] for d in (dataset.dates[0], dataset.dates[-1]))
    found = []
    for year in range(int(first), int(last) + 1):
        found += [
            _days("new year", f"{year}-01-01", 0, 1),
            _days("easter", str(easter(year)), -3, 1),
            _days("black friday", str(_black_friday(year)), 0, 3),
            _days("christmas", f"{year}-12-24", -7, 2),
        ]
    return found


def _days(name: str, day: str, before: int, after: int) -> Event:
    at = np.datetime64(day, "D")
    return Event(name, at + before, at + after)


def _black_friday(year: int) -> np.datetime64:
    """The day after the fourth Thursday of November."""
    first = np.datetime64(f"{year}-11-01", "D")
    to_thursday = (3 - (int(first.astype(np.int64)) + 3) % 7) % 7
    return first + to_thursday + 22


def easter(year: int) -> np.datetime64:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return np.datetime64(f"{year}-{month:02d}-{day + 1:02d}", "D")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where they predict better."""
    yield from better(evidence, NAME, "events", "people buy on holidays that the model doesn't know")


CHECK = Check(
    name=NAME,
    title="Holidays that the model doesn't know",
    threshold=f"New Year, Easter, Black Friday and Christmas predict better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="what is bought on a holiday is credited to the media that ran before it",
    advice="",
    find=find,
    variant=variant,
)
