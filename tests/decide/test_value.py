"""Counts and their worth: a count with a value is money, one without has a cost per unit and no return."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import mediamix as mm

GRID = np.linspace(0.0, 1000.0, 201)
FREE = mm.Budget(bounds={"tv": (0.0, 1000.0), "search": (0.0, 1000.0)})
ASKED: list[dict[str, Any]] = [
    {"objective": "mean"},
    {"objective": mm.Objective(margin=0.4)},
    {"objective": mm.Objective("cvar", 0.2, margin=0.4)},
    {"target": mm.Target(roi=1.3)},
    {"target": mm.Target(mroi=0.9)},
]


def orders(value: float | None) -> mm.Curves:
    """Two concave channels on 40 draws; their mean value is the same whatever a unit is worth."""
    rng = np.random.default_rng(3)
    size, half = rng.lognormal(0.0, 0.2, (2, 40, 1)), rng.lognormal(5.5, 0.2, (2, 40, 1))
    scale = np.array([900.0, 600.0])[:, None, None] / (value or 120.0)
    tv, search = scale * size * GRID / (half + GRID)
    return mm.Curves(
        spend={"tv": GRID, "search": GRID},
        contribution={"tv": tv, "search": search},
        current={"tv": 300.0, "search": 300.0},
        baseline=np.full(40, 5000.0 / (value or 120.0)),
        currency="USD",
        outcome="orders",
        unit="orders",
        value_per_unit=value,
    )


def as_money(curves: mm.Curves) -> mm.Curves:
    """The same in money, by hand."""
    assert curves.value_per_unit is not None
    return replace(
        curves,
        contribution={name: curves.value_per_unit * draws for name, draws in curves.contribution.items()},
        baseline=curves.value_per_unit * np.asarray(curves.baseline),
        unit="USD",
        value_per_unit=None,
    )


@pytest.mark.parametrize("value", [0.5, 120.0, 9000.0])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_count_with_a_value_is_planned_as_its_money(value: float, asked: dict[str, Any]) -> None:
    curves = orders(value)
    plan = mm.optimize(curves, FREE, **asked)
    money = mm.optimize(as_money(curves), FREE, **asked)
    for name, part in plan.channels.items():
        other = money.channels[name]
        assert part.spend == pytest.approx(other.spend, rel=1e-5, abs=1e-2)
        for word in ("roi", "mroi"):
            mine, theirs = getattr(part, word), getattr(other, word)
            assert (mine is None) == (theirs is None)
            if mine is not None:
                assert mine.mean == pytest.approx(theirs.mean, rel=1e-4)
        assert other.cost_per_unit is None
        if part.spend > 0:
            assert part.cost_per_unit is not None
            assert part.cost_per_unit.mean == pytest.approx(part.spend / part.contribution.mean)
    assert plan.unit == "orders"
    assert plan.outcome.mean * value == pytest.approx(money.outcome.mean, rel=1e-6)


def test_tables_of_budgets_and_what_ifs_are_in_money_or_cost() -> None:
    curves, asked = orders(120.0), {"no tv": mm.Off("tv")}
    for made, money in (
        (mm.scenarios(curves, budget=FREE), mm.scenarios(as_money(curves), budget=FREE)),
        (mm.what_if(curves, asked), mm.what_if(as_money(curves), asked)),
    ):
        np.testing.assert_allclose(made["roi"], money["roi"], rtol=1e-6)
        assert "cost_per_unit" not in made
    bare = orders(None)
    for table in (mm.scenarios(bare, budget=FREE), mm.what_if(bare, asked)):
        assert not {"roi", "mroi"} & set(table)
        np.testing.assert_allclose(
            table["cost_per_unit"], table["spend"] / (table["outcome"] - bare.baseline_mean)
        )


@pytest.mark.parametrize("most", [0.20, 0.25, 0.3])
def test_the_budget_of_a_cost_is_the_largest_that_keeps_it(most: float) -> None:
    """By brute force: of all splits on a grid, the largest spend whose expected cost is within the target."""
    curves = orders(None)
    cost = most * 120.0 * 3.0
    mean = {name: np.interp(GRID, GRID, draws.mean(axis=0)) for name, draws in curves.contribution.items()}
    spend = GRID[:, None] + GRID[None, :]
    brought = mean["tv"][:, None] + mean["search"][None, :]
    largest = spend[spend <= cost * brought].max()
    plan = mm.optimize(curves, FREE, target=mm.Target(cost_per_unit=cost))
    brings = sum(part.contribution.mean for part in plan.channels.values())
    assert plan.spend <= cost * brings * (1 + 1e-5)
    assert largest - 1e-6 <= plan.spend <= largest + 2 * (GRID[1] - GRID[0])
    assert (plan.question.of, plan.question.amount) == ("cost_per_unit", cost)
    assert "roi" not in plan.to_dict()["channels"]["tv"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: mm.optimize(c, FREE, target=mm.Target(roi=3)),
        lambda c: mm.optimize(c, FREE, target=mm.Target(mroi=1)),
        lambda c: mm.optimize(c, FREE, objective=mm.Objective(margin=0.3)),
        lambda c: mm.optimize(c, FREE, objective=mm.Objective("cvar", 0.1, 0.3)),
        lambda c: mm.frontier(c, mm.Budget(600, FREE.bounds), margin=0.3),
        lambda c: mm.value_of_information(c, mm.Budget(600, FREE.bounds), mm.Objective(margin=0.3)),
    ],
)
def test_what_needs_money_names_the_value(ask: Any) -> None:
    with pytest.raises(mm.UserError, match="value_per_unit") as caught:
        ask(orders(None))
    assert "cost_per_unit=35" in caught.value.next_step
    ask(orders(120.0))


def test_a_cost_of_money_and_one_out_of_reach_are_refused() -> None:
    with pytest.raises(mm.UserError, match="is money"):
        mm.optimize(as_money(orders(120.0)), FREE, target=mm.Target(cost_per_unit=35))
    with pytest.raises(mm.UserError, match="per orders is out of reach") as caught:
        mm.optimize(orders(None), FREE, target=mm.Target(cost_per_unit=0.01))
    assert "at least" in caught.value.expected


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), "120"])
def test_a_value_is_a_number_above_zero(value: Any) -> None:
    with pytest.raises(mm.UserError, match="value_per_unit must be a number above 0"):
        replace(orders(None), value_per_unit=value)


def test_a_list_of_moves_asks_for_names() -> None:
    with pytest.raises(mm.UserError, match="no tv"):
        mm.what_if(orders(None), [mm.Off("tv")])  # type: ignore[arg-type]
