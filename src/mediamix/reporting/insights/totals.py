"""The whole budget: said where its last unit surely brings less than it costs, or with a margin more."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent, span, times
from mediamix.decide.answer.outlook import Total
from mediamix.decide.answer.plan import Plan
from mediamix.reporting.insights.insight import Insight, Known


def find(known: Known) -> Iterator[Insight]:
    """One insight at most. ``margin × value × what the last unit brings`` against 1, with its interval."""
    plan, worth = known.plan, known.worth
    if plan is None or not plan.totals or not worth:
        return
    here, net = nearest(plan), known.margin * worth
    low, high = net * here.last.p5, net * here.last.p95
    below = high < 1.0
    if not below and not (known.has_margin and low > 1.0):
        return
    until = pays_until(plan, worth, known.margin)
    far = plan.totals[0 if below else -1].spend if until is None else until
    gap = abs(here.spend - far)
    if gap <= 0:
        return
    at_least = "at least " if until is None else "about "
    side = "too high" if below else "too low"
    why = f"At a margin of {percent(known.margin)} the" if known.has_margin else "The"
    yield Insight(
        kind="total_too_high" if below else "total_too_low",
        channel=None,
        text=(
            f"{why} whole budget is {at_least}{known.spend(gap)} {side}: its last {known.currency} brings "
            f"{times(worth * here.last.mean)} ({span(worth * here.last.p5, worth * here.last.p95, times)})."
        ),
        evidence=_evidence(known, plan, here, until),
        action=(
            f"Lower the total towards {known.spend(far)} in steps, from the channels that return least."
            if below
            else f"Raise the total towards {known.spend(far)} in steps, and watch that the outcome follows."
        ),
        stake=abs(_gained(plan, here, far, net)),
        interval=(worth * here.last.p5, worth * here.last.p95),
    )


def nearest(plan: Plan) -> Total:
    """The total that is closest to today's."""
    return min(plan.totals, key=lambda total: abs(total.multiple - 1.0))


def pays_until(plan: Plan, worth: float, margin: float) -> float | None:
    """The total at which the last unit brings just what it costs; None: not within the totals."""
    net = [margin * worth * total.last.mean for total in plan.totals]
    for before, after, low, high in zip(plan.totals, plan.totals[1:], net, net[1:], strict=False):
        if low >= 1.0 > high:
            return before.spend + (after.spend - before.spend) * (low - 1.0) / (low - high)
    return None


def _gained(plan: Plan, here: Total, far: float, net: float) -> float:
    """Profit of going there, by the last units along the way."""
    way = sorted([here.spend, far])
    steps = [t for t in plan.totals if way[0] <= t.spend <= way[1]] or [here]
    mean = sum(net * t.last.mean - 1.0 for t in steps) / len(steps)
    return mean * (far - here.spend)


def _evidence(known: Known, plan: Plan, here: Total, until: float | None) -> str:
    brought = known.brought(here.contribution.mean)
    text = f"{known.spend(here.spend)}, split as well as can be, bring {brought}"
    if until is None:
        end = plan.totals[0 if known.margin * (known.worth or 0.0) * here.last.mean < 1 else -1]
        return f"{text}; no total between here and {known.spend(end.spend)} breaks even."
    return f"{text}; the last {known.currency} pays for itself at about {known.spend(until)}."
