r"""Draws of a linear model's coefficients and noise.

**exact**: with flat priors on f (and on b of OLS), on b of ridge ``N(0, σ² / nα)`` and p(σ²) ∝ 1/σ², after
the free columns are taken out of y and X and with ``A = XᵀX + nα I``,

    b̂ = A⁻¹ Xᵀ y,   S = yᵀy − b̂ᵀ Xᵀy,   σ² | y ~ S / χ²_ν,   b | σ, y ~ N(b̂, σ² A⁻¹),
    f | b, σ, y ~ N( F⁺ (y − X b), σ² (FᵀF)⁺ ),    ν = n − rank F  (of OLS less rank X)

**bootstrap**: residuals, larger by √(n / (n − used)), are drawn in circular blocks of neighbouring periods,
so that what lasts from period to period lasts in the draws; added to what was fitted, and the model is fitted
again. Shrinking twice would move the draws' centre, so it is moved back to the estimate (not where signs are
held). The penalty stays as it was chosen: intervals don't hold that choice, nor what shrinking does to the
estimate. Source: Gelman et al., Bayesian Data Analysis, 14.2; Politis & Romano (1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.spec.linear import Estimator
from mediamix.models.linear.solving import Penalty, Rows, freedom, shrunk

#: Numbers that are refitted at a time.
NUMBERS = 2e7


@dataclass(frozen=True)
class Drawn:
    """Draws in the units of the rows, and the point estimate behind them.

    Args:
        shrunk_dk: b.
        free_df: f.
        sigma_d: Noise.
        used: Rows that the model has used.
    """

    shrunk_dk: Float[np.ndarray, "draw shrunk"]
    free_df: Float[np.ndarray, "draw free"]
    sigma_d: Float[np.ndarray, " draw"]
    used: float


def exact(rows: Rows, estimator: Estimator, penalty: Penalty, draws: int, rng: np.random.Generator) -> Drawn:
    """From the posterior of OLS or ridge without bounds."""
    n, k = rows.shrunk_nk.shape
    y_n1 = rows.outcome_n[:, None]
    b_k = shrunk(rows, y_n1, estimator, penalty)[:, 0]
    left_n = rows.left(rows.outcome_n)
    square = float(left_n @ left_n - b_k @ (rows.left_nk.T @ left_n))
    nu = n - rows.free_rank - (k if estimator == "ols" else 0)
    sigma_d = np.sqrt(max(square, 0.0) / rng.chisquare(nu, draws))
    _, s, w = rows.left_svd if k else (None, np.zeros(0), np.zeros((0, 0)))
    scale_k = 1.0 / np.sqrt(s**2 + (n * penalty.alpha if estimator == "ridge" else 0.0))
    b_dk = b_k + sigma_d[:, None] * ((rng.standard_normal((draws, k)) * scale_k) @ w.T)
    f_df = rows.free_of(y_n1 - rows.shrunk_nk @ b_dk.T).T
    f_df = f_df + sigma_d[:, None] * rows.free_noise(rng.standard_normal((draws, rows.free_rank)))
    return Drawn(b_dk, f_df, sigma_d, freedom(rows, estimator, penalty, b_k))


def bootstrap(
    rows: Rows, estimator: Estimator, penalty: Penalty, draws: int, block: int, rng: np.random.Generator
) -> Drawn:
    """Refits to residuals that are drawn anew in blocks."""
    n = len(rows.outcome_n)
    y_n1 = rows.outcome_n[:, None]
    b_k1 = shrunk(rows, y_n1, estimator, penalty)
    fitted_n1 = rows.shrunk_nk @ b_k1 + rows.free_nf @ rows.free_of(y_n1 - rows.shrunk_nk @ b_k1)
    used = freedom(rows, estimator, penalty, b_k1[:, 0])
    residual_n = (y_n1 - fitted_n1)[:, 0] * np.sqrt(n / max(n - used, 1.0))
    residual_n = residual_n - residual_n.mean()
    parts = []
    for start in range(0, draws, max(1, int(NUMBERS / n))):
        count = min(draws - start, max(1, int(NUMBERS / n)))
        first_db = rng.integers(n, size=(count, -(-n // block)))
        at_dn = (first_db[:, :, None] + np.arange(block)).reshape(count, -1)[:, :n] % n
        y_nd = fitted_n1 + residual_n[at_dn].T
        b_kd = shrunk(rows, y_nd, estimator, penalty)
        rest_nd = y_nd - rows.shrunk_nk @ b_kd
        f_fd = rows.free_of(rest_nd)
        square_d = ((rest_nd - rows.free_nf @ f_fd) ** 2).sum(axis=0)
        parts.append((b_kd.T, f_fd.T, np.sqrt(square_d / max(n - used, 1.0))))
    b_dk, f_df, sigma_d = (np.concatenate(found) for found in zip(*parts, strict=True))
    if not rows.positive_k.any():
        # What was shrunk once is shrunk again in every draw: their centre is the estimate's.
        b_dk += b_k1[:, 0] - b_dk.mean(axis=0)
        f_df += rows.free_of(y_n1 - rows.shrunk_nk @ b_k1)[:, 0] - f_df.mean(axis=0)
    return Drawn(b_dk, f_df, sigma_d, used)
