"""Prior against posterior per parameter: one measure, its numbers, and the report's section."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from mediamix.core.spec import Spec
from mediamix.measure.gather import gather
from mediamix.measure.overlap import ONLY_PRIOR, belief, overlap, ranks
from mediamix.measure.summary import summarise
from mediamix.models import bayes
from mediamix.models.before import drawn
from mediamix.models.priors import ROI, Prior
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

DATA = simulate(Scenario(periods=104, channels=3, every="week", seed=3)).dataset
SHORT = {"chains": 2, "draws": 300, "heal": False}


@pytest.fixture(scope="module")
def pooled():
    return bayes.fit(DATA, Spec(media={"pooled": True}, sampler=SHORT))


def test_the_overlap_is_the_integral_of_the_lower_density():
    """Of two normal distributions, one with half of the other's spread: on a grid."""
    prior = Prior.of("x", "positive", ROI, "lognormal")
    u = norm.ppf((np.arange(40_000) + 0.5) / 40_000) * 0.5 + 0.4
    grid = np.linspace(-6, 6, 100_001)
    expected = np.minimum(norm.pdf(grid), norm.pdf(grid, 0.4, 0.5)).sum() * (grid[1] - grid[0])
    # Twelve pieces of equal prior probability: a little more than the integral.
    assert overlap(ranks(prior, prior.natural(u))) == pytest.approx(expected, abs=0.03)


def test_ranks_by_draws_are_those_by_the_formula():
    prior = Prior.of("roi", "positive", ROI, "weibull")
    before = np.sort(prior.natural(np.random.default_rng(0).standard_normal(20_000)))
    theta = prior.natural(np.linspace(-2, 2, 9))
    np.testing.assert_allclose(ranks(prior, theta, before), ranks(prior, theta), atol=0.015)
    one, other = belief(prior, theta, 2.0), belief(prior, theta, 2.0, before)
    assert one.prior.p50 == pytest.approx(2.0)
    assert other.prior.p50 == pytest.approx(one.prior.p50, rel=0.05)


def test_draws_from_the_prior_are_told_to_be_the_prior():
    """Of what has learned nothing all is flagged: the power of the flag."""
    spec = Spec(media={"prior": {"share": {"median": 0.2, "p95": 0.4}}})
    fit = drawn(pose(DATA, spec))
    for channel in gather(fit).channels:
        for one in (channel.effect, *channel.shape):
            assert one.overlap >= ONLY_PRIOR, (channel.name, one)


def test_summary_has_each_parameter_before_and_after(pooled):
    told = summarise(pooled).to_dict()["channels"]
    for channel in told.values():
        assert set(channel["parameters"]) == {"roi", "half_life", "half_effect", "slope"}
        for one in channel["parameters"].values():
            assert one["prior"]["p5"] < one["prior"]["p50"] < one["prior"]["p95"]
            assert one["posterior"]["p5"] < one["posterior"]["p50"] < one["posterior"]["p95"]
            assert one["only_prior"] == (one["overlap"] >= ONLY_PRIOR)
        roi = channel["parameters"]["roi"]
        assert roi["overlap"] == channel["evidence"]["prior_overlap"]
        # The pool's marginal prior, not the default's Weibull.
        assert roi["prior"]["p50"] == pytest.approx(1.0, rel=0.1)
        assert roi["prior"]["p5"] > 0.15
