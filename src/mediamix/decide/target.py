"""The second question: the smallest budget that reaches a wanted outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mediamix.core.errors import BudgetError
from mediamix.decide.curves import Curves
from mediamix.decide.maximise import make_plan
from mediamix.decide.plan import Plan, Question
from mediamix.decide.problem import Budget, Group, Problem, resolve_total, spendable
from mediamix.decide.solve import Solution
from mediamix.decide.solve import maximise as solve
from mediamix.decide.wording import amount

# The budget is found to this part of itself.
PRECISION = 1e-6


def reach(
    curves: Curves,
    target: float,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    groups: Sequence[Group] = (),
) -> Plan:
    """The plan of the smallest budget whose expected outcome, baseline included, is `target`.

    The best outcome ``V(budget)`` can't fall when the budget rises, so the budget is found by
    bisection over exact solutions, to 0.01 %. Channels without bounds get those that
    `optimize` gives them at each budget.

    Raises:
        BudgetError: The target isn't a number or is out of reach (the message names the highest
            reachable outcome and its budget), or the bounds don't fit the curves.
    """
    if not math.isfinite(target):
        raise BudgetError(
            f"the target must be a number, got {target!r}",
            next_step=f"give a wanted {curves.outcome or 'outcome'}",
        )
    budget = Budget(None, bounds or {}, groups)
    given = budget.bounds
    low = sum(given[name][0] if name in given else float(curves.spend[name][0]) for name in curves.channels)
    question = Question("target", float(target))
    problem, solution = _best(curves, low, budget)
    if _value(curves, solution) >= target:
        note = f"the target is reached with the least that may be spent, {amount(low, curves.currency)}"
        return make_plan(problem, solution, question, (note,))
    high = spendable(curves, budget)
    problem, solution = _best(curves, high, budget)
    if _value(curves, solution) < target * (1 - math.copysign(1e-12, target)):
        raise _out_of_reach(curves, target, solution)
    proved = low
    while high - low > PRECISION * high:
        middle = 0.5 * (low + high)
        tried = _best(curves, middle, budget)
        if _value(curves, tried[1]) >= target:
            high, (problem, solution) = middle, tried
        else:
            low = middle
            if tried[1].upper + curves.baseline_mean < target:
                proved = middle
    note = f"no budget up to {amount(proved, curves.currency)} reaches the target (proved by the bound)"
    return make_plan(problem, solution, question, (note,))


def _best(curves: Curves, total: float, budget: Budget) -> tuple[Problem, Solution]:
    problem = resolve_total(curves, total, budget)
    return problem, solve(problem.separable())


def _value(curves: Curves, solution: Solution) -> float:
    """Expected outcome, baseline included."""
    return solution.value + curves.baseline_mean


def _out_of_reach(curves: Curves, target: float, solution: Solution) -> BudgetError:
    best = amount(_value(curves, solution), curves.unit)
    spent = amount(float(solution.x.sum()), curves.currency)
    return BudgetError(
        f"the target of {amount(target, curves.unit)} is out of reach within the bounds",
        expected=f"at most {best}, which a budget of {spent} brings",
        got=amount(target, curves.unit),
        next_step="lower the target, or raise the upper bounds where the curves are known",
    )
