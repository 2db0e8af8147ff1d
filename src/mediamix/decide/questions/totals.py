"""What the total should be, and the next test: what stands beside a recommended plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import BudgetError
from mediamix.decide.answer.information import value_of_information
from mediamix.decide.answer.outlook import NextTest, Total
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget
from mediamix.decide.problem.resolve import resolve_total
from mediamix.decide.problem.together import brought
from mediamix.decide.questions.maximise import solved
from mediamix.measure.interval import Interval

#: Totals as multiples of today's.
MULTIPLES = tuple(round(0.5 + 0.1 * step, 1) for step in range(11))
#: A total counts as spent up to this part of it.
SPENT = 1e-3
#: A move is sure enough from this probability on; a test's worth from so many standard errors on.
SURE, ERRORS = 0.9, 2.0
#: Channels that a test is looked for among, those with the widest intervals, and problems solved for that:
#: 30 channels take two seconds.
CANDIDATES, SOLVES = 3, 250
#: What a test has to be worth at least, as a part of the budget: less is rounding.
WORTH = 1e-6


def totals(
    curves: Curves, budget: Budget | None = None, multiples: Sequence[float] = MULTIPLES
) -> tuple[Total, ...]:
    """The best split of each total, on the fit's own curves (`Curves.levels`).

    Totals that the limits don't allow, or leave unspent, are left out. Empty where today's spend isn't
    known, the curves have no draws, or fewer than three totals are left.

    Args:
        curves: What the channels bring.
        budget: Limits; its total isn't used.
        multiples: Of today's total, rising.
    """
    own, limits = curves.levels, replace(budget or Budget(), total=None)
    today = 0.0 if own.current is None else sum(own.current.values())
    if today <= 0 or own.n_draws == 1:
        return ()
    found: list[tuple[float, float, Float[np.ndarray, " draw"]]] = []
    for multiple in multiples:
        total = multiple * today
        try:
            best = solved(resolve_total(own, total, limits, Objective()))
        except BudgetError:  # the limits allow another total only
            continue
        if float(best.x.sum()) >= (1 - SPENT) * total:
            allocation = dict(zip(own.channels, map(float, best.x), strict=True))
            found.append((multiple, float(best.x.sum()), own.outcome_at(allocation) - own.baseline))
    if len(found) < 3:
        return ()
    return tuple(_total(found, i) for i in range(len(found)))


def _total(found: Sequence[tuple[float, float, Float[np.ndarray, " draw"]]], i: int) -> Total:
    (multiple, spend, draws), before, after = (
        found[i],
        found[max(i - 1, 0)],
        found[min(i + 1, len(found) - 1)],
    )
    slope = (after[2] - before[2]) / (after[1] - before[1])
    return Total(multiple, spend, Interval.of(draws), Interval.of(slope))


def with_outlook(plan: Plan, curves: Curves, budget: Budget) -> Plan:
    """The plan with other totals beside it and, where no move is sure, with the test that is worth most."""
    gain = plan.uplift
    sure = gain is not None and not plan.stays and gain.probability_better >= SURE and gain.p5 > 0
    test = None if sure else next_test(curves, replace(budget, total=plan.budget), plan)
    return replace(plan, totals=totals(curves, budget), test=test)


def next_test(curves: Curves, budget: Budget, plan: Plan) -> NextTest | None:
    """The channel whose response is worth most to know; None where no worth stands out of its error."""
    own = curves.levels
    if own.n_draws == 1:
        return None
    margin = None if plan.objective is None else plan.objective.margin
    at = own.current or {name: float(grid[-1]) for name, grid in own.spend.items()}
    wide = {name: float(np.ptp(np.quantile(d, (0.05, 0.95)))) for name, d in brought(own, at).items()}
    vague = sorted(wide, key=lambda name: -wide[name])[:CANDIDATES]
    found = value_of_information(own, budget, Objective(margin=margin), of=vague, solves=SOLVES)
    name, worth = next(iter(found.channels.items()))
    nothing = WORTH * budget.highest if budget.highest else 0.0
    if worth.value <= max(ERRORS * worth.error, nothing):
        return None
    return NextTest(name, worth.value, worth.error)
