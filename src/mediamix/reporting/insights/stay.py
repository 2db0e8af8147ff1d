"""Where the answer is to stay: what is known too little for a move."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import chance
from mediamix.measure.interval import Interval
from mediamix.reporting.insights.insight import Insight, Known
from mediamix.reporting.insights.move import SURE


def find(known: Known) -> Iterator[Insight]:
    """One insight where no move is supported: the channel whose contribution is known least, in money."""
    plan = known.plan
    if plan is None or plan.uplift is None or not known.paid or not known.worth:
        return
    if not plan.stays and plan.uplift.probability_better >= SURE and plan.uplift.p5 > 0:
        return
    name, measure = max(known.paid.items(), key=lambda pair: _width(pair[1].contribution))
    c = measure.contribution
    if plan.stays:
        evidence = "No other split is better in enough draws to be worth its risk."
    else:
        odds = chance(plan.uplift.probability_better)
        evidence = f"The best other split beats today's with {odds} probability only."
    yield Insight(
        kind="stay",
        channel=name,
        text=(
            f"The data support no move yet. What {name} brings is known least: {known.brought(c.mean)} "
            f"({known.brought_span(c.p5, c.p95)})."
        ),
        evidence=evidence,
        action=f"Keep today's split, and test {name} next: its interval is the widest in money.",
        stake=_width(c) * known.worth / 2,
        interval=(c.p5, c.p95),
    )


def _width(interval: Interval) -> float:
    return interval.p95 - interval.p5
