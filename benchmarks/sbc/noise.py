"""Noise of each kind by its formulas: drawn, its density, and how it goes on after the last known period.

    normal    ε_t ~ N(0, σ²)
    ar1       ε_t = ρ ε_{t−1} + √(1 − ρ²) η_t,   η_t ~ N(0, σ²)
    student   ε_t = σ z_t / √(χ²_ν / ν)

All in the model's units; the last axis is time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import gammaln

#: Names of what is drawn besides sigma.
MORE = {"normal": (), "ar1": ("rho",), "student": ("nu",)}
#: What the engine samples of ν is what it is above this.
LEAST_NU = 2.0

Drawn = Mapping[str, np.ndarray | float]


def draw_noise(kind: str, drawn: Drawn, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Noise of every geo and period, given sigma and what else the kind has."""
    fresh_gt = rng.standard_normal(shape)
    if kind == "ar1":
        rho = float(drawn["rho"])
        for t in range(1, shape[1]):
            fresh_gt[:, t] = rho * fresh_gt[:, t - 1] + np.sqrt(1 - rho**2) * fresh_gt[:, t]
    if kind == "student":
        fresh_gt /= np.sqrt(rng.chisquare(float(drawn["nu"]), shape) / float(drawn["nu"]))
    return np.asarray(float(drawn["sigma"]) * fresh_gt)


def log_likelihood(kind: str, drawn: Drawn, noise: np.ndarray, rows_gt: np.ndarray) -> np.ndarray | float:
    """Log density of the noise on some rows but for a constant.

    Args:
        kind: Of the noise.
        drawn: A number each, or one per draw.
        noise: Outcome less what is expected, ``[geo, time]`` or ``[draw, geo, time]``.
        rows_gt: Which of it is known.
    """
    sigma = np.asarray(drawn["sigma"])[..., None]
    known = noise[..., rows_gt]
    if kind == "student":
        nu = np.asarray(drawn["nu"])[..., None]
        each = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu) - np.log(sigma)
        each = each - (nu + 1) / 2 * np.log1p((known / sigma) ** 2 / nu)
        return np.asarray(each.sum(axis=-1))[()]
    if kind == "normal":
        return -0.5 * (known**2).sum(axis=-1) / sigma[..., 0] ** 2 - known.shape[-1] * np.log(sigma[..., 0])
    total = 0.0
    for g in range(rows_gt.shape[0]):
        at = np.flatnonzero(rows_gt[g])
        if not len(at):
            continue
        own = noise[..., g, at]
        kept = np.asarray(drawn["rho"])[..., None] ** np.diff(at)
        spread = sigma * np.sqrt(1 - kept**2)
        z = (own[..., 1:] - kept * own[..., :-1]) / spread
        first = own[..., 0] / sigma[..., 0]
        total = total - 0.5 * (first**2 + (z**2).sum(axis=-1))
        total = total - np.log(sigma[..., 0]) - np.log(spread).sum(axis=-1)
    return total


def noise_ahead(
    kind: str,
    drawn: Drawn,
    noise_dgt: np.ndarray,
    rows_gt: np.ndarray,
    late_t: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Noise of late periods per draw, given the noise of the known ones.

    Args:
        kind: Of the noise.
        drawn: One value per draw.
        noise_dgt: Outcome less what is expected; used where it is known.
        rows_gt: Which of it is known, all before the late periods.
        late_t: The late periods, the last ones.
        rng: Source of what is random.
    """
    d, g, _ = noise_dgt.shape
    sigma_d = np.asarray(drawn["sigma"])
    fresh = rng.standard_normal((d, g, int(late_t.sum())))
    if kind == "student":
        nu = np.asarray(drawn["nu"])[:, None, None]
        return np.asarray(sigma_d[:, None, None] * fresh / np.sqrt(rng.chisquare(nu, fresh.shape) / nu))
    if kind == "normal":
        return np.asarray(sigma_d[:, None, None] * fresh)
    rho_d = np.asarray(drawn["rho"])
    first, result = int(np.flatnonzero(late_t)[0]), np.empty(fresh.shape)
    for i in range(g):
        last = int(np.flatnonzero(rows_gt[i])[-1])
        level_d, gap = noise_dgt[:, i, last], first - last
        for t in range(fresh.shape[2]):
            kept_d = rho_d**gap
            level_d = kept_d * level_d + sigma_d * np.sqrt(1 - kept_d**2) * fresh[:, i, t]
            result[:, i, t], gap = level_d, 1
    return result
