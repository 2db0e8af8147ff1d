"""A model that leaves most of the outcome's movement unexplained."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

R2_LOW = 0.5


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning below half."""
    r2 = evidence.quality.trained.r2
    if r2 < R2_LOW:
        yield found(
            "warning", "model", f"the model explains only {percent(max(r2, 0.0))} of the outcome's movement"
        )


CHECK = Check(
    name="explained",
    title="Movement that isn't explained",
    threshold=f"R² of the trained periods under {R2_LOW}",
    false_alarms="0 of 60 sound worlds",
    why="what moves the outcome and isn't in the model may be credited to media",
    advice="add the controls and events that move the outcome",
    find=find,
)
