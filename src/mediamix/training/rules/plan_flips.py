"""A channel that the plan of last week raised, and the new one cuts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mediamix.core.numbers import chance, percent
from mediamix.decide.answer.plan import Plan
from mediamix.training.bounds import Bound
from mediamix.training.case import Case, Side
from mediamix.training.rule import Answer, Rule


def judge(case: Case, bounds: Mapping[str, float]) -> Answer:
    """No channel goes from up to down, or from down to up, where the new fit gives its way a probability."""
    if case.old is None:
        return Answer(None, "no run is promoted")
    before, after = (_changes(side.plan, bounds["least"]) for side in (case.old, case.new))
    turned = [name for name, change in after.items() if change * before.get(name, 0.0) < 0]
    chances = _chances(case.new) if turned else {}
    flips = {}
    for name in turned:
        up = chances.get(name, 0.5)
        own = up if after[name] > 0 else 1.0 - up
        if own >= bounds["probability"]:
            side = "more" if after[name] > 0 else "less"
            was, is_ = percent(before[name], signed=True), percent(after[name], signed=True)
            flips[name] = (
                f"the plan was {was} and is {is_}; its next unit brings {side} than that of all paid media "
                f"with {chance(own)} probability"
            )
    words = "; ".join(f"{name}: {line}" for name, line in flips.items()) or "no channel changed its direction"
    return Answer(not flips, words, flips, {"before": before, "after": after})


def _changes(plan: Plan, least: float) -> dict[str, float]:
    """Channel → change of its spend as a share of today's, where that is worth the name."""
    found = {}
    for name, part in plan.channels.items():
        if part.current and part.change is not None and abs(part.change) >= least * part.current:
            found[name] = part.change / part.current
    return found


def _chances(side: Side) -> dict[str, float]:
    """Paid channel → probability that the next unit of its spend brings more than that of all paid media."""
    from mediamix.measure.survey import survey

    fit = side.fit
    spend_c, slope_dc = fit.dataset.spend_c, survey(fit).slope_dc
    paid = spend_c > 0
    all_d = slope_dc[:, paid].sum(axis=1) / spend_c[paid].sum()
    return {
        channel.name: float(np.mean(slope_dc[:, c] / spend_c[c] > all_d))
        for c, channel in enumerate(fit.dataset.channels)
        if paid[c]
    }


RULE = Rule(
    name="plan_flips",
    title="No channel is raised one week and cut the next",
    why="a recommendation that turns round costs the trust in all others",
    advice="look at the channel's evidence in both reports; a test settles it",
    concern="plan",
    bounds=(
        Bound("least", 0.05, "change of a channel's spend, as a share of today's, that counts as up or down"),
        Bound("probability", 0.5, "of the new direction by the new fit, from which on a turn counts", 0, 1),
    ),
    judge=judge,
)
