"""Channels of which the data say nothing: their posterior is their prior."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found
from mediamix.measure.overlap import ONLY_PRIOR

#: Of the spend (of the channels where there is none): a warning from there on.
MUCH = 0.5


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info per channel; a warning where they are most of the money."""
    known = [c for c in evidence.channels if c.overlap >= ONLY_PRIOR]
    if not known:
        return
    paid = sum(c.spend_share for c in evidence.channels)
    part = sum(c.spend_share for c in known) / paid if paid else len(known) / len(evidence.channels)
    if part >= MUCH:
        yield found(
            "warning",
            "media",
            f"the data say next to nothing about {len(known)} of {len(evidence.channels)} channels, "
            f"with {percent(part)} of the spend",
        )
    for channel in known:
        yield found(
            "info",
            channel.name,
            f"what {channel.name} returns is its prior: they overlap by {percent(channel.overlap)}",
        )


CHECK = Check(
    name="only_prior",
    title="Channels whose posterior is the prior",
    threshold=f"overlap of prior and posterior of the return from {ONLY_PRIOR:.0%} on; a warning where such "
    f"channels have {MUCH:.0%} of the spend",
    false_alarms="0 of 60 sound worlds",
    why="its number was put in, not found",
    advice="vary its spend on purpose, or test it; until then its return is an assumption",
    find=find,
)
