"""Effects that move in time, frequencies at which people are reached, and noise that isn't independent."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.simulate.structure import Structure

#: Waves whose sum stands for a Gaussian process.
_WAVES = 200
#: Median of the contacts over one, and the spread of their logarithm.
_FREQUENCY = (2.0, 0.5)


def factors(
    structure: Structure,
    channels: int,
    season_t: Float[np.ndarray, " time"],
    weeks: float,
    rng: np.random.Generator,
) -> Float[np.ndarray, "time channel"]:
    """``exp(sd z_tc + κ s_t)``, of mean one over the window.

    z is a Gaussian process of mean 0, variance 1 and covariance ``exp(−½ (Δ/ℓ)²)`` per channel, drawn as
    a sum of waves whose frequencies are normal (Rahimi & Recht, 2007).

    Args:
        structure: Its knobs.
        channels: How many.
        season_t: Of mean 0 and standard deviation 1.
        weeks: Length of a period.
        rng: Source of what is random.
    """
    at_t = np.arange(len(season_t)) * weeks / structure.drift_weeks
    log_tc = np.repeat(structure.effect_demand * season_t[:, None], channels, axis=1)
    for c in range(channels):
        waves, turns = rng.standard_normal(_WAVES), rng.uniform(0, 2 * np.pi, _WAVES)
        z_t = np.sqrt(2 / _WAVES) * np.cos(at_t[:, None] * waves + turns).sum(axis=1)
        log_tc[:, c] += structure.effect_drift * z_t
    factor_tc = np.exp(log_tc)
    return np.asarray(factor_tc / factor_tc.mean(axis=0))


def frequencies(periods: int, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """Contacts per person reached: at least one, another level every one to four periods."""
    path, t = np.empty(periods), 0
    while t < periods:
        stop = t + int(rng.integers(1, 5))
        path[t:stop] = np.round(1 + _FREQUENCY[0] * np.exp(_FREQUENCY[1] * rng.standard_normal()), 2)
        t = stop
    return path


def shaped_noise(
    structure: Structure, shock_gt: Float[np.ndarray, "geo time"], rng: np.random.Generator
) -> Float[np.ndarray, "geo time"]:
    """Independent normal shocks made AR(1) of the same variance, or Student of the same scale."""
    if structure.noise_df is not None:
        mixed = rng.chisquare(structure.noise_df, shock_gt.shape) / structure.noise_df
        return np.asarray(shock_gt / np.sqrt(mixed))
    rho = structure.noise_ar1
    result = shock_gt.copy()
    for t in range(1, shock_gt.shape[1]):
        result[:, t] = rho * result[:, t - 1] + np.sqrt(1 - rho**2) * shock_gt[:, t]
    return result
