"""Response curves: what a channel would cause at another spend, and which spend the data have seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float, Inexact

from mediamix.core.types import Window
from mediamix.measure.interval import bands
from mediamix.measure.pairs import whole_of_pairs
from mediamix.measure.panel import by_geo, with_geos
from mediamix.measure.thinning import FEWEST_DRAWS, thinned, thinned_rows
from mediamix.models.base import Fit

#: A channel's observed range of spend per active period: from its 5 % to its 95 % quantile.
OBSERVED = (0.05, 0.95)
#: Draws × points × geos × periods × channels of response curves, for the same reason.
CURVE_EVALUATIONS = 2.5e9


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

    Exposure before the window (from before the data too) keeps its level and its effect inside the
    window is subtracted, so that multiplier 0 gives 0. With `carry_out` the effect after the window
    counts too: what the window's exposure causes until the carry-over has ended, with no exposure
    after it. Of one geo, by its position, or summed over all.
    """
    data = fit.dataset
    window = data.window(window)
    rows = thinned_rows(fit.n_draws, max_draws)
    tail = round(data.every.per_year / 2) if carry_out else 0
    curves = np.empty((len(fit.channels), len(rows), len(multiplier_p)))
    for c, effect in enumerate(fit.channels):
        nothing_gt = np.zeros((len(data.geos), tail))
        before_gt = np.concatenate(
            [data.before_gt(c), data.delivery_gt(c)[:, : window.stop], nothing_gt], axis=1
        )
        planned = slice(data.n_before + window.start, data.n_before + window.stop)
        own_gt = np.zeros_like(before_gt)
        own_gt[:, planned] = before_gt[:, planned]
        before_gt[:, planned] = 0.0
        some = effect.thinned(rows)
        if fit.together is not None:
            curves[c] = _with_pairs(thinned(fit, rows), c, (own_gt, before_gt), multiplier_p, window.stop)
            continue
        if not before_gt.any():
            # Nothing is carried in, and every saturation is zero at zero.
            curves[c] = some.response(own_gt, before_gt, multiplier_p, geo)
            continue
        grid = np.concatenate([[0.0], multiplier_p])
        response = some.response(own_gt, before_gt, grid, geo)
        curves[c] = response[:, 1:] - response[:, :1]
    return curves


def _with_pairs(
    fit: Fit,
    channel: int,
    exposure: tuple[Inexact[np.ndarray, "geo series"], Inexact[np.ndarray, "geo series"]],
    multiplier_p: Float[np.ndarray, " point"],
    stop: int,
) -> Float[np.ndarray, "draw point"]:
    """A channel's curve with all of what its pairs bring, the others as they were.

    Args:
        fit: A national fit with pairs.
        channel: Position.
        exposure: The channel's in the window, and beside it.
        multiplier_p: Multiples of the former.
        stop: End of the window; after it there is no exposure.
    """
    own_gt, beside_gt = exposure
    delivered_gtc, known = fit.dataset.delivered_gtc, fit.dataset.n_before + stop
    series_gtc = np.zeros((*own_gt.shape, len(fit.channels)), dtype=delivered_gtc.dtype)
    series_gtc[:, :known] = delivered_gtc[:, :known]
    sums = []
    for multiple in (0.0, *multiplier_p):
        series_gtc[:, :, channel] = beside_gt + multiple * own_gt
        alone_dt = fit.channels[channel].contribution(series_gtc[:, :, channel])
        sums.append((alone_dt + whole_of_pairs(fit, channel, series_gtc, fit.channels)).sum(axis=1))
    return np.asarray(np.column_stack(sums[1:]) - sums[0][:, None])


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
