"""`reach` is the inverse of `optimize`; `scenarios` is `optimize` at several budgets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.moves import Change, Off, Shift
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Group, Ratio, Target
from mediamix.decide.questions.maximise import optimize
from mediamix.decide.questions.scenarios import scenarios
from mediamix.decide.questions.target import reach
from mediamix.decide.questions.whatif import what_if


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
    plan = reach(curves, 1200.0, Budget(None, bounds, groups))
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
    floor = reach(curves, 900.0, Budget(bounds={"c0": (120.0, 500.0)}))
    assert floor.allocation == {"c0": 120.0, "c1": 0.0, "c2": 0.0, "c3": 0.0}


def test_the_highest_outcome_is_reachable_and_no_more():
    grid = np.linspace(0, 100, 101)
    curves = Curves({"a": grid, "b": grid}, {"a": 2 * grid, "b": grid}, baseline=50.0, currency="EUR")
    plan = reach(curves, 350.0)
    assert plan.budget == pytest.approx(200.0, rel=1e-4)
    with pytest.raises(BudgetError, match=r"at most 350, which a budget of 200 EUR brings"):
        reach(curves, 350.1)
    with pytest.raises(BudgetError, match="the target outcome must be a number"):
        reach(curves, float("nan"))
    with pytest.raises(BudgetError, match="did you mean 'a'"):
        reach(curves, 100.0, Budget(bounds={"aa": (0, 1)}))


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


@pytest.mark.parametrize("slope", [0.9, 3.0])
def test_a_target_roi_gives_the_largest_budget_that_has_it(slope):
    grid = np.linspace(0, 1000, 401)
    values = {"a": hill(grid, slope, 300, 3000), "b": hill(grid, 0.8, 500, 2000)}
    curves = Curves(dict.fromkeys("ab", grid), values, baseline=1000.0)
    plan = reach(curves, Target(roi=4.0))
    assert plan.question.of == "roi"
    assert (plan.outcome.mean - 1000) / plan.spend == pytest.approx(4.0, rel=1e-3)
    for more in (1.01, 1.1, 1.5):
        larger = optimize(curves, Budget(min(2000.0, plan.budget * more)))
        assert larger.certificate.upper_bound - 1000 < 4.0 * larger.budget
    with pytest.raises(BudgetError, match=r"ROI of 40 is out of reach within the bounds\nexpected: +at most"):
        reach(curves, Target(roi=40.0))
    low = reach(curves, Target(roi=0.1))
    assert low.spend == pytest.approx(2000.0)


def test_a_target_marginal_roi_is_that_of_the_last_unit():
    grid = np.linspace(0, 100, 4001)
    curves = Curves({"a": grid, "b": grid}, {"a": 20 * np.sqrt(grid), "b": 8 * np.sqrt(grid)})
    plan = reach(curves, Target(mroi=2.0))
    # h / (2 √x) = 2 at x = (h / 4)².
    assert plan.allocation == pytest.approx({"a": 25.0, "b": 4.0}, abs=0.05)
    assert plan.budget == pytest.approx(29.0, abs=0.1)
    assert plan.channels["a"].mroi.mean == pytest.approx(2.0, rel=0.01)
    held = reach(curves, Target(mroi=2.0), Budget(bounds={"a": (0, 9)}))
    assert held.allocation["a"] == 9.0


def test_a_target_with_a_probability_is_reached_that_often():
    curves = posterior(5, baseline=np.random.default_rng(0).normal(500, 20, 50))
    plan = reach(curves, Target(outcome=900.0, probability=0.8))
    reached = (curves.outcome_at(plan.allocation) >= 900.0).mean()
    assert 0.78 <= reached <= 0.86  # 50 draws: steps of 2 %
    assert plan.budget > reach(curves, 900.0).budget
    with pytest.raises(BudgetError, match="a probability and an objective on draws"):
        reach(curves, Target(outcome=900.0, probability=0.8), None, Objective("cvar"))


def test_targets_keep_limits_of_any_kind():
    curves = posterior(1, 3, baseline=500.0)
    limits = Budget(bounds=dict.fromkeys(curves.channels, (0, 1000)), ratios=[Ratio("c0", "c1", max=0.5)])
    free, held = reach(curves, 1000.0, Budget(bounds=limits.bounds)), reach(curves, 1000.0, limits)
    assert held.outcome.mean == pytest.approx(1000.0, rel=1e-4)
    assert held.allocation["c0"] <= 0.5 * held.allocation["c1"] * (1 + 1e-6)
    assert held.budget >= free.budget * (1 - 1e-6)
    again = optimize(curves, replace(limits, total=held.budget))
    assert again.outcome.mean == pytest.approx(1000.0, rel=1e-3)


def test_the_least_spend_of_limits_is_where_a_target_starts():
    curves = posterior(2, baseline=1000.0)
    limits = Budget(groups=[Group(["c0", "c1"], min=300.0)])
    plan = reach(curves, 900.0, limits)
    assert plan.spend == pytest.approx(300.0, rel=1e-6)
    assert "reached with the least that may be spent" in plan.notes[0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "one of outcome, roi, mroi, cost_per_unit, got none"),
        ({"roi": 1, "mroi": 1}, "one of outcome, roi, mroi, cost_per_unit, got roi, mroi"),
        ({"roi": 0}, "the target roi must be a number above 0"),
        ({"outcome": 5, "probability": 1.5}, "the probability of a target must be between 0 and 1"),
        ({"roi": 5, "probability": 0.5}, "for an outcome"),
    ],
)
def test_targets_that_make_no_sense_are_refused(fields, message):
    with pytest.raises(BudgetError, match=message):
        Target(**fields)


def test_what_ifs_are_evaluated_as_they_are():
    today = {"c0": 100.0, "c1": 250.0, "c2": 50.0, "c3": 100.0}
    curves = posterior(3, baseline=100.0, current=today)
    table = what_if(
        curves,
        {
            "more": Change("c0", 0.2),
            "shift": Shift("c1", "c2", 60.0),
            "off": Off("c3"),
            "both": [Off("c3"), Shift("c1", "c0", 50.0)],
        },
    ).set_index("scenario")
    assert table.index.tolist() == ["today", "more", "shift", "off", "both"]
    assert table.loc["today", "change"] == 0.0
    expected = {
        "more": {**today, "c0": 120.0},
        "shift": {**today, "c1": 190.0, "c2": 110.0},
        "off": {**today, "c3": 0.0},
        "both": {**today, "c3": 0.0, "c1": 200.0, "c0": 150.0},
    }
    base = curves.outcome_at(today)
    for name, allocation in expected.items():
        draws = curves.outcome_at(allocation)
        row = table.loc[name]
        assert {c: row[f"spend_{c}"] for c in today} == pytest.approx(allocation)
        assert row["outcome"] == pytest.approx(draws.mean())
        assert (row["change"], row["change_p5"]) == pytest.approx(
            ((draws - base).mean(), np.percentile(draws - base, 5))
        )
        assert row["probability_better"] == (draws > base).mean()
        assert row["spend"] == pytest.approx(sum(allocation.values()))
    elsewhere = what_if(curves, {"more": Change("c0", 1.0)}, start=dict.fromkeys(today, 10.0))
    assert elsewhere["scenario"].tolist() == ["start", "more"]
    assert elsewhere["spend"].tolist() == pytest.approx([40.0, 50.0])


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (Change("c9", 0.1), "names 'c9', which has no curve: did you mean"),
        (Shift("c0", "c1", 500.0), "c0 has 100 to give, not 500"),
        (Change("c1", 20.0), "c1 would spend 5,250, but its curve is known from 0 to 1,000"),
        ({"by": 1}, r"can't be read: \{'by': 1\}"),
    ],
)
def test_what_ifs_that_can_not_be_computed(move, message):
    curves = posterior(3, current={"c0": 100.0, "c1": 250.0, "c2": 50.0, "c3": 100.0})
    with pytest.raises(BudgetError, match=message):
        what_if(curves, {"x": move})
    with pytest.raises(BudgetError, match="needs a spend to start from"):
        what_if(posterior(3), {"x": Off("c0")})
