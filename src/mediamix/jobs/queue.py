"""A queue as those see it who ask: put, look, cancel, follow."""

from __future__ import annotations

import builtins
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import FolderError, SpecError, shown
from mediamix.core.registry import pick
from mediamix.jobs.job import Event, Job, clean, plain_json, when
from mediamix.jobs.kind import PACKAGE, Kind
from mediamix.jobs.store import Store, store_of
from mediamix.project.folder import Project
from mediamix.project.record import State

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Jobs of one answer.
MOST = 1_000
#: As a job's time: as soon as a worker is free, whatever becomes of the clock.
SOON = 0.0


def queue_of(project: Project) -> Queue:
    """The queue of a project; its tables are made where they are missing.

    Raises:
        ExtraError: SQLAlchemy isn't installed.
        SpecError: MEDIAMIX_JOBS holds no address of a PostgreSQL database.
        FolderError: The database can't be reached, made or used.
    """
    return Queue(store_of(project))


@dataclass(frozen=True)
class Queue:
    """The jobs of a project. Every method raises FolderError where the database doesn't answer.

    Args:
        store: Where they are kept.
    """

    store: Store

    def put(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        who: str,
        key: str | None = None,
        not_before: datetime | None = None,
    ) -> tuple[Job, bool]:
        """A new job, or that of the same key; and whether it is new.

        Args:
            kind: A component of `jobs.kinds`.
            payload: Plain JSON.
            who: Asks for it.
            key: Who asks again with it gets the job that there is, whatever became of it.
            not_before: With a time zone. None: as soon as a worker is free.

        Raises:
            SpecError: There is no such kind, or the payload can't be kept.
        """
        from mediamix.jobs import tables as t

        pick(PACKAGE, Kind, kind)
        content = plain_json(payload, "payload")
        if not_before is not None and not_before.tzinfo is None:
            raise SpecError("a job's time needs a zone", got=not_before.isoformat())
        values = {
            "id": f"job-{secrets.token_hex(6)}",
            "project": self.store.project,
            "kind": kind,
            "payload": content,
            "who": clean(who, 200),
            "key": None if key is None else clean(key),
            "state": State.QUEUED,
            "asked": t.now(),
            "due": SOON if not_before is None else not_before.timestamp(),
        }
        with self.store.writing() as connection:
            made = connection.execute(insert_of(connection)(t.jobs).values(values).on_conflict_do_nothing())
            if made.rowcount == 1:
                row = self._row(connection, t.jobs.c.id == values["id"])
                tell(connection, row.number, "state", {"state": State.QUEUED})
                return job_of(row), True
            return job_of(self._row(connection, t.jobs.c.key == values["key"])), False

    def get(self, id: str) -> Job:
        """A job as it stands.

        Raises:
            FolderError: There is none of that id.
        """
        from mediamix.jobs import tables as t

        with self.store.reading() as connection:
            return job_of(self._row(connection, t.jobs.c.id == clean(id)))

    def by_key(self, key: str) -> Job | None:
        """The job that was put with a key."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        asked = select(t.jobs).where(t.jobs.c.project == self.store.project, t.jobs.c.key == clean(key))
        with self.store.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else job_of(row)

    def list(
        self,
        after: str | None = None,
        limit: int = 100,
        kind: str | None = None,
        state: State | str | None = None,
    ) -> list[Job]:
        """Jobs, the newest first.

        Args:
            after: The id of the last job that was read; None: from the newest.
            limit: So many at most.
            kind: Of this kind only.
            state: In this state only.

        Raises:
            FolderError: There is no job `after`.
        """
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        with self.store.reading() as connection:
            asked = select(t.jobs).where(t.jobs.c.project == self.store.project)
            if after is not None:
                asked = asked.where(
                    t.jobs.c.number < self._row(connection, t.jobs.c.id == clean(after)).number
                )
            if kind is not None:
                asked = asked.where(t.jobs.c.kind == clean(kind))
            if state is not None:
                asked = asked.where(t.jobs.c.state == clean(state))
            asked = asked.order_by(t.jobs.c.number.desc()).limit(max(0, min(limit, MOST)))
            return [job_of(row) for row in connection.execute(asked)]

    def cancel(self, id: str, who: str) -> Job:
        """End a job that waits or works. Its worker kills its process within a second.

        Raises:
            FolderError: There is none of that id, or it has ended.
        """
        from sqlalchemy import update

        from mediamix.jobs import tables as t

        with self.store.writing() as connection:
            row = self._row(connection, t.jobs.c.id == clean(id), lock=True)
            if State(row.state).ended:
                raise FolderError(
                    f"the job {row.id} is {row.state} already",
                    expected="a job that waits or works",
                    got=row.state,
                    next_step="mediamix jobs lists them",
                )
            message = f"cancelled by {clean(who, 200)}"
            ended = {"state": State.CANCELLED, "ended": t.now(), "message": message, "token": None}
            connection.execute(update(t.jobs).where(t.jobs.c.number == row.number).values(ended))
            tell(connection, row.number, "state", {"state": State.CANCELLED, "message": message})
            return job_of(self._row(connection, t.jobs.c.number == row.number))

    def events(self, id: str, after: int = 0) -> builtins.list[Event]:
        """What was told of a job, in order; of one that was told much the first part.

        Args:
            id: The job's.
            after: The number of the last event that was read.

        Raises:
            FolderError: There is no such job.
        """
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        with self.store.reading() as connection:
            number = self._row(connection, t.jobs.c.id == clean(id)).number
            found = select(t.events).where(t.events.c.job == number, t.events.c.number > after)
            rows = connection.execute(found.order_by(t.events.c.number).limit(MOST))
            return [Event(row.number, _known(row.at), row.what, json.loads(row.data)) for row in rows]

    def _row(self, connection: Connection, condition: Any, *, lock: bool = False) -> Any:
        """A job of this project."""
        from sqlalchemy import select

        from mediamix.jobs import tables as t

        asked = select(t.jobs).where(t.jobs.c.project == self.store.project, condition)
        row = connection.execute(asked.with_for_update() if lock else asked).first()
        if row is None:
            raise FolderError(
                "there is no such job",
                expected="the id of a job of this project",
                got=shown(getattr(getattr(condition, "right", None), "value", None)),
                next_step="mediamix jobs lists them",
            )
        return row


def tell(connection: Connection, number: int, what: str, data: Mapping[str, Any]) -> None:
    """Another event of a job, in the transaction that it is about."""
    from sqlalchemy import insert, update

    from mediamix.jobs import tables as t

    counted = update(t.jobs).where(t.jobs.c.number == number).values(events=t.jobs.c.events + 1)
    event = connection.execute(counted.returning(t.jobs.c.events)).scalar_one()
    told = {"job": number, "number": event, "at": t.now(), "what": what, "data": plain_json(data, "event")}
    connection.execute(insert(t.events).values(told))


def job_of(row: Any) -> Job:
    """A row of the table."""
    return Job(
        id=row.id,
        kind=row.kind,
        payload=json.loads(row.payload),
        who=row.who,
        state=State(row.state),
        asked=_known(row.asked),
        due=_known(row.due or row.asked),
        started=when(row.started),
        ended=when(row.ended),
        attempt=row.attempt,
        message=row.message,
        result=None if row.result is None else json.loads(row.result),
        key=row.key,
    )


def _known(seconds: float) -> datetime:
    found = when(seconds)
    assert found is not None
    return found


def insert_of(connection: Connection) -> Any:
    """The dialect's own, which knows what to do with a key that is there."""
    from sqlalchemy.dialects import postgresql, sqlite

    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
