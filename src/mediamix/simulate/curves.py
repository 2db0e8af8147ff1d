"""Adstock and saturation in plain NumPy, sharing no code with the engine.

Convention, the same as the engine's: exposure before the window is zero, and what a channel
causes after the window's end is not counted.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.simulate.parts import ChannelTruth


def retention_of(half_life: float) -> float:
    """``α = 2^(−1/half_life)``; 0 for no carry-over. Half-life in periods."""
    return 0.0 if half_life == 0 else float(2.0 ** (-1.0 / half_life))


def geometric_adstock(x_gt: Float[np.ndarray, "geo time"], half_life: float) -> Float[np.ndarray, "geo time"]:
    """``a_t = α a_{t−1} + (1−α) x_t`` with ``a_{−1} = 0``; unit of `x_gt`, half-life in periods."""
    alpha = retention_of(half_life)
    result = np.empty_like(x_gt, dtype=float)
    carried = np.zeros(x_gt.shape[0])
    for t in range(x_gt.shape[1]):
        carried = alpha * carried + (1 - alpha) * x_gt[:, t]
        result[:, t] = carried
    return result


def delayed_weights(retention: float, peak: float, max_lag: int) -> Float[np.ndarray, " lag"]:
    """``w_l ∝ α^((l−θ)²)`` for ``l = 0 … max_lag − 1``, summing to 1."""
    # Shifted by the largest exponent, so that a peak far outside of the lags doesn't underflow.
    exponent = np.log(retention) * (np.arange(max_lag) - peak) ** 2
    weights = np.exp(exponent - exponent.max())
    normalised: np.ndarray = weights / weights.sum()
    return normalised


def delayed_adstock(
    x_gt: Float[np.ndarray, "geo time"], weights: Float[np.ndarray, " lag"]
) -> Float[np.ndarray, "geo time"]:
    """``a_t = Σ_l w_l x_{t−l}`` with zero exposure before the window; unit of `x_gt`."""
    n = x_gt.shape[1]
    result = np.zeros_like(x_gt, dtype=float)
    for lag, weight in enumerate(weights[:n]):
        result[:, lag:] += weight * x_gt[:, : n - lag]
    return result


def adstock(x_gt: Float[np.ndarray, "geo time"], channel: ChannelTruth) -> Float[np.ndarray, "geo time"]:
    """Apply the channel's own adstock to its exposure; unit of `x_gt`."""
    if channel.adstock == "delayed":
        return delayed_adstock(x_gt, delayed_weights(channel.retention, channel.peak, channel.max_lag))
    return geometric_adstock(x_gt, channel.half_life)


def half_life_of(channel: ChannelTruth) -> float:
    """Periods until half of the effect has come: the half-life, or the delayed weights' median lag."""
    if channel.adstock == "geometric":
        return float(channel.half_life)
    weights = delayed_weights(channel.retention, channel.peak, channel.max_lag)
    arrived = np.concatenate([[0.0], np.cumsum(weights)])
    return float(np.interp(0.5, arrived, np.arange(len(arrived))))


def hill_odds(
    adstocked: Float[np.ndarray, "*shape"], half_effect: Float[np.ndarray, "..."], slope: float
) -> Float[np.ndarray, "*shape"]:
    """``(a/k)^s``: the odds ``h/(1−h)`` of the Hill curve ``h = a^s/(a^s + k^s)``."""
    odds: np.ndarray = (adstocked / half_effect) ** slope
    return odds
