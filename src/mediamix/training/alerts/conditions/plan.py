"""A plan that turns round, or moves much of the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediamix.training.alerts.broken import broken
from mediamix.training.alerts.condition import Alarm, Condition, Seen


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """What rules about the plan have found, subject by subject."""
    return broken(seen, "plan", "planner")


CONDITION = Condition("plan", "A plan that turns round, or moves much of the budget", (), find)
