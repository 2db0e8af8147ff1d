"""Leave-one-out by weights against fits without the period; `benchmarks/choosing/loo.py` is its long form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.measure.choosing import loo
from mediamix.measure.choosing.futures import Candidate
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.loo import LeaveOneOut, leave_one_out_of, left_out, why_not
from mediamix.simulate import Scenario, simulate
from short import QUICK

#: Of sixty periods, each by a fit without it.
LEFT_OUT = (0, 9, 23, 31, 48, 59)


def nothing(step: str) -> None:
    del step


@pytest.fixture(scope="module")
def one() -> Candidate:
    data = simulate(replace(Scenario.weekly(5), periods=60, channels=2)).dataset
    outcome = data.outcome_gt.copy()
    outcome[0, 4] = np.nan
    spec = parse_spec({"sampler": {**QUICK, "draws": 300}, "holdout": {"last": 2}})
    return Candidate("base", replace(data, outcome_gt=outcome), spec)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def found(one, kept) -> LeaveOneOut:
    return leave_one_out_of(one, kept, nothing)


def test_its_rows_are_those_that_were_trained_on(found):
    assert found.rows.tolist() == [t for t in range(58) if t != 4]
    assert np.isfinite(found.log_p_n).all()
    assert found.total == pytest.approx(found.log_p_n.sum())


def test_weights_agree_with_fits_without_the_period(found, one, kept):
    rows = [int(np.flatnonzero(found.rows == t)[0]) for t in LEFT_OUT[:-1]]
    exact = [left_out(one, t, kept) for t in LEFT_OUT[:-1]]
    level_n, error_n = (np.array(column) for column in zip(*exact, strict=True))
    off_n, both_n = found.log_p_n[rows] - level_n, np.hypot(found.error_n[rows], error_n)
    assert (np.abs(off_n) < 5 * both_n + 0.02).all()
    assert np.abs(off_n).max() < 1.0


def test_the_worst_periods_are_refitted_and_not_more_than_some(one, kept, monkeypatch):
    other = Kept(kept.folder / "other")
    monkeypatch.setattr(loo, "REFIT_K", np.inf)
    steps: list[str] = []
    raw = leave_one_out_of(one, other, steps.append)
    assert steps == ["base: fit of all periods"]
    assert raw.refitted == 0
    second, worst = np.argsort(raw.pareto_k_n)[-2:]
    monkeypatch.setattr(loo, "REFIT_K", np.nextafter(raw.pareto_k_n[second], 0))
    monkeypatch.setattr(loo, "REFITS", 1)
    again = leave_one_out_of(one, other, steps.append)
    assert steps[1:] == [f"base: fit without {one.dataset.dates[raw.rows[worst]]} (1 of 1)"]
    assert again.refitted == 1
    assert again.untrusted == 1
    assert again.pareto_k_n[worst] == 0
    assert again.log_p_n[worst] == left_out(one, int(raw.rows[worst]), kept)[0]
    rest = np.arange(len(again.rows)) != worst
    assert np.array_equal(again.log_p_n[rest], raw.log_p_n[rest])


def test_errors_of_periods_that_share_draws_add_up_as_moves(found):
    # Between those of independent periods and of periods that move together.
    assert 0 < found.error <= found.error_n.sum()


def test_densities_are_per_unit_of_the_outcome(one, kept, found):
    data = one.dataset
    cents = replace(data, outcome_gt=100 * data.outcome_gt, spend_gtc=100 * data.spend_gtc)
    other = leave_one_out_of(replace(one, dataset=cents), kept, nothing)
    lost = (found.log_p_n - other.log_p_n)[found.error_n < 0.05]
    assert np.median(lost) == pytest.approx(np.log(100), abs=0.05)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, None),
        ({"model": {"family": "stack"}}, "no density"),
        ({"mediators": {"awareness": {"driven_by": ["tv"]}}}, "mediators"),
    ],
)
def test_what_has_none_says_why(one, spec, words):
    found = why_not(replace(one, spec=parse_spec(spec)))
    assert found is None if words is None else words in str(found)


def test_a_panel_has_none(panel):
    assert "panel" in str(why_not(Candidate("panel", panel, parse_spec({"geo": {}}))))
