"""What media did, of all draws, in one pass over draws, geos and periods.

Nearly all numbers about a fit are sums over the same responses: contributions, marginal returns, the
fitted outcome, and of a panel each geo's. In a large panel one pass over them takes seconds, so they are
summed in all ways at once, and kept with the fit (`Fit.memo`), of a large panel in its folder, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Int

from mediamix.core.files import whole_file
from mediamix.measure.interval import LABELS, bands
from mediamix.measure.pairs import half_of_pairs, slope_of_pairs
from mediamix.measure.thinning import rows_for_geos
from mediamix.models.base import Fit
from mediamix.transforms.media import Responses

#: Draws × geos × periods × channels from which on a fit's folder holds its survey: some seconds each time
#: for tens of megabytes.
WRITTEN_FROM = 5e8
#: Where `expect` leaves the file for `survey`.
_EXPECTED = "survey file"
_BAND = ("mean", *LABELS)


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
        media_grt: Over channels; of a panel in single precision, it is the largest of them.
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
    media_grt: Float[np.ndarray, "geo row time"] | Float32[np.ndarray, "geo row time"]

    def of(self, channel: int, geo: int | None = None) -> Caused:
        """One channel's, of all draws over all geos, or of `rows` in one geo."""
        if geo is None:
            arrays = self.total_dc, self.slope_dc, self.carried_dc
        else:
            arrays = self.total_rgc[:, geo], self.slope_rgc[:, geo], self.carried_rgc[:, geo]
        return Caused(*(array[:, channel] for array in arrays))

    def media_rt(self, geo: int) -> Float[np.ndarray, "row time"]:
        """`media_grt` of one geo, in double precision: sums over it are to be exact."""
        return np.asarray(self.media_grt[geo], dtype=float)


def survey(fit: Fit) -> Survey:
    """The survey of a fit, made once."""
    rows = rows_for_geos(fit)
    key = ("survey", len(rows))
    if key not in fit.memo:
        written = fit.memo.get(_EXPECTED)
        fit.memo[key] = _made(fit, rows) if written is None else _read(written, rows)
    found = fit.memo[key]
    assert isinstance(found, Survey)
    return found


def write(fit: Fit, path: Path) -> bool:
    """Write the survey of a large panel beside its draws; False where making it again is as quick.

    Raises:
        FolderError: The file can't be written.
    """
    if len(fit.dataset.geos) == 1 or fit.n_draws * fit.dataset.exposure_gtc.size < WRITTEN_FROM:
        return False
    found = survey(fit)
    with whole_file(path) as aside, aside.open("wb") as file:
        np.savez(
            file,
            sums_cd=np.stack([sum_dc.T for sum_dc in (found.total_dc, found.slope_dc, found.carried_dc)]),
            sums_gcr=np.stack(
                [s.transpose(1, 2, 0) for s in (found.total_rgc, found.slope_rgc, found.carried_rgc)]
            ),
            media_dt=found.media_dt,
            media_grt=found.media_grt,
            bands_c=np.stack([[band[label] for label in _BAND] for band in found.bands_c]),
        )
    return True


def expect(fit: Fit, path: Path) -> None:
    """Take the survey of a fit, as it was loaded, from a file of `write` when it is wanted."""
    fit.memo[_EXPECTED] = path


def _made(fit: Fit, rows: Int[np.ndarray, " row"]) -> Survey:
    data, draws = fit.dataset, fit.n_draws
    geos, periods, count = len(data.geos), data.n_periods, len(fit.channels)
    # Draws lie beside each other: they are what is read together.
    sums_dc = np.empty((3, count, draws)).transpose(0, 2, 1)
    sums_rgc = np.empty((3, geos, count, len(rows))).transpose(0, 3, 1, 2)
    media_dt = np.zeros((draws, periods))
    media_grt = np.zeros((geos, len(rows), periods)) if geos > 1 else None
    seen = []
    for c, effect in enumerate(fit.channels):
        exposure_gt = np.concatenate([data.before_gt(c), data.delivery_gt(c)], axis=1)
        made = effect.responses(exposure_gt, data.n_before, None if media_grt is None else (rows, media_grt))
        made = _with_pairs(fit, c, made)
        media_dt += made.over_time_dt
        seen.append(bands(made.over_time_dt))
        for i, sum_dg in enumerate((made.total_dg, made.slope_dg, made.carried_dg)):
            sums_dc[i, :, c], sums_rgc[i, ..., c] = sum_dg.sum(axis=1), sum_dg[rows]
    # Of one geo the sum over geos is the geo's.
    by_geo = media_dt[None] if media_grt is None else media_grt.astype(np.float32)
    return _survey(sums_dc, media_dt, tuple(seen), rows, sums_rgc, by_geo)


def _with_pairs(fit: Fit, channel: int, made: Responses) -> Responses:
    """A channel's responses with its half of what its pairs bring; to the slope they count in full."""
    if fit.together is None:
        return made
    data, n = fit.dataset, fit.dataset.n_before
    half_dt = half_of_pairs(fit, channel, data.delivered_gtc, fit.channels)[:, n:]
    before_gtc = data.delivered_gtc.copy()
    before_gtc[:, n:] = 0.0
    carried_d = half_of_pairs(fit, channel, before_gtc, fit.channels)[:, n:].sum(axis=1)
    return Responses(
        made.over_time_dt + half_dt,
        made.total_dg + half_dt.sum(axis=1)[:, None],
        made.slope_dg + slope_of_pairs(fit, channel)[:, None],
        made.carried_dg + carried_d[:, None],
    )


def _read(path: Path, rows: Int[np.ndarray, " row"]) -> Survey:
    """What `write` wrote; the hash of the file was checked when the fit was loaded."""
    with np.load(path, allow_pickle=False) as file:
        sums_dc, sums_rgc = file["sums_cd"].transpose(0, 2, 1), file["sums_gcr"].transpose(0, 3, 1, 2)
        seen = tuple(dict(zip(_BAND, band, strict=True)) for band in file["bands_c"])
        return _survey(sums_dc, file["media_dt"], seen, rows, sums_rgc, file["media_grt"])


def _survey(
    sums_dc: Float[np.ndarray, "3 draw channel"],
    media_dt: Float[np.ndarray, "draw time"],
    seen: tuple[Mapping[str, Float[np.ndarray, " time"]], ...],
    rows: Int[np.ndarray, " row"],
    sums_rgc: Float[np.ndarray, "3 row geo channel"],
    media_grt: Float[np.ndarray, "geo row time"] | Float32[np.ndarray, "geo row time"],
) -> Survey:
    (total_dc, slope_dc, carried_dc), (total_rgc, slope_rgc, carried_rgc) = sums_dc, sums_rgc
    return Survey(
        total_dc, slope_dc, carried_dc, media_dt, seen, rows, total_rgc, slope_rgc, carried_rgc, media_grt
    )


def media_over_time(fit: Fit, channel: int, geo: int | None = None) -> Float[np.ndarray, "draw time"]:
    """A channel's contribution per draw and period, of one geo or summed over all."""
    data = fit.dataset
    exposure_gt, before_gt = data.delivery_gt(channel), data.before_gt(channel)
    own_dt = fit.channels[channel].contribution(exposure_gt, geo, before_gt)
    if fit.together is None:
        return own_dt
    return np.asarray(
        own_dt + half_of_pairs(fit, channel, data.delivered_gtc, fit.channels)[:, data.n_before :]
    )
