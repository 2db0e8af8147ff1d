"""The new run forecasts no worse than the promoted one, on periods that neither was trained on."""

from __future__ import annotations

from collections.abc import Mapping

from mediamix.core.numbers import percent
from mediamix.training.bounds import Bound
from mediamix.training.case import Case
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """Mean absolute errors may differ by a part of the standard deviation of the promoted run's forecast.

    Two forecasts of one period never differ more in their errors than from each other: a lucky week of the
    one can't break it, another model can.
    """
    ahead = case.ahead
    if isinstance(ahead, str):
        return Answer(None, f"not compared: {ahead}")
    worse, allowed = ahead.new_error - ahead.old_error, bounds["worse"] * ahead.spread
    n = f"{ahead.periods} {'period' if ahead.periods == 1 else 'periods'}"
    words = (
        f"error {percent(ahead.new_error)} over {n} that neither run was trained on, of the promoted run "
        f"{percent(ahead.old_error)}; {percent(allowed)} more would be allowed"
    )
    holds = worse <= allowed
    found = {} if holds else {"forecast": words}
    return Answer(holds, f"{words}{ahead.note}", found, ahead.to_dict())


RULE = Rule(
    name="holdout",
    title="It forecasts no worse than the promoted run",
    why="what predicts worse has learned something that doesn't hold: of the data, or of the spec",
    advice="compare the two runs: what changed in the spec, and which months were restated",
    concern="fit",
    bounds=(
        Bound(
            "worse",
            0.5,
            "how much larger the mean absolute error may be, in standard deviations of a period's forecast",
        ),
    ),
    judge=judge,
)
