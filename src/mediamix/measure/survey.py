"""What media did, of all draws, in one pass over draws, geos and periods.

Nearly all numbers about a fit are sums over the same responses: contributions, marginal returns, the
fitted outcome, and of a panel each geo's. In a large panel one pass over them takes seconds, so they are
summed in all ways at once, and kept with the fit (`Fit.memo`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.measure.interval import bands
from mediamix.measure.thinning import rows_for_geos
from mediamix.models.base import Fit


@dataclass(frozen=True)
class Caused:
    """What a channel caused over the window, in one geo or in all; outcome units.

    Args:
        total_d: All of it.
        slope_d: Its derivative in a factor on the window's exposure, at 1.
        carried_d: The part that exposure from before the window causes by itself.
    """

    total_d: Float[np.ndarray, " draw"]
    slope_d: Float[np.ndarray, " draw"]
    carried_d: Float[np.ndarray, " draw"]

    @property
    def own_d(self) -> Float[np.ndarray, " draw"]:
        """What the window's exposure causes."""
        return np.asarray(self.total_d - self.carried_d)


@dataclass(frozen=True)
class Survey:
    """Sums of the channels' contributions, outcome units.

    Args:
        total_dc: Over geos and time.
        slope_dc: Derivative of `total_dc` in a factor on all of the channel's exposure in the window.
        carried_dc: The part of `total_dc` that exposure from before the window causes by itself.
        media_dt: Over geos and channels.
        bands_c: Of each channel over time, summed over geos: see `interval.bands`.
        rows: Of the draws, those of the sums per geo; see `thinning.for_geos`.
        total_rgc: Over time.
        slope_rgc: Its derivative.
        carried_rgc: What is carried into it.
        media_grt: Over channels.
    """

    total_dc: Float[np.ndarray, "draw channel"]
    slope_dc: Float[np.ndarray, "draw channel"]
    carried_dc: Float[np.ndarray, "draw channel"]
    media_dt: Float[np.ndarray, "draw time"]
    bands_c: tuple[Mapping[str, Float[np.ndarray, " time"]], ...]
    rows: Int[np.ndarray, " row"]
    total_rgc: Float[np.ndarray, "row geo channel"]
    slope_rgc: Float[np.ndarray, "row geo channel"]
    carried_rgc: Float[np.ndarray, "row geo channel"]
    media_grt: Float[np.ndarray, "geo row time"]

    def of(self, channel: int, geo: int | None = None) -> Caused:
        """One channel's, of all draws over all geos, or of `rows` in one geo."""
        if geo is None:
            arrays = self.total_dc, self.slope_dc, self.carried_dc
        else:
            arrays = self.total_rgc[:, geo], self.slope_rgc[:, geo], self.carried_rgc[:, geo]
        return Caused(*(array[:, channel] for array in arrays))


def survey(fit: Fit) -> Survey:
    """The survey of a fit, made once."""
    rows = rows_for_geos(fit)
    key = ("survey", len(rows))
    if key not in fit.memo:
        fit.memo[key] = _made(fit, rows)
    found = fit.memo[key]
    assert isinstance(found, Survey)
    return found


def _made(fit: Fit, rows: Int[np.ndarray, " row"]) -> Survey:
    data, draws = fit.dataset, fit.n_draws
    geos, periods, count = len(data.geos), data.n_periods, len(fit.channels)
    # Draws lie beside each other: they are what is read together.
    sums_dc = np.empty((3, count, draws)).transpose(0, 2, 1)
    sums_rgc = np.empty((3, geos, count, len(rows))).transpose(0, 3, 1, 2)
    media_dt = np.zeros((draws, periods))
    # Of one geo the sum over geos is the geo's.
    media_grt = np.zeros((geos, len(rows), periods)) if geos > 1 else media_dt[None]
    seen = []
    for c, effect in enumerate(fit.channels):
        exposure_gt = np.concatenate([data.before_gt(c), data.exposure_gtc[:, :, c]], axis=1)
        made = effect.responses(exposure_gt, data.n_before, (rows, media_grt) if geos > 1 else None)
        media_dt += made.over_time_dt
        seen.append(bands(made.over_time_dt))
        for i, sum_dg in enumerate((made.total_dg, made.slope_dg, made.carried_dg)):
            sums_dc[i, :, c], sums_rgc[i, ..., c] = sum_dg.sum(axis=1), sum_dg[rows]
    total_dc, slope_dc, carried_dc = sums_dc
    total_rgc, slope_rgc, carried_rgc = sums_rgc
    return Survey(
        total_dc=total_dc,
        slope_dc=slope_dc,
        carried_dc=carried_dc,
        media_dt=media_dt,
        bands_c=tuple(seen),
        rows=rows,
        total_rgc=total_rgc,
        slope_rgc=slope_rgc,
        carried_rgc=carried_rgc,
        media_grt=media_grt,
    )


def media_over_time(fit: Fit, channel: int, geo: int | None = None) -> Float[np.ndarray, "draw time"]:
    """A channel's contribution per draw and period, of one geo or summed over all."""
    data = fit.dataset
    exposure_gt, before_gt = data.exposure_gtc[:, :, channel], data.before_gt(channel)
    return fit.channels[channel].contribution(exposure_gt, geo, before_gt)
