"""Which days to ask a platform for: those that are missing, and those that it may still change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mediamix.ingest.pulled import Wanted
from mediamix.ingest.source import Days, Source

#: How far back a first pull goes where nobody says.
DEFAULT_HISTORY = 730
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Windows:
    """What to ask for.

    Args:
        days: In order, none overlapping, each as long as the source takes at most.
        first: The earliest day that is asked of this platform at all.
        clamped: Days that were wanted, but that the platform doesn't keep any more; None: all are kept.
    """

    days: tuple[Days, ...]
    first: date
    clamped: Days | None = None


def windows(source: Source, wanted: Wanted, today: date, landed: Mapping[date, date]) -> Windows:
    """The windows of one account.

    A day is asked for if it isn't landed, if it is among the last `restates` days, or if it was pulled last
    while its platform could still change it: also after a pause of months no provisional number stays. A
    source that settles by month (`Source.monthly`) has a whole month fetched again once it has ended. Today
    isn't over, and never asked for.

    Args:
        source: Whose windows.
        wanted: What the spec says.
        today: In the account's own time zone.
        landed: Day that has landed → the day on which it was pulled last (there too).
    """
    restates = source.restates if wanted.restated is None else wanted.restated
    last = today - _DAY
    first = wanted.since or today - timedelta(days=DEFAULT_HISTORY)
    clamped = None
    if source.history is not None:
        kept = today - timedelta(days=source.history)
        if first < kept:
            # Nobody who leaves `since` out has asked for more than there is.
            clamped = Days(first, min(kept, today) - _DAY) if wanted.since else None
            first = kept
    months = _unsettled(landed, today) if source.monthly else frozenset()
    chosen = [
        day
        for day in _between(first, last)
        if day not in landed
        or day >= today - timedelta(days=restates)
        or landed[day] < day + timedelta(days=restates)
        or day.replace(day=1) in months
    ]
    return Windows(tuple(_grouped(chosen, source.window)), first, clamped)


def _unsettled(landed: Mapping[date, date], today: date) -> frozenset[date]:
    """First days of the months that are over and of which a day was pulled last before that."""
    return frozenset(day.replace(day=1) for day, pulled in landed.items() if pulled <= month_end(day) < today)


def month_end(day: date) -> date:
    """The last day of its month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - _DAY


def _between(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=index) for index in range(max((last - first).days + 1, 0)))


def _grouped(chosen: Iterable[date], size: int) -> Iterable[Days]:
    """Runs of days without a gap, cut to `size` days."""
    run: Days | None = None
    for day in chosen:
        if run is not None and day == run.last + _DAY and len(run) < size:
            run = Days(run.first, day)
            continue
        if run is not None:
            yield run
        run = Days(day, day)
    if run is not None:
        yield run
