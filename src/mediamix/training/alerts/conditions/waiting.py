"""A run that waits for somebody to promote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediamix.training.alerts.condition import Alarm, Condition, Seen
from mediamix.training.record import PROMOTE, WAITS


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """The run, once for each rule that it breaks: another reason is news."""
    training = seen.training
    told = training.told(PROMOTE)
    if told is None:
        return None
    if told["decision"] != WAITS:
        return []
    stays = f"{told['instead_of']} stays promoted" if told["instead_of"] else "no run is promoted"
    todo = f"look at its report; if it is right: mediamix promote {training.run}"
    return [
        Alarm(
            reason["rule"], f"the new run {training.run} waits, {stays}: {reason['words']}", todo, page="fit"
        )
        for reason in told["reasons"]
    ]


CONDITION = Condition("waiting", "A run that waits for somebody to promote it", (), find)
