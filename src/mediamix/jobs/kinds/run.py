"""A run of the project's spec, or of a variant of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mediamix.core.errors import UserError
from mediamix.jobs.job import Job
from mediamix.jobs.kind import Kind, Telling
from mediamix.jobs.recording import record_soon
from mediamix.project.folder import Project
from mediamix.project.record import LOG, State


def run(payload: Mapping[str, Any], project: Project, telling: Telling) -> Mapping[str, Any]:
    """All steps, recorded in the run's folder; of a run that is done already nothing is done again.

    Args:
        payload: ``{"run": ID}`` of one that was asked for, else ``{"variant": NAME or null}``.
        project: Whose spec and data.
        telling: Told of every step.

    Raises:
        UserError: Of any step; the record says so too.
    """
    from mediamix.project.launch import asked
    from mediamix.project.runs import folder_of
    from mediamix.project.work import work_on

    name = payload.get("run")
    if name is None:
        telling.step("Checking the data")
        record, _ = asked(project, payload.get("variant"), telling.who)
        name = record.id
        telling.about({"run": name})
    with (folder_of(project, name) / LOG).open("ab") as log:
        os.dup2(log.fileno(), 2)  # this process is of the run alone
    record = work_on(project, name, telling.step, telling.sampling)
    if record.state is not State.DONE:
        raise UserError(f"the run {record.id} was {record.state} before: {record.message}".rstrip(": "))
    record_soon(project, f"done:{record.id}", telling.who)
    return {"run": record.id, "verdict": record.verdict}


def _stopped(job: Job, project: Project) -> None:
    """Write into the run's record what became of it."""
    from mediamix.project.stopped import stopped

    name = job.payload.get("run")
    if name is not None:
        stopped(project, name, job.state, job.message)


RUN = Kind("run", "All steps from tables to a report", run, _stopped)
