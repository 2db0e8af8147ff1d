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


def binomial_weights(half_life: float, max_lag: int) -> Float[np.ndarray, " lag"]:
    """``w_l ∝ (1 − l/L)^p``, p such that the area under the curve left of `half_life` is half of it."""
    p = np.log(0.5) / np.log1p(-min(half_life, 0.99 * max_lag) / max_lag) - 1
    return _to_one((1 - np.arange(max_lag) / max_lag) ** p)


def weibull_pdf_weights(half_life: float, shape: float, max_lag: int) -> Float[np.ndarray, " lag"]:
    """``w_l ∝ z^(k−1) e^(−z^k)``, ``z = (l + 1) / λ``: half of the density is below ``1 + half_life``."""
    z = (np.arange(max_lag) + 1) * np.log(2) ** (1 / shape) / (1 + half_life)
    return _to_one(z ** (shape - 1) * np.exp(-(z**shape)))


def weibull_cdf_weights(half_life: float, shape: float, max_lag: int) -> Float[np.ndarray, " lag"]:
    """``w_l ∝ Π_{i≤l} e^(−(i/λ)^k)``: of a weight half is left after about `half_life` periods."""
    scale = (half_life ** (shape + 1) / (np.log(2) * (shape + 1))) ** (1 / shape)
    return _to_one(np.exp(-np.cumsum((np.arange(max_lag) / scale) ** shape)))


def _to_one(weights: np.ndarray) -> np.ndarray:
    normalised: np.ndarray = weights / weights.sum()
    return normalised


def weights_of(channel: ChannelTruth) -> Float[np.ndarray, " lag"]:
    """Weights of a channel's adstock where they end; a geometric one has no end."""
    if channel.adstock == "delayed":
        return delayed_weights(channel.retention, channel.peak, channel.max_lag)
    if channel.half_life == 0:
        return np.ones(1)
    if channel.adstock == "binomial":
        return binomial_weights(channel.half_life, channel.max_lag)
    weights = weibull_pdf_weights if channel.adstock == "weibull_pdf" else weibull_cdf_weights
    return weights(channel.half_life, channel.shape, channel.max_lag)


def adstock(x_gt: Float[np.ndarray, "geo time"], channel: ChannelTruth) -> Float[np.ndarray, "geo time"]:
    """Apply the channel's own adstock to its exposure; unit of `x_gt`."""
    if channel.adstock == "geometric":
        return geometric_adstock(x_gt, channel.half_life)
    return delayed_adstock(x_gt, weights_of(channel))


def half_life_of(channel: ChannelTruth) -> float:
    """Periods until half of the effect has come: the half-life, or the weights' median lag."""
    if channel.adstock == "geometric":
        return float(channel.half_life)
    arrived = np.concatenate([[0.0], np.cumsum(weights_of(channel))])
    return float(np.interp(0.5, arrived, np.arange(len(arrived))))


def hill_odds(
    adstocked: Float[np.ndarray, "*shape"], half_effect: Float[np.ndarray, "..."], slope: float
) -> Float[np.ndarray, "*shape"]:
    """``(a/k)^s``: the odds ``h/(1−h)`` of the Hill curve ``h = a^s/(a^s + k^s)``."""
    odds: np.ndarray = (adstocked / half_effect) ** slope
    return odds


def saturate(
    exposure: Float[np.ndarray, "*shape"], channel: ChannelTruth, half_effect: float
) -> Float[np.ndarray, "*shape"]:
    """The channel's own curve; `half_effect` in the unit of `exposure`.

    Where there is no largest effect, `half_effect` is the exposure that counts as one.
    """
    x = exposure / half_effect
    kind = channel.saturation
    if kind == "hill":
        odds = x**channel.slope
        result = odds / (1 + odds)
    elif kind == "logistic":
        left = np.exp(-np.log(3) * x)
        result = (1 - left) / (1 + left)
    elif kind == "michaelis_menten":
        result = x / (1 + x)
    elif kind == "power":
        result = x**channel.slope
    elif kind == "log":
        result = np.log(1 + x)
    else:
        result = x
    return np.asarray(result)
