"""New periods that the promoted run didn't expect: the world has moved, or the data are wrong."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.core.numbers import percent
from mediamix.training.bounds import Bound
from mediamix.training.case import Case
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """The sum of the new periods lies within some standard deviations of the promoted run's forecast."""
    ahead = case.ahead
    if isinstance(ahead, str):
        return Answer(None, f"not compared: {ahead}")
    way = "above" if ahead.surprise > 0 else "below"
    words = (
        f"the outcome of {ahead.first} to {ahead.last} is {percent(abs(ahead.off))} {way} the promoted run's "
        f"forecast ({abs(ahead.surprise):.1f} of its standard deviations)"
    )
    holds = abs(ahead.surprise) <= bounds["sds"]
    return Answer(holds, words, {} if holds else {"outcome": words}, ahead.to_dict())


RULE = Rule(
    name="surprise",
    title="The new periods are what the promoted run expected",
    why="a model that is surprised has met a world that it doesn't know, or data that are wrong",
    advice="look at the new periods first: a campaign, a price, a stock-out, a day counted twice; what "
    "happened belongs into the events or controls",
    concern="drift",
    bounds=(
        Bound(
            "sds", 3.5, "standard deviations of the forecast between the outcome of the new periods and it"
        ),
    ),
    judge=judge,
)
