"""What the steps of a training work with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mediamix.core.spec import Spec
from mediamix.ingest.patience import Clock, Patience
from mediamix.ingest.wire import Veil
from mediamix.pipeline import OnProgress, OnStep
from mediamix.project.folder import Project
from mediamix.project.record import Record
from mediamix.training.settings import Settings

#: Does the work of a run that was asked for, unless it is done, and gives its record back.
Work = Callable[[Project, Record, OnStep, OnProgress], Record]


@dataclass(frozen=True)
class Context:
    """A training at work.

    Args:
        project: What is trained.
        spec: The project's.
        settings: Rules, conditions and recipients, as the spec has them.
        who: Asked for it.
        clock: Time.
        environment: Variables with secrets.
        work: How a run is made.
        patience: How long a platform is waited for; None: as long as platforms need.
        on_step: Told of every step.
        on_progress: Told how far the sampler is.
        keep: Records what a step has found so far.
    """

    project: Project
    spec: Spec
    settings: Settings
    who: str
    clock: Clock
    environment: Mapping[str, str]
    work: Work
    patience: Patience | None = None
    on_step: OnStep = lambda step: None
    on_progress: OnProgress = lambda progress: None
    keep: Callable[[Mapping[str, Any]], None] = field(default=lambda told: None)

    @property
    def today(self) -> date:
        """The day, UTC."""
        return self.clock.now().date()

    @property
    def veil(self) -> Veil:
        """Takes every secret out of what is said: a message, a record, a log."""
        return Veil(secrets_of(self.spec, self.environment))


def secrets_of(spec: Spec, environment: Mapping[str, str] | None = None) -> list[str]:
    """Values of all variables that a spec names, or a source that it names."""
    from mediamix.ingest.asking import sources

    environment = os.environ if environment is None else environment
    names = [one.webhook for one in spec.alerts.to.values() if one.webhook]
    if spec.alerts.mail is not None:
        names += [name for name in (spec.alerts.mail.user, spec.alerts.mail.password) if name]
    if spec.warehouse is not None and spec.warehouse.postgres is not None:
        names.append(spec.warehouse.postgres)
    if spec.sources:
        known = sources()
        names += [one.variable for name in spec.sources if name in known for one in known[name].secrets]
    return [value for name in dict.fromkeys(names) if (value := environment.get(name, "").strip())]
