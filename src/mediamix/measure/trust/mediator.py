"""A control that media move: what goes through it is credited to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: How often past exposure may say as much of a control by chance, among all pairs.
CHANCE = 0.002


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per control that a channel precedes, unless it precedes the channel even more."""
    for one in evidence.preceded:
        if one.chance < CHANCE and one.chance < one.back:
            yield found(
                "warning",
                one.control,
                f"{one.control} follows the exposure of {one.channel}: as a control it may keep part of what "
                f"{one.channel} does",
            )


CHECK = Check(
    name="mediator",
    title="Controls that media move",
    threshold=f"past exposure of a channel says more of a control than the control's own past, by chance in "
    f"{CHANCE:.1%} of fits, and more than the control says of the channel",
    false_alarms="2 of 60 sound worlds",
    why="what media do through a control is taken out of their effect: awareness, searches and visits are no "
    "excuse for sales, they are a way to them",
    advice="if media move it, declare it (`mediators: {NAME: {driven_by: [CHANNEL]}}`); if both follow "
    "something else, add that as a control",
    find=find,
)
