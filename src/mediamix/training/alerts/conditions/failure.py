"""A step that failed, or a platform from which nothing came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.record import ALERTS, DONE, FAILED, INGEST

REMEDY = {
    "build": "the promoted run stays; `mediamix build` shows the tests that failed and their rows",
    "check": "the promoted run stays; `mediamix check` shows every finding with its reason",
    "fit": "the promoted run stays; the log in the run's folder has the rest",
}


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterator[Alarm]:
    """Every source that refused, and the step that failed."""
    step = seen.training.step(INGEST)
    sources = {} if step is None else step.told.get("sources", {})
    for name, told in sources.items():
        if told["state"] != DONE:
            yield Alarm(
                name,
                f"nothing (more) came from {name}: {told['message']}",
                told["next"] or f"`mediamix ingest {name}` tries again; what has landed stays",
            )
    for step in seen.training.steps:
        if step.state == FAILED and step.name != ALERTS:
            first, *others = step.message.splitlines()
            what = f"the training failed at the step {step.name}: {first}"
            yield Alarm(
                step.name, what, REMEDY.get(step.name, "`mediamix train` tries again"), tuple(others[:10])
            )


CONDITION = Condition("failure", "A step failed, or a platform refused", (), find)
