"""Several answers that fit alike: peaks of the posterior, and which parameters trade against which."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: Share of the mass that makes another peak a different answer.
MASS = 0.1


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per peak that holds part of the posterior, with what differs."""
    for peak in () if evidence.refits is None else evidence.refits.peaks:
        if peak.mass < MASS:
            continue
        trades = ", ".join(f"{name} {a:.2g} or {b:.2g}" for name, (a, b) in peak.trades.items())
        yield found(
            "warning",
            "posterior",
            f"two answers fit alike, the second with about {percent(peak.mass)} of the probability: {trades}",
        )


CHECK = Check(
    name="peaks",
    title="Several answers that fit alike",
    threshold=f"another peak with over {MASS:.0%} of the mass",
    false_alarms="1 of 60 sound worlds",
    why="a mean of both is neither, and another seed may see more of the one",
    advice="state what you know of these channels as priors, or test one of them",
    find=find,
)
