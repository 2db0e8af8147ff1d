"""Plans of curves with pairs: against dense grids, random plans, sums by hand and differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import DataError
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.pairs import Pair
from mediamix.decide.problem.problem import Budget, Group, Ratio
from mediamix.decide.problem.resolve import resolve
from mediamix.decide.problem.together import around, brought
from mediamix.decide.questions.maximise import solved

GRID = np.linspace(0, 100, 201)
POINTS = GRID[::10]
Response = Callable[[np.ndarray], np.ndarray]


class Market:
    """Curves with pairs made by hand, and the outcome of any spends by the formulas themselves."""

    def __init__(self, seed: int, n: int = 3, draws: int = 1, strength: float = 0.3, steep: bool = False):
        rng = np.random.default_rng(seed)
        self.height = rng.uniform(20, 90, (n, 1)) * rng.lognormal(0, 0.3, (n, draws))
        self.half = rng.uniform(20, 70, (n, 1)) * rng.lognormal(0, 0.2, (n, draws))
        self.slope = [3.0 if steep and c % 2 else 1.0 for c in range(n)]
        self.pairs = list(combinations(range(n), 2))
        self.gain = strength * rng.normal(0.4, 0.8, (len(self.pairs), draws)) * self.height.min()
        self.names = [f"c{c}" for c in range(n)]
        curves = {
            name: self.height[c][:, None] * self.response(c, GRID[:, None]).T
            for c, name in enumerate(self.names)
        }
        # Bilinear between points, as the planner says that it is.
        at = [self.response(c, POINTS[:, None]) for c in range(n)]
        self.tables = [
            np.einsum("d,pd,qd->dpq", gain, at[a], at[b])
            for (a, b), gain in zip(self.pairs, self.gain, strict=True)
        ]
        pairs = [
            Pair(self.names[a], self.names[b], POINTS, POINTS, table)
            for (a, b), table in zip(self.pairs, self.tables, strict=True)
        ]
        self.curves = Curves(
            dict.fromkeys(self.names, GRID),
            curves,
            current=dict.fromkeys(self.names, 30.0),
            baseline=500.0,
            currency="EUR",
            pairs=tuple(pairs),
        )

    def response(self, c: int, spend: np.ndarray) -> np.ndarray:
        return spend ** self.slope[c] / (spend ** self.slope[c] + self.half[c] ** self.slope[c])

    def outcome(self, spends: Sequence[np.ndarray]) -> np.ndarray:
        """Draws of the outcome of spends [plan] per channel, [draw, plan]; pairs between points by hand."""
        total = np.full((self.height.shape[1], len(spends[0])), 500.0)
        for c, x in enumerate(spends):
            total += self.height[c][:, None] * self.response(c, np.asarray(x)[:, None]).T
        step = POINTS[1]
        for (a, b), table in zip(self.pairs, self.tables, strict=True):
            (i, u), (j, v) = (
                (np.minimum(x // step, len(POINTS) - 2).astype(int), None) for x in (spends[a], spends[b])
            )
            u, v = spends[a] / step - i, spends[b] / step - j
            total += (1 - u) * (1 - v) * table[:, i, j] + u * (1 - v) * table[:, i + 1, j]
            total += (1 - u) * v * table[:, i, j + 1] + u * v * table[:, i + 1, j + 1]
        return total

    def grid(self, total: float, steps: int = 41) -> list[np.ndarray]:
        """Many splits of a budget, and of less than it."""
        axes = [np.linspace(0, 100, steps)] * len(self.names)
        found = [x.ravel() for x in np.meshgrid(*axes, indexing="ij")]
        kept = sum(found) <= total
        return [x[kept] for x in found]


def free(n: int, total: float) -> Budget:
    return Budget(total, {f"c{c}": (0.0, 100.0) for c in range(n)})


@pytest.mark.parametrize("steep", [False, True])
@pytest.mark.parametrize("strength", [0.3, 3.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_plan_on_a_dense_grid_is_better(seed: int, strength: float, steep: bool) -> None:
    """Three channels, all pairs, of either sign, weak and stronger than the channels themselves."""
    market = Market(seed, draws=3, strength=strength, steep=steep)
    plan = mm.optimize(market.curves, free(3, 120), objective="mean")
    assert plan.certificate.status == "optimal"
    best = market.outcome(market.grid(120)).mean(axis=0).max()
    media = plan.outcome.mean - 500
    assert plan.outcome.mean >= best - 1e-4 * media
    at = [np.array([plan.allocation[name]]) for name in market.names]
    assert plan.outcome.mean == pytest.approx(float(market.outcome(at).mean()), abs=2e-4 * media)


@pytest.mark.parametrize("objective", [Objective(margin=0.5), Objective("gain", 0.2, margin=0.5)])
def test_a_profit_counts_pairs_by_the_margin(objective: Objective) -> None:
    market = Market(4, 2, draws=20, strength=0.5)
    plan = mm.optimize(market.curves, free(2, 60), objective=objective)
    spends = market.grid(60, 201)
    profit = 0.5 * market.outcome(spends) - sum(spends)
    today = 0.5 * market.outcome([np.array([30.0])] * 2)[:, 0] - 60.0
    best = max(objective.value(column, today) for column in profit.T)
    assert plan.objective is not None
    assert plan.objective.value >= best - 0.01
    assert plan.certificate.upper_bound >= best - 1e-6


def test_two_channels_that_only_work_together_are_found() -> None:
    """A search that moves one channel at a time from the best of each by itself stays there."""
    rise = (POINTS / 100) ** 2
    nothing = 0.01 * GRID
    curves = Curves(
        {"a": GRID, "b": GRID, "c": GRID},
        {"a": nothing, "b": nothing, "c": 30 * np.sqrt(GRID / 100)},
        pairs=(Pair("a", "b", POINTS, POINTS, 200 * np.outer(rise, rise)),),
    )
    plan = mm.optimize(curves, Budget(150, dict.fromkeys("abc", (0.0, 100.0))), objective="mean")
    x = np.linspace(0, 100, 201)
    a, b = (part.ravel() for part in np.meshgrid(x, x))
    c = np.clip(150 - a - b, 0, 100)
    ways = 0.01 * (a + b) + 30 * np.sqrt(c / 100)
    ways = ways + 200 * np.interp(a, POINTS, rise) * np.interp(b, POINTS, rise)
    assert plan.outcome.mean >= ways[a + b <= 150].max() - 1e-3
    assert plan.certificate.gap <= 1e-3
    assert min(plan.allocation["a"], plan.allocation["b"]) > 60


@pytest.mark.parametrize("kind", ["group", "shares", "buys", "range"])
def test_no_random_plan_that_keeps_the_limits_passes_the_bound(kind: str) -> None:
    n, total = 4, 120.0
    bounds = free(n, total).bounds
    budget = {
        "group": Budget(total, bounds, [Group(["c0", "c1"], max=50)]),
        "shares": Budget(
            total,
            bounds,
            [Group(["c0", "c1"], max_share=0.4), Group(["c2"], min=10)],
            [Ratio("c3", "c0", max=2)],
        ),
        "buys": Budget(total, {name: Bound(low=0, high=100, minimum_buy=35) for name in bounds}),
        "range": Budget((100, total), bounds),
    }[kind]
    market, rng = Market(5, n, draws=2, strength=0.5, steep=True), np.random.default_rng(1)
    problem = resolve(market.curves, budget)
    frame, found = problem.separable(), solved(problem)
    assert frame.keeps(found.x)
    assert found.status == "optimal"
    plans = rng.dirichlet(np.full(n, 0.7), 3000) * total * rng.uniform(0.8, 1.0, (3000, 1))
    if kind == "buys":
        plans = np.where(plans < 17, 0.0, np.maximum(plans, 35.0))
    kept = np.array([x for x in plans if frame.keeps(x)])
    assert len(kept) > 20
    worth = market.outcome(list(kept.T)).mean(axis=0)
    assert worth.max() <= found.upper + 1e-4 * (found.value - 500)


@pytest.mark.parametrize(
    ("kind", "steep"),
    [
        ("gain", False),
        ("gain", True),
        ("cvar", False),
        ("cvar", True),
        ("mean_sd", True),
        ("quantile", False),
        ("beats_today", True),
    ],
)
def test_plans_under_risk_are_those_of_a_grid_of_two_channels(kind: str, steep: bool) -> None:
    market = Market(3, 2, draws=60, strength=0.5, steep=steep)
    objective = Objective(kind)  # type: ignore[arg-type]
    found = solved(resolve(market.curves, free(2, 60), objective))
    spends = market.grid(60, 201)
    draws, today = market.outcome(spends), market.outcome([np.array([30.0])] * 2)[:, 0]
    values = np.array([objective.value(column, today) for column in draws.T])
    size = max(1e-3, 2e-4 * (draws.mean(axis=0).max() - 500)) if kind != "beats_today" else 0.02
    assert found.value >= values.max() - size
    assert found.upper >= values.max() - 1e-6
    if kind in ("gain", "cvar", "mean_sd"):
        assert found.gap <= 1e-3


def test_a_plan_adds_up_and_its_margins_are_differences() -> None:
    market = Market(7, 4, draws=50, strength=0.5)
    curves = market.curves
    plan = mm.optimize(curves, free(4, 120), objective="mean")
    parts = sum(part.contribution.mean for part in plan.channels.values())
    assert parts == pytest.approx(plan.outcome.mean - 500)
    at = brought(curves, plan.allocation)["c1"]
    own = curves.contribution_at("c1", plan.allocation["c1"])
    halves = sum(0.5 * pair.at(plan.allocation) for pair in curves.pairs if "c1" in pair.channels)
    np.testing.assert_allclose(at, own + halves)
    for name, part in plan.channels.items():
        more = {**plan.allocation, name: plan.allocation[name] + 1e-4}
        rise = (curves.outcome_at(more) - curves.outcome_at(plan.allocation)).mean() / 1e-4
        assert part.marginal.mean == pytest.approx(rise, rel=1e-5)
    richer = mm.optimize(curves, free(4, 120.05), objective="mean")
    price = (richer.outcome.mean - plan.outcome.mean) / 0.05
    assert plan.certificate.shadow_price == pytest.approx(price, rel=0.05)


def test_curves_around_a_plan_are_the_whole_where_one_channel_leaves_it() -> None:
    market = Market(8, 3, draws=5)
    plan = {"c0": 17.3, "c1": 44.0, "c2": 60.1}
    near = around(market.curves, plan)
    assert not near.pairs
    for name in market.names:
        for spend in (0.0, 33.3, 100.0):
            other = {**plan, name: spend}
            np.testing.assert_allclose(near.outcome_at(other), market.curves.outcome_at(other))


def test_a_target_undoes_a_plan_and_other_questions_have_answers() -> None:
    market = Market(9, 3, draws=30)
    curves, budget = market.curves, free(3, 120)
    plan = mm.optimize(curves, budget, objective="mean")
    limits = Budget(bounds=budget.bounds)
    back = mm.optimize(curves, limits, target=plan.outcome.mean)
    assert back.budget == pytest.approx(plan.spend, rel=1e-3)
    table = mm.scenarios(curves, [60, 120], bounds=budget.bounds)
    assert table["outcome"].iloc[1] == pytest.approx(plan.outcome.mean, rel=1e-5)
    moves = mm.what_if(curves, {"more": [mm.Change("c0", 0.5), mm.Change("c1", 0.5)]})
    at = [np.array([spend]) for spend in (45.0, 45.0, 30.0)]
    assert moves["outcome"].iloc[1] == pytest.approx(float(market.outcome(at).mean()), rel=1e-4)
    worth = mm.value_of_information(curves, budget, solves=120)
    assert (
        worth.perfect.value >= max(part.value for part in worth.channels.values()) - 3 * worth.perfect.error
    )
    for solver in ("greedy", "slsqp"):
        other = value_of(curves, budget, solver)
        assert 500 < other <= plan.outcome.mean + 1e-6
        assert other >= plan.outcome.mean - 0.02 * (plan.outcome.mean - 500)


def value_of(curves: Curves, budget: Budget, solver: str) -> float:
    plan = mm.optimize(curves, budget, objective="mean", solver=solver)
    assert plan.certificate.status == "no certificate"
    return plan.outcome.mean


def test_pairs_of_nothing_change_no_plan() -> None:
    market = Market(11, 3, draws=10)
    flat = tuple(Pair(p.one, p.other, POINTS, POINTS, 0 * p.contribution) for p in market.curves.pairs)
    with_pairs = mm.optimize(replaced(market.curves, flat), free(3, 120), objective="mean")
    without = mm.optimize(replaced(market.curves, ()), free(3, 120), objective="mean")
    assert with_pairs.outcome.mean == pytest.approx(without.outcome.mean)
    assert with_pairs.allocation == pytest.approx(without.allocation, abs=1e-6)


def replaced(curves: Curves, pairs: tuple[Pair, ...]) -> Curves:
    return Curves(
        curves.spend, curves.contribution, current=curves.current, baseline=curves.baseline, pairs=pairs
    )


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (("a", "a", POINTS, POINTS, np.zeros((21, 21))), "with itself"),
        (("a", "z", POINTS, POINTS, np.zeros((21, 21))), "names 'z'"),
        (("a", "b", POINTS, POINTS, np.zeros((21, 20))), r"\[21, 21\]"),
        (("a", "b", POINTS + 0.1, POINTS, np.zeros((21, 21))), "points of its curve"),
        (("a", "b", POINTS[:-1], POINTS, np.zeros((20, 21))), "both ends"),
        (("a", "b", POINTS[::-1], POINTS, np.zeros((21, 21))), "increase"),
        (("a", "b", POINTS, POINTS, np.full((21, 21), np.nan)), "missing"),
        (("a", "b", POINTS, POINTS, np.zeros((7, 21, 21))), "numbers of draws differ"),
    ],
)
def test_pairs_that_cant_be_are_refused(pair: tuple, words: str) -> None:
    contribution = {"a": np.zeros((5, 201)), "b": np.zeros((5, 201))}
    with pytest.raises(DataError, match=words):
        Curves({"a": GRID, "b": GRID}, contribution, pairs=(Pair(*pair),))


def test_a_pair_that_is_there_twice_and_one_of_words_are_refused() -> None:
    one = Pair("a", "b", POINTS, POINTS, np.zeros((21, 21)))
    other = Pair("b", "a", POINTS, POINTS, np.zeros((21, 21)))
    with pytest.raises(DataError, match="twice"):
        Curves({"a": GRID, "b": GRID}, {"a": 0 * GRID, "b": 0 * GRID}, pairs=(one, other))
    with pytest.raises(DataError, match="Pair can't be made"):
        Pair("a", "b", ["few"], POINTS, np.zeros((1, 21)))  # type: ignore[arg-type]
