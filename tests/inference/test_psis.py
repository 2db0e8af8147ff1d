"""Pareto smoothing against ArviZ, against known tail shapes, and at its edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import genpareto, norm, t

from mediamix.inference.psis import fit_pareto, smooth

RNG = np.random.default_rng(5)
X_NORMAL, X_T = RNG.standard_normal(4000), RNG.standard_t(4, 4000)

CASES = {
    "normal proposal, t target": t.logpdf(X_NORMAL, 2) - norm.logpdf(X_NORMAL),
    "t proposal, normal target": norm.logpdf(X_T) - t.logpdf(X_T, 4),
    "narrow proposal": norm.logpdf(X_NORMAL, scale=2.0) - norm.logpdf(X_NORMAL),
    "many dimensions": -3.0 * RNG.standard_normal((1000, 8)).sum(axis=1) ** 2 / 8,
    "half without mass": np.where(X_NORMAL > 0, -X_NORMAL, -np.inf),
    "few": RNG.gumbel(size=200),
}


@pytest.mark.parametrize("log_weights", CASES.values(), ids=CASES.keys())
def test_weights_and_k_are_those_of_arviz(log_weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ announces its next version on import
        import arviz as az

        wanted, k = az.psislw(log_weights.copy())
    found = smooth(log_weights)
    assert found.pareto_k == pytest.approx(float(k), abs=1e-6)
    np.testing.assert_allclose(found.weights_s, np.exp(wanted), rtol=1e-6, atol=1e-12)


def test_a_light_proposal_is_told_from_a_heavy_one():
    assert smooth(CASES["normal proposal, t target"]).pareto_k > 0.7
    assert smooth(CASES["t proposal, normal target"]).pareto_k < 0.5


@pytest.mark.parametrize("shape", [-0.3, 0.2, 0.5, 0.9])
def test_the_shape_of_a_known_tail(shape):
    """Within 4.5 asymptotic standard errors, (1 + k)/√n, and the weak pull to ½: alarm in 1 of 10⁵."""
    n = 20_000
    values = np.sort(genpareto.rvs(shape, scale=2.0, size=n, random_state=7))
    k, scale = fit_pareto(values)
    pull = 10 / n * abs(shape - 0.5)
    assert abs(k - shape) < 4.5 * (1 + shape) / np.sqrt(n) + pull
    assert scale == pytest.approx(2.0, rel=0.1)


def test_equal_weights_are_worth_all_draws_but_have_no_tail_to_judge():
    found = smooth(np.zeros(1000))
    assert found.ess == pytest.approx(1000)
    assert found.pareto_k == float("inf")


def test_one_weight_that_has_all_is_worth_one_draw():
    log_weights = np.full(1000, -800.0)
    log_weights[17] = 0.0
    found = smooth(log_weights)
    assert found.ess == pytest.approx(1.0)
    assert not found.pareto_k <= 0.7
