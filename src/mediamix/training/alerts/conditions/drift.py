"""The world, or what a fit says of it, has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediamix.training.alerts.broken import broken
from mediamix.training.alerts.condition import Alarm, Condition, Seen


def find(seen: Seen, bounds: Mapping[str, float]) -> Iterable[Alarm] | None:
    """What rules about drift have found, subject by subject."""
    return broken(seen, "drift", "report")


CONDITION = Condition("drift", "Returns, or the outcome, moved further than expected", (), find)
