"""What is worth a message: a condition, and what it finds in a training.

A condition is one file in `conditions/`: its bounds, its test, what happened and what to do. It reads the
record of a training, so that it says the same whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from mediamix.core.registry import discover
from mediamix.core.spec import Spec
from mediamix.training.bounds import Bound
from mediamix.training.record import Training

PACKAGE = "mediamix.training.alerts.conditions"


@dataclass(frozen=True)
class Alarm:
    """Something that is wrong now.

    Args:
        subject: Of what: an account, a channel, a step. The same subject is told once while it lasts.
        what: What happened, in a sentence with its numbers.
        todo: What to do.
        details: More of it, a line each.
        page: Of the app that shows it.
    """

    subject: str
    what: str
    todo: str
    details: tuple[str, ...] = ()
    page: str = "trainings"


@dataclass(frozen=True)
class Seen:
    """What a condition looks at.

    Args:
        training: That has just been done, as far as it got.
        spec: The project's.
        today: The day, UTC.
    """

    training: Training
    spec: Spec
    today: date


@dataclass(frozen=True)
class Condition:
    """Something that somebody wants to hear of.

    Args:
        name: As the spec has it.
        title: What it is, in a few words.
        bounds: That the spec may change.
        find: What is wrong now; None: that can't be told from this training, so that nothing begins or ends.
    """

    name: str
    title: str
    bounds: tuple[Bound, ...]
    find: Callable[[Seen, Mapping[str, float]], Iterable[Alarm] | None]


def all_conditions() -> Mapping[str, Condition]:
    """Every condition of the folder `conditions`, by name."""
    return discover(PACKAGE, Condition)
