"""The integrated-out Gaussian block against SciPy's multivariate normal and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, multivariate_normal, norm

from mediamix.inference.linear import LinearBlock, log_marginal

#: Rows and columns: fewer columns than rows, as many, more.
SHAPES = [(40, 6), (12, 12), (15, 40), (5, 1)]
sizes = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}x{s[1]}")


def problem(n: int, p: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, p))
    sd = rng.lognormal(-0.5, 0.8, p)
    residual = design @ (sd * rng.normal(size=p)) + 0.3 * rng.normal(size=n)
    return design, sd, residual


def evaluate(block: LinearBlock, residual: np.ndarray, sigma: float):
    """Value, ∂/∂σ and ∂/∂m."""
    slope = np.empty(len(residual))
    s = block.s_p[: block.rank].copy()
    value, d_sigma = log_marginal(residual, block.u_pn, s, sigma, np.empty(block.rank), slope)
    return value, d_sigma, slope


@sizes
@given(sigma=st.floats(0.05, 5.0), seed=st.integers(0, 10_000))
def test_log_marginal_is_the_multivariate_normal(shape, sigma, seed):
    design, sd, residual = problem(*shape, seed)
    covariance = sigma**2 * np.eye(shape[0]) + design @ np.diag(sd**2) @ design.T
    want = multivariate_normal.logpdf(residual, np.zeros(shape[0]), covariance)
    value, _, _ = evaluate(LinearBlock.of(design, sd), residual, sigma)
    assert value == pytest.approx(want, rel=1e-9, abs=1e-8)


@sizes
def test_gradient_against_finite_differences(shape):
    design, sd, residual = problem(*shape)
    block, sigma, h = LinearBlock.of(design, sd), 0.4, 1e-5
    _, d_sigma, slope = evaluate(block, residual, sigma)
    up, down = (evaluate(block, residual, sigma + step)[0] for step in (h, -h))
    assert d_sigma == pytest.approx((up - down) / (2 * h), rel=1e-6)
    for t in range(shape[0]):
        # The residual is y − m: a larger mean is a smaller residual.
        step = h * np.eye(shape[0])[t]
        up, down = (evaluate(block, residual + move, sigma)[0] for move in (-step, step))
        assert slope[t] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6)


def conditional(design, sd, residual, sigma):
    """Mean and covariance of v given residual and σ, from the normal equations."""
    precision = design.T @ design / sigma**2 + np.diag(1 / sd**2)
    covariance = np.linalg.inv(precision)
    return covariance @ design.T @ residual / sigma**2, covariance


@sizes
def test_draws_of_the_coefficients_have_the_conditional_distribution(shape):
    """Per coefficient a z-test of the mean and a χ²-test of the variance, together 1e-4 false alarms."""
    design, sd, residual = problem(*shape)
    sigma, n = 0.4, 4000
    block = LinearBlock.of(design, sd)
    v = block.draw(np.tile(residual, (n, 1)), np.full(n, sigma), np.random.default_rng(1))
    mean, covariance = conditional(design, sd, residual, sigma)
    level = 1e-4 / (2 * shape[1])
    spread = np.sqrt(np.diag(covariance))
    z = (v.mean(axis=0) - mean) / (spread / np.sqrt(n))
    assert np.abs(z).max() < norm.isf(level / 2)
    ratio = ((v - mean) ** 2).sum(axis=0) / spread**2
    assert ratio.max() < chi2.isf(level / 2, n)
    assert ratio.min() > chi2.ppf(level / 2, n)


@sizes
def test_draws_of_the_coefficients_are_correlated_as_they_must_be(shape):
    """All directions at once: squared Mahalanobis distances sum to χ² with n p degrees (1e-4)."""
    design, sd, residual = problem(*shape)
    sigma, n = 0.4, 1000
    v = LinearBlock.of(design, sd).draw(
        np.tile(residual, (n, 1)), np.full(n, sigma), np.random.default_rng(2)
    )
    mean, covariance = conditional(design, sd, residual, sigma)
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (v - mean).T)
    total = float((whitened**2).sum())
    assert chi2.ppf(5e-5, n * shape[1]) < total < chi2.isf(5e-5, n * shape[1])
    # And the whitened coordinates are pairwise uncorrelated.
    pairs = np.corrcoef(whitened)[np.triu_indices(shape[1], 1)] if shape[1] > 1 else np.zeros(1)
    assert np.abs(pairs).max() < norm.isf(5e-5 / max(1, len(pairs))) / np.sqrt(n)


def test_every_draw_uses_its_own_residual_and_noise():
    design, sd, residual = problem(40, 6)
    block = LinearBlock.of(design, sd)
    both = np.stack([residual, -residual])
    tight = np.array([1e-7, 1e-7])
    v = block.draw(both, tight, np.random.default_rng(3))
    # Without noise the coefficients are those of least squares, and flip with the residual.
    want = np.linalg.lstsq(design, residual, rcond=None)[0]
    np.testing.assert_allclose(v, [want, -want], rtol=1e-4, atol=1e-5)


def test_a_column_of_zeros_keeps_its_prior():
    """A control that never moves: its coefficient is drawn from the prior (χ², 1e-4)."""
    design, sd, residual = problem(40, 3)
    design[:, 1] = 0.0
    n = 4000
    v = LinearBlock.of(design, sd).draw(np.tile(residual, (n, 1)), np.full(n, 0.4), np.random.default_rng(4))
    total = float((v[:, 1] ** 2).sum() / sd[1] ** 2)
    assert chi2.ppf(5e-5, n) < total < chi2.isf(5e-5, n)
