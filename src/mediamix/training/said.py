"""What is said of a training, in the terminal and in the app: rows of tables, what is wrong, what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime

from mediamix.training.record import ALERTS, COMPARE, FAILED, INGEST, PROMOTE, WAITS, Training

#: Of a table of trainings.
HEADERS = ("training", "by", "state", "run", "became", "told")
_HOLDS = {True: "holds", False: "doesn't hold", None: "nothing to hold it against"}


def row(made: Training, *, gone: bool) -> tuple[str, ...]:
    """A training in a table with `HEADERS`.

    Args:
        made: It.
        gone: Whether it was broken off.
    """
    told = sum(len(one["alarms"]) for one in (made.told(ALERTS) or {}).get("told", ()))
    refused = f" (without {', '.join(made.refused)})" if made.refused else ""
    state = "broken off" if gone else made.state
    return (
        *(made.id, made.who, f"{state}{refused}", made.run or "–", made.decision or "–"),
        str(told) if told else "–",
    )


def problems(made: Training) -> Iterator[str]:
    """Platforms that refused, and steps that failed, each with what to do."""
    ingest = made.step(INGEST)
    for name in made.refused:
        told = {} if ingest is None else ingest.told["sources"][name]
        yield f"{name}: {told.get('message', '')} → {told.get('next', '')}"
    for step in made.steps:
        if step.state == FAILED:
            yield f"{step.name}: {step.message}"


def untold(made: Training) -> Iterator[str]:
    """Who couldn't be told, and why."""
    for who, why in (made.told(ALERTS) or {}).get("failed", {}).items():
        yield f"{who} couldn't be told, and will be with the next training: {why}"


def told(made: Training) -> Iterator[str]:
    """Who was told of how much."""
    for one in (made.told(ALERTS) or {}).get("told", ()):
        yield f"{one['who']} was told of {len(one['alarms'])}"


def alarms(made: Training) -> Iterator[str]:
    """What was wrong then, with what to do."""
    for one in (made.told(ALERTS) or {}).get("alarms", ()):
        yield f"{one['what']} → {one['todo']}"


def rules(made: Training) -> Iterator[tuple[str, str]]:
    """Every rule that was asked and whether it holds, and what was seen."""
    asked = made.told(PROMOTE) or made.told(COMPARE) or {}
    for rule in asked.get("rules", ()):
        advice = f" → {rule['advice']}" if rule["holds"] is False else ""
        yield f"{rule['title']}: {_HOLDS[rule['holds']]}", f"{rule['words']}{advice}"


def next_step(made: Training, *where: object) -> str | None:
    """What somebody does about a run that waits.

    Args:
        made: The training.
        where: How a command names the project.
    """
    if made.decision != WAITS or made.run is None:
        return None
    promote = shlex.join(["mediamix", "promote", made.run, *map(str, where)])
    return f"open its report, then `{promote}` if it is right"


def minute(at: datetime) -> str:
    """A moment for people, UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
