"""Noise of simulated truths against dense formulas: densities of holes and gaps, and how it goes on."""

from __future__ import annotations

import numpy as np
import pytest
from sbc.noise import draw_noise, log_likelihood, noise_ahead
from scipy.stats import multivariate_normal, norm, t

ROWS = np.ones((2, 9), dtype=bool)
ROWS[0, [2, 3]] = False
ROWS[:, 7:] = False
LATE = np.arange(9) >= 7


def dense(rho: float, sigma: float, at: np.ndarray) -> np.ndarray:
    return sigma**2 * rho ** np.abs(at[:, None] - at[None])


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        ("normal", {"sigma": 0.7}),
        ("ar1", {"sigma": 0.7, "rho": 0.6}),
        ("student", {"sigma": 0.7, "nu": 4.0}),
    ],
)
def test_the_density_is_that_of_scipy_but_for_a_constant(kind, drawn):
    rng = np.random.default_rng(3)
    wanted, found = [], []
    for _ in range(3):
        noise = rng.standard_normal((2, 9))
        total = 0.0
        for g in range(2):
            at = np.flatnonzero(ROWS[g])
            if kind == "ar1":
                total += multivariate_normal(cov=dense(0.6, 0.7, at)).logpdf(noise[g, at])
            elif kind == "student":
                total += t(4.0, scale=0.7).logpdf(noise[g, at]).sum()
            else:
                total += norm(scale=0.7).logpdf(noise[g, at]).sum()
        wanted.append(total)
        found.append(float(log_likelihood(kind, drawn, noise, ROWS)))
    np.testing.assert_allclose(np.diff(found), np.diff(wanted))
    many = {name: np.full(3, value) for name, value in drawn.items()}
    stacked = log_likelihood(kind, many, np.repeat(noise[None], 3, axis=0), ROWS)
    np.testing.assert_allclose(stacked, found[-1])


@pytest.mark.parametrize(("kind", "more"), [("ar1", {"rho": 0.6}), ("student", {"nu": 6.0}), ("normal", {})])
def test_draws_have_the_spread_and_the_memory_of_their_kind(kind, more):
    rng = np.random.default_rng(4)
    drawn = draw_noise(kind, {"sigma": 0.5, **more}, (4000, 6), rng)
    sd = 0.5 * (np.sqrt(6 / 4) if kind == "student" else 1.0)
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=0.08)
    lagged = np.corrcoef(drawn[:, 5], drawn[:, 3])[0, 1]
    assert lagged == pytest.approx(0.36 if kind == "ar1" else 0.0, abs=0.05)


def test_noise_that_remembers_goes_on_from_the_last_known_period():
    """The dense normal's conditional mean and covariance, over 20,000 draws of one residual."""
    rng = np.random.default_rng(5)
    noise, n = rng.standard_normal((2, 9)), 20_000
    rows = ROWS.copy()
    rows[0, 6] = False  # the last known period of one geo is two before the first late one
    drawn = {"sigma": np.full(n, 0.7), "rho": np.full(n, 0.6)}
    ahead = noise_ahead("ar1", drawn, np.repeat(noise[None], n, axis=0), rows, LATE, rng)
    late = np.flatnonzero(LATE)
    for g in range(2):
        at = np.flatnonzero(rows[g])
        whole = dense(0.6, 0.7, np.concatenate([at, late]))
        k = len(at)
        gain = whole[k:, :k] @ np.linalg.inv(whole[:k, :k])
        np.testing.assert_allclose(ahead[:, g].mean(axis=0), gain @ noise[g, at], atol=0.02)
        np.testing.assert_allclose(
            np.cov(ahead[:, g].T), whole[k:, k:] - gain @ whole[:k, k:], rtol=0.06, atol=0.01
        )
