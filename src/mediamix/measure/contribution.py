"""What each channel caused: contributions, ROI, marginal ROI, response curves, half-lives.

Everything is computed per draw and summarised last. For every draw the baseline terms and the
channels' contributions add up to the fitted outcome, and what the geos of a panel add up to is the
total. Totals over geos are the default; with ``by="geo"`` tables have a row per geo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.types import Kind, Window
from mediamix.measure.interval import Interval, bands
from mediamix.measure.panel import by_geo, outcome_of_geos, with_geos
from mediamix.models.base import BaselineTerm, Fit

#: Step of the central difference behind a marginal ROI, as a share of the spend.
MARGINAL_STEP = 1e-3
#: A channel's observed range of spend per active period: from its 5 % to its 95 % quantile.
OBSERVED = (0.05, 0.95)
#: Half-lives are read off carry-over weights up to this many years.
HALF_LIFE_YEARS = 1.0
#: Draws × geos × periods × channels that tables by geo and response curves are made of; more draws
#: than that are thinned, to no fewer than the second number.
EVALUATIONS, FEWEST_DRAWS = 5e8, 100
#: Draws × points × geos × periods × channels of response curves, for the same reason.
CURVE_EVALUATIONS = 5e9


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


def decompose(fit: Fit, geo: int | None = None) -> Iterator[Component]:
    """Baseline terms, then channels, one at a time (each is draws × periods of memory).

    Args:
        fit: A fit.
        geo: Position of a geo; None: sums over all geos.
    """
    for term in fit.baseline:
        yield Component(term.component, "baseline", term.contribution(geo))
    for c, effect in enumerate(fit.channels):
        draws_dt = effect.contribution(fit.dataset.exposure_gtc[:, :, c], geo)
        yield Component(effect.channel.name, "media", draws_dt)


def contributions(fit: Fit, *, by: str | None = None) -> pd.DataFrame:
    """Contribution of every component over time, in outcome units.

    Args:
        fit: A fit.
        by: ``"geo"`` for a table with the column ``geo`` in front; of large panels thinned draws are
            used, then the table's ``attrs["note"]`` says so.

    Returns:
        ``date, component, kind, mean, p5, p50, p95``; ``kind`` is media, baseline or total
        (``baseline`` and ``fitted`` are sums over the components, per draw).

    Raises:
        SpecError: `by` is something else.
    """
    if not by_geo(by):
        return _over_time(fit, None)
    fit, note = for_geos(fit)
    tables = [_over_time(fit, g) for g in range(len(fit.dataset.geos))]
    return with_geos(fit.dataset.geos, pd.concat(tables, ignore_index=True), note)


def _over_time(fit: Fit, geo: int | None) -> pd.DataFrame:
    rows = []
    baseline = np.zeros((fit.n_draws, fit.dataset.n_periods))
    media = np.zeros_like(baseline)
    for component in decompose(fit, geo):
        total = media if component.kind == "media" else baseline
        total += component.draws_dt
        rows.append(_tidy(fit, component.name, component.kind, component.draws_dt))
    rows.append(_tidy(fit, "baseline", "total", baseline))
    baseline += media
    rows.append(_tidy(fit, "fitted", "total", baseline))
    return pd.concat(rows, ignore_index=True)


def _tidy(fit: Fit, name: str, kind: str, draws_dt: Float[np.ndarray, "draw time"]) -> pd.DataFrame:
    return pd.DataFrame({"date": fit.dataset.dates, "component": name, "kind": kind, **bands(draws_dt)})


def for_geos(fit: Fit) -> tuple[Fit, str]:
    """The fit with as many draws as a pass over every geo takes in seconds, and a note if that is fewer."""
    cells = fit.dataset.exposure_gtc.size
    most = max(FEWEST_DRAWS, int(EVALUATIONS / cells))
    if fit.n_draws <= most:
        return fit, ""
    rows = thinned_rows(fit.n_draws, most)
    return thinned(fit, rows), f"numbers per geo are of {most:,} evenly thinned draws of {fit.n_draws:,}"


def thinned(fit: Fit, rows: np.ndarray) -> Fit:
    """The fit with some of its draws, for measures; the named draws of `posterior` stay."""
    return replace(
        fit,
        channels=tuple(effect.thinned(rows) for effect in fit.channels),
        baseline=tuple(term.thinned(rows) for term in fit.baseline),
        sigma_dg=fit.sigma_dg[rows],
    )


def total_contributions(fit: Fit, geo: int | None = None) -> Float[np.ndarray, "draw channel"]:
    """Contribution per draw, summed over the window, in outcome units; of one geo or over all."""
    one = np.ones(1)
    columns = []
    for c, effect in enumerate(fit.channels):
        exposure_gt = fit.dataset.exposure_gtc[:, :, c]
        columns.append(effect.response(exposure_gt, np.zeros_like(exposure_gt), one, geo)[:, 0])
    return np.column_stack(columns)


def total_baseline(fit: Fit, geo: int | None = None) -> Float[np.ndarray, " draw"]:
    """Baseline per draw, summed over the window, in outcome units; of one geo or over all."""
    total = np.zeros(fit.n_draws)
    for term in fit.baseline:
        total += _over_window(term, geo)
    return total


def _over_window(term: BaselineTerm, geo: int | None) -> Float[np.ndarray, " draw"]:
    """A term's contribution summed over the window, without its course over time."""
    part = slice(None) if geo is None else slice(geo, geo + 1)
    columns_gtp = np.broadcast_to(
        term.block.matrix_gtp, (len(term.weight_gt), *term.block.matrix_gtp.shape[1:])
    )
    sum_gp = np.einsum("gt,gtp->gp", term.weight_gt[part], columns_gtp[part])
    total = term.coefficient_dp @ sum_gp.sum(axis=0)
    if term.deviation_dgp is not None:
        total += np.einsum("dgp,gp->d", term.deviation_dgp[:, part], sum_gp)
    return np.asarray(total)


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


def measure_channels(fit: Fit, outcome: float | None = None) -> list[ChannelMeasure]:
    """All channels in the dataset's order, over all geos; `outcome` is that of `outcome_total`."""
    outcome = outcome_total(fit) if outcome is None else outcome
    lives = half_lives(fit)
    return [
        measured(fit, c, near_today(fit, c), fit.dataset.spend_c[c], (outcome, lives[c]))
        for c in range(len(fit.channels))
    ]


def near_today(fit: Fit, channel: int, geo: int | None = None) -> Float[np.ndarray, "draw 3"]:
    """A channel's contribution over the window a step below today's exposure, at it and above it."""
    exposure_gt = fit.dataset.exposure_gtc[:, :, channel]
    near = np.array([1 - MARGINAL_STEP, 1.0, 1 + MARGINAL_STEP])
    return fit.channels[channel].response(exposure_gt, np.zeros_like(exposure_gt), near, geo)


def measured(
    fit: Fit,
    channel: int,
    near_d3: Float[np.ndarray, "draw 3"],
    spend: float,
    about: tuple[float, Interval],
) -> ChannelMeasure:
    """A channel in numbers, of one geo or of all.

    Args:
        fit: A fit.
        channel: Position.
        near_d3: From `near_today`.
        spend: That made it.
        about: The outcome that shares are taken of, and the channel's half-life.
    """
    data, effect = fit.dataset, fit.channels[channel]
    outcome, half_life = about
    value = 1.0 if data.unit == "revenue" else data.value_per_unit
    low, now, high = near_d3.T
    paid = spend > 0 and effect.channel.kind is not Kind.ORGANIC
    worth = value is not None and paid
    slope = (high - low) / (2 * MARGINAL_STEP)
    # A geo's effect may be below zero in some draws: then no amount of money buys a unit.
    bought = paid and data.unit == "count" and bool((now > 0).all())
    return ChannelMeasure(
        name=effect.channel.name,
        kind=str(effect.channel.kind),
        spend=float(spend),
        contribution=Interval.of(now),
        share=Interval.of(now / outcome) if outcome else Interval(np.nan, np.nan, np.nan, np.nan),
        roi=Interval.of(now * value / spend) if worth and value else None,
        mroi=Interval.of(slope * value / spend) if worth and value else None,
        cost_per_unit=Interval.of(spend / now) if bought else None,
        half_life=half_life,
    )


def half_lives(fit: Fit) -> list[Interval]:
    """Periods until half of the carry-over has happened, per channel."""
    horizon = max(8, round(HALF_LIFE_YEARS * fit.dataset.every.per_year))
    return [Interval.of(e.transform.half_life(_thin(e.theta_dk), horizon)) for e in fit.channels]


def outcome_total(fit: Fit) -> float:
    """Observed outcome over the window and all geos; fitted means stand in for what is missing."""
    return float(outcome_of_geos(fit).sum())


def roi(fit: Fit, *, by: str | None = None) -> pd.DataFrame:
    """One row per channel: spend, contribution, share, ROI, marginal ROI, half-life.

    Intervals are 90 %; ROI columns are NaN for channels without spend.

    Args:
        fit: A fit.
        by: ``"geo"`` for a row per geo and channel, with the column ``geo`` in front; shares are of
            the geo's outcome then. Draws are thinned as in `contributions`.

    Raises:
        SpecError: `by` is something else.
    """
    if not by_geo(by):
        return roi_table(measure_channels(fit))
    outcome_g, lives = outcome_of_geos(fit), half_lives(fit)
    fit, note = for_geos(fit)
    spend_gc = fit.dataset.spend_gtc.sum(axis=1)
    measures = [
        measured(fit, c, near_today(fit, c, g), spend_gc[g, c], (float(outcome), lives[c]))
        for g, outcome in enumerate(outcome_g)
        for c in range(len(fit.channels))
    ]
    return with_geos(fit.dataset.geos, roi_table(measures), note)


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
    geo: int | None = None,
) -> Float[np.ndarray, "channel draw point"]:
    """Contribution of each channel when its exposure in `window` is scaled by each multiplier.

    Exposure before the window keeps its level and its effect inside the window is subtracted, so
    that multiplier 0 gives 0. With `carry_out` the effect after the window counts too: what the
    window's exposure causes until the carry-over has ended, with no exposure after it. Of one geo,
    by its position, or summed over all.
    """
    data = fit.dataset
    window = window or Window(0, data.n_periods)
    rows = thinned_rows(fit.n_draws, max_draws)
    tail = round(data.every.per_year / 2) if carry_out else 0
    curves = np.empty((len(fit.channels), len(rows), len(multiplier_p)))
    for c, effect in enumerate(fit.channels):
        nothing_gt = np.zeros((len(data.geos), tail))
        before_gt = np.concatenate([data.exposure_gtc[:, : window.stop, c], nothing_gt], axis=1)
        own_gt = np.zeros_like(before_gt)
        own_gt[:, window.slice] = before_gt[:, window.slice]
        before_gt[:, window.slice] = 0.0
        grid = np.concatenate([[0.0], multiplier_p])
        response = effect.thinned(rows).response(own_gt, before_gt, grid, geo)
        curves[c] = response[:, 1:] - response[:, :1]
    return curves


def response_curves(
    fit: Fit, *, points: int = 41, upto: float = 2.0, max_draws: int = 500, by: str | None = None
) -> pd.DataFrame:
    """Contribution as a function of a channel's spend over the window, others held.

    Spend is scaled alike in all periods, and in all geos. At multiplier 1 it is today's spend.

    Args:
        fit: A fit.
        points: Per channel.
        upto: Largest multiple of today's spend.
        max_draws: Draws that are used (evenly thinned); large panels use fewer.
        by: ``"geo"`` for curves of every geo, with the column ``geo`` in front.

    Returns:
        ``channel, multiplier, spend, exposure, mean, p5, p50, p95, observed``: outcome units;
        `observed` tells whether spend per active period stays in its observed range.

    Raises:
        SpecError: `by` is something else.
    """
    multiplier = np.linspace(0.0, upto, points)
    most = max(FEWEST_DRAWS, int(CURVE_EVALUATIONS / (points * fit.dataset.exposure_gtc.size)))
    fit = thinned(fit, thinned_rows(fit.n_draws, min(max_draws, most)))
    if not by_geo(by):
        return _curves(fit, multiplier, None)
    tables = [_curves(fit, multiplier, g) for g in range(len(fit.dataset.geos))]
    note = f"of {fit.n_draws:,} evenly thinned draws"
    return with_geos(fit.dataset.geos, pd.concat(tables, ignore_index=True), note)


def _curves(fit: Fit, multiplier: Float[np.ndarray, " point"], geo: int | None) -> pd.DataFrame:
    data = fit.dataset
    part = slice(None) if geo is None else slice(geo, geo + 1)
    curves = response_draws(fit, multiplier, geo=geo)
    ranges = observed_multipliers(fit, geo)
    rows = []
    for c, effect in enumerate(fit.channels):
        low, high = ranges[c]
        rows.append(
            pd.DataFrame(
                {
                    "channel": effect.channel.name,
                    "multiplier": multiplier,
                    "spend": multiplier * data.spend_gtc[part, :, c].sum(),
                    "exposure": multiplier * data.exposure_gtc[part, :, c].sum(),
                    **bands(curves[c]),
                    "observed": (multiplier >= low) & (multiplier <= high),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def observed_multipliers(fit: Fit, geo: int | None = None) -> list[tuple[float, float]]:
    """Per channel the multiples of today's spend that the data have seen.

    A multiple is seen when the mean exposure of an active period, times it, lies between the 5 %
    and the 95 % quantile of active periods; of a panel: per unit of a geo's size, over all geos or
    in one of them.
    """
    part = slice(None) if geo is None else slice(geo, geo + 1)
    return [
        _seen(fit.dataset.exposure_gtc[part, :, c] / effect.size_g[part, None])
        for c, effect in enumerate(fit.channels)
    ]


def _seen(exposure_gt: Float[np.ndarray, "geo time"]) -> tuple[float, float]:
    active = exposure_gt[exposure_gt > 0]
    if len(active) == 0:
        return (0.0, 0.0)
    low, high = np.quantile(active, OBSERVED) / active.mean()
    return float(min(low, 1.0)), float(max(high, 1.0))


def thinned_rows(n: int, most: int | None) -> np.ndarray:
    """Evenly spaced row numbers, at most `most` of them."""
    if most is None or n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).astype(int)


def _thin(theta_dk: Float[np.ndarray, "draw parameter"]) -> Float[np.ndarray, "row parameter"]:
    return np.asarray(theta_dk[thinned_rows(len(theta_dk), 1000)])
