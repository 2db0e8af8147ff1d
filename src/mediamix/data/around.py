"""Days before and after events, as events of their own.

Of an event called X, the days before it are the event ``before X`` and those after it ``after X``:
columns with coefficients of their own, since people who buy before a feast stay at home on it. A day
is before the next event and after the last one, never through another: of two holidays in a row the
days before belong to the first, those after to the second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mediamix.core.errors import SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Around, Spec
from mediamix.core.types import Event

BEFORE, AFTER = "before ", "after "


def reach(spec: Spec) -> int:
    """Days around the dates of the data in which an event can still touch them."""
    own = [days for around in spec.events.values() for days in (around.before, around.after)]
    if spec.holidays is not None:
        own += [spec.holidays.before, spec.holidays.after]
    return max(own, default=0)


def around_holidays(holidays: Sequence[Event], spec: Spec) -> list[Event]:
    """Days around each of a calendar's holidays: `spec.events` counts where it names one."""
    if spec.holidays is None:
        return []
    usual = Around(before=spec.holidays.before, after=spec.holidays.after)
    return [
        day for event in holidays for day in days_around(event, spec.events.get(event.name, usual), holidays)
    ]


def around_own(events: Sequence[Event], spec: Spec) -> list[Event]:
    """Days around the events that `spec.events` names: another of the same name ends them."""
    found = []
    for event in (e for e in events if e.name in spec.events):
        alike = [e for e in events if e.name == event.name and (e.geo is None or e.geo == event.geo)]
        found += days_around(event, spec.events[event.name], alike)
    return found


def days_around(event: Event, around: Around, others: Sequence[Event]) -> list[Event]:
    """The days before and after one event, up to the next of `others` (it may be among them)."""
    first, last = event.start - around.before, event.end + around.after
    ends = [e.end for e in others if e.start < event.start]
    begins = [e.start for e in others if e.end > event.end]
    first = max([first, *(end + 1 for end in ends)])
    last = min([last, *(begin - 1 for begin in begins)])
    found = []
    if first < event.start:
        found.append(Event(BEFORE + event.name, first, event.start - 1, event.geo))
    if last > event.end:
        found.append(Event(AFTER + event.name, event.end + 1, last, event.geo))
    return found


def touches(event: Event, first: np.datetime64, last: np.datetime64) -> bool:
    """Whether an event has a day from `first` to `last`, both included."""
    return bool(event.end >= first and event.start <= last)


def refuse_unknown(spec: Spec, names: Sequence[str]) -> None:
    """Stop at days around an event that the data don't have.

    Raises:
        SpecError: `spec.events` names others than `names`.
    """
    wrong = [name for name in spec.events if name not in names]
    if not wrong:
        return
    known = sorted(name for name in set(names) if not name.startswith((BEFORE, AFTER)))
    raise SpecError(
        f"events.{wrong[0]}: the data have no such event"
        + (f", nor {len(wrong) - 1:,} others that the spec names" if wrong[1:] else ""),
        expected=f"one of {', '.join(known[:20])}" if known else "an event of the events table, or a holiday",
        got=", ".join(wrong[:5]),
        next_step=suggestion(wrong[0], known)
        or ("remove the entry" if known else "give `data.events` or `holidays`"),
    )
