"""Noise that remembers, with the linear block integrated out, against SciPy's multivariate normal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, multivariate_normal, norm

from mediamix.inference.ar1 import Remembering, log_marginal
from mediamix.inference.linear import LinearBlock
from mediamix.inference.linear import log_marginal as independent

#: Rows, columns and periods: gaps between rows where there are more periods than rows.
SHAPES = [(40, 6, 40), (40, 6, 70), (12, 12, 15), (15, 40, 30), (5, 1, 9), (1, 2, 4)]
sizes = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}of{s[2]}x{s[1]}")


def problem(n: int, p: int, periods: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(periods, n, replace=False))
    design, sd = rng.normal(size=(n, p)), rng.lognormal(-0.5, 0.8, p)
    return design, sd, at, rng.normal(size=n)


def correlated(at: np.ndarray, sigma: float, rho: float) -> np.ndarray:
    return sigma**2 * rho ** np.abs(at[:, None] - at[None, :])


def covariance(design, sd, at, sigma, rho) -> np.ndarray:
    return correlated(at, sigma, rho) + (design * sd**2) @ design.T


def evaluate(block: Remembering, residual: np.ndarray, sigma: float, rho: float):
    """Value, ∂/∂σ, ∂/∂ρ and ∂/∂m."""
    slope, s = np.empty(len(residual)), block.linear.s_p[: block.linear.rank].copy()
    found = log_marginal(
        residual, block.x_pn, s, block.lag_i, block.lags, block.tables, sigma, rho, slope,
        np.empty(block.scratch),
    )  # fmt: skip
    return (*found, slope)


@sizes
@given(sigma=st.floats(0.05, 5.0), rho=st.floats(0.001, 0.98), seed=st.integers(0, 10_000))
def test_log_marginal_is_the_multivariate_normal(shape, sigma, rho, seed):
    design, sd, at, residual = problem(*shape, seed)
    block = Remembering.of(LinearBlock.of(design, sd), at)
    want = multivariate_normal.logpdf(
        residual, np.zeros(len(at)), covariance(design, sd, at, sigma, rho), allow_singular=True
    )
    assert evaluate(block, residual, sigma, rho)[0] == pytest.approx(want, rel=1e-8, abs=1e-7)


@sizes
def test_gradient_against_finite_differences(shape):
    design, sd, at, residual = problem(*shape)
    block, sigma, rho, h = Remembering.of(LinearBlock.of(design, sd), at), 0.4, 0.6, 1e-5
    _, d_sigma, d_rho, slope = evaluate(block, residual, sigma, rho)
    up, down = (evaluate(block, residual, sigma + step, rho)[0] for step in (h, -h))
    assert d_sigma == pytest.approx((up - down) / (2 * h), rel=1e-6)
    up, down = (evaluate(block, residual, sigma, rho + step)[0] for step in (h, -h))
    assert d_rho == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6)
    for t, step in enumerate(h * np.eye(len(at))):
        # The residual is y − m: a larger mean is a smaller residual.
        up, down = (evaluate(block, residual + move, sigma, rho)[0] for move in (-step, step))
        assert slope[t] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6)


def test_without_memory_it_is_independent_noise():
    design, sd, at, residual = problem(40, 6, 70)
    linear, slope = LinearBlock.of(design, sd), np.empty(40)
    want, d_sigma = independent(residual, linear.u_pn, linear.s_p[:6].copy(), 0.4, np.empty(6), slope)
    found = evaluate(Remembering.of(linear, at), residual, 0.4, 1e-12)
    assert found[:2] == pytest.approx((want, d_sigma), rel=1e-9)
    np.testing.assert_allclose(found[3], slope, rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES[:5], ids=lambda s: f"{s[0]}of{s[2]}x{s[1]}")
def test_draws_of_the_coefficients_have_the_conditional_distribution(shape):
    """Squared Mahalanobis distances sum to χ² with n p degrees, means are z-tested (1e-4 each)."""
    design, sd, at, residual = problem(*shape)
    sigma, rho, n, p = 0.4, 0.7, 2000, shape[1]
    inverse = np.linalg.inv(correlated(at, sigma, rho))
    spread = np.linalg.inv(design.T @ inverse @ design + np.diag(sd**-2.0))
    mean = spread @ design.T @ inverse @ residual
    block = Remembering.of(LinearBlock.of(design, sd), at)
    v = block.draw(np.tile(residual, (n, 1)), np.full(n, sigma), np.full(n, rho), np.random.default_rng(2))
    whitened = np.linalg.solve(np.linalg.cholesky(spread), (v - mean).T)
    assert chi2.ppf(5e-5, n * p) < (whitened**2).sum() < chi2.isf(5e-5, n * p)
    assert np.abs(whitened.mean(axis=1)).max() < norm.isf(5e-5 / p) / np.sqrt(n)


def test_every_draw_uses_its_own_residual_and_noise():
    """With hardly any noise the coefficients are those of generalised least squares, of each draw's memory."""
    design, sd, at, residual = problem(40, 6, 70)
    block, rho = Remembering.of(LinearBlock.of(design, sd), at), np.array([0.2, 0.9])
    v = block.draw(np.stack([residual, -residual]), np.full(2, 1e-6), rho, np.random.default_rng(3))
    for d, sign in enumerate((1.0, -1.0)):
        inverse = np.linalg.inv(correlated(at, 1.0, rho[d]))
        want = sign * np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ residual)
        np.testing.assert_allclose(v[d], want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES[:5], ids=lambda s: f"{s[0]}of{s[2]}x{s[1]}")
def test_a_row_given_all_others_is_the_conditional_of_the_joint_normal(shape):
    design, sd, at, residual = problem(*shape)
    sigma, rho = np.array([0.3, 1.1]), np.array([0.5, 0.8])
    block = Remembering.of(LinearBlock.of(design, sd), at)
    found = block.conditional(np.stack([residual, 2 * residual]), sigma, rho)
    for d in range(2):
        joint, own = covariance(design, sd, at, sigma[d], rho[d]), (d + 1) * residual
        for i in range(len(at)):
            rest = np.delete(np.arange(len(at)), i)
            gain = joint[i, rest] @ np.linalg.inv(joint[np.ix_(rest, rest)])
            variance = joint[i, i] - gain @ joint[rest, i]
            want = norm.logpdf(own[i], gain @ own[rest], np.sqrt(variance))
            assert found[d, i] == pytest.approx(want, rel=1e-6, abs=1e-6)
