"""Pareto smoothed importance weights and their k-hat: how far importance sampling can be trusted.

The largest ``M = min(S/5, 3 √S)`` of S weights are replaced by the quantiles of a generalised Pareto
distribution fitted to them. Its shape k says whether their variance is finite (k < ½) and whether
estimates are reliable in practice (k ≤ 0.7).

Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed importance sampling; Zhang &
Stephens (2009), A new and efficient estimation method for the generalized Pareto distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

#: Grid of Zhang & Stephens' posterior mean; the prior of k: weight of so many observations at ½.
GRID, PRIOR_SCALE = 30, 3.0
PRIOR_WEIGHT, PRIOR_K = 10.0, 0.5
#: A tail shorter than this has no shape to speak of.
TAIL_LEAST = 5


@dataclass(frozen=True)
class Smoothed:
    """Normalised weights after smoothing, and the tail's shape.

    Args:
        weights_s: Sum to one.
        pareto_k: Shape of the tail; infinite where too few weights are positive to tell.
    """

    weights_s: Float[np.ndarray, " sample"]
    pareto_k: float

    @property
    def ess(self) -> float:
        """Independent draws that the weighted ones are worth: ``1 / Σ w²``."""
        return float(1.0 / (self.weights_s**2).sum())


def smooth(log_weights_s: Float[np.ndarray, " sample"]) -> Smoothed:
    """Smooth the upper tail of importance weights.

    Args:
        log_weights_s: log p − log q up to a constant; −inf where the target has no mass.
    """
    size = len(log_weights_s)
    weights = np.exp(log_weights_s - log_weights_s.max())
    order = np.argsort(weights, kind="stable")
    tail = order[size - int(np.ceil(min(size / 5, 3 * np.sqrt(size)))) :]
    cutoff = weights[order[size - len(tail) - 1]]
    exceed = weights[tail] - cutoff
    tail, exceed = tail[exceed > 0], exceed[exceed > 0]
    k = float("inf")
    if len(tail) >= TAIL_LEAST:
        k, scale = fit_pareto(exceed)
        p = (np.arange(len(tail)) + 0.5) / len(tail)
        quantiles = scale * (-np.log1p(-p) if abs(k) < 1e-8 else np.expm1(-k * np.log1p(-p)) / k)
        # Never above the largest raw weight.
        weights[tail] = np.minimum(cutoff + quantiles, 1.0)
    return Smoothed(weights / weights.sum(), k)


def fit_pareto(exceed: Float[np.ndarray, " sample"]) -> tuple[float, float]:
    """Shape k and scale σ of a generalised Pareto distribution, from sorted positive values.

    ``P(X > x) = (1 + k x / σ)^(−1/k)``. A posterior mean over a grid; k is drawn weakly to ½.
    """
    n = len(exceed)
    count = GRID + int(np.sqrt(n))
    quartile = exceed[int(n / 4 + 0.5) - 1]
    b = 1.0 - np.sqrt(count / (np.arange(1, count + 1) - 0.5))
    b = b / (PRIOR_SCALE * quartile) + 1.0 / exceed[-1]
    k = np.log1p(-b[:, None] * exceed).mean(axis=1)
    profile = n * (np.log(-b / k) - k - 1.0)
    weight = np.exp(profile - profile.max())
    weight /= weight.sum()
    best = float(weight @ b)
    shape = float(np.log1p(-best * exceed).mean())
    scale = -shape / best
    return (n * shape + PRIOR_WEIGHT * PRIOR_K) / (n + PRIOR_WEIGHT), scale
