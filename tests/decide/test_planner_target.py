"""`reach` is the inverse of `optimize`; `scenarios` is `optimize` at several budgets."""

from __future__ import annotations

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.decide.curves import Curves
from mediamix.decide.maximise import optimize
from mediamix.decide.problem import Budget, Group
from mediamix.decide.scenarios import scenarios
from mediamix.decide.target import reach


def hill(x, slope, half, height):
    return height * x**slope / (x**slope + half**slope)


def posterior(seed, n=4, **fields):
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 1000, 201)
    values = {
        f"c{i}": hill(grid, 3.0 if i % 2 else 0.9, rng.uniform(200, 700), 1.0)
        * (rng.uniform(200, 900) * rng.lognormal(0, 0.3, (50, 1)))
        for i in range(n)
    }
    return Curves(dict.fromkeys(values, grid), values, **fields)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("today", [None, {"c0": 100.0, "c1": 250.0, "c2": 30.0, "c3": 90.0}])
def test_reach_undoes_optimize(seed, today):
    curves = posterior(seed, baseline=2000.0, current=today)
    for total in (150.0, 777.0, 1900.0):
        best = optimize(curves, Budget(total))
        plan = reach(curves, best.outcome.mean)
        assert plan.budget == pytest.approx(best.spend, rel=1e-3)
        assert plan.outcome.mean >= best.outcome.mean * (1 - 1e-12)
        assert plan.outcome.mean == pytest.approx(best.outcome.mean, rel=1e-4)
        assert plan.question.kind == "target"


def test_no_smaller_budget_reaches_the_target():
    curves = posterior(1, baseline=500.0)
    bounds, groups = {"c0": (50.0, 400.0)}, [Group(["c1", "c2"], 500.0)]
    plan = reach(curves, 1200.0, bounds, groups)
    assert plan.outcome.mean == pytest.approx(1200.0, rel=1e-4)
    less = optimize(curves, Budget(plan.budget * (1 - 1e-4), bounds, groups))
    assert less.certificate.upper_bound < 1200.0
    assert any("no budget up to" in note for note in plan.notes)


def test_a_target_met_without_more_money_gives_the_least_plan():
    curves = posterior(2, baseline=1000.0)
    nothing = reach(curves, 900.0)
    assert nothing.spend == 0.0
    assert nothing.outcome.mean == pytest.approx(1000.0)
    assert any("reached with the least that may be spent" in note for note in nothing.notes)
    floor = reach(curves, 900.0, bounds={"c0": (120.0, 500.0)})
    assert floor.allocation == {"c0": 120.0, "c1": 0.0, "c2": 0.0, "c3": 0.0}


def test_the_highest_outcome_is_reachable_and_no_more():
    grid = np.linspace(0, 100, 101)
    curves = Curves({"a": grid, "b": grid}, {"a": 2 * grid, "b": grid}, baseline=50.0, currency="EUR")
    plan = reach(curves, 350.0)
    assert plan.budget == pytest.approx(200.0, rel=1e-4)
    with pytest.raises(BudgetError, match=r"at most 350, which a budget of 200 EUR brings"):
        reach(curves, 350.1)
    with pytest.raises(BudgetError, match="the target must be a number"):
        reach(curves, float("nan"))
    with pytest.raises(BudgetError, match="did you mean 'a'"):
        reach(curves, 100.0, bounds={"aa": (0, 1)})


def test_a_target_on_a_straight_line_needs_exactly_its_price():
    grid = np.linspace(0, 1000, 11)
    curves = Curves({"a": grid, "b": grid}, {"a": 4 * grid, "b": grid}, baseline=100.0)
    assert reach(curves, 500.0).budget == pytest.approx(100.0, rel=1e-4)
    assert reach(curves, 4600.0).budget == pytest.approx(1500.0, rel=1e-4)


def test_scenarios_are_the_plans_of_their_budgets():
    today = {"c0": 100.0, "c1": 250.0, "c2": 50.0, "c3": 100.0}
    curves = posterior(3, baseline=100.0, current=today)
    table = scenarios(curves)
    np.testing.assert_allclose(table["budget"], [250, 375, 500, 625, 750])
    for row in table.to_dict("records"):
        plan = optimize(curves, Budget(row["budget"]))
        assert row["outcome"] == plan.outcome.mean
        assert row["outcome_p5"] == plan.outcome.p5
        assert row["contribution"] == pytest.approx(plan.outcome.mean - 100.0)
        assert row["roi"] == pytest.approx(row["contribution"] / row["spend"])
        assert row["mroi"] == plan.certificate.shadow_price
        assert {name: row[f"spend_{name}"] for name in today} == plan.allocation
    assert (table["outcome"].diff().dropna() >= 0).all()
    np.testing.assert_allclose(scenarios(curves, multiples=[2.0])["budget"], [1000.0])
    np.testing.assert_allclose(scenarios(curves, [300.0, 100.0])["budget"], [300.0, 100.0])


def test_scenarios_name_every_budget_that_fails():
    curves = posterior(3)
    bounds = {"c0": (300.0, 500.0)}
    with pytest.raises(BudgetError, match=r"2 of the budgets can't be planned\n  - 100.0: .*\n  - 200.0: "):
        scenarios(curves, [100.0, 200.0, 400.0], bounds=bounds)
    with pytest.raises(BudgetError, match="need today's spend"):
        scenarios(curves)
    with pytest.raises(BudgetError, match="both totals and multiples"):
        scenarios(curves, [1.0], multiples=[1.0])
    with pytest.raises(BudgetError, match="no budget to plan"):
        scenarios(curves, [])
