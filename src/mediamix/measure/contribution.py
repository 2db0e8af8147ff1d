"""What each channel caused: contributions, ROI, marginal ROI, response curves, half-lives.

Everything is computed per draw and summarised last. For every draw the baseline terms and the
channels' contributions add up to the fitted outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.types import Kind, Window
from mediamix.measure.interval import Interval, bands
from mediamix.models.base import ChannelEffect, Fit

#: Step of the central difference behind a marginal ROI, as a share of the spend.
MARGINAL_STEP = 1e-3
#: A channel's observed range of spend per active period: from its 5 % to its 95 % quantile.
OBSERVED = (0.05, 0.95)
#: Half-lives are read off carry-over weights up to this many years.
HALF_LIFE_YEARS = 1.0


@dataclass(frozen=True)
class Component:
    """One additive part of the fitted outcome: a channel or a baseline term.

    Args:
        name: Channel, or intercept, trend, seasonality, weekday, events, controls.
        kind: ``media`` or ``baseline``.
        draws_dt: Outcome units.
    """

    name: str
    kind: str
    draws_dt: Float[np.ndarray, "draw time"]


def decompose(fit: Fit) -> Iterator[Component]:
    """Baseline terms, then channels, one at a time (each is draws × periods of memory)."""
    for term in fit.baseline:
        yield Component(term.component, "baseline", term.contribution())
    for c, effect in enumerate(fit.channels):
        yield Component(effect.channel.name, "media", effect.contribution(fit.dataset.exposure_gtc[0, :, c]))


def contributions(fit: Fit) -> pd.DataFrame:
    """Contribution of every component over time, in outcome units.

    Returns:
        ``date, component, kind, mean, p5, p50, p95``; ``kind`` is media, baseline or total
        (``baseline`` and ``fitted`` are sums over the components, per draw).
    """
    rows = []
    baseline = np.zeros((fit.n_draws, fit.dataset.n_periods))
    media = np.zeros_like(baseline)
    for component in decompose(fit):
        total = media if component.kind == "media" else baseline
        total += component.draws_dt
        rows.append(_tidy(fit, component.name, component.kind, component.draws_dt))
    rows.append(_tidy(fit, "baseline", "total", baseline))
    baseline += media
    rows.append(_tidy(fit, "fitted", "total", baseline))
    return pd.concat(rows, ignore_index=True)


def _tidy(fit: Fit, name: str, kind: str, draws_dt: Float[np.ndarray, "draw time"]) -> pd.DataFrame:
    return pd.DataFrame({"date": fit.dataset.dates, "component": name, "kind": kind, **bands(draws_dt)})


def total_contributions(fit: Fit) -> Float[np.ndarray, "draw channel"]:
    """Contribution per draw, summed over the window, in outcome units."""
    columns = [
        effect.contribution(fit.dataset.exposure_gtc[0, :, c]).sum(axis=1)
        for c, effect in enumerate(fit.channels)
    ]
    return np.column_stack(columns)


def total_baseline(fit: Fit) -> Float[np.ndarray, " draw"]:
    """Baseline per draw, summed over the window, in outcome units."""
    total = np.zeros(fit.n_draws)
    for term in fit.baseline:
        total += term.coefficient_dp @ term.matrix.sum(axis=0)
    return total


@dataclass(frozen=True)
class ChannelMeasure:
    """A channel in numbers, over the window of the dataset.

    Args:
        name: Channel.
        kind: Paid, organic …
        spend: In currency.
        contribution: In outcome units.
        share: Of the observed outcome (fitted where it is missing).
        roi: Value of the contribution per unit of spend; None without spend or without a value.
        mroi: The same for the next unit of spend (all periods scaled alike).
        cost_per_unit: Spend per unit of a count outcome.
        half_life: Periods until half of the carry-over has happened.
    """

    name: str
    kind: str
    spend: float
    contribution: Interval
    share: Interval
    roi: Interval | None
    mroi: Interval | None
    cost_per_unit: Interval | None
    half_life: Interval


def measure_channels(fit: Fit) -> list[ChannelMeasure]:
    """All channels in the dataset's order."""
    data = fit.dataset
    value = 1.0 if data.unit == "revenue" else data.value_per_unit
    outcome = outcome_total(fit)
    horizon = max(8, round(HALF_LIFE_YEARS * data.every.per_year))
    measures = []
    for c, (effect, spend) in enumerate(zip(fit.channels, data.spend_c, strict=True)):
        exposure_t = data.exposure_gtc[0, :, c]
        low, now, high = _at_multipliers(effect, exposure_t, (1 - MARGINAL_STEP, 1.0, 1 + MARGINAL_STEP)).T
        paid = spend > 0 and effect.channel.kind is not Kind.ORGANIC
        worth = value is not None and paid
        slope = (high - low) / (2 * MARGINAL_STEP)
        measures.append(
            ChannelMeasure(
                name=effect.channel.name,
                kind=str(effect.channel.kind),
                spend=float(spend),
                contribution=Interval.of(now),
                share=Interval.of(now / outcome),
                roi=Interval.of(now * value / spend) if worth and value else None,
                mroi=Interval.of(slope * value / spend) if worth and value else None,
                cost_per_unit=Interval.of(spend / now) if paid and data.unit == "count" else None,
                half_life=Interval.of(effect.transform.half_life(_thin(effect.theta_dk), horizon)),
            )
        )
    return measures


def outcome_total(fit: Fit) -> float:
    """Observed outcome over the window; fitted means stand in for missing periods."""
    data = fit.dataset
    observed = data.observed_gt[0]
    if observed.all():
        return float(data.outcome_gt.sum())
    fitted = sum(component.draws_dt.mean(axis=0) for component in decompose(fit))
    return float(np.where(observed, data.outcome_gt[0], fitted).sum())


def roi(fit: Fit) -> pd.DataFrame:
    """One row per channel: spend, contribution, share, ROI, marginal ROI, half-life.

    Intervals are 90 %; ROI columns are NaN for channels without spend.
    """
    return roi_table(measure_channels(fit))


def roi_table(measures: Sequence[ChannelMeasure]) -> pd.DataFrame:
    """Measured channels as the table that `roi` returns."""
    rows = []
    for m in measures:
        row: dict[str, object] = {"channel": m.name, "kind": m.kind, "spend": m.spend}
        for name in ("contribution", "share", "roi", "mroi", "cost_per_unit", "half_life"):
            interval = getattr(m, name)
            for part in ("mean", "p5", "p50", "p95"):
                row[f"{name}_{part}"] = np.nan if interval is None else getattr(interval, part)
        rows.append(row)
    return pd.DataFrame(rows)


def response_draws(
    fit: Fit,
    multiplier_p: Float[np.ndarray, " point"],
    *,
    window: Window | None = None,
    carry_out: bool = False,
    max_draws: int | None = None,
) -> Float[np.ndarray, "channel draw point"]:
    """Contribution of each channel when its exposure in `window` is scaled by each multiplier.

    Exposure before the window keeps its level and its effect inside the window is subtracted, so
    that multiplier 0 gives 0. With `carry_out` the effect after the window counts too: what the
    window's exposure causes until the carry-over has ended, with no exposure after it.
    """
    data = fit.dataset
    window = window or Window(0, data.n_periods)
    rows = thinned_rows(fit.n_draws, max_draws)
    tail = round(data.every.per_year / 2) if carry_out else 0
    curves = np.empty((len(fit.channels), len(rows), len(multiplier_p)))
    for c, effect in enumerate(fit.channels):
        exposure_t = np.concatenate([data.exposure_gtc[0, : window.stop, c], np.zeros(tail)])
        own, before = np.zeros_like(exposure_t), exposure_t.copy()
        own[window.slice] = exposure_t[window.slice]
        before[window.slice] = 0.0
        grid = np.concatenate([[0.0], multiplier_p])
        response = effect.transform.respond_scaled(own, before, effect.theta_dk[rows], grid)
        curves[c] = (response[:, 1:] - response[:, :1]) * effect.beta_d[rows, None]
    return curves


def response_curves(fit: Fit, *, points: int = 41, upto: float = 2.0, max_draws: int = 500) -> pd.DataFrame:
    """Contribution as a function of a channel's spend over the window, others held.

    Spend is scaled alike in all periods. At multiplier 1 it is today's spend.

    Args:
        fit: A fit.
        points: Per channel.
        upto: Largest multiple of today's spend.
        max_draws: Draws that are used (evenly thinned).

    Returns:
        ``channel, multiplier, spend, exposure, mean, p5, p50, p95, observed``: outcome units;
        `observed` tells whether spend per active period stays in its observed range.
    """
    multiplier = np.linspace(0.0, upto, points)
    curves = response_draws(fit, multiplier, max_draws=max_draws)
    ranges = observed_multipliers(fit)
    rows = []
    for c, effect in enumerate(fit.channels):
        low, high = ranges[c]
        rows.append(
            pd.DataFrame(
                {
                    "channel": effect.channel.name,
                    "multiplier": multiplier,
                    "spend": multiplier * fit.dataset.spend_c[c],
                    "exposure": multiplier * fit.dataset.exposure_gtc[..., c].sum(),
                    **bands(curves[c]),
                    "observed": (multiplier >= low) & (multiplier <= high),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def observed_multipliers(fit: Fit) -> list[tuple[float, float]]:
    """Per channel the multiples of today's spend that the data have seen.

    A multiple is seen when the mean exposure of an active period, times it, lies between the 5 %
    and the 95 % quantile of active periods.
    """
    ranges = []
    for c in range(len(fit.channels)):
        series = fit.dataset.exposure_gtc[0, :, c]
        active = series[series > 0]
        if len(active) == 0:
            ranges.append((0.0, 0.0))
            continue
        low, high = np.quantile(active, OBSERVED) / active.mean()
        ranges.append((float(min(low, 1.0)), float(max(high, 1.0))))
    return ranges


def thinned_rows(n: int, most: int | None) -> np.ndarray:
    """Evenly spaced row numbers, at most `most` of them."""
    if most is None or n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).astype(int)


def _thin(theta_dk: Float[np.ndarray, "draw parameter"]) -> Float[np.ndarray, "row parameter"]:
    return np.asarray(theta_dk[thinned_rows(len(theta_dk), 1000)])


def _at_multipliers(
    effect: ChannelEffect, exposure_t: Float[np.ndarray, " time"], multipliers: tuple[float, ...]
) -> Float[np.ndarray, "draw point"]:
    response = effect.transform.respond_scaled(
        exposure_t, np.zeros_like(exposure_t), effect.theta_dk, np.array(multipliers)
    )
    return np.asarray(response * effect.beta_d[:, None])
