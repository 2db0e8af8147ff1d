"""Limits beyond bounds and maximums: shares, ratios, overlaps, least buys, cells; and their conflicts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Group, Ratio
from mediamix.decide.questions.maximise import optimize

GRID = np.linspace(0, 100, 101)


def hill(x, slope, half, height):
    return height * x**slope / (x**slope + half**slope)


def curves(**fields):
    """Three straight lines and an S-curve: ``a`` is worth 4 a unit, ``b`` 3, ``c`` 1."""
    values = {"a": 4 * GRID, "b": 3 * GRID, "c": 1 * GRID, "s": hill(GRID, 6, 60, 150)}
    return Curves(dict.fromkeys(values, GRID), values, **fields)


ALL = dict.fromkeys("abcs", (0, 100))


def best_of_lattice(values, keeps, size, step):
    """The best of all lattice points that keep the limits."""
    axes = [np.arange(0, size + 1, step)] * len(values)
    x = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")])
    worth = sum(v[part] for v, part in zip(values, x, strict=True))
    return worth[keeps(x)].max()


def test_a_share_of_the_spend_is_kept_and_priced():
    budget = Budget(100.0, ALL, [Group(["a", "b"], max_share=0.6, name="digital")])
    plan = optimize(curves(), budget)
    assert plan.allocation["a"] == pytest.approx(60.0, abs=1e-6)
    assert plan.allocation["a"] + plan.allocation["b"] <= 60.0 + 1e-6
    assert plan.certificate.gap < 1e-5
    (text,) = (words for words in plan.binding if "digital" in words)
    assert text.startswith("the highest share of digital, 0.6: relaxing it by a unit would bring ")
    # One more unit for `a` in the place of the rest.
    looser = optimize(curves(), Budget(100.0, ALL, [Group(["a", "b"], max_share=0.61)]))
    worth = looser.outcome.mean - plan.outcome.mean
    assert plan.shadow_prices["the highest share of digital, 0.6"] == pytest.approx(worth, rel=0.02)


def test_minimums_ratios_and_overlapping_groups_against_all_points_of_a_lattice():
    budget = Budget(
        150.0,
        ALL,
        [Group(["a", "b"], 70.0), Group(["b", "c"], min=40.0), Group(["s"], min_share=0.1)],
        [Ratio("a", "c", max=1.5), Ratio("b", "a", min=0.25)],
    )
    plan = optimize(curves(), budget)

    def keeps(x):
        a, b, c, s = x
        kept = (x.sum(axis=0) <= 150) & (a + b <= 70) & (b + c >= 40) & (s >= 0.1 * x.sum(axis=0))
        return kept & (a <= 1.5 * c) & (b >= 0.25 * a)

    values = [4 * GRID, 3 * GRID, GRID, hill(GRID, 6, 60, 150)]
    floor = best_of_lattice(values, keeps, 100, 5)
    assert plan.outcome.mean >= floor * (1 - 1e-6)
    assert plan.certificate.upper_bound >= plan.outcome.mean
    assert plan.certificate.gap < 1e-5
    a, b, c, s = (plan.allocation[name] for name in "abcs")
    over = [a + b + c + s - 150, a + b - 70, 40 - b - c, 0.1 * (a + b + c + s) - s, a - 1.5 * c, 0.25 * a - b]
    assert max(over) <= 1e-4


def test_a_channel_is_off_or_has_its_least_buy():
    bounds = ALL | {"b": Bound(minimum_buy=50.0), "c": Bound(minimum_buy=20.0, high=30.0)}
    little = optimize(curves(), Budget(120.0, {**bounds, "a": (0, 80), "s": (0, 0)}))
    # With 40 left after `a`, either `b` takes 50 of it, or `c` its 30.
    assert little.allocation == pytest.approx({"a": 70.0, "b": 50.0, "c": 0.0, "s": 0.0}, abs=1e-6)
    assert little.channels["c"].binding == "off"
    assert any(text.startswith("the minimum buy of c") for text in little.binding)
    none = optimize(curves(), Budget(40.0, {**bounds, "a": (0, 30), "s": (0, 0)}))
    assert none.allocation == pytest.approx({"a": 30.0, "b": 0.0, "c": 0.0, "s": 0.0}, abs=1e-6)
    assert "not spent" in none.warnings[0]


def test_every_choice_of_channels_that_are_on_is_tried():
    rng = np.random.default_rng(4)
    for _ in range(6):
        heights, buys = rng.uniform(50, 200, 4), rng.uniform(10, 40, 4)
        values = [h * np.sqrt(GRID) for h in heights]
        names = [f"c{i}" for i in range(4)]
        made = Curves(dict.fromkeys(names, GRID), dict(zip(names, values, strict=True)))
        plan = optimize(
            made, Budget(90.0, {n: Bound(minimum_buy=b) for n, b in zip(names, buys, strict=True)})
        )
        best = 0.0
        for on in itertools.product([0, 1], repeat=4):
            chosen = [i for i in range(4) if on[i]]
            if not chosen or sum(buys[chosen]) > 90:
                continue
            bounds = {names[i]: (buys[i], 100.0) if on[i] else (0.0, 0.0) for i in range(4)}
            best = max(best, optimize(made, Budget(90.0, bounds)).outcome.mean)
        assert plan.outcome.mean == pytest.approx(best, rel=1e-5)
        assert plan.certificate.upper_bound >= best * (1 - 1e-9)


def test_a_range_of_totals_spends_its_least_even_at_a_loss():
    costly = Curves(dict.fromkeys("ab", GRID), {"a": np.sqrt(GRID), "b": 0.1 * np.sqrt(GRID)})
    free = optimize(costly, Budget((0, 150), {"a": (0, 100), "b": (0, 100)}), Objective(margin=10.0))
    assert free.spend == pytest.approx(25.25, abs=0.5)  # 10·√a - a is best at 25, √b - b at 1/4
    held = optimize(costly, Budget((80, 150), {"a": (0, 100), "b": (0, 100)}), Objective(margin=10.0))
    assert held.spend == pytest.approx(80.0)
    assert held.objective.value < free.objective.value
    with pytest.raises(BudgetError, match="at least 80 must be spent, but the bounds and groups allow 60"):
        optimize(costly, Budget((80, 150), {"a": (0, 30), "b": (0, 30)}))


def test_bounds_relative_to_today():
    today = {"a": 40.0, "b": 20.0, "c": 20.0, "s": 20.0}
    held = {"a": Bound(change=(-0.25, 0.5)), "b": Bound(change=(0, 0)), "c": (0, 100), "s": (0, 100)}
    plan = optimize(curves(current=today), Budget(bounds=held))
    assert plan.channels["a"].bounds == pytest.approx((30.0, 60.0))
    assert plan.channels["b"].binding == "fixed"
    both = Bound(high=50.0, change=(-0.25, 0.5))
    assert optimize(curves(current=today), Budget(bounds={"a": both})).channels["a"].bounds[1] == 50.0
    with pytest.raises(BudgetError, match="changes from today's spend, which isn't known"):
        optimize(curves(), Budget(100, {"a": Bound(change=(0, 1))}))


def test_cells_of_channel_and_geo_are_planned_like_channels():
    rng = np.random.default_rng(0)
    cells = {
        f"{c}/{g}": hill(GRID, 2.0 if c == "tv" else 0.9, rng.uniform(20, 70), rng.uniform(50, 200))
        for c in ("tv", "search")
        for g in ("north", "south", "east")
    }
    made = Curves(dict.fromkeys(cells, GRID), cells)
    limits = [Group(["tv/*"], 90.0), Group(["*/north"], min=40.0, name="north")]
    plan = optimize(made, Budget(200.0, {"search/*": (10, 80), "search/east": (20, 30)}, limits))
    assert sum(x for name, x in plan.allocation.items() if name.startswith("tv/")) <= 90 * (1 + 1e-9)
    assert plan.allocation["tv/north"] + plan.allocation["search/north"] >= 40 * (1 - 1e-6)
    assert plan.channels["search/north"].bounds == (10, 80)
    assert plan.channels["search/east"].bounds == (20, 30)
    assert plan.certificate.gap < 1e-5


def test_many_cells_in_time():
    rng = np.random.default_rng(1)
    cells = {
        f"c{c}/g{g}": hill(GRID, rng.uniform(0.8, 4), rng.uniform(20, 90), rng.uniform(10, 200))
        for c in range(6)
        for g in range(40)
    }
    made = Curves(dict.fromkeys(cells, GRID), cells)
    plan = optimize(made, Budget(6000.0, groups=[Group([f"c{c}/*"], 1500.0) for c in range(6)]))
    assert plan.certificate.status == "optimal"


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (
            Budget(100, ALL, [Group("a", min=70), Group(["a", "b"], 60), Group(["b", "c"], 50)]),
            r"together: the maximum of a \+ b, 60; the minimum of a, 70; .* by 10, or .* by 10",
        ),
        (
            Budget(100, ALL | {"a": (50, 60)}, ratios=[Ratio("a", "b", max=0.4)]),
            "at most 0.4; the lower bound of a, 50; the end of the curve of b, 100; enough .* by 30, or",
        ),
        (
            Budget(100, {"a": Bound(minimum_buy=30)}, [Group(["a"], min=10), Group(["a"], 25)]),
            "maximum of a, 25; the minimum of a, 10; the minimum buy of a, 30; .* buy of a, 30 by 5\nnext",
        ),
        (Budget(30, {**ALL, "a": (20, 60)}, ratios=[Ratio("b", "a", min=1)]), "the budget of 30.* by 10"),
        (
            Budget(100, {**ALL, "a": (0, 10)}, [Group(["a"], min=20)]),
            "minimum of a, 20; the upper bound of a, 10; enough .* relax the minimum of a, 20 by 10",
        ),
        (Budget(100, {"a": Bound(low=50, high=80, change=(0, 0.1))}), "bounds of a leave nothing"),
        (Budget(100, groups=[Group(["radio"], 5)]), "the group radio names 'radio', which has no curve"),
        (Budget(100, ratios=[Ratio("a", "bb", max=1)]), "the ratio a / bb names 'bb'.* did you mean 'b'"),
        (Budget(100, {"x*": (0, 5)}), r"the bounds name 'x\*', which has no curve"),
    ],
)
def test_limits_that_contradict_each_other_are_named(budget, message):
    with pytest.raises(BudgetError, match=message) as caught:
        optimize(curves(current=dict.fromkeys("abcs", 30.0)), budget)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Group(["a"]) and Budget(1, groups=[Group(["a"])]), "has no limit"),
        (lambda: Budget(1, groups=[Group([], 5)]), "a group has no channels"),
        (lambda: Budget(1, groups=[Group(["a"], 5, min=6)]), "a minimum, 6, above its maximum, 5"),
        (lambda: Budget(1, groups=[Group(["a"], max_share=60)]), "highest share .* must be 0 to 1"),
        (lambda: Budget(1, groups=[Group(["a"], max_share=0.2, min_share=0.3)]), "lowest share above"),
        (lambda: Budget(1, ratios=[Ratio("a", "b")]), "the ratio a / b has no limit"),
        (lambda: Budget(1, ratios=[Ratio("a", "b", min=-1)]), "minimum of the ratio a / b must be"),
        (lambda: Budget(1, ratios=[Ratio("a", "b", min=2, max=1)]), "above its maximum"),
        (lambda: Budget((5, 2)), "must be 0 <= least <= highest"),
        (lambda: Bound(low=-1), "negative"),
        (lambda: Bound(low="x"), "low must be a number"),
        (lambda: Bound(change=(0.2, 0.1)), "change must be -1 <= lowest <= highest"),
        (lambda: Bound(minimum_buy=5, high=4), "minimum buy 5 must be between 0 and the upper bound"),
    ],
)
def test_limits_that_make_no_sense_are_refused(make, message):
    with pytest.raises(BudgetError, match=message):
        make()


def test_assumed_bounds_give_way_to_limits_that_were_asked_for():
    today = {"a": 70.0, "b": 10.0, "c": 10.0, "s": 10.0}
    plan = optimize(curves(current=today), Budget(groups=[Group(["c"], min_share=0.5)]))
    assert plan.allocation["c"] == pytest.approx(50.0, rel=1e-6)
    assert "the whole range of the curve" in plan.notes[0]


def test_one_channel_and_a_channel_without_effect():
    alone = Curves({"a": GRID}, {"a": np.sqrt(GRID)})
    assert optimize(alone, Budget(30.0)).allocation == {"a": 30.0}
    dead = Curves(dict.fromkeys("ab", GRID), {"a": np.zeros(101), "b": np.sqrt(GRID)})
    plan = optimize(dead, Budget(150.0, {"a": (0, 100), "b": (0, 100)}))
    assert plan.allocation == {"a": 0.0, "b": 100.0}
    assert "more for a would bring nothing" in plan.warnings[0]
