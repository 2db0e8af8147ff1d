"""What can be wrong with a market: each function breaks one assumption of the default model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from findings.market import Draft, carried, delayed, geometric, hill, wander

Change = Callable[[Draft], Draft]


def shared_shock(made: Draft) -> Draft:
    """A shock of each week that all geos feel."""
    shock_t = 0.05 * made.rng.standard_normal(made.noise_gt.shape[1])
    return replace(made, noise_gt=made.noise_gt + made.mean * made.size_g[:, None] * shock_t)


def missing_control(made: Draft) -> Draft:
    """Demand that no column shows, and that the two largest channels' spend follows."""
    n = made.spend_gtc.shape[1]
    demand_t = wander(made.rng, n, 0.85)
    spend_gtc, contribution_gtc = made.spend_gtc.copy(), made.contribution_gtc.copy()
    for c in np.argsort(-made.spend_gtc.sum(axis=(0, 1)))[:2]:
        pattern = np.exp(0.5 * demand_t + 0.2 * made.rng.standard_normal(n))
        spend_gtc[0, :, c] = pattern * spend_gtc[0, :, c].sum() / pattern.sum()
        contribution_gtc[0, :, c] = _responded(made, spend_gtc[0, :, c], c)
    baseline_gt = made.baseline_gt + made.mean * 0.06 * demand_t
    return replace(made, spend_gtc=spend_gtc, contribution_gtc=contribution_gtc, baseline_gt=baseline_gt)


def _responded(made: Draft, spend_t: np.ndarray, c: int, weights: np.ndarray | None = None) -> np.ndarray:
    """What a channel causes, at its true return."""
    x = carried(spend_t, geometric(made.half_life_c[c]) if weights is None else weights)
    caused = hill(x, made.half_effect_c[c], made.slope_c[c])
    return np.asarray(caused * made.roi_c[c] * spend_t.sum() / caused.sum())


def units_off(made: Draft) -> Draft:
    """Spend in another unit: a hundred times too large, or too small."""
    factor = 100.0 if made.rng.random() < 0.5 else 0.01
    return replace(made, spend_gtc=made.spend_gtc * factor)


def prior_only(made: Draft) -> Draft:
    """Ten channels that are always on and hardly vary, in noise."""
    spend_gtc, contribution_gtc = made.spend_gtc.copy(), made.contribution_gtc.copy()
    for c in range(spend_gtc.shape[2]):
        pattern = np.exp(0.12 * made.rng.standard_normal(spend_gtc.shape[1]))
        spend_gtc[0, :, c] = pattern * spend_gtc[0, :, c].sum() / pattern.sum()
        contribution_gtc[0, :, c] = _responded(made, spend_gtc[0, :, c], c)
    return replace(made, spend_gtc=spend_gtc, contribution_gtc=contribution_gtc)


def two_peaks(made: Draft) -> Draft:
    """Two channels in the same few bursts, the second some weeks after the first, which works late."""
    n = made.spend_gtc.shape[1]
    spend_gtc, contribution_gtc = made.spend_gtc.copy(), made.contribution_gtc.copy()
    first = np.zeros(n)
    for at in range(int(made.rng.integers(4, 14)), n - 12, 26):
        first[at : at + 3] = np.exp(0.2 * made.rng.standard_normal(3))
    total = spend_gtc[0, :, :2].sum() / 2
    first *= total / first.sum()
    second = np.roll(first, 3) * np.exp(0.1 * made.rng.standard_normal(n))
    for c, (spend_t, weights) in enumerate(((first, delayed(4.0, 1.5)), (second, geometric(1.0)))):
        spend_gtc[0, :, c] = spend_t
        x = carried(spend_t, weights)
        return_c = (3.5, 0.4)[c]
        contribution_gtc[0, :, c] = hill(x, x.max(), 1.0)
        contribution_gtc[0, :, c] *= return_c * spend_t.sum() / contribution_gtc[0, :, c].sum()
    return replace(made, spend_gtc=spend_gtc, contribution_gtc=contribution_gtc)


def trend_break(made: Draft) -> Draft:
    """The level falls or jumps from one week to the next."""
    n = made.spend_gtc.shape[1]
    at = int(made.rng.integers(n // 4, 3 * n // 4))
    step = made.rng.choice([-1, 1]) * made.rng.uniform(0.15, 0.30)
    return replace(made, baseline_gt=made.baseline_gt + made.mean * step * (np.arange(n) >= at))


def hidden_season(made: Draft) -> Draft:
    """Fast waves of the year and a fortnight at its end, which two channels follow."""
    n = made.spend_gtc.shape[1]
    years = np.arange(n) / made.every.per_year
    wave_t = sum(
        made.rng.normal(0, 0.035) * np.sin(2 * np.pi * k * years)
        + made.rng.normal(0, 0.035) * np.cos(2 * np.pi * k * years)
        for k in (3, 4, 5, 6)
    )
    peak_t = np.isin((np.arange(n) + 1) % 52, (49, 50, 51)).astype(float)
    season_t = wave_t + 0.25 * peak_t
    spend_gtc, contribution_gtc = made.spend_gtc.copy(), made.contribution_gtc.copy()
    for c in (0, 1):
        spend_gtc[0, :, c] *= np.exp(4.0 * (season_t - season_t.mean()))
        contribution_gtc[0, :, c] = _responded(made, spend_gtc[0, :, c], c)
    baseline_gt = made.baseline_gt + made.mean * (season_t - season_t.mean())
    return replace(made, spend_gtc=spend_gtc, contribution_gtc=contribution_gtc, baseline_gt=baseline_gt)


def heavy_tails(made: Draft) -> Draft:
    """Noise of a Student-t with two degrees of freedom, and three weeks in which something happened."""
    noise_gt = 0.03 * made.mean * made.rng.standard_t(2, made.noise_gt.shape)
    at = made.rng.choice(noise_gt.shape[1], 3, replace=False)
    noise_gt[0, at] += made.mean * made.rng.choice([-0.3, 0.4], 3)
    return replace(made, noise_gt=np.clip(noise_gt, -0.5 * made.mean, None))


def wrong_adstock(made: Draft) -> Draft:
    """Every channel works weeks later."""
    contribution_gtc = made.contribution_gtc.copy()
    for c in range(contribution_gtc.shape[2]):
        weights = delayed(made.rng.uniform(3.0, 6.0), 1.2)
        contribution_gtc[0, :, c] = _responded(made, made.spend_gtc[0, :, c], c, weights)
    return replace(made, contribution_gtc=contribution_gtc)


def wrong_curve(made: Draft) -> Draft:
    """Nothing below a threshold, everything above it."""
    contribution_gtc = made.contribution_gtc.copy()
    for c in range(contribution_gtc.shape[2]):
        x = carried(made.spend_gtc[0, :, c], geometric(made.half_life_c[c]))
        caused = 1.0 / (1.0 + np.exp(-8.0 * (x / np.quantile(x[x > 0], 0.6) - 1.0)))
        contribution_gtc[0, :, c] = caused * made.roi_c[c] * made.spend_gtc[0, :, c].sum() / caused.sum()
    return replace(made, contribution_gtc=contribution_gtc)


def negative_effect(made: Draft) -> Draft:
    """The largest channel drives people away."""
    contribution_gtc = made.contribution_gtc.copy()
    c = int(np.argmax(made.spend_gtc.sum(axis=(0, 1))))
    contribution_gtc[..., c] *= -1.5 / made.roi_c[c]
    return replace(made, contribution_gtc=contribution_gtc)


def drifting_returns(made: Draft) -> Draft:
    """Two channels work ever less, two ever better."""
    contribution_gtc = made.contribution_gtc.copy()
    course = np.linspace(1.9, 0.1, contribution_gtc.shape[1])
    for c in range(4):
        moved = contribution_gtc[0, :, c] * (course if c % 2 else course[::-1])
        contribution_gtc[0, :, c] = moved * contribution_gtc[0, :, c].sum() / moved.sum()
    return replace(made, contribution_gtc=contribution_gtc)
