"""Noise of the periods after a fit's data: what lasts of the last known noise, and what is new."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from mediamix.measure.panel import present_gt
from mediamix.measure.quality import expected_from, last_noise, noise_sd
from mediamix.measure.survey import survey
from mediamix.models.base import Fit


def shocks(
    rng: np.random.Generator, sd_d: Float[np.ndarray, " draw"], periods: int
) -> Float[np.ndarray, "draw time"]:
    """Normals, centred over the draws: chance then doesn't move the mean of a forecast."""
    return _centred(sd_d[:, None] * rng.standard_normal((len(sd_d), periods)))


def _centred(noise_dt: Float[np.ndarray, "draw time"]) -> Float[np.ndarray, "draw time"]:
    draws = len(noise_dt)
    if draws == 1:
        return noise_dt
    return np.asarray((noise_dt - noise_dt.mean(axis=0)) * np.sqrt(draws / (draws - 1)))


def noise_ahead(
    fit: Fit, rows: np.ndarray, periods: int, going_g: Bool[np.ndarray, " geo"], rng: np.random.Generator
) -> Float[np.ndarray, "draw time"]:
    """Of the sum over the geos that go on, in outcome units.

    Args:
        fit: A fit.
        rows: Which of its draws.
        periods: How many, from the first one after the data on.
        going_g: The geos that go on.
        rng: What is new is drawn from it.
    """
    noise, sd_d = fit.noise.thinned(rows), noise_sd(fit.sigma_dg[rows], going_g[:, None])[:, 0]
    if noise.plain:
        return shocks(rng, sd_d, periods)
    normal_dt = rng.standard_normal((len(rows), periods))
    known = None
    if noise.rho_d is not None:
        expected_dt = expected_from(fit, survey(fit).media_dt)
        known = last_noise(fit, expected_dt, noise_sd(fit.sigma_dg, present_gt(fit)), None)
    if known is None:
        return _centred(sd_d[:, None] * noise.shaped(normal_dt, rng))
    last, before_d = known
    gap = fit.dataset.n_periods - last
    fresh_dt = noise.shaped(normal_dt, rng, np.zeros(len(rows)), gap)
    lasting_dt = noise.lasting(before_d[rows], gap, periods)
    return np.asarray(_centred(sd_d[:, None] * fresh_dt) + sd_d[:, None] * lasting_dt)
