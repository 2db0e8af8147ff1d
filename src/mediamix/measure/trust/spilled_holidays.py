"""Holidays that move the days around them: the same data with effects of the days before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mediamix.core.errors import ExtraError
from mediamix.core.spec import Spec
from mediamix.core.types import Every, Finding
from mediamix.data.around import around_holidays, touches
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.data.periods import TimeAxis
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "spilled_holidays"
#: Days before and after that are tried, and the years that are needed to tell them from chance.
BEFORE, AFTER, YEARS = 7, 3, 1.5


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """A week before and three days after each holiday of the spec, where it has fewer of both."""
    wanted = spec.holidays
    if wanted is None or dataset.every not in (Every.DAY, Every.WEEK):
        return None
    before, after = max(wanted.before, BEFORE), max(wanted.after, AFTER)
    if (before, after) == (wanted.before, wanted.after):
        return None
    if dataset.n_periods < YEARS * dataset.every.per_year:
        return None
    tried = spec.model_copy(update={"holidays": wanted.model_copy(update={"before": before, "after": after})})
    first, last = dataset.dates[0], TimeAxis(dataset.dates, dataset.every).ends[-1] - 1
    room = np.timedelta64(max(before, after) + 1, "D")
    try:
        calendar = holiday_events(wanted, first - room, last + room)
    except ExtraError:
        return None
    days = [day for day in around_holidays(calendar, tried) if touches(day, first, last)]
    kept = [event for event in dataset.events if event.name not in {day.name for day in days}]
    words = f"holidays: {{country: {wanted.country.upper()}, before: {before}, after: {after}}}"
    return replace(dataset, events=(*kept, *days)), tried, words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where they predict better."""
    yield from better(evidence, NAME, "holidays", "holidays move the days before and after them, too")


CHECK = Check(
    name=NAME,
    title="Holidays that move the days around them",
    threshold=f"a week before and three days after each holiday predict better {WHEN}",
    false_alarms="",
    why="what is bought before a holiday is credited to the media that ran then",
    advice="",
    find=find,
    variant=variant,
)
