"""What is done at set times: each moment of a rule is one job, however many workers look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mediamix.core.errors import UserError
from mediamix.core.registry import discover, pick
from mediamix.jobs.cron import last_moment, next_moment
from mediamix.jobs.job import clean, when
from mediamix.jobs.kind import PACKAGE, Kind, Rule
from mediamix.jobs.queue import Queue, insert_of
from mediamix.jobs.store import GoneError, Store
from mediamix.project.folder import Project
from mediamix.project.record import State
from mediamix.project.runs import moment as written

#: Seconds between two looks.
EVERY_S = 15.0
#: A moment that is dealt with later than that was missed: no worker was there.
LATE_S = 90.0


def key_of(rule: Rule, at: datetime) -> str:
    """The key of the job of one moment."""
    return f"schedule:{rule.name}:{written(at)}"


def upcoming(project: Project, kind: str, now: datetime) -> tuple[Rule, datetime | None] | None:
    """The first rule of a kind of job, and when it fires next; None: no rule.

    Args:
        project: Whose.
        kind: A component of `jobs.kinds`.
        now: With a time zone.

    Raises:
        ExtraError: croniter isn't installed.
        SpecError: The spec can't be read.
    """
    rules = pick(PACKAGE, Kind, kind).rules(project)
    fires = [(rule, next_moment(rule.cron, rule.zone, now)) for rule in rules]
    return min(fires, key=lambda one: one[1] or datetime.max.replace(tzinfo=UTC), default=None)


@dataclass
class Firing:
    """A worker's look at the rules of a project, now and then.

    Args:
        project: Whose.
        store: The queue's database.
        say: Told what happens, a line each.
        clock: Seconds.
        now: The database's clock.
    """

    project: Project
    store: Store
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] | None = None
    _next: float = float("-inf")
    _said: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Put the jobs that are due, if the last look is some time ago.

        Raises:
            GoneError: The database doesn't answer.
        """
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY_S
        for kind, rule in self._rules():
            try:
                self._fire(kind, rule)
            except GoneError:
                raise
            except UserError as error:
                self._once(error.message)

    def _rules(self) -> Iterator[tuple[Kind, Rule]]:
        for kind in discover(PACKAGE, Kind).values():
            try:
                for rule in kind.rules(self.project):
                    yield kind, rule
            except UserError as error:  # a spec that can't be read now
                self._once(error.message)

    def _fire(self, kind: Kind, rule: Rule) -> None:
        """The last moment since the last look, once."""
        now, seen = self._seen(rule)
        due = last_moment(rule.cron, rule.zone, now)
        if due is None or due <= seen:
            return
        queue = Queue(self.store)
        waiting = [
            job.id
            for state in (State.QUEUED, State.RUNNING)
            for job in queue.list(kind=kind.name, state=state)
            if (job.key or "").startswith(f"schedule:{rule.name}:") and job.key != key_of(rule, due)
        ]
        if waiting:
            self.say(f"schedule {rule.name}: {written(due)} is left out, {waiting[0]} is still to be done")
        else:
            late = (now - due).total_seconds()
            job, new = queue.put(kind.name, rule.payload, who=f"schedule {rule.name}", key=key_of(rule, due))
            if new:
                missed = f", {late / 3600:,.1f} h late: no worker was there" if late > LATE_S else ""
                self.say(f"schedule {rule.name}: {job.id} for {written(due)}{missed}")
        self._remember(rule, now)

    def _seen(self, rule: Rule) -> tuple[datetime, datetime]:
        """Now, and until when the rule is dealt with: one that is new or was changed, until now."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        mine = (t.schedules.c.project == self.store.project, t.schedules.c.name == clean(rule.name))
        with self.store.reading() as connection:
            row = connection.execute(select(t.schedules).where(*mine)).first()
            told = when(connection.execute(select(t.now())).scalar_one())
        assert told is not None
        now = told if self.now is None else self.now()
        seen = when(row.seen) if row is not None and row.rule == _text(rule) else None
        if seen is not None and seen <= now:
            return now, seen
        if seen is not None:
            self.say(f"schedule {rule.name}: the clock was set back, from {written(seen)} to {written(now)}")
        self._remember(rule, now)
        return now, now

    def _remember(self, rule: Rule, now: datetime) -> None:
        from mediamix.jobs import tables as t

        mine = (t.schedules.c.project == self.store.project, t.schedules.c.name == clean(rule.name))
        values = {"rule": _text(rule), "seen": now.timestamp()}
        with self.store.writing() as connection:
            if connection.execute(t.schedules.update().where(*mine).values(values)).rowcount == 0:
                who = {"project": self.store.project, "name": clean(rule.name)}
                new = insert_of(connection)(t.schedules).values({**who, **values})
                connection.execute(new.on_conflict_do_nothing())  # another worker may look as well

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self.say(line)


def _text(rule: Rule) -> str:
    return clean(f"{rule.cron} {rule.zone}")
