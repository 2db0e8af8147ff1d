"""A prior on returns that decides, because spend and outcome are of different sizes."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: Share of the outcome that media would have at their prior median returns.
LEAST, MOST = 0.01, 0.8


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where the priors alone give media next to nothing, or nearly everything."""
    if evidence.spend_ratio is None:
        return
    paid = [
        c.spend_share * c.effect.prior_p50
        for c in evidence.channels
        if c.effect is not None and c.effect.name == "roi" and c.spend_share > 0
    ]
    if not paid:
        return
    implied = evidence.spend_ratio * sum(paid)
    if LEAST <= implied <= MOST:
        return
    yield found(
        "warning",
        "spend, outcome",
        f"spend is {percent(evidence.spend_ratio)} of the outcome: at the returns that the priors expect, "
        f"media would make {percent(implied)} of it",
    )


CHECK = Check(
    name="prior_units",
    title="Spend and outcome of different sizes",
    threshold=f"media's share at the priors' medians under {LEAST:.0%} or over {MOST:.0%}",
    false_alarms="0 of 60 sound worlds",
    why="a prior on return is a statement about money over money: where the units differ, it decides alone",
    advice="give spend and outcome in the same unit; if they are, state what returns you expect "
    "(`channels: {tv: {prior: {roi: {median: …, p95: …}}}}`)",
    find=find,
)
