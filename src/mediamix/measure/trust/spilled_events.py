"""Events that work on the weeks around them: the same data with effects of the days before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mediamix.core.errors import ExtraError
from mediamix.core.spec import Around, Spec
from mediamix.core.types import Every, Finding
from mediamix.data.around import AFTER, BEFORE, around_own, touches
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.data.periods import TimeAxis
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "spilled_events"
#: Days before and after that are tried, and of how many kinds of event at most.
DAYS, MOST = 14, 20


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Two weeks before and after each event that is no holiday and of which the spec says nothing."""
    if dataset.every not in (Every.DAY, Every.WEEK):
        return None
    first, last = dataset.dates[0], TimeAxis(dataset.dates, dataset.every).ends[-1] - 1
    feasts: set[str] = set()
    if spec.holidays is not None:
        try:
            feasts = {day.name for day in holiday_events(spec.holidays, first, last)}
        except ExtraError:
            return None
    own = [e for e in dataset.events if e.name not in feasts and not e.name.startswith((BEFORE, AFTER))]
    names = [name for name in dict.fromkeys(event.name for event in own) if name not in spec.events]
    if not names or len(names) > MOST:
        return None
    around = dict.fromkeys(names, Around(before=DAYS, after=DAYS))
    tried = spec.model_copy(update={"events": {**spec.events, **around}})
    asked = spec.model_copy(update={"events": around})
    days = [day for day in around_own(own, asked) if touches(day, first, last)]
    shown = names[0] if len(names) == 1 else "NAME"
    words = f"events: {{{shown}: {{before: {DAYS}, after: {DAYS}}}}}"
    return replace(dataset, events=(*dataset.events, *days)), tried, words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where they predict better."""
    yield from better(evidence, NAME, "events", "events move the weeks before and after them, too")


CHECK = Check(
    name=NAME,
    title="Events that move the weeks around them",
    threshold=f"two weeks before and after each event predict better {WHEN}",
    false_alarms="0 of 20 sound worlds",
    why="what an event brings before and after it is credited to the media that ran then",
    advice="",
    find=find,
    variant=variant,
)
