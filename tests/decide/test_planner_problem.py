"""A decision problem is data: it survives its file, and a wrong one is told all that is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mediamix as mm
from mediamix.core.errors import BudgetError, FolderError
from mediamix.decide.problem.bounds import Bound, load_bounds, save_bounds
from mediamix.decide.problem.file import load_problem, parse_problem, problem_dict, save_problem
from mediamix.decide.problem.moves import Change, Off, Shift
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Group, Problem, Ratio, Target

FULL = """\
budget: [900000, 1000000]
objective: {kind: cvar, level: 0.1, margin: 0.3}
bounds:
  tv: [0, 400000]
  search: {change: [-0.2, 0.3]}
  social: {fixed: today}
  radio: {fixed: 5000}
  ctv: {minimum_buy: 50000, high: 400000}
groups:
- {channels: [social, ctv], max_share: 0.6, name: digital}
- {channels: tv, max: 100000, min: 10}
ratios:
- {channel: tv, to: search, min: 1, max: 3}
what_ifs:
  more tv: {change: tv, by: 0.2}
  both:
  - {shift: 50000, from: tv, to: search}
  - {without: social}
"""


def test_every_part_is_read(tmp_path):
    path = tmp_path / "plan.yml"
    path.write_text(FULL, encoding="utf-8")
    problem = load_problem(path)
    assert problem == Problem(
        Budget(
            (900_000.0, 1_000_000.0),
            {
                "tv": (0.0, 400_000.0),
                "search": Bound(change=(-0.2, 0.3)),
                "social": Bound(change=(0.0, 0.0)),
                "radio": Bound(5000, 5000),
                "ctv": Bound(high=400_000, minimum_buy=50_000),
            },
            [
                Group(["social", "ctv"], max_share=0.6, name="digital"),
                Group(["tv"], 100_000, min=10),
            ],
            [Ratio("tv", "search", min=1, max=3)],
        ),
        Objective("cvar", 0.1, 0.3),
        None,
        {"more tv": (Change("tv", 0.2),), "both": (Shift("tv", "search", 50_000.0), Off("social"))},
    )
    save_problem(problem, tmp_path / "again.yml")
    assert load_problem(tmp_path / "again.yml") == problem
    path.write_text("", encoding="utf-8")
    assert load_problem(path) == Problem()


NAMES = st.sampled_from(["tv", "search", "Suche & Söhne", "no", "tv/north", "1"])
PART = st.floats(0, 1).map(lambda x: round(x, 6))
MONEY = st.floats(0, 1e9)
GROUPS = st.builds(
    lambda names, low, more, share, name: Group(names, low + more, min=low, max_share=share, name=name),
    st.lists(NAMES, min_size=1, max_size=3),
    MONEY, MONEY, st.none() | PART, st.sampled_from(["", "digital"]),
)  # fmt: skip
BOUNDS = st.one_of(
    st.tuples(MONEY, MONEY).map(lambda pair: (min(pair), max(pair))),
    st.builds(Bound, low=st.none() | st.floats(0, 10), change=st.none() | st.tuples(st.floats(-1, 0), PART)),
    st.builds(Bound, high=st.floats(11, 20), minimum_buy=st.floats(0, 10)),
)
PROBLEMS = st.builds(
    Problem,
    budget=st.builds(
        Budget,
        total=st.none() | st.tuples(st.floats(0, 10), st.floats(11, 1e9)),
        bounds=st.dictionaries(NAMES, BOUNDS, max_size=3),
        groups=st.lists(GROUPS, max_size=2),
        ratios=st.lists(st.builds(Ratio, NAMES, NAMES, min=PART), max_size=2),
    ),
    objective=st.builds(
        Objective, st.sampled_from(["mean", "cvar", "quantile"]), margin=st.none() | st.floats(0.1, 9)
    ),
    what_ifs=st.dictionaries(
        NAMES,
        st.lists(
            st.one_of(
                st.builds(Change, NAMES, PART), st.builds(Off, NAMES), st.builds(Shift, NAMES, NAMES, MONEY)
            ),
            min_size=1, max_size=2,
        ).map(tuple),
        max_size=2,
    ),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(problem=PROBLEMS)
def test_any_problem_survives_its_file(problem, tmp_path_factory):
    path = tmp_path_factory.mktemp("problem") / "plan.yml"
    save_problem(problem, path)
    assert load_problem(path) == problem
    assert parse_problem(problem_dict(problem)) == problem


def test_targets_survive_too(tmp_path):
    for target in (Target(outcome=5.0, probability=0.9), Target(roi=3.0), Target(mroi=1.0)):
        save_problem(Problem(target=target), tmp_path / "plan.yml", force=True)
        assert load_problem(tmp_path / "plan.yml").target == target


def test_all_findings_about_a_problem_come_at_once(tmp_path):
    path = tmp_path / "plan.yml"
    path.write_text(
        "budgt: 5\nobjective: cvra\nbounds: {tv: [5, 2], b: {lwo: 3}}\n"
        "groups: [{channels: [tv], maks: 3}]\nratios: [{channel: tv}]\nwhat_ifs: {x: {of: tv}}\n"
        "target: {roy: 3}\n"
    )
    with pytest.raises(BudgetError, match=r"plan\.yml can't be used") as caught:
        load_problem(path)
    told = "\n".join(caught.value.details)
    for part in (
        "no key 'budgt': did you mean 'budget'", "did you mean 'cvar'", "tv: the lower bound 5 is above",
        "b: a bound has no 'lwo'", "there is no 'maks'", "are needed", "a what-if can't be read", "no 'roy'",
    ):  # fmt: skip
        assert part in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "a problem must be a mapping"),
        ("budget: 5\ntarget: {roi: 3}", "a budget and a target were both given"),
        ("objective: cvar\ntarget: {roi: 3}", "a target of ROI is one of expected outcomes"),
        ("bounds: 5", "bounds can't be read: 5"),
        ("groups: [5]", "5 has no group's form"),
        ("bounds: {tv: {fixed: 5, low: 3}}", "a fixed spend takes no other bound"),
        ("budget: -5", "budget: the total must be a positive number, got -5"),
        ("budget: [5, 4]", "budget: the total must be 0 <= least <= highest"),
    ],
)
def test_problems_that_can_not_be_used(tmp_path, text, message):
    path = tmp_path / "plan.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BudgetError, match=message):
        load_problem(path)
    with pytest.raises(FolderError, match="can't read the problem"):
        load_problem(tmp_path / "none.yml")


def test_bounds_files_hold_every_form(tmp_path):
    path = tmp_path / "bounds.yml"
    bounds = {"tv": (0.0, 4.0), "search": Bound(change=(-0.2, 0.3)), "ctv": Bound(high=9.0, minimum_buy=5.0)}
    save_bounds(bounds, path)
    assert load_bounds(path) == bounds


def test_a_problem_is_planned_as_it_says():
    grid = np.linspace(0, 100, 101)
    curves = mm.Curves(
        {"a": grid, "b": grid},
        {"a": 10 * np.sqrt(grid), "b": 5 * np.sqrt(grid)},
        current={"a": 50.0, "b": 50.0},
    )
    both = {"a": (0, 100), "b": (0, 100)}
    problem = mm.Problem(mm.Budget(80.0, both), mm.Objective(margin=0.2))
    plan = mm.optimize(curves, problem)
    assert plan.objective.margin == 0.2
    assert mm.optimize(curves, problem, objective="cvar").objective.kind == "cvar"
    asked = mm.Problem(mm.Budget(bounds=both), target=mm.Target(mroi=1.0))
    assert mm.optimize(curves, asked).question.of == "mroi"
    assert mm.optimize(curves, mm.Budget(bounds=both), target=60.0).outcome.mean == pytest.approx(
        60.0, rel=1e-4
    )
    with pytest.raises(BudgetError, match="both given"):
        mm.optimize(curves, mm.Budget(5.0), target=60.0)
