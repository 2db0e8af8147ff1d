"""What stands beside a plan, as rows: what-ifs, the frontier, the worth of tests, a range of budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mediamix.decide.answer.information import value_of_information
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Problem
from mediamix.decide.problem.recommend import default_objective
from mediamix.decide.questions.scenarios import frontier, scenarios
from mediamix.decide.questions.whatif import what_if

if TYPE_CHECKING:
    import pandas as pd


def comparisons(
    curves: Curves, problem: Problem, plan: Plan, *, risk: bool, tests: bool
) -> dict[str, list[dict[str, Any]]]:
    """What stands beside a plan, as rows: what-ifs, the frontier, the worth of tests.

    Raises:
        BudgetError: A what-if can't be computed.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    money = replace(problem.budget, total=plan.budget)
    margin = None if problem.objective is None else problem.objective.margin
    if problem.what_ifs:
        found["what_ifs"] = rows_of(what_if(curves, problem.what_ifs))
    if risk:
        found["frontier"] = rows_of(frontier(curves, money, margin=margin))
    if tests:
        goal = Objective(margin=margin)
        found["information"] = rows_of(value_of_information(curves, money, goal).table())
    return found


def sweep_rows(
    curves_for: Callable[[Budget], Curves], plan: Plan, problem: Problem, multiples: Sequence[float]
) -> list[dict[str, Any]]:
    """The best plan of each multiple of today's spend, as rows.

    Args:
        curves_for: Curves that reach as far as a budget needs.
        plan: Of the same question: it knows today's spend.
        problem: Limits, and what is maximised.
        multiples: In any order; curves reach as far as the largest one needs.

    Raises:
        BudgetError: A budget can't be planned.
    """
    today = sum(plan.current.allocation.values()) if plan.current is not None else plan.budget
    curves = curves_for(replace(problem.budget, total=today * max(multiples)))
    totals = [today * multiple for multiple in multiples]
    goal = problem.objective or default_objective(curves)
    rows = rows_of(scenarios(curves, totals, budget=problem.budget, objective=goal))
    return [row | {"multiple": multiple} for row, multiple in zip(rows, multiples, strict=True)]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as plain rows."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
