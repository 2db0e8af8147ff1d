"""A trend that turns faster than its knots: the same data with knots closer together."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better

NAME = "closer_knots"
#: Weeks between the knots that are tried.
WEEKS = 13.0


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Knots every 13 weeks, where they are further apart and there are enough periods."""
    if dataset.every.months or spec.trend.kind == "hsgp":
        return None
    if spec.trend.kind == "knots" and (spec.trend.every == "auto" or spec.trend.every <= WEEKS):
        return None
    trend = spec.trend.model_copy(update={"kind": "knots", "every": WEEKS})
    return dataset, spec.model_copy(update={"trend": trend}), f"trend: {{every: {WEEKS:.0f}}}"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where it predicts better."""
    yield from better(evidence, NAME, "trend", "the level moves faster than the trend's knots follow")


CHECK = Check(
    name=NAME,
    title="A trend that turns faster than its knots",
    threshold=f"knots every 13 weeks predict better {WHEN}",
    false_alarms="1 of 60 sound worlds",
    why="what the trend can't follow is credited to the media that ran at that time",
    advice="",
    find=find,
    variant=variant,
)
