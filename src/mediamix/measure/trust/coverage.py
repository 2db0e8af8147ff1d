"""Trained periods outside of the model's own band: its noise isn't what it is taken for."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found
from mediamix.measure.quality import coverage_is_low

#: So rarely would a band that holds nine in ten hold so few.
SURPRISE = 1e-3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where too few trained periods lie in the band; in a panel of the sum over geos."""
    score = evidence.quality.trained
    if not score.periods or not coverage_is_low(score, SURPRISE):
        return
    where = "the sum of all geos" if evidence.panel else "the outcome"
    yield found(
        "warning",
        "trained periods",
        f"only {percent(score.coverage90)} of {score.periods} trained periods of {where} lie in the 90% band",
    )


CHECK = Check(
    name="coverage",
    title="Trained periods outside of the band",
    threshold=f"so few in the 90 % band that chance would do it in {SURPRISE:.1%} of fits",
    false_alarms="0 of 60 sound worlds",
    why="something moves the outcome that the model doesn't know, and intervals are too narrow",
    advice="add what moves all geos at once: a national control, events, closer knots "
    "(`trend: {every: 13}`); look at the worst periods",
    find=find,
)
