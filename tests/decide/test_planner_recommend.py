"""What is recommended by default: no move without evidence, moves with it, and the proof of either."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.decide.problem.file import parse_problem, problem_dict
from mediamix.decide.problem.recommend import default_objective, todays_split
from mediamix.decide.questions.maximise import optimize

GRID = np.linspace(0.0, 100.0, 101)
TODAY = {"a": 30.0, "b": 30.0, "c": 30.0}


def curves(ratio=(1.0, 1.0, 1.0), doubt=0.3, draws=400, seed=1, **fields):
    """Concave curves of one shape whose heights are as `ratio` on average, each known within `doubt`."""
    rng = np.random.default_rng(seed)
    shape = np.sqrt(GRID)
    values = {}
    for name, size in zip("abc", ratio, strict=True):
        height = np.exp(doubt * rng.standard_normal((draws, 1)))
        values[name] = size * 10 * shape * height / height.mean()
    return mm.Curves(dict.fromkeys(values, GRID), values, **{"current": TODAY, **fields})


def worst_gain(made, allocation, level=0.05):
    """The objective the long way: the mean of the lowest draws of the difference."""
    gain = sorted(made.outcome_at(allocation) - made.outcome_at(TODAY))
    return sum(gain[: int(level * len(gain))]) / int(level * len(gain))


def test_without_evidence_todays_split_stays_and_that_is_proved():
    made = curves()
    plan = mm.optimize(made)
    assert plan.objective.kind == "gain"
    assert plan.allocation == TODAY
    assert (plan.uplift.mean, plan.uplift.probability_better) == (0.0, 0.0)
    assert plan.certificate.status == "optimal"
    assert plan.certificate.upper_bound == pytest.approx(0.0, abs=1e-3)
    assert not any("support" in line for line in plan.warnings)


def test_a_move_that_is_better_only_on_average_is_named_and_not_made():
    made = curves((1.1, 1.0, 1.0), doubt=0.6)
    bold = mm.optimize(made, objective="mean")
    assert bold.allocation["a"] > 33
    plan = mm.optimize(made)
    assert plan.allocation == TODAY
    note = next(line for line in plan.notes if "highest expectation" in line)
    assert f"{bold.uplift.probability_better:.0%}" in note
    assert f"{bold.uplift.mean:,.4g}" in note


def test_with_strong_evidence_it_moves_as_the_expectation_does():
    made = curves((2.0, 1.0, 0.6), doubt=0.05)
    plan, bold = mm.optimize(made), mm.optimize(made, objective="mean")
    assert plan.uplift.probability_better == 1.0
    for name, spend in bold.allocation.items():
        assert plan.allocation[name] == pytest.approx(spend, abs=2.0)
    assert plan.uplift.mean > 0.97 * bold.uplift.mean
    assert plan.objective.value == pytest.approx(worst_gain(made, plan.allocation))


@pytest.mark.parametrize("seed", range(4))
def test_no_point_of_a_lattice_gains_more_in_the_worst_draws(seed):
    made = curves((1.5, 1.0, 0.8), doubt=0.25, seed=seed)
    plan = mm.optimize(made)
    best = max(
        worst_gain(made, {"a": a, "b": b, "c": 90 - a - b})
        for a, b in itertools.product(range(15, 46), repeat=2)
        if 15 <= 90 - a - b <= 45
    )
    assert plan.objective.value >= best - 1e-4 * plan.outcome.mean
    assert plan.certificate.upper_bound >= best * (1 - 1e-9)
    assert plan.certificate.gap < 1e-3
    assert plan.objective.value >= 0.0


def test_less_doubt_never_makes_it_more_timid():
    moved = []
    for doubt in (0.6, 0.3, 0.15, 0.05):
        made = curves((1.4, 1.0, 0.8), doubt=doubt)
        moved.append(mm.optimize(made).uplift.mean)
    assert moved == sorted(moved)
    assert moved[0] < 0.2 * moved[-1]


def test_a_smaller_level_is_more_careful():
    made = curves((1.5, 1.0, 0.8), doubt=0.25)
    gains = [mm.optimize(made, objective=f"gain:{level}").uplift.mean for level in (0.02, 0.05, 0.2, 0.999)]
    assert gains == sorted(gains)
    assert gains[-1] == pytest.approx(mm.optimize(made, objective="mean").uplift.mean, rel=1e-3)


def test_the_baseline_is_no_risk_of_a_move():
    made = curves((1.5, 1.0, 0.8), doubt=0.25)
    doubtful = replace(made, baseline=np.random.default_rng(3).normal(1e4, 1e3, 400))
    plain, other = mm.optimize(made), mm.optimize(doubtful)
    assert other.allocation == pytest.approx(plain.allocation, abs=1e-6)
    assert other.objective.value == pytest.approx(plain.objective.value, rel=1e-6)


@pytest.mark.parametrize("total", [90.0 * (1 + 1e-9), 90.0 * (1 - 1e-9), 120.0, 60.0])
def test_another_budget_is_split_as_today_unless_the_draws_say_otherwise(total):
    plan = mm.optimize(curves(), mm.Budget(total))
    assert plan.allocation == pytest.approx(dict.fromkeys(TODAY, total / 3))
    assert plan.objective.value == pytest.approx(0.0, abs=1e-9)


def test_limits_that_forbid_todays_split_are_kept():
    made = curves()
    plan = mm.optimize(made, mm.Budget(90.0, {"a": (0, 20), "b": (0, 60), "c": (0, 60)}))
    assert plan.allocation["a"] <= 20 + 1e-9
    assert plan.spend == pytest.approx(90.0)
    assert plan.objective.value < 0
    shared = mm.optimize(made, mm.Budget(90.0, groups=[mm.Group(["a"], max_share=0.25)]))
    assert shared.allocation["a"] <= 0.25 * shared.spend + 1e-6


def test_an_evident_move_is_made_within_limits_of_any_form():
    made = curves((2.0, 1.0, 0.6), doubt=0.05)
    bounds = {name: mm.Bound(high=60.0, minimum_buy=10.0) for name in TODAY}
    plan = mm.optimize(made, mm.Budget(90.0, bounds, [mm.Group(["a", "b"], max_share=0.8)]))
    assert plan.allocation["a"] > 40
    assert plan.certificate.gap < 1e-3
    assert plan.objective.value == pytest.approx(worst_gain(made, plan.allocation))


def test_an_s_curve_of_ones_own_keeps_its_exact_answer():
    # The budget design's example: a greedy rule finds 18.8 here.
    grid = np.linspace(0, 1000, 1001)
    values = {"s": 900 * grid**4 / (grid**4 + 600**4), "h": 300 * grid / (grid + 300)}
    made = mm.Curves(dict.fromkeys(values, grid), values, current={"s": 300.0, "h": 300.0})
    plan = mm.optimize(made, mm.Budget(600, dict.fromkeys(values, (0, 1000))))
    assert plan.objective.kind == "mean"
    assert plan.outcome.mean == pytest.approx(450.0)
    assert plan.allocation == pytest.approx({"s": 600.0, "h": 0.0})


def test_what_has_no_draws_or_no_today_or_a_target_is_planned_for_its_expectation():
    assert default_objective(curves()).kind == "gain"
    assert default_objective(replace(curves(), current=None)).kind == "mean"
    assert default_objective(replace(curves(), current=dict.fromkeys(TODAY, 0.0))).kind == "mean"
    assert todays_split(replace(curves(), current=None), 5.0) is None
    assert mm.optimize(curves(), target=160.0).objective.kind == "mean"
    assert optimize(curves(), mm.Budget()).objective.kind == "mean"


def test_gain_needs_today_and_a_budget():
    with pytest.raises(BudgetError, match="needs today's spend"):
        optimize(replace(curves(), current=None), mm.Budget(90.0), "gain")
    with pytest.raises(BudgetError, match="a target has no budget yet"):
        mm.optimize(curves(), target=160.0, objective="gain")


def test_an_objective_that_is_given_is_kept_in_the_file_and_one_that_is_not_stays_open():
    asked = mm.Problem(objective=mm.Objective())
    assert problem_dict(asked) == {"objective": {"kind": "mean"}}
    assert parse_problem(problem_dict(asked)) == asked
    assert parse_problem({}).objective is None
    assert mm.optimize(curves(doubt=0.6), asked).objective.kind == "mean"


def test_prices_say_on_which_draws_they_are_made():
    moving = mm.optimize(curves((2.0, 1.0, 0.6), doubt=0.05, unit="EUR"))
    assert any("in the worst 5% of the draws" in line for line in moving.binding)
    staying = mm.optimize(curves(unit="EUR"))
    assert staying.binding
    assert not any("worst" in line for line in staying.binding)


def test_a_fit_is_planned_carefully_and_its_curves_alike(mixed_fit):
    plan = mm.optimize(mixed_fit, anyway=True)
    assert plan.objective.kind == "gain"
    assert plan.objective.value >= 0.0
    again = mm.optimize(mm.curves_of(mixed_fit), anyway=True)
    assert again.allocation == pytest.approx(plan.allocation)
