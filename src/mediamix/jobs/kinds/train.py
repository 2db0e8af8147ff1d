"""A training of the project: what its schedule, `POST /train` and the app ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from mediamix.core.errors import UserError
from mediamix.jobs.job import Job
from mediamix.jobs.kind import Kind, Rule, Telling
from mediamix.jobs.recording import record_soon
from mediamix.project.folder import Project
from mediamix.project.record import State

NAME = "train"


def run(payload: Mapping[str, Any], project: Project, telling: Telling) -> Mapping[str, Any]:
    """All steps, recorded in ``trainings/``; an attempt after a kill goes on where the one before stopped.

    Args:
        payload: ``{}``; with the key of the training that an attempt before has begun.
        project: Whose.
        telling: Told of every step.

    Raises:
        UserError: The training failed; it is recorded, and who shall hear of it was told.
    """
    from mediamix.training.train import Tools, train

    key = payload.get("key")
    if key is None:
        key = uuid4().hex
        telling.about({"key": key})
    made = train(
        project, who=telling.who, key=key, tools=Tools(on_step=telling.step, on_progress=telling.sampling)
    )
    record_soon(project, f"trained:{made.id}", telling.who)
    if made.state is State.FAILED:
        raise UserError(f"the training {made.id} failed: {made.message}")
    return {"training": made.id, "run": made.run, "decision": made.decision, "refused": list(made.refused)}


def _stopped(job: Job, project: Project) -> None:
    """Write into the records of the training and of its run what became of them."""
    from mediamix.training.record import give_up

    key = job.payload.get("key")
    if key is not None:
        give_up(project, key, job.state, job.message)


def _rules(project: Project) -> Sequence[Rule]:
    from mediamix.core.spec import load_spec

    schedule = load_spec(project.spec()).schedule if project.founded else None
    return () if schedule is None else (Rule(NAME, schedule.cron, schedule.time_zone),)


TRAIN = Kind(NAME, "Fetch, build, check, fit, compare, promote or not, and tell", run, _stopped, _rules)
