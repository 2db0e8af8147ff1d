"""What each channel caused: contributions, ROI, marginal ROI, half-lives.

Everything is computed per draw and summarised last. For every draw the baseline terms and the
channels' contributions add up to the fitted outcome, and what the geos of a panel add up to is the
total. Totals over geos are the default; with ``by="geo"`` tables have a row per geo.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.types import Kind
from mediamix.measure.evidence import nothing_limit, probability_nothing
from mediamix.measure.fading import half_life_of
from mediamix.measure.interval import Interval, bands
from mediamix.measure.panel import by_geo, outcome_of_geos, with_geos
from mediamix.measure.survey import Caused, media_over_time, survey
from mediamix.measure.thinning import for_geos, thinned_rows
from mediamix.models.base import BaselineTerm, Fit

#: Half-lives are read off carry-over weights up to this many years.
HALF_LIFE_YEARS = 1.0


@dataclass(frozen=True)
class Component:
    """One additive part of the fitted outcome: a channel or a baseline term.

    Args:
        name: Channel, or intercept, trend, seasonality, weekday, events, treatments,
            controls, mediators.
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
        yield Component(effect.channel.name, "media", media_over_time(fit, c, geo))


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
        return _together(fit)
    fit, note = for_geos(fit)
    tables = [_over_time(fit, g) for g in range(len(fit.dataset.geos))]
    return with_geos(fit.dataset.geos, pd.concat(tables, ignore_index=True), note)


def _together(fit: Fit) -> pd.DataFrame:
    """All geos in one; media from the survey."""
    found = survey(fit)
    baseline = np.zeros((fit.n_draws, fit.dataset.n_periods))
    rows = []
    for term in fit.baseline:
        draws_dt = term.contribution()
        baseline += draws_dt
        rows.append(_tidy(fit, term.component, "baseline", bands(draws_dt)))
    for effect, seen in zip(fit.channels, found.bands_c, strict=True):
        rows.append(_tidy(fit, effect.channel.name, "media", seen))
    rows.append(_tidy(fit, "baseline", "total", bands(baseline)))
    rows.append(_tidy(fit, "fitted", "total", bands(baseline + found.media_dt)))
    return pd.concat(rows, ignore_index=True)


def _over_time(fit: Fit, geo: int) -> pd.DataFrame:
    rows = []
    baseline = np.zeros((fit.n_draws, fit.dataset.n_periods))
    media = np.zeros_like(baseline)
    for component in decompose(fit, geo):
        total = media if component.kind == "media" else baseline
        total += component.draws_dt
        rows.append(_tidy(fit, component.name, component.kind, bands(component.draws_dt)))
    rows.append(_tidy(fit, "baseline", "total", bands(baseline)))
    baseline += media
    rows.append(_tidy(fit, "fitted", "total", bands(baseline)))
    return pd.concat(rows, ignore_index=True)


def _tidy(fit: Fit, name: str, kind: str, seen: Mapping[str, Float[np.ndarray, " time"]]) -> pd.DataFrame:
    return pd.DataFrame({"date": fit.dataset.dates, "component": name, "kind": kind, **seen})


def total_contributions(fit: Fit, geo: int | None = None) -> Float[np.ndarray, "draw channel"]:
    """Contribution per draw, summed over the window, in outcome units; of one geo or over all.

    What media from before the window cause in it is part of it.
    """
    if geo is None:
        return survey(fit).total_dc
    return np.column_stack([media_over_time(fit, c, geo).sum(axis=1) for c in range(len(fit.channels))])


def carried_in(fit: Fit) -> Float[np.ndarray, "draw channel"]:
    """The part of `total_contributions` that exposure from before the window causes by itself."""
    return survey(fit).carried_dc


def total_baseline(
    fit: Fit, geo: int | None = None, window: slice = slice(None)
) -> Float[np.ndarray, " draw"]:
    """Baseline per draw, summed over all or some periods, in outcome units; of one geo or all."""
    total = np.zeros(fit.n_draws)
    for term in fit.baseline:
        total += _over_window(term, geo, window)
    return total


def _over_window(term: BaselineTerm, geo: int | None, window: slice) -> Float[np.ndarray, " draw"]:
    """A term's contribution summed over periods, without its course over time."""
    part = slice(None) if geo is None else slice(geo, geo + 1)
    columns_gtp = np.broadcast_to(
        term.block.matrix_gtp, (len(term.weight_gt), *term.block.matrix_gtp.shape[1:])
    )
    sum_gp = np.einsum("gt,gtp->gp", term.weight_gt[part, window], columns_gtp[part, window])
    total = term.coefficient_dp @ sum_gp.sum(axis=0)
    if term.deviation_dgp is not None:
        total += np.einsum("dgp,gp->d", term.deviation_dgp[:, part], sum_gp)
    for driven in term.driven:
        total -= driven.contribution(geo)[:, window].sum(axis=1)
    return np.asarray(total)


@dataclass(frozen=True)
class ChannelMeasure:
    """A channel in numbers, over the window of the dataset.

    Args:
        name: Channel.
        kind: Paid, organic …
        spend: In currency.
        contribution: In outcome units, what is carried in from before the window included.
        share: Of the observed outcome (fitted where it is missing).
        roi: Value per unit of spend of what the window's exposure causes in it; None without spend or
            without a value.
        mroi: The same for the next unit of spend (all periods scaled alike).
        cost_per_unit: Spend per unit of a count outcome; its mean is spend over mean contribution.
        half_life: Periods until half of the carry-over has happened.
        nothing: Probability that it brings nothing, see `measure.evidence`.
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
    nothing: float = 0.0


def measure_channels(fit: Fit, outcome: float | None = None) -> list[ChannelMeasure]:
    """All channels in the dataset's order, over all geos; `outcome` is that of `outcome_total`."""
    outcome = outcome_total(fit) if outcome is None else outcome
    lives, found = half_lives(fit), survey(fit)
    return [
        measured(fit, c, found.of(c), spend, (outcome, lives[c]))
        for c, spend in enumerate(fit.dataset.spend_c)
    ]


def measured(
    fit: Fit, channel: int, made: Caused, spend: float, about: tuple[float, Interval]
) -> ChannelMeasure:
    """A channel in numbers, of one geo or of all.

    Args:
        fit: A fit.
        channel: Position.
        made: What it did.
        spend: That made it.
        about: The outcome that shares are taken of, and the channel's half-life.
    """
    data, effect = fit.dataset, fit.channels[channel]
    outcome, half_life = about
    value = data.worth
    now, own, slope = made.total_d, made.own_d, made.slope_d
    paid = spend > 0 and effect.channel.kind is not Kind.ORGANIC
    worth = value is not None and paid
    # A geo's effect may be below zero in some draws: then no amount of money buys a unit.
    bought = paid and data.unit == "count" and bool((own > 0).all())
    part = data.spend_c[channel] / data.spend_c.sum() if paid else 0.0
    limit = nothing_limit(spend if paid else 0.0, value, part, outcome)
    contribution = Interval.of(now)
    return ChannelMeasure(
        name=effect.channel.name,
        kind=str(effect.channel.kind),
        spend=float(spend),
        contribution=contribution,
        share=_share(contribution, outcome),
        roi=Interval.of(own * value / spend) if worth and value else None,
        mroi=Interval.of(slope * value / spend) if worth and value else None,
        cost_per_unit=Interval.cost(spend, own) if bought else None,
        half_life=half_life,
        nothing=probability_nothing(own, limit),
    )


def _share(contribution: Interval, outcome: float) -> Interval:
    """Of an outcome; unknown where that isn't positive."""
    return contribution.times(1.0 / outcome if outcome > 0 else math.nan)


def half_lives(fit: Fit) -> list[Interval]:
    """Periods until half of the carry-over has happened, per channel."""
    horizon = max(8, round(HALF_LIFE_YEARS * fit.dataset.every.per_year))
    rows = thinned_rows(fit.n_draws, 1000)
    return [Interval.of(half_life_of(fit, c, rows, horizon)) for c in range(len(fit.channels))]


def outcome_total(fit: Fit) -> float:
    """Observed outcome over the window and all geos; fitted means stand in for what is missing."""
    return float(outcome_of_geos(fit).sum())


def roi(fit: Fit, *, by: str | None = None) -> pd.DataFrame:
    """One row per channel: spend, contribution, share, ROI, marginal ROI, half-life.

    Intervals are 90 %; ROI columns are NaN for channels without spend. A count without a value has no ROI
    columns, but `cost_per_unit`.

    Args:
        fit: A fit.
        by: ``"geo"`` for a row per geo and channel, with the column ``geo`` in front; shares are of
            the geo's outcome then. Draws are thinned as in `contributions`.

    Raises:
        SpecError: `by` is something else.
    """
    if not by_geo(by):
        return roi_table(measure_channels(fit), value=fit.dataset.worth is not None)
    outcome_g, lives, found = outcome_of_geos(fit), half_lives(fit), survey(fit)
    fit, note = for_geos(fit)
    spend_gc = fit.dataset.spend_gtc.sum(axis=1)
    measures = [
        measured(fit, c, found.of(c, g), spend_gc[g, c], (float(outcome), lives[c]))
        for g, outcome in enumerate(outcome_g)
        for c in range(len(fit.channels))
    ]
    return with_geos(fit.dataset.geos, roi_table(measures, value=fit.dataset.worth is not None), note)


def roi_table(measures: Sequence[ChannelMeasure], *, value: bool) -> pd.DataFrame:
    """Measured channels as the table that `roi` returns; `value`: whether the outcome is worth money."""
    returns = ("roi", "mroi") if value else ()
    rows = []
    for m in measures:
        row: dict[str, object] = {"channel": m.name, "kind": m.kind, "spend": m.spend}
        for name in ("contribution", "share", *returns, "cost_per_unit", "half_life"):
            interval = getattr(m, name)
            for part in ("mean", "p5", "p50", "p95"):
                row[f"{name}_{part}"] = np.nan if interval is None else getattr(interval, part)
        rows.append(row)
    return pd.DataFrame(rows)
