"""A project trained anew: all steps, each recorded as it ends, and gone on with after a kill."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mediamix.core.errors import UserError
from mediamix.core.files import unwritable
from mediamix.core.locks import sole_writer
from mediamix.core.spec import load_spec
from mediamix.ingest.patience import Clock, Patience
from mediamix.pipeline import OnProgress, OnStep
from mediamix.project.folder import Project
from mediamix.project.launch import user
from mediamix.project.record import State
from mediamix.project.runs import moment
from mediamix.training.alerts.telling import tell
from mediamix.training.context import Context, Work
from mediamix.training.fitting import made
from mediamix.training.record import ALERTS, DONE, FAILED, OPEN, SKIPPED, Step, Training, all_trainings, begun
from mediamix.training.settings import settings_of
from mediamix.training.steps import PARTS, Part

#: A training that was broken off is gone on with for so long; after that its data are too old.
GOES_ON = timedelta(hours=12)
GIVEN_UP = "its process ended before it was done, and nobody went on with it"
TELLING = Part(ALERTS, "Alerts", tell, lambda told: _told(told))


@dataclass(frozen=True)
class Tools:
    """What a training is done with.

    Args:
        clock: Time.
        environment: Variables with secrets; None: those of this process.
        work: How a run is made.
        patience: How long a platform is waited for.
        on_step: Told of every step.
        on_progress: Told how far the sampler is.
    """

    clock: Clock = field(default_factory=Clock)
    environment: Mapping[str, str] | None = None
    work: Work = made
    patience: Patience | None = None
    on_step: OnStep = lambda step: None
    on_progress: OnProgress = lambda progress: None


def train(
    project: Project, *, who: str | None = None, key: str | None = None, tools: Tools | None = None
) -> Training:
    """Fetch, build, check, fit, compare, promote or not, and tell who shall hear of it.

    A step that fails ends the training but for its alerts; the promoted run stays. One that was killed is
    gone on with by the next call: what is done isn't done again, and it is recorded once.

    Args:
        project: What is trained.
        who: Asks for it; None: the user of this machine.
        key: Two calls with the same key are one training: the second finds what the first did.
        tools: See there.

    Raises:
        SpecError: The spec can't be read, or names rules, conditions or bounds that there aren't.
        FolderError: Another training of the project is at work, or its folder can't be written.
    """
    tools = tools or Tools()
    spec = load_spec(project.spec())
    context = Context(
        project,
        spec,
        settings_of(spec),
        who or user(),
        tools.clock,
        os.environ if tools.environment is None else tools.environment,
        tools.work,
        tools.patience,
        tools.on_step,
        tools.on_progress,
    )
    try:
        project.trainings.mkdir(parents=True, exist_ok=True)
        with sole_writer(project.trainings, patience=0.0):
            training = _which(context, key)
            return training if training.state.ended else _Work(context, training).done()
    except OSError as error:
        raise unwritable(project.trainings, error) from error


def _which(context: Context, key: str | None) -> Training:
    """The training of that key, one that was broken off, or a new one."""
    now, chosen = context.clock.now(), None
    for training in all_trainings(context.project):
        if key is not None and training.key == key:
            chosen = chosen or training
        elif not training.state.ended:
            fresh = now - datetime.fromisoformat(training.started) < GOES_ON
            if key is None and chosen is None and fresh:
                chosen = training
            else:
                ended = replace(training, state=State.FAILED, ended=moment(now), message=GIVEN_UP)
                ended.write(context.project)
    if chosen is None:
        return begun(context.project, context.who, now, key)
    if not chosen.state.ended:
        chosen = replace(chosen, attempt=chosen.attempt + 1)
        chosen.write(context.project)
    return chosen


class _Work:
    """The steps of one training, in order."""

    def __init__(self, context: Context, training: Training) -> None:
        self._context, self._training = replace(context, keep=self._keep), training
        self._open: Step | None = None

    def done(self) -> Training:
        """Do what isn't done yet, and say how it ended."""
        for part in PARTS:
            step = self._training.step(part.name)
            if step is not None and step.state != OPEN:
                continue
            if any(one.state == FAILED for one in self._training.steps):
                self._record(Step(part.name, SKIPPED))
            else:
                self._take(part)
        failed = next((one for one in self._training.steps if one.state == FAILED), None)
        if (step := self._training.step(ALERTS)) is None or step.state == OPEN:
            self._take(TELLING)
        self._training = replace(
            self._training,
            state=State.DONE if failed is None else State.FAILED,
            ended=moment(self._context.clock.now()),
            message="" if failed is None else f"{failed.name}: {failed.message}",
        )
        self._training.write(self._context.project)
        return self._training

    def _take(self, part: Part) -> None:
        now = self._context.clock.now
        self._context.on_step(part.title)
        before = self._training.step(part.name)
        step = before or Step(part.name, OPEN, started=moment(now()))
        self._record(step)
        try:
            told = part.take(self._context, self._training)
            step = replace(self._now(step), state=DONE, message=self._hidden(part.message(told)), told=told)
        except UserError as error:
            step = replace(self._now(step), state=FAILED, message=self._hidden(error.message))
        except Exception as error:
            # Into the log, without secrets: what a library raises may hold an address with one.
            print(self._hidden(traceback.format_exc()), file=sys.stderr)
            words = self._hidden(f"that is not your fault: {type(error).__name__}: {error}")
            step = replace(self._now(step), state=FAILED, message=words)
        self._record(replace(step, ended=moment(now())))

    def _now(self, step: Step) -> Step:
        """The step with what it has kept so far."""
        return self._training.step(step.name) or step

    def _keep(self, told: Mapping[str, Any]) -> None:
        if self._open is not None:
            self._record(replace(self._open, told=dict(told)))

    def _hidden(self, text: str) -> str:
        return self._context.veil(text)

    def _record(self, step: Step) -> None:
        self._open = step if step.state == OPEN else None
        self._training = self._training.with_step(step)
        self._training.write(self._context.project)


def _told(told: Mapping[str, Any]) -> str:
    n = sum(len(one["alarms"]) for one in told["told"])
    words = f"{n} told to {len(told['told'])}" if told["told"] else "nothing new to tell"
    return f"{words}; {len(told['failed'])} couldn't be sent" if told["failed"] else words
