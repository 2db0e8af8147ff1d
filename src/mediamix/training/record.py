"""What stays of a training: ``trainings/ID.json``, a step after the other, written as each ends."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.core.files import write_json
from mediamix.core.locks import held
from mediamix.project.folder import Project
from mediamix.project.record import State
from mediamix.project.runs import moment

ID = re.compile(r"\d{8}T\d{6}Z")
#: What all steps are called, in their order.
INGEST, BUILD, CHECK, FIT, COMPARE, PROMOTE, REPORT, ALERTS = (
    *("ingest", "build", "check", "fit", "compare", "promote", "report", "alerts"),
)
ORDER = (INGEST, BUILD, CHECK, FIT, COMPARE, PROMOTE, REPORT, ALERTS)
DONE, FAILED, SKIPPED, OPEN = "done", "failed", "skipped", "open"
PROMOTED, WAITS, SAME = "promoted", "waits", "same"


@dataclass(frozen=True)
class Step:
    """A step of a training.

    Args:
        name: One of `ORDER`.
        state: ``done``, ``failed``, ``skipped`` (an earlier one failed) or ``open``: begun, or broken off.
        started: When, UTC.
        ended: When, UTC.
        message: What became of it, in words.
        told: What it found: plain JSON, which the conditions of alerts read.
    """

    name: str
    state: str
    started: str | None = None
    ended: str | None = None
    message: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """A training of a project.

    Args:
        id: When it began, UTC; it sorts by time.
        who: Asked for it.
        state: Running, done or failed; broken off is `broken_off`.
        started: When, UTC.
        ended: When, UTC.
        attempt: How often it was begun.
        key: Two that are asked for with the same key are one.
        steps: As far as it got.
        message: Why it failed, in words.
    """

    id: str
    who: str
    state: State
    started: str
    ended: str | None = None
    attempt: int = 1
    key: str | None = None
    steps: tuple[Step, ...] = ()
    message: str = ""

    def step(self, name: str) -> Step | None:
        """A step that has begun."""
        return next((step for step in self.steps if step.name == name), None)

    def told(self, name: str) -> Mapping[str, Any] | None:
        """What a step found; None where it isn't done."""
        step = self.step(name)
        return None if step is None or step.state != DONE else step.told

    @property
    def run(self) -> str | None:
        """Id of the run that it made or found."""
        step = self.step(FIT)
        return None if step is None else step.told.get("run")

    @property
    def decision(self) -> str | None:
        """``promoted``, ``waits`` or ``same`` (that run was promoted before); None: it didn't get so far."""
        return (self.told(PROMOTE) or {}).get("decision")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why its run waits."""
        return tuple(reason["words"] for reason in (self.told(PROMOTE) or {}).get("reasons", ()))

    @property
    def refused(self) -> tuple[str, ...]:
        """Sources from which nothing (more) came."""
        step = self.step(INGEST)
        sources = {} if step is None else step.told.get("sources", {})
        return tuple(name for name, told in sources.items() if told["state"] != DONE)

    def with_step(self, step: Step) -> Training:
        """The same with a step added or replaced."""
        others = tuple(one for one in self.steps if one.name != step.name)
        return replace(self, steps=(*others, step))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what its file holds."""
        return asdict(self)

    def write(self, project: Project) -> None:
        """Whole or not at all.

        Raises:
            FolderError: It can't be written.
        """
        write_json(project.training(self.id), self.to_dict())


def read(project: Project, name: str) -> Training:
    """A training by its id.

    Raises:
        FolderError: There is none, or it can't be read.
    """
    if not ID.fullmatch(name):
        raise _none(project, name, "that is no id of a training")
    try:
        raw = json.loads(project.training(name).read_text(encoding="utf-8"))
        steps = tuple(Step(**step) for step in raw["steps"])
        return Training(**{**raw, "state": State(raw["state"]), "steps": steps})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _none(
            project, name, str(error).splitlines()[0] if str(error) else type(error).__name__
        ) from error


def _none(project: Project, name: str, got: str) -> FolderError:
    return FolderError(
        f"there is no training {name!r} in {project.root}",
        expected="the id of a training, such as 20261129T000000Z",
        got=got,
        next_step="mediamix trainings lists them",
    )


def names(project: Project) -> list[str]:
    """Ids of what is recorded, newest first."""
    try:
        return sorted(
            (one[:-5] for one in os.listdir(project.trainings) if one.endswith(".json")), reverse=True
        )
    except OSError:
        return []


def all_trainings(project: Project, most: int | None = None) -> list[Training]:
    """Newest first; what can't be read is left out."""
    found: list[Training] = []
    for name in names(project):
        if most is not None and len(found) >= most:
            break
        try:
            found.append(read(project, name))
        except FolderError:
            continue
    return found


def broken_off(project: Project, training: Training) -> bool:
    """Whether its process is gone, and the next training goes on with it."""
    return not training.state.ended and not held(project.trainings)


def waiting(project: Project, promoted: str | None) -> Training | None:
    """The training whose run waits for somebody to promote it; None: the last one that got so far doesn't."""
    last = next((one for one in all_trainings(project) if one.decision is not None), None)
    if last is None or last.decision != WAITS or last.run == promoted:
        return None
    return last


def begun(project: Project, who: str, now: datetime, key: str | None) -> Training:
    """A new training, written."""
    at = now
    while project.training(name := f"{at:%Y%m%dT%H%M%SZ}").exists():
        at += timedelta(seconds=1)
    training = Training(name, who, State.RUNNING, moment(now), key=key)
    training.write(project)
    return training


def give_up(project: Project, key: str, state: State, message: str) -> None:
    """Write how a training ended that nobody goes on with, and its run.

    Args:
        project: Whose.
        key: Of the training.
        state: Failed or cancelled.
        message: Why it failed.

    Raises:
        FolderError: A record can't be written.
    """
    from mediamix.project.stopped import stopped

    for training in all_trainings(project):
        if training.key != key or training.state.ended:
            continue
        if training.run is not None:
            stopped(project, training.run, state, message)
        said = "cancelled" if state is State.CANCELLED else message
        replace(training, state=State.FAILED, ended=moment(), message=said).write(project)
