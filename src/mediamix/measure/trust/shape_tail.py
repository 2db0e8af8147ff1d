"""Carry-over and curves that the data push far into the tails of their priors."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: The posterior median is below, or above, these probabilities of the prior.
LOW, HIGH = 0.01, 0.99


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per parameter."""
    for channel in evidence.channels:
        for belief in channel.shape:
            if LOW < belief.rank < HIGH:
                continue
            name = belief.name.replace("_", " ")
            side = "far above" if belief.rank >= HIGH else "far below"
            yield found(
                "warning",
                channel.name,
                f"the {name} of {channel.name} is {belief.median:.3g}, {side} what its prior expects "
                f"(about {belief.prior_p50:.3g})",
            )


CHECK = Check(
    name="shape_tail",
    title="Carry-over and curves far from their priors",
    threshold=f"posterior median below {LOW:.0%} or above {HIGH:.0%} of the prior",
    false_alarms="0 of 60 sound worlds",
    why="the curve is bent to fit something that it isn't made for: another carry-over, a trend, demand",
    advice="try another adstock or saturation for it (`mediamix list adstock`), or closer knots; if you know "
    "it to be so, state it as a prior",
    find=find,
)
