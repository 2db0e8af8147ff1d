"""The value of information: closed cases, laws, and what can't be asked."""

from __future__ import annotations

import numpy as np
import pytest

from mediamix.core.errors import BudgetError
from mediamix.decide.answer.information import value_of_information
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget

GRID = np.linspace(0, 100, 11)
FREE = {"a": (0, 100), "b": (0, 100)}


def lines(a, b, **fields):
    """Straight lines: what `a` and `b` bring per unit, on draws."""
    return Curves(
        {"a": GRID, "b": GRID},
        {"a": np.asarray(a)[:, None] * GRID, "b": np.asarray(b)[:, None] * GRID},
        **fields,
    )


def test_two_lines_have_a_value_that_can_be_written_down():
    # `a` brings 3 or 0.5, `b` always 1: without knowing, all money goes to `a` (1.75 on average).
    slopes = np.tile([3.0, 0.5], 100)
    found = value_of_information(lines(slopes, np.ones(200)), Budget(100.0, FREE))
    # Known to be 0.5, all of it goes to `b`: half of the draws gain 0.5 a unit.
    assert found.channels["a"].value == pytest.approx(25.0)
    assert found.channels["a"].moved == pytest.approx(50.0)
    assert found.channels["a"].changed == pytest.approx(0.5)
    assert found.channels["b"].value == 0.0
    assert found.perfect.value == pytest.approx(25.0)
    assert found.best_test == "a"


def test_what_moves_with_a_channel_is_learned_with_it():
    rng = np.random.default_rng(1)
    base = rng.uniform(-1, 1, 400)
    # `b` is certain given `a`: knowing either is knowing both.
    tied = value_of_information(lines(2 + base, 2 - base), Budget(100.0, FREE))
    assert tied.channels["a"].value == pytest.approx(tied.perfect.value, rel=1e-6)
    assert tied.channels["b"].value == pytest.approx(tied.perfect.value, rel=1e-6)
    # Moving together by as much, knowing changes nothing; and alone each is worth less than both.
    same = value_of_information(lines(2 + base, 1.9 + base), Budget(100.0, FREE))
    assert same.channels["a"].value == pytest.approx(0.0, abs=1e-9)
    apart = value_of_information(lines(2 + base, 2 + rng.permutation(base)), Budget(100.0, FREE))
    assert 0 < apart.channels["a"].value < apart.perfect.value


def test_independent_normals_have_the_known_expected_maximum():
    rng = np.random.default_rng(2)
    curves = lines(5 + rng.normal(0, 1, 4000), 5 + rng.normal(0, 1, 4000))
    found = value_of_information(curves, Budget(100.0, FREE))
    # E max(X, Y) of two standard normals is 1/√π; of one against its mean, 1/√(2π).
    assert found.perfect.value == pytest.approx(100 / np.sqrt(np.pi), abs=4 * found.perfect.error)
    for name in "ab":
        worth = found.channels[name]
        assert worth.value == pytest.approx(100 / np.sqrt(2 * np.pi), abs=4 * worth.error)


def test_a_plan_that_nothing_can_change_makes_every_test_worthless():
    rng = np.random.default_rng(3)
    curves = lines(9 + rng.uniform(0, 1, 100), rng.uniform(0, 1, 100), currency="EUR", unit="EUR")
    found = value_of_information(curves, Budget(100.0, FREE))
    assert found.perfect.value == 0.0
    assert found.best_test is None
    table = found.table().set_index("channel")
    assert table.index.tolist()[-1] == "all"
    assert (table == 0).all(axis=None)


def test_profit_is_known_to_be_worth_its_margin():
    rng = np.random.default_rng(4)
    curves = lines(2 + rng.normal(0, 1, 300), 2 + rng.normal(0, 1, 300))
    plain = value_of_information(curves, Budget((100.0, 100.0), FREE))
    profit = value_of_information(curves, Budget((100.0, 100.0), FREE), Objective(margin=3.0))
    assert profit.perfect.value == pytest.approx(3 * plain.perfect.value, rel=1e-6)


def test_what_has_no_value_of_information_is_refused():
    certain = Curves({"a": GRID}, {"a": GRID})
    with pytest.raises(BudgetError, match="needs draws of the curves"):
        value_of_information(certain, Budget(10.0))
    with pytest.raises(BudgetError, match="is one of expectations, not of the mean outcome of the worst 5%"):
        value_of_information(lines(np.ones(9), np.ones(9)), Budget(10.0), Objective("cvar"))
