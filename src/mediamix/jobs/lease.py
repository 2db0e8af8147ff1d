"""A queue as workers see it: who takes a job holds a lease with a token, and only the token changes it.

A lease that isn't renewed in time ends: the next worker takes the job with another token, and what the first
one says of it from then on changes nothing. All times are of the database's clock.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mediamix.jobs.job import Job, clean, plain_json
from mediamix.jobs.queue import SOON, job_of, tell
from mediamix.jobs.store import Store
from mediamix.project.record import State

#: Seconds after which a worker that says nothing is dead.
LEASE_S = 30.0
#: A job is begun so often at most: whatever it is, it is not the machines that end it.
MOST_ATTEMPTS = 6
#: Seconds from now: no lease and no waiting for another attempt is longer.
FAR_S = 600.0
LOST = "its worker was gone"


@dataclass(frozen=True)
class Held:
    """A job that is ours to do.

    Args:
        job: As it was when it was taken.
        number: Its row.
        token: Proves that it is ours.
        deaths: Attempts before this one whose process died by itself.
    """

    job: Job
    number: int
    token: str
    deaths: int


@dataclass(frozen=True)
class Leases:
    """The side of one worker.

    Args:
        store: The queue's database.
        lease_s: Seconds that a lease holds.
        stays: Whether the worker waits for jobs, and is there for schedules.
        name: Of the worker.
    """

    store: Store
    lease_s: float = LEASE_S
    stays: bool = True
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}")

    def alive(self) -> None:
        """Be counted among the workers until a lease from now."""
        from mediamix.jobs import tables as t

        with self.store.writing() as connection:
            known = {"until": t.now() + self.lease_s}
            changed = connection.execute(t.workers.update().where(t.workers.c.id == self.name).values(known))
            if changed.rowcount == 0:
                who = {"id": self.name, "host": socket.gethostname(), "process": os.getpid()}
                whose = {"project": self.store.project, "since": t.now(), "stays": int(self.stays)}
                connection.execute(t.workers.insert().values({**who, **whose, **known}))

    def gone(self) -> None:
        """Be counted no more."""
        from mediamix.jobs import tables as t

        with self.store.writing() as connection:
            left = t.workers.update().where(t.workers.c.id == self.name)
            connection.execute(left.values(until=t.now() - 1.0))

    def take(self) -> Held | None:
        """The job that has waited longest, or one whose worker is gone; None: there is nothing to do.

        A job whose workers went `MOST_ATTEMPTS` times has failed; it is given out once more, for its end.
        """
        from sqlalchemy import and_, or_, select

        from mediamix.jobs import tables as t

        # What is further off than anything is ever set was set by a clock that has been set back since.
        far = t.now() + FAR_S
        again = and_(t.jobs.c.attempt > 0, t.jobs.c.due > far)
        waits = and_(t.jobs.c.state == State.QUEUED, or_(t.jobs.c.due <= t.now(), again))
        over = or_(t.jobs.c.lease < t.now(), t.jobs.c.lease > far)
        orphaned = and_(t.jobs.c.state == State.RUNNING, over)
        asked = select(t.jobs).where(t.jobs.c.project == self.store.project, or_(waits, orphaned))
        asked = asked.order_by(t.jobs.c.due, t.jobs.c.number).limit(1)
        with self.store.writing() as connection:
            row = connection.execute(asked.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            token = secrets.token_hex(16)
            lost = row.state == State.RUNNING
            changes: dict[str, Any] = {
                "state": State.RUNNING,
                "token": token,
                "lease": t.now() + self.lease_s,
                "worker": self.name,
                "attempt": row.attempt + 1,
                "message": LOST if lost else row.message,
            }
            if row.started is None:
                changes["started"] = t.now()
            taken = t.jobs.update().where(t.jobs.c.number == row.number).values(changes)
            new = connection.execute(taken.returning(t.jobs)).one()
            told = {"state": State.RUNNING, "attempt": new.attempt}
            tell(connection, row.number, "state", {**told, "message": LOST} if lost else told)
            return Held(job_of(new), row.number, token, row.deaths)

    def renew(self, held: Held) -> bool:
        """Hold it for longer; whether it is still ours."""
        from mediamix.jobs import tables as t

        return self._change(held, {"lease": t.now() + self.lease_s})

    def ours(self, held: Held) -> bool:
        """Whether it is still ours: not cancelled, and not another's."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        with self.store.reading() as connection:
            token = connection.execute(select(t.jobs.c.token).where(t.jobs.c.number == held.number)).scalar()
        return bool(token == held.token)

    def now(self, held: Held) -> Job | None:
        """How it stands; None: somebody has removed it."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        with self.store.reading() as connection:
            row = connection.execute(select(t.jobs).where(t.jobs.c.number == held.number)).first()
        return None if row is None else job_of(row)

    def tell(self, held: Held, what: str, data: Mapping[str, Any]) -> bool:
        """Another event; whether the job is still ours."""
        return self._change(held, {}, what, data)

    def about(self, held: Held, data: Mapping[str, Any]) -> bool:
        """More of the payload is known; whether the job is still ours."""
        payload = plain_json({**held.job.payload, **data}, "payload")
        return self._change(held, {"payload": payload}, "about", data)

    def finish(
        self, held: Held, state: State, message: str = "", result: Mapping[str, Any] | None = None
    ) -> bool:
        """End it; whether it was ours to end."""
        from mediamix.jobs import tables as t

        said = clean(message)
        changes = {
            "state": state,
            "ended": t.now(),
            "message": said,
            "token": None,
            "result": None if result is None else plain_json(result, "result"),
        }
        return self._change(held, changes, "state", {"state": state, **({"message": said} if said else {})})

    def release(self, held: Held, message: str, delay_s: float = 0.0, *, died: bool = False) -> bool:
        """Give it back, to be begun again; whether it was ours.

        Args:
            held: The job.
            message: Why.
            delay_s: Not begun before that is over.
            died: Its process died by itself; else this attempt doesn't count.
        """
        from mediamix.jobs import tables as t

        said = clean(message)
        changes = {
            "state": State.QUEUED,
            "due": t.now() + delay_s if delay_s else SOON,
            "message": said,
            "token": None,
            "attempt": t.jobs.c.attempt - (0 if died else 1),
            "deaths": t.jobs.c.deaths + (1 if died else 0),
        }
        return self._change(held, changes, "state", {"state": State.QUEUED, "message": said})

    def idle(self) -> bool:
        """Whether no job waits, and none is at work: those of a dead worker will wait again."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        living = t.jobs.c.state.in_([State.QUEUED, State.RUNNING])
        asked = select(t.jobs.c.number).where(t.jobs.c.project == self.store.project, living).limit(1)
        with self.store.reading() as connection:
            return connection.execute(asked).first() is None

    def _change(
        self, held: Held, changes: Mapping[str, Any], what: str = "", data: Mapping[str, Any] | None = None
    ) -> bool:
        """In one transaction, if the token is still the job's."""
        from mediamix.jobs import tables as t

        mine = (t.jobs.c.number == held.number, t.jobs.c.token == held.token)
        with self.store.writing() as connection:
            # Of an event alone nothing else changes; the row is locked by asking for it as well.
            kept = changes or {"worker": self.name}
            if connection.execute(t.jobs.update().where(*mine).values(kept)).rowcount == 0:
                return False
            if what:
                tell(connection, held.number, what, data or {})
        return True


def workers_alive(store: Store, *, stays: bool = False) -> int:
    """Workers of a project that have said so within a lease.

    Args:
        store: The queue's database.
        stays: Only those that don't end when nothing is to be done.
    """
    from sqlalchemy import func, select

    from mediamix.jobs import tables as t

    counted = t.workers.c.until.between(t.now(), t.now() + FAR_S)
    asked = select(func.count()).where(t.workers.c.project == store.project, counted)
    if stays:
        asked = asked.where(t.workers.c.stays == 1)
    with store.reading() as connection:
        return int(connection.execute(asked).scalar_one())


def has_left(store: Store, process: int) -> bool:
    """Whether a worker of this machine was counted and is no more."""
    from sqlalchemy import select

    from mediamix.jobs import tables as t

    mine = (t.workers.c.host == socket.gethostname(), t.workers.c.process == process)
    asked = select(t.workers.c.id).where(t.workers.c.project == store.project, *mine)
    with store.reading() as connection:
        return connection.execute(asked.where(t.workers.c.until <= t.now())).first() is not None
