"""Adstock, saturation and priors by their formulas, in NumPy and SciPy: nothing of the engine's density."""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from scipy.stats import norm, weibull_min

from mediamix.models.priors import Prior


def carry(name: str, x: np.ndarray, theta: np.ndarray, max_lag: int) -> np.ndarray:
    """Adstock as a sum over lags."""
    lag = np.arange(max_lag or len(x))
    if name == "geometric":
        weight = 0.5 ** (lag / theta[0])
        weight /= weight.sum() if max_lag else 1 / (1 - 0.5 ** (1 / theta[0]))
    elif name == "delayed":
        exponent = -0.5 * ((lag - theta[0]) / theta[1]) ** 2
        weight = np.exp(exponent - exponent.max())
        weight /= weight.sum()
    elif name == "none":
        weight = np.ones(1)
    elif name == "binomial":
        weight = (1 - lag / len(lag)) ** (1 / theta[0] - 1)
        weight /= weight.sum()
    elif name == "weibull_pdf":
        z = (lag + 1) / theta[1]
        weight = z ** (theta[0] - 1) * np.exp(-(z ** theta[0]))
        weight /= weight.sum()
    elif name == "weibull_cdf":
        scale = (theta[1] ** (theta[0] + 1) / (theta[0] + 1)) ** (1 / theta[0])
        weight = np.cumprod(np.exp(-((lag / scale) ** theta[0])))
        weight /= weight.sum()
    else:
        raise ValueError(f"no formula for the adstock '{name}'")
    return np.convolve(x, weight)[: len(x)]


def saturate(name: str, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Saturation by its formula."""
    if name == "hill":
        ratio = np.divide(theta[0], x, where=x > 0, out=np.full_like(x, np.inf))
        with np.errstate(over="ignore"):
            return 1 / (1 + ratio ** theta[1])
    if name == "logistic":
        grown = np.exp(-np.log(3) / theta[0] * x)
        return (1 - grown) / (1 + grown)
    if name == "michaelis_menten":
        return x / (x + theta[0])
    if name == "tanh":
        return np.tanh(np.arctanh(0.5) * x / theta[0])
    if name == "power":
        return x ** theta[0]
    if name == "log":
        return np.log(1 + x / theta[0])
    if name == "none":
        return x
    raise ValueError(f"no formula for the saturation '{name}'")


def natural(prior: Prior, u: float) -> float:
    """A parameter at a standard normal: by SciPy's distributions, not by the engine's formulas."""
    if prior.family == "weibull":
        of_effect = weibull_min(1.0 / prior.scale, scale=np.exp(prior.location))
        return float(of_effect.ppf(norm.cdf(u)) if u < 0 else of_effect.isf(norm.sf(u)))
    linked = prior.location + prior.scale * u
    if prior.support == "real":
        return float(linked)
    return float(expit(linked) if prior.support == "unit" else np.exp(linked))
