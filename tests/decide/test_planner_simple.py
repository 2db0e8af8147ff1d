"""The greedy rule and SLSQP beside the planner: laws that hold for any market, and where they fail."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget, Group, Ratio

SOLVERS = ("greedy", "slsqp")


def market(seed: int, s_shaped: bool, draws: int = 60, n: int = 4) -> Curves:
    """Hill curves with uncertain heights; every second one S-shaped if wanted."""
    rng = np.random.default_rng(seed)
    grid, values = np.linspace(0, 100, 201), {}
    for i in range(n):
        slope = 3.0 if s_shaped and i % 2 else 0.8
        half = rng.uniform(20, 70) * rng.lognormal(0, 0.2, (draws, 1))
        values[f"c{i}"] = rng.uniform(20, 90) * rng.lognormal(0, 0.3, (draws, 1)) * grid**slope
        values[f"c{i}"] /= grid**slope + half**slope
    return Curves(
        dict.fromkeys(values, grid),
        values,
        baseline=500.0,
        current=dict.fromkeys(values, 30.0),
        currency="EUR",
    )


def limits_of(kind: str) -> Budget:
    """A budget of 120 with one kind of limits."""
    free = {f"c{i}": (0.0, 100.0) for i in range(4)}
    return {
        "bounds": Budget(120, {**free, "c0": (10, 40), "c3": (30, 30)}),
        "group": Budget(120, free, [Group(["c0", "c1"], max=50)]),
        "shares": Budget(
            120, free, [Group(["c0", "c1"], max_share=0.5), Group(["c2"], min=20)], [Ratio("c3", "c0", max=2)]
        ),
        "buys": Budget(120, {name: Bound(low=0, high=100, minimum_buy=35) for name in free}),
        "range": Budget((100, 120), free),
    }[kind]


@lru_cache
def planned(seed: int, kind: str, objective: str) -> mm.Plan:
    """The planner's own answer."""
    return mm.optimize(market(seed, s_shaped=True, draws=20), limits_of(kind), objective=objective)


@pytest.mark.parametrize("objective", ["mean", "gain:0.2"])
@pytest.mark.parametrize("kind", ["bounds", "group", "shares", "buys", "range"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_limits_are_obeyed_and_the_bound_of_the_planner_holds(solver: str, kind: str, objective: str) -> None:
    for seed in range(2):
        curves, budget = market(seed, s_shaped=True, draws=20), limits_of(kind)
        ours = planned(seed, kind, objective)
        theirs = mm.optimize(curves, budget, objective=objective, solver=solver)
        slack = 1e-6 * abs(ours.objective.value)
        assert theirs.objective.value <= ours.certificate.upper_bound + slack
        x = theirs.allocation
        assert theirs.spend <= 120 * (1 + 1e-9)
        if kind == "bounds":
            assert 10 - 1e-6 <= x["c0"] <= 40 + 1e-6
            assert x["c3"] == pytest.approx(30)
        elif kind == "group":
            assert x["c0"] + x["c1"] <= 50 + 1e-6
        elif kind == "shares":
            assert x["c0"] + x["c1"] <= 0.5 * theirs.spend + 1e-5
            assert x["c2"] >= 20 - 1e-6
            assert x["c3"] <= 2 * x["c0"] + 1e-5
        elif kind == "buys":
            assert all(v == 0 or v >= 35 - 1e-6 for v in x.values())
        else:
            assert theirs.spend >= 100 - 1e-6


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", range(6))
def test_on_concave_markets_they_find_the_best_split(solver: str, seed: int) -> None:
    curves, budget = market(seed, s_shaped=False), Budget(120, {f"c{i}": (0.0, 100.0) for i in range(4)})
    ours = mm.optimize(curves, budget, objective="mean")
    theirs = mm.optimize(curves, budget, objective="mean", solver=solver)
    media = ours.outcome.mean - 500.0
    assert ours.certificate.status == "optimal"
    assert theirs.outcome.mean == pytest.approx(ours.outcome.mean, abs=2e-4 * media)


def test_on_an_s_curve_they_miss_what_the_planner_finds() -> None:
    grid = np.linspace(0, 1000, 401)
    curves = Curves(
        {"tv": grid, "search": grid},
        {"tv": 900 * grid**4 / (grid**4 + 600.0**4), "search": 300 * grid / (grid + 300)},
        current={"tv": 100.0, "search": 100.0},
    )
    free = Budget(600, {"tv": (0, 1000), "search": (0, 1000)})
    assert mm.optimize(curves, free).outcome.mean == pytest.approx(450.0, abs=0.1)
    # The greedy rule never sees the hill of tv: all goes to search, 300 · 600 / 900 = 200.
    assert mm.optimize(curves, free, solver="greedy").outcome.mean == pytest.approx(200.0, abs=10)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_answer_says_that_nothing_is_proved(solver: str) -> None:
    plan = mm.optimize(market(1, s_shaped=True), Budget(120), solver=solver)
    assert plan.certificate.status == "no certificate"
    assert not plan.certificate.known
    assert "no certificate" in plan.warnings[0]
    assert "no certificate" in str(plan)
    assert "inf" not in str(plan)
    raw = json.loads(json.dumps(plan.to_dict(), allow_nan=False))
    assert raw["certificate"] == {"upper_bound": None, "gap": None, "status": "no certificate"}
    assert mm.Plan.from_dict(raw) == plan


def test_an_unknown_solver_and_a_target_are_refused() -> None:
    curves = market(1, s_shaped=True)
    with pytest.raises(BudgetError, match=r"there is no solver 'greddy'.*greedy"):
        mm.optimize(curves, Budget(120), solver="greddy")
    with pytest.raises(BudgetError, match="a target is not searched with 'slsqp'"):
        mm.optimize(curves, target=550.0, solver="slsqp")
