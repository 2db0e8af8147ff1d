"""A made-up market that the default model describes, in parts that can be changed before they are added up.

``outcome = level + trend + season + weekdays + controls + Σ_c contribution_c + noise``, with a geometric
carry-over and a Hill curve per channel. Shares no code with `mediamix.simulate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediamix.core.types import Every

WEEKS, DAYS, GEOS, PANEL_WEEKS = 156, 730, 8, 104
MONEY = 1_000_000.0  # of the outcome per week


@dataclass(frozen=True)
class Draft:
    """A world in the making: parts of the outcome, which a kind changes before they are added up."""

    rng: np.random.Generator
    every: Every
    dates: np.ndarray
    spend_gtc: np.ndarray
    contribution_gtc: np.ndarray
    baseline_gt: np.ndarray
    noise_gt: np.ndarray
    controls_gtk: np.ndarray
    size_g: np.ndarray
    half_life_c: np.ndarray
    half_effect_c: np.ndarray
    slope_c: np.ndarray
    roi_c: np.ndarray

    @property
    def mean(self) -> float:
        """Of the outcome per geo of size 1 and period."""
        return MONEY * self.every.days / 7.0 / len(self.size_g)


def carried(exposure_t: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Exposure spread over the following periods by weights that sum to one."""
    return np.convolve(exposure_t, weights)[: len(exposure_t)]


def geometric(half_life: float, length: int = 200) -> np.ndarray:
    """Weights of a geometric carry-over; `half_life` in periods."""
    weights = 0.5 ** (np.arange(length) / half_life)
    return np.asarray(weights / weights.sum())


def delayed(peak: float, width: float, length: int = 60) -> np.ndarray:
    """Weights that rise to a peak some periods later."""
    weights = np.exp(-0.5 * ((np.arange(length) - peak) / width) ** 2)
    return np.asarray(weights / weights.sum())


def hill(x: np.ndarray, half: float, slope: float) -> np.ndarray:
    """Diminishing returns, S-shaped for slopes over one."""
    powered = np.maximum(x, 0.0) ** slope
    return np.asarray(powered / (powered + half**slope))


def flights(rng: np.random.Generator, n: int, per_week: float) -> np.ndarray:
    """Spend on a scale of its own: on in stretches, or always on with slow and fast changes."""
    length = n / per_week
    turns = np.arange(0, length + 6, 6)
    slow = np.interp(np.arange(n) / per_week, turns, rng.normal(0, 1, len(turns)))
    level = np.exp(0.45 * slow + 0.3 * rng.standard_normal(n))
    if rng.random() < 0.5:
        return level
    on = np.zeros(n)
    at = rng.integers(0, int(6 * per_week))
    while at < n:
        stop = at + int(rng.integers(3, 9) * per_week)
        on[at:stop] = 1.0
        at = stop + int(rng.integers(2, 8) * per_week)
    return level * on


def draft(
    seed: int,
    *,
    every: Every = Every.WEEK,
    periods: int = WEEKS,
    geos: int = 1,
    channels: int = 5,
    noise: float = 0.035,
    roi: tuple[float, float] = (0.4, 3.5),
    cost: tuple[float, float] = (0.10, 0.18),
) -> Draft:
    """A market that the default model describes.

    Args:
        seed: Of everything random.
        every: Length of a period.
        periods: How many.
        geos: 1 is national.
        channels: How many.
        noise: Standard deviation, as a share of a geo's mean outcome.
        roi: Range of the true returns, drawn evenly on the log scale.
        cost: Range of all spend as a share of the outcome.
    """
    rng = np.random.default_rng([11, seed])
    per_week = 7.0 / every.days
    start = np.datetime64("2021-01-04")
    dates = start + (np.arange(periods) * int(every.days)).astype("timedelta64[D]")
    size_g = np.exp(rng.normal(0, 0.5, geos)) if geos > 1 else np.ones(1)
    size_g /= size_g.mean()
    mean = MONEY / per_week / geos
    shares = rng.dirichlet(np.full(channels, 4.0)) * rng.uniform(*cost)
    roi_c = np.exp(rng.uniform(*np.log(roi), channels))
    half_life_c = np.exp(rng.uniform(np.log(0.5), np.log(3.0), channels)) * per_week
    half_effect_c, slope_c = np.empty(channels), rng.uniform(0.8, 1.8, channels)
    spend_gtc = np.empty((geos, periods, channels))
    contribution_gtc = np.empty_like(spend_gtc)
    for c in range(channels):
        pattern_gt = np.stack([flights(rng, periods, per_week) for _ in range(geos)])
        pattern_gt *= mean * shares[c] * periods * geos / (pattern_gt.sum(axis=1) @ size_g)
        own_g = np.exp(rng.normal(0, 0.15, geos)) if geos > 1 else np.ones(1)
        half_effect_c[c] = rng.uniform(0.6, 2.0) * pattern_gt[pattern_gt > 0].mean()
        for g in range(geos):
            x = carried(pattern_gt[g], geometric(half_life_c[c]))
            contribution_gtc[g, :, c] = size_g[g] * own_g[g] * hill(x, half_effect_c[c], slope_c[c])
            spend_gtc[g, :, c] = size_g[g] * pattern_gt[g]
        contribution_gtc[..., c] *= roi_c[c] * spend_gtc[..., c].sum() / contribution_gtc[..., c].sum()
    years = np.arange(periods) / every.per_year
    turns = np.arange(0, years[-1] + 0.5, 0.5)
    trend = np.interp(years, turns, np.cumsum(rng.normal(0, 0.05, len(turns))))
    season = sum(
        rng.normal(0, 0.08 / k) * np.sin(2 * np.pi * k * years)
        + rng.normal(0, 0.08 / k) * np.cos(2 * np.pi * k * years)
        for k in (1, 2)
    )
    week = rng.normal(0, 0.08, 7) if every is Every.DAY else np.zeros(7)
    weekday = (week - week.mean())[np.arange(periods) % 7]
    controls_gtk = np.repeat(
        np.stack([wander(rng, periods, 0.8), rng.standard_normal(periods)], axis=-1)[None], geos, axis=0
    )
    effect = rng.normal(0, 0.04, 2)
    media = contribution_gtc.sum() / periods / geos / mean
    shape_t = trend + season + weekday + controls_gtk[0] @ effect
    base_g = np.exp(rng.normal(0, 0.15, geos)) if geos > 1 else np.ones(1)
    baseline_gt = mean * size_g[:, None] * (base_g[:, None] * (1 - media) + shape_t - shape_t.mean())
    noise_gt = noise * mean * size_g[:, None] * rng.standard_normal((geos, periods))
    return Draft(
        rng, every, dates, spend_gtc, contribution_gtc, baseline_gt, noise_gt, controls_gtk, size_g,
        half_life_c, half_effect_c, slope_c, roi_c,
    )  # fmt: skip


def wander(rng: np.random.Generator, n: int, memory: float) -> np.ndarray:
    """A standardised series that remembers."""
    series = np.zeros(n)
    for t in range(1, n):
        series[t] = memory * series[t - 1] + rng.standard_normal()
    return np.asarray((series - series.mean()) / series.std())
