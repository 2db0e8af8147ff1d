"""Independent worlds: what they are made of, and how a fit is scored; posteriors by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import weighing
from worlds.kinds import CHOOSE, JUDGE, KINDS, RETURNS, Kind
from worlds.make import MOST_ROI, USELESS_ROI, make
from worlds.page import row
from worlds.score import NOTHING, quantiles, scored, summary
from worlds.shapes import CARRY, CURVES, SPEND

YEARS = 2022.0 + np.arange(156) * 7 / 365.25


def test_the_halves_share_no_kind_and_hold_all():
    assert not {k.name for k in CHOOSE} & {k.name for k in JUDGE}
    assert len({k.name for k in KINDS}) == len(KINDS) == len(CHOOSE) + len(JUDGE) >= 24
    for half in (CHOOSE, JUDGE):
        assert {k.every for k in half} == {"week", "day"}
        assert any(k.channels == 12 for k in half)
        assert any(set(k.spend) & {"flights"} for k in half)


def test_nothing_of_the_simulator_is_used():
    import worlds.kinds
    import worlds.make
    import worlds.shapes

    for module in (worlds.kinds, worlds.make, worlds.shapes):
        assert not [name for name in vars(module).values() if "simulate" in str(name)]


@pytest.mark.parametrize("name", CURVES)
def test_curves_start_at_zero_and_never_fall(name):
    x = np.linspace(0.0, 6.0, 400)
    for seed in range(5):
        y = CURVES[name](np.random.default_rng(seed))(x)
        assert y[0] == pytest.approx(0.0, abs=1e-12)
        assert (np.diff(y) >= -1e-12).all()
        assert y[-1] > 0


@pytest.mark.parametrize("name", CARRY)
def test_carry_over_is_never_negative(name):
    weight = CARRY[name](np.random.default_rng(1), 1.0)
    assert (weight >= 0).all()
    assert weight.sum() > 0


@pytest.mark.parametrize("name", SPEND)
def test_spend_is_never_negative_and_varies(name):
    spend = SPEND[name](np.random.default_rng(3), YEARS)
    assert (spend >= 0).all()
    assert spend.std() > 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_world_is_as_its_kind_says(kind):
    world = make(kind, 1)
    data = world.dataset
    spend_c = data.spend_gtc.sum(axis=(0, 1))
    roi_c = world.truth_c / spend_c
    assert data.outcome_gt.shape == (1, kind.periods)
    assert (roi_c >= 0).all()
    assert roi_c.max() <= MOST_ROI * (1 + 1e-9)
    # Noise and season leave the mean outcome near the level that the share was set for.
    share = world.truth_c.sum() / data.outcome_gt.sum()
    assert 0.6 * kind.share[0] < share < 1.1 * kind.share[1]
    assert (make(kind, 1).dataset.outcome_gt == data.outcome_gt).all()
    assert not (make(kind, 2).dataset.outcome_gt == data.outcome_gt).any()


def test_a_useless_channel_is_one():
    world = make(Kind("test", useless=True), 4)
    spend_c = world.dataset.spend_gtc.sum(axis=(0, 1))
    assert world.truth_c[0] / spend_c[0] == pytest.approx(USELESS_ROI)
    assert 0.1 <= spend_c[0] / spend_c.sum() <= 0.45


def test_without_noise_and_baseline_the_outcome_is_the_sum_of_the_contributions():
    flat = Kind("test", season="none", trend="none", controls=0, noise=(0.0, 0.0))
    world = make(flat, 1)
    # What is left after the contributions is a constant level.
    level = world.dataset.outcome_gt.sum() - world.truth_c.sum()
    assert world.dataset.outcome_gt.min() >= level / flat.periods * (1 - 1e-9)


def test_regimes_are_about_roi():
    assert all(0 < centre < MOST_ROI and spread > 0 for centre, spread in RETURNS.values())


def test_weighted_quantiles_are_those_of_repeated_draws():
    drawn = np.array([[1.0], [2.0], [3.0], [4.0]])
    weight = np.array([0.1, 0.1, 0.1, 0.7])
    assert quantiles(drawn, weight, (0.05, 0.15, 0.25, 0.5))[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_fit_is_scored_against_the_truth():
    """Three channels, of which one brings nothing; draws by hand."""
    base = make(Kind("test", channels=3), 1)
    spend_c = base.dataset.spend_gtc.sum(axis=(0, 1))
    world = replace(base, truth_c=np.array([2.0, 1.0, 0.0]) * spend_c)
    rng = np.random.default_rng(1)
    near = rng.uniform(0.9, 1.1, (4000, 2)) * np.array([1.5, 1.0])
    drawn = np.column_stack([near, rng.uniform(0.0, 0.2, 4000)]) * spend_c
    result = scored(world, drawn, 0, 1.0, 0.0)
    assert result.told.tolist() == [True, True, False]
    np.testing.assert_allclose(result.error_c(), [-0.25, 0.0], atol=0.01)
    # 1.5 isn't 2, 1 is, and nothing is held by an interval that begins below the limit.
    assert result.covered_c.tolist() == [False, True, True]
    assert result.nothing_c[2] == pytest.approx(0.5, abs=0.05)
    assert NOTHING == 0.1
    total = drawn.sum(axis=1).mean() / world.truth_c.sum() - 1
    assert result.total_error() == pytest.approx(total)
    m = summary([result, result])
    assert m["coverage"] == pytest.approx(2 / 3)
    assert m["error"] == pytest.approx(0.125, abs=0.01)
    assert row("x", [result])[5] == "66.7%"


def test_beliefs_about_all_channels_move_weight_to_where_they_say():
    world = make(Kind("test", channels=2), 1)
    spend_c = world.dataset.spend_gtc.sum(axis=(0, 1))
    rng = np.random.default_rng(2)
    roi = np.exp(rng.normal(0.0, 0.8, (2000, 2)))
    weights = weighing.shared(world, roi * spend_c)
    for name, weight in weights.items():
        assert weight.sum() == pytest.approx(1.0), name
        assert (weight >= 0).all()
    apart = np.abs(np.log(roi[:, 0] / roi[:, 1]))
    assert weights[weighing.POOLED] @ apart < apart.mean()
