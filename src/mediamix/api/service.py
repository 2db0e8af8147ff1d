"""What the routes of a service share: its project, who may call, who answers, who counts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request

from mediamix.api.access.keys import Keys
from mediamix.api.access.rates import Rates
from mediamix.api.access.tokens import Tokens
from mediamix.api.answering.kept import Answers
from mediamix.api.answering.solvers import Solvers
from mediamix.api.once import Repeats
from mediamix.api.problems import absent
from mediamix.api.roles import Rule
from mediamix.api.settings import Settings
from mediamix.api.watching.metrics import Metrics
from mediamix.core.errors import FolderError, UserError
from mediamix.project.folder import FIT, ID, Project
from mediamix.project.record import Record, State
from mediamix.project.runs import CURRENT, current, folder_of, read

if TYPE_CHECKING:
    from mediamix.jobs import Job, Queue

#: The id of a job.
JOB = re.compile(r"job-[0-9a-f]{12}")


@dataclass
class Service:
    """A project and what its routes need.

    Args:
        project: What is served.
        settings: How.
    """

    project: Project
    settings: Settings
    #: Endpoint → what it asks for, and its path; filled when the routes are known.
    rules: dict[Any, Rule] = field(default_factory=dict)
    paths: dict[Any, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = Keys(self.project)
        self.tokens = None if self.settings.oidc is None else Tokens(self.settings.oidc)
        self.rates = Rates(self.settings)
        self.metrics = Metrics(self.jobs_by_state)
        promoted = current(self.project)
        folder = None if promoted is None else str(self.project.runs / promoted / FIT)
        self.solvers = Solvers(self.settings.solvers, folder)
        self.answers = Answers(self.solvers, self.metrics)
        self.repeats = Repeats(self.project)
        # Uploads that are read at once: each is in memory whole.
        self.uploads = asyncio.Semaphore(2)

    @cached_property
    def queue(self) -> Queue:
        """The project's jobs; its tables are made when they are first needed.

        Raises:
            FolderError: The database doesn't answer.
        """
        from mediamix.jobs import queue_of

        return queue_of(self.project)

    def jobs_by_state(self) -> Mapping[str, int]:
        """Jobs that wait and work; nothing where the database doesn't answer."""
        try:
            found = {
                state: len(self.queue.list(limit=1000, state=state))
                for state in (State.QUEUED, State.RUNNING)
            }
        except UserError:
            return {}
        return {str(state): number for state, number in found.items()}

    def run(self, id: str) -> str:
        """The whole id of a run that is done, by its id, the start of it, or ``current``.

        Raises:
            Refusal: 404: there is no such run.
            FolderError: It isn't done.
        """
        record = self.record(id)
        if record.state is not State.DONE:
            raise FolderError(
                f"the run {record.id} is {record.state}: it has nothing to say",
                expected="a run that is done",
                got=record.state,
                next_step=f"follow it: GET /api/v1/runs/{record.id}/events",
            )
        return record.id

    def record(self, id: str) -> Record:
        """The record of a run, by its id or that of its job.

        Raises:
            Refusal: 404: there is no such run.
            FolderError: The job has none yet.
        """
        if JOB.fullmatch(id):
            id = self._made(id)
        try:
            return read(self.project, folder_of(self.project, _plain(id)).name)
        except FolderError as error:
            raise absent(
                error.what, expected=error.expected, got=error.got, next_step="GET /api/v1/runs lists them"
            ) from None

    def _made(self, id: str) -> str:
        """The run that a job makes."""
        try:
            job = self.queue.get(id)
        except FolderError as error:
            if error.__cause__ is not None:
                raise
            raise absent(error.what, got=error.got, next_step="GET /api/v1/runs lists them") from None
        run = run_of(job)
        if run is None:
            raise FolderError(
                f"the job {id} is {job.state}: it has no run yet",
                expected="a job whose run is done",
                got=job.state,
                next_step=f"follow it: GET /api/v1/runs/{id}/events",
            )
        return run

    def fit(self, id: str) -> tuple[str, Path]:
        """A done run's whole id and the folder of its fit.

        Raises:
            Refusal: 404: there is no such run.
            FolderError: It isn't done.
        """
        # Most ask by a whole id, which nothing has to be looked up for.
        run = current(self.project) if id == CURRENT else id if ID.fullmatch(id) else None
        if run is None or not (self.project.runs / run / FIT / "run.json").is_file():
            run = self.run(id)
        return run, self.project.runs / run / FIT


def run_of(job: Job) -> str | None:
    """The run that a job makes, once there is one."""
    found = (job.result or {}).get("run") or job.payload.get("run")
    return None if found is None else str(found)


def _plain(id: str) -> str:
    """An id as one can be, else one that none is."""
    return id if id == CURRENT or (id and all(c.isalnum() or c == "-" for c in id)) else "?"


def refuse_no_variant(service: Service, variant: str | None) -> None:
    """404 for a variant of the spec that isn't there."""
    if variant is not None and not service.project.spec(variant).is_file():
        known = ", ".join(service.project.variants()) or "none"
        raise absent(
            f"there is no variant '{variant}'",
            expected=f"one of: {known}",
            next_step="POST /api/v1/specs makes one",
        )


def service_of(request: Request) -> Service:
    """The service of a request."""
    found: Service = request.app.state.service
    return found
