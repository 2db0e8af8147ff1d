"""The markets, and the counting, of the benchmark of plans under the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planner import truth_cases as truth
from planner import truth_page as page

from mediamix.simulate import Scenario, simulate


def test_a_history_can_be_moved_without_moving_the_curves():
    market = simulate(Scenario.weekly(5))
    multiple_c = np.array([0.7, 1.4, 1.0, 0.9, 1.2])
    moved = truth.rebased(market, multiple_c)
    # All money is scaled alike, so that shares and ratios are what can be compared.
    share_c = market.truth.spend_c * multiple_c
    np.testing.assert_allclose(
        moved.truth.spend_c / moved.truth.spend_c.sum(), share_c / share_c.sum(), rtol=1e-6
    )
    for back in (1.0, 0.5):
        expected = market.truth.response(back * multiple_c)[0] / market.truth.response(multiple_c)[0].sum()
        found = moved.truth.response(back)[0] / moved.truth.response(1.0)[0].sum()
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_near_optimal_and_clearly_off_are_what_they_say():
    kinds = [(kind, truth.possible(market)) for kind, _, market in truth.markets(truth.DESIGN, 2, 2, 3)]
    assert [kind for kind, _ in kinds].count("near-optimal") == 2
    assert [kind for kind, _ in kinds].count("clearly off") == 2
    assert all(0 <= gain < truth.NEAR_MOST for kind, gain in kinds if kind == "near-optimal")
    assert all(gain > truth.OFF_LEAST for kind, gain in kinds if kind == "clearly off")


def test_the_interval_of_a_share_is_wilsons():
    # Brown, Cai & DasGupta's formula by hand for 9 of 10.
    assert page.wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert page.wilson(0, 0) == (0.0, 1.0)
    assert page.wilson(10, 10)[1] == pytest.approx(1.0)


def test_claims_and_bins_count_what_was_judged():
    one = truth.Judged("clearly off", 1, truth.DEFAULT, 0.04, 0.03, 0.01, 0.035, 0.01, 0.05, 0.97, True)
    judged = [
        one,
        replace(one, kind="near-optimal", possible=0.005, gained=-0.02, of_outcome=-0.006),
        replace(one, kind="near-optimal", seed=2, gained=0.0, moves=False, probability=0.0),
        replace(one, kind="as drawn", seed=3, gained=-0.5),
        replace(one, kind="as drawn", seed=3, rule="mean", gained=-0.5),
    ]
    rows = page.verdict_rows(judged)
    assert rows[0][1].startswith("2 of 3")
    assert [row[3] for row in rows] == ["missed", "missed", "", "met"]
    assert page.rule_rows(judged[:3])[0][:4] == (truth.RULES[truth.DEFAULT], "3", "2 (66.7%)", "1")
    stated = page.stated(judged, truth.DEFAULT)
    assert stated == [(0.97, True), (0.97, False)]
    bins = page.bin_rows(stated, page.PLAN_EDGES)
    assert bins[0][:4] == ("0.95 to 0.99", "2", "0.970", "0.500")
    assert bins[1][:4] == ("all", "2", "0.970", "0.500")
    assert page.bin_rows([(1.0, True)], page.PLAN_EDGES)[0][0] == "0.99 to 1"
