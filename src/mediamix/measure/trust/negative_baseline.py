"""An outcome that would be negative without media."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: Reported, and failed, from these shares of draws on.
SOME, MOST = 0.05, 0.5
UNITS = "compare the units of spend and outcome first (thousands, millions, another currency?); then "
ADVICE = (
    "look at the channel with the widest interval; add controls and events that move demand, or state what "
    "you know of its roi as a prior"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where that happens in some draws, error in most."""
    negative = float(np.mean(evidence.baseline_d < 0))
    if negative <= SOME:
        return
    most = negative > MOST
    yield found(
        "error" if most else "warning",
        "baseline",
        f"without media the outcome would be negative in {negative:.0%} of the draws",
        advice=(UNITS if most else "") + ADVICE,
    )


CHECK = Check(
    name="negative_baseline",
    title="A baseline below zero",
    threshold=f"in over {SOME:.0%} of the draws; an error in over {MOST:.0%}",
    false_alarms="0 of 60 sound worlds",
    why="media are credited with more than the whole outcome: part of it is demand, or one channel's curve "
    "is not identified",
    advice=ADVICE,
    find=find,
)
