"""Plans side by side: the markets' truth, the judge, and our own script, run for real."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from peers import planning
from peers.attempts import OURS
from peers.plan_cases import STEP, TOTAL, WEEKS, Known, known_case, known_cases, textbook
from peers.plan_page import Results, claims, markdown
from peers.plan_rows import PlanRow, is_allowed

CASES = {case.name: case for case in known_cases()}


def test_the_textbook_case_is_the_one_whose_best_plan_brings_450():
    market = textbook()
    unit = market.spend_tc.sum() / (600.0 * WEEKS)
    assert market.outcome(np.array([2.0, 0.0])) / unit / WEEKS == pytest.approx(450.0, rel=1e-5)


def test_the_truth_is_adstock_then_hill():
    """One week's spend of 8 with retention 0.5: weights 1, ½, ¼ … over their sum; Hill by hand."""
    spend = np.zeros((20, 1))
    spend[0] = 8.0
    market = Known(np.array([0.5]), np.array([2.0]), np.array([1.0]), np.array([10.0]), spend)
    weight = 0.5 ** np.arange(13) / (2 - 0.5**12)
    assert market.outcome(np.array([3.0])) == pytest.approx(
        sum(10 * 24 * w / (2 + 24 * w) for w in weight), rel=1e-12
    )


def test_todays_spend_lies_on_meridians_grid():
    for case in CASES.values():
        assert case.today_c.sum() == pytest.approx(TOTAL, rel=0.01)
        steps = case.today_c / STEP
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)


@pytest.mark.parametrize(
    ("spend", "fine"),
    [((1.5, 0.5), True), ((1.5, 0.4), True), ((1.5, 0.6), False), ((-0.01, 1.0), False), ((4.0, 0.0), False)],
)
def test_a_plan_must_keep_bounds_and_total(spend, fine):
    case = CASES["textbook"]
    spend_c = np.array(spend) * case.today_c
    assert is_allowed(case, spend_c) is fine
    row = PlanRow("textbook", "meridian").judged(case, spend_c)
    assert (row.gained is not None) is fine
    assert ("breaks its limits" in row.reason) is not fine


def test_our_planner_finds_the_textbooks_best_plan(tmp_path):
    """The whole command with our own script: a grid over all splits finds nothing better."""
    call = ["--only", OURS, "--case", "textbook", "--environments", str(tmp_path)]
    assert planning.main(call) == 0
    [row] = json.loads((tmp_path / "plans" / "plans.json").read_text())["rows"]
    case = CASES["textbook"]
    now = case.outcome(np.ones(2))
    splits = np.linspace(0, 2, 401)
    best = max(case.outcome(np.array([x, 2 - x])) for x in splits) / now - 1
    assert row["gained"] >= best - 1e-4
    assert row["spent"] == pytest.approx(1.0, abs=1e-6)
    page = (tmp_path / "plans" / "plans.md").read_text()
    assert "an S-curve beside a concave one" in page


def test_a_planner_that_fails_or_lies_is_a_row_or_an_error(tmp_path, monkeypatch):
    script = tmp_path / "plan_fake.py"
    monkeypatch.setattr(planning, "script_of", lambda planner: str(script))
    call = ["--only", OURS, "--case", "textbook", "--environments", str(tmp_path)]
    script.write_text("raise ValueError('no plan today')")
    assert planning.main(call) == 0
    [row] = json.loads((tmp_path / "plans" / "plans.json").read_text())["rows"]
    assert (row["gained"], row["reason"]) == (None, "ValueError: no plan today")
    script.write_text(
        "import json, sys; from pathlib import Path\n"
        "json.dump({'spend_c': [1, 1], 'expects': 5.0, 'note': '', 'model_s': 1, 'first_s': 1, 'again_s': 1},"
        " (Path(sys.argv[3]) / 'planned.json').open('w'))"
    )
    with pytest.raises(AssertionError, match="tolerance"):
        planning.main(call)


def rows(case: str, ours: float, theirs: float, seconds: float) -> list[PlanRow]:
    return [
        PlanRow(case, OURS, gained=ours, spent=1.0, first_s=0.1, again_s=0.1),
        PlanRow(case, "meridian", gained=theirs, spent=1.0, first_s=seconds, again_s=seconds),
    ]


@pytest.mark.parametrize(
    ("case", "ours", "theirs", "seconds", "met"),
    [
        ("mixed", 0.5, 0.4, 3.0, ["met"] * 5),
        ("mixed", 0.5, 0.5, 3.0, ["met", "missed", "met", "met", "met"]),
        ("mixed", 0.05, 0.6, 1.0, ["missed"] * 5),
        ("s-shaped", 0.5, 0.5, 3.0, ["met", "missed", "", "met", "met", "met"]),
    ],
)
def test_claims_say_what_was_measured(case, ours, theirs, seconds, met):
    found = claims(Results({case: CASES[case]}, rows(case, ours, theirs, seconds)))
    assert [line[-1] for line in found] == met


def test_a_climb_ends_in_its_own_valley_and_the_best_plan_is_that_of_a_grid():
    case = CASES["textbook"]
    splits = [case.outcome(np.array([x, 2 - x])) for x in np.linspace(0, 2, 401)]
    assert case.best == pytest.approx(max(splits) / case.outcome(np.ones(2)) - 1, abs=1e-4)
    # From halves the S-curve's next unit brings more: uphill all the way.
    assert case.climbed == pytest.approx(case.best, abs=1e-4)
    assert not case.traps
    # From a tenth on the S-curve the climb ends with nothing on it.
    market = textbook()
    spend_c = np.array([0.2, 1.8])
    moved = replace(
        market,
        spend_tc=market.spend_tc * spend_c,
        half_effect_c=market.half_effect_c,
    )
    there = known_case("moved", "moved", moved, 0.0, 10.0)
    assert there.climbed == pytest.approx(
        moved.outcome(np.array([0.0, 2 / 1.8])) / moved.outcome(np.ones(2)) - 1
    )
    assert there.traps


def test_a_failure_is_on_the_page_and_counts_for_nothing():
    failed = PlanRow("mixed", "meridian").failed("stopped after 9 s")
    results = Results({"mixed": CASES["mixed"]}, [*rows("mixed", 0.5, 0.4, 3.0), failed])
    assert "stopped after 9 s" in markdown(results)
    assert "1 of 1" in claims(results)[0][1]
