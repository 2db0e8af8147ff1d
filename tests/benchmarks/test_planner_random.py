"""A sample of the random problems: no plan is worse than the oracle's, no bound below it."""

from __future__ import annotations

import pytest
from planner import random_budgets as planner_random

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize


@pytest.fixture(scope="module")
def outcomes():
    return [planner_random.judged(case) for case in planner_random.cases(60, seed=2)]


def test_no_plan_is_worse_and_no_bound_too_low(outcomes):
    assert max(o.worse for o in outcomes) <= 1e-4
    assert max(o.short for o in outcomes) <= 1e-9
    assert max(o.passed for o in outcomes) <= 1e-6
    assert {o.plan.certificate.status for o in outcomes} == {"optimal"}


def test_the_sample_asks_every_solver(outcomes):
    assert {o.plan.solver for o in outcomes} == {
        "greedy on concave curves",
        "branch and bound on concave envelopes",
        "piecewise-linear MILP, refined",
    }
    text = "\n".join(planner_random.rows(outcomes))
    assert sum(int(line.split("|")[3]) for line in text.splitlines()[2:]) == len(outcomes)


def test_the_oracle_sees_a_plan_that_is_worse(outcomes):
    # The comparison itself must be able to fail: half the budget can't be as good everywhere.
    nested = [o.case for o in outcomes if o.case.kind == "nested" and o.case.budget.least == 0]
    poor = []
    for case in nested:
        try:
            half = optimize(case.curves, Budget(case.budget.highest / 2, case.budget.bounds))
        except BudgetError:
            continue
        poor.append(half.outcome.mean < case.best * (1 - 1e-3))
    assert any(poor)
