"""Curves and budgets refuse what can't be planned, all findings at once; bounds have a file."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import BudgetError, DataError, FolderError
from mediamix.decide.problem.bounds import load_bounds, save_bounds
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget, Group
from mediamix.decide.questions.maximise import optimize

GRID = np.linspace(0, 100, 11)


def curves(**fields):
    names = ("tv", "search", "social")
    return Curves(dict.fromkeys(names, GRID), {name: np.sqrt(GRID) for name in names}, **fields)


@pytest.mark.parametrize(
    ("spend", "contribution", "fields", "message"),
    [
        ({}, {}, {}, "there are no channels"),
        ({"tv": GRID}, {}, {}, "tv: there is a grid but no contribution"),
        ({"tv": GRID}, {"tv": GRID, "ctv": GRID}, {}, "ctv: there is a contribution but no grid"),
        ({"tv": GRID}, {"tv": GRID[1:]}, {}, "tv: the grid has 11 points, the contribution 10"),
        (
            {"tv": GRID[::-1]},
            {"tv": GRID},
            {},
            "tv: the grid must increase strictly, but 100 is followed by 90",
        ),
        ({"tv": GRID - 5}, {"tv": GRID}, {}, "tv: the grid starts at -5"),
        ({"tv": [0.0]}, {"tv": [0.0]}, {}, "tv: the grid needs two points"),
        (
            {"tv": GRID},
            {"tv": np.where(GRID == 20, np.nan, GRID)},
            {},
            r"1 missing or infinite .*index \[2\]",
        ),
        ({"tv": GRID}, {"tv": ["a"] * 11}, {}, "tv: contribution is not numbers"),
        ({"tv": GRID}, {"tv": np.zeros((2, 2, 11))}, {}, r"must be \[points\] or \[draws, points\]"),
        ({"tv": GRID}, {"tv": GRID}, {"current": {"tv": 101}}, "today's spend 101 is outside of its curve"),
        ({"tv": GRID}, {"tv": GRID}, {"current": {}}, "current has no spend for tv"),
        (
            {"tv": GRID},
            {"tv": GRID},
            {"current": {"tv": 1, "tw": 1}},
            "'tw', which has no curve did you mean 'tv'",
        ),
        ({"tv": GRID}, {"tv": GRID}, {"current": {"tv": np.nan}}, "current of tv holds 1 missing"),
        ({"tv": GRID}, {"tv": GRID}, {"observed": {"tv": (5, 2)}}, "0 <= lowest <= highest"),
        ({"tv": GRID}, {"tv": GRID}, {"observed": {"tv": 5}}, r"must be \(lowest, highest\), got 5"),
        (
            {"tv": GRID},
            {"tv": np.ones((3, 11))},
            {"baseline": np.ones(4)},
            "draws differ: tv 3, the baseline 4",
        ),
        ({"tv": GRID}, {"tv": GRID}, {"baseline": np.inf}, "baseline holds 1 missing or infinite"),
    ],
)
def test_curves_that_can_not_be_used(spend, contribution, fields, message):
    with pytest.raises(DataError, match=message):
        Curves(spend, contribution, **fields)


def test_all_findings_about_curves_come_at_once():
    with pytest.raises(DataError, match="the response curves can't be used") as caught:
        Curves({"a": [0, 1, 1], "b": [0, 1]}, {"a": [0, 1, 2], "b": [0, np.nan]}, current={"a": 9})
    assert len(caught.value.details) == 4


def test_curves_keep_their_own_read_only_copy():
    grid, value = GRID.copy(), np.sqrt(GRID)
    held = Curves({"tv": grid}, {"tv": value})
    grid[1], value[1] = -1, -1
    assert held.spend["tv"][1] == 10
    with pytest.raises(ValueError, match="read-only"):
        held.contribution["tv"][0] = 1.0
    assert (held.n_draws, held.channels) == (1, ("tv",))


def test_lists_and_certain_curves_beside_uncertain_ones_are_fine():
    held = Curves({"a": [0, 1], "b": [0, 2]}, {"a": [[0, 1], [0, 3]], "b": [0, 4]}, baseline=[10, 20])
    np.testing.assert_allclose(held.outcome_at({"a": 0.5, "b": 1.0}), [12.5, 23.5])
    np.testing.assert_allclose(held.slope_at("a", 1.0), [1, 3])
    assert held.baseline_mean == 15.0


def test_slopes_at_a_corner_have_two_sides():
    held = Curves({"a": [0, 1, 2]}, {"a": [0, 3, 4]})
    assert held.slope_at("a", 1.0)[0] == 1.0
    assert held.slope_at("a", 1.0, "left")[0] == 3.0


@pytest.mark.parametrize("total", [0, -1.0, float("nan"), float("inf"), "100", True])
def test_a_total_must_be_a_positive_number(total):
    with pytest.raises(BudgetError, match="the total must be a positive number"):
        Budget(total)


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (lambda: Budget(10, {"tv": (5, 2)}), "tv: the lower bound 5 is above the upper bound 2"),
        (lambda: Budget(10, {"tv": (-1, 2)}), "tv: the lower bound is negative"),
        (lambda: Budget(10, {"tv": (0, float("nan"))}), "tv: bounds must be two numbers"),
        (lambda: Budget(10, {"tv": 5}), "tv: bounds must be two numbers .* got 5"),
        (lambda: Budget(10, groups=[Group(["tv"], -1)]), "the group tv needs a maximum of 0 or more"),
        (lambda: Budget(10, {"tw": (0, 1)}), "the bounds name 'tw'.* did you mean 'tv'"),
        (lambda: Budget(10, {"radio": (0, 1)}), "known are tv, search, social"),
        (lambda: Budget(10, groups=[Group(["tv", "serch"], 1)]), "the group tv .* did you mean 'search'"),
        (lambda: Budget(10, {"tv": (0, 101)}), "of tv, 101, is beyond its curve, which is known up to 100"),
        (
            lambda: Budget(10, {"tv": (8, 9), "search": (7, 9)}),
            r"add up to 15 \(tv 8, search 7\).* is 10: .*at least 15",
        ),
        (
            lambda: Budget(50, {"tv": (8, 9)}, [Group(["tv", "search"], 5)]),
            "the maximum of the group tv .* is 5",
        ),
        (lambda: Budget(), "the budget has no total"),
    ],
)
def test_budgets_that_can_not_be_planned(budget, message):
    with pytest.raises(BudgetError, match=message) as caught:
        optimize(curves(), budget())
    assert caught.value.next_step


def test_a_bound_below_the_start_of_a_curve_is_refused():
    late = Curves({"tv": [10, 20]}, {"tv": [1, 2]})
    with pytest.raises(BudgetError, match="is below its curve, which is known from 10"):
        optimize(late, Budget(15, {"tv": (0, 20)}))


def test_all_findings_about_a_budget_come_at_once():
    with pytest.raises(BudgetError, match="the budget can't be planned") as caught:
        optimize(curves(), Budget(10, {"tw": (0, 1), "tv": (0, 500), "social": (0, 900)}))
    assert len(caught.value.details) == 3
    with pytest.raises(BudgetError, match="the budget can't be planned") as caught:
        Budget(-1, {"tv": (-5, -6)})
    assert len(caught.value.details) == 3


def test_minimums_that_add_up_to_the_budget_leave_one_plan():
    least = {"tv": (0.1, 50.0), "search": (0.2, 50.0), "social": (0.3, 50.0)}
    plan = optimize(curves(), Budget(0.6, least))
    assert plan.allocation == pytest.approx({"tv": 0.1, "search": 0.2, "social": 0.3})


def test_bounds_survive_their_file(tmp_path):
    path = tmp_path / "bounds.yml"
    bounds = {"tv": (0.0, 400_000.0), "no": (1e-7, 0.1), "Suche & Söhne": (1 / 3, 5.0)}
    save_bounds(bounds, path)
    assert load_bounds(path) == bounds
    assert list(tmp_path.iterdir()) == [path]
    path.write_text("{tv: [0, 400000], search: [50000, 2.0e+5]}", encoding="utf-8")
    assert load_bounds(path) == {"tv": (0.0, 400_000.0), "search": (50_000.0, 200_000.0)}
    path.write_text("", encoding="utf-8")
    assert load_bounds(path) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "must map channels to bounds"),
        ("tv: [0, 1", "is not valid YAML"),
        ("tv: 5\nsearch: [1]\n", r"can't be used\n  - tv: .*got 5\n  - search: "),
        ("tv: [a, b]", "tv: bounds must be two numbers"),
        ("tv: [0, 1]\nno: [0, 1]\ntv: [0, 2]", "'tv' on line 1 and again on line 3"),
    ],
)
def test_bounds_files_that_can_not_be_read(tmp_path, text, message):
    path = tmp_path / "bounds.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BudgetError, match=message):
        load_bounds(path)


def test_a_bounds_file_that_is_absent_or_can_not_be_written(tmp_path):
    with pytest.raises(FolderError, match="can't read the bounds"):
        load_bounds(tmp_path / "none.yml")
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="can't write"):
        save_bounds({"tv": (0, 1)}, tmp_path / "file" / "bounds.yml")


WRONG = (None, True, 10**400, float("nan"), "many", [], [1], {"a": 1}, {3: {}}, object(), b"x", complex(1, 2))


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        (mm.Budget, {}),
        (mm.Group, {"channels": ["tv"]}),
        (mm.Bound, {}),
        (mm.Flighting, {}),
        (mm.Target, {}),
        (mm.Objective, {}),
        (mm.Problem, {}),
        (mm.Curves, {"spend": {"tv": [0, 1]}, "contribution": {"tv": [0, 1]}}),
    ],
)
def test_whatever_a_record_is_made_of_what_is_wrong_is_said_in_our_words(kind, needed):
    refused = 0
    for entry in fields(kind):
        for value in WRONG:
            try:
                kind(**{**needed, entry.name: value})
            except mm.UserError:  # and nothing else
                refused += 1
    assert refused > 5
    with pytest.raises(mm.UserError, match=f"{kind.__name__} has no 'nothing': "):
        kind(nothing=1)


def test_a_record_that_lacks_a_part_names_it():
    with pytest.raises(mm.UserError, match="Group is incomplete: channels is needed"):
        mm.Group()
    with pytest.raises(mm.UserError, match=r"can't be made of these values(.|\n)*got: *bounds: 5"):
        mm.Budget(bounds=5)
    with pytest.raises(mm.UserError, match="did you mean 'bounds'"):
        mm.Budget(bound={})
