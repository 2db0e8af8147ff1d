"""A national model in which nothing but media, trend and season moves the outcome."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info where there are neither controls nor events."""
    if not evidence.panel and not evidence.columns:
        yield found(
            "info",
            "spec",
            "there are no controls and no events: demand that moves with spend is credited to media",
        )


CHECK = Check(
    name="no_controls",
    title="Neither controls nor events",
    threshold="a national model without any",
    false_alarms="0 of 60 sound worlds",
    why="prices, promotions, competitors and holidays move spend and outcome at the same time",
    advice="add what moves demand: prices, promotions, searches for the category; `holidays: {country: …}`",
    find=find,
)
