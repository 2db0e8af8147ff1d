"""A channel after which the outcome falls: the model can only call that a small effect."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

ERRORS = 2.5


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per channel whose effect would be negative if it might."""
    for channel in evidence.channels:
        if channel.free is None:
            continue
        estimate, error = channel.free
        if estimate < -ERRORS * error:
            yield found(
                "warning",
                channel.name,
                f"when {channel.name} runs, the outcome falls: with a free sign its effect would be "
                f"negative ({estimate / error:.1f} standard errors)",
            )


CHECK = Check(
    name="negative_effect",
    title="Channels after which the outcome falls",
    threshold=f"an effect of free sign over {ERRORS} standard errors below zero",
    false_alarms="0 of 60 sound worlds",
    why="its spend moves against demand, or it harms; either way the effects of the others are bent",
    advice="find out why it runs when demand is low (a control would tell); test it; don't read its return",
    find=find,
)
