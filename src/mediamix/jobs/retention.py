"""What a queue forgets: events and jobs that ended long ago. Runs and their results are never touched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mediamix.jobs.store import Store
from mediamix.project.record import State

_DAY_S = 86_400.0
#: Days that events are kept after they were told, and jobs after they ended.
EVENTS_DAYS, JOBS_DAYS = 30.0, 365.0
#: Seconds between two looks of a worker.
EVERY_S = 3_600.0
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def forget(
    store: Store, *, events_days: float = EVENTS_DAYS, jobs_days: float = JOBS_DAYS
) -> tuple[int, int]:
    """Remove what is older; how many events and jobs that was. A job that hasn't ended keeps all.

    Args:
        store: The queue's database.
        events_days: Days that events of ended jobs are kept.
        jobs_days: Days that ended jobs are kept, by when they ended.
    """
    from sqlalchemy import delete, select

    from mediamix.jobs import tables as t

    ended = select(t.jobs.c.number).where(t.jobs.c.project == store.project, t.jobs.c.state.in_(ENDED))
    old = ended.where(t.jobs.c.ended < t.now() - jobs_days * _DAY_S)
    with store.writing() as connection:
        of_old = connection.execute(delete(t.events).where(t.events.c.job.in_(old))).rowcount
        jobs = connection.execute(delete(t.jobs).where(t.jobs.c.number.in_(old))).rowcount
        aged = t.events.c.at < t.now() - events_days * _DAY_S
        events = connection.execute(delete(t.events).where(aged, t.events.c.job.in_(ended))).rowcount
        connection.execute(
            delete(t.workers).where(
                t.workers.c.project == store.project, t.workers.c.until < t.now() - _DAY_S
            )
        )
    return of_old + events, jobs


@dataclass
class Keeping:
    """A worker's look at it, now and then.

    Args:
        store: The queue's database.
        clock: Seconds.
    """

    store: Store
    clock: Callable[[], float] = time.monotonic
    _next: float = float("-inf")

    def look(self) -> None:
        """Forget what is old, if the last look is long ago."""
        if self.clock() >= self._next:
            forget(self.store)
            self._next = self.clock() + EVERY_S
