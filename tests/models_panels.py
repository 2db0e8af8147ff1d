"""Small made-up panels, and what may be odd about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Channel, Event, Kind
from mediamix.data.dataset import Dataset
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.scenario import CONTROLS


def panel(geos: int = 4, periods: int = 60, channels: int = 2, controls: int = 2, **knobs: object) -> Dataset:
    """A panel of weeks (or of days, by `every`)."""
    settings = {"every": "week", "seed": 3, "controls": CONTROLS[:controls], **knobs}
    return simulate(Scenario(geos=geos, periods=periods, channels=channels, **settings)).dataset


def missing(data: Dataset, *cells: tuple[int, slice]) -> Dataset:
    """The same with outcomes that nobody wrote down."""
    outcome_gt = data.outcome_gt.copy()
    for g, part in cells:
        outcome_gt[g, part] = np.nan
    return replace(data, outcome_gt=outcome_gt)


def absent(data: Dataset, geo: int, part: slice) -> Dataset:
    """The same with a geo that isn't part of the business for a while: no outcome, no media."""
    without = missing(data, (geo, part))
    media = {name: getattr(data, name).copy() for name in ("spend_gtc", "exposure_gtc")}
    for array in media.values():
        array[geo, part] = 0.0
    return replace(without, **media)


def unbought(data: Dataset, geos: list[int], channels: list[int]) -> Dataset:
    """The same with channels that were never bought in some geos."""
    media = {name: getattr(data, name).copy() for name in ("spend_gtc", "exposure_gtc")}
    for array in media.values():
        array[np.ix_(geos, range(data.n_periods), channels)] = 0.0
    return replace(data, **media)


def organic(data: Dataset) -> Dataset:
    """The same with a newsletter: exposure without spend."""
    sends = np.random.default_rng(5).gamma(2.0, 4000.0, (*data.outcome_gt.shape, 1))
    return replace(
        data,
        channels=(*data.channels, Channel("newsletter", Kind.ORGANIC, "sends")),
        spend_gtc=np.concatenate([data.spend_gtc, np.zeros_like(sends)], axis=2),
        exposure_gtc=np.concatenate([data.exposure_gtc, sends], axis=2),
    )


def with_events(data: Dataset) -> Dataset:
    """The same with a strike in one geo, and a fair in two of them at different dates."""
    day = data.dates.astype("datetime64[D]")
    own = (
        Event("strike", day[7], day[9] + np.timedelta64(3, "D"), data.geos[1]),
        Event("fair", day[15], day[16], data.geos[0]),
        Event("fair", day[21], day[21], data.geos[-1]),
        Event("fair", day[30], day[30], None),
    )
    return replace(data, events=(*data.events, *own))


def first(data: Dataset, periods: int) -> Dataset:
    """The same with its first periods only."""
    arrays = {
        name: getattr(data, name)[:, :periods].copy()
        for name in ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
    }
    return replace(data, dates=data.dates[:periods].copy(), **arrays)


def later(data: Dataset, periods: int) -> Dataset:
    """The same with an outcome that begins later: of the first periods only the media are known."""
    arrays = {
        name: getattr(data, name)[:, periods:].copy()
        for name in ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
    }
    return replace(
        data,
        dates=data.dates[periods:].copy(),
        before_spend_gtc=data.spend_gtc[:, :periods].copy(),
        before_exposure_gtc=data.exposure_gtc[:, :periods].copy(),
        **arrays,
    )


#: Of the channel that `reached` adds: half-life of its geometric carry-over in periods, the frequency of
#: half of the effect, the slope, its part of the outcome.
HALF_LIFE, HALF_FREQUENCY, SLOPE, PART = 1.0, 3.0, 2.2, 0.10


def reached(data: Dataset, seed: int = 5) -> Dataset:
    """The same, national or not, with a channel of reach & frequency whose truth is known."""
    rng = np.random.default_rng(seed)
    shape = data.outcome_gt.shape
    reach = rng.gamma(3.0, 20_000.0, shape) * data.size_g[:, None] * (rng.random(shape) < 0.8)
    frequency = np.where(reach > 0, 1.0 + rng.gamma(2.0, 1.5, shape), 0.0)
    response = reach * frequency**SLOPE / (frequency**SLOPE + HALF_FREQUENCY**SLOPE)
    keep = 0.5 ** (1.0 / HALF_LIFE)
    brought = np.zeros(shape)
    for t in range(shape[1]):
        brought[:, t] = (1.0 - keep) * response[:, t] + (keep * brought[:, t - 1] if t else 0.0)
    brought *= PART * np.nansum(data.outcome_gt) / brought.sum()
    spend = reach * frequency
    spend *= brought.sum() / 1.5 / spend.sum()

    def with_it(array_gtc: np.ndarray, own_gt: np.ndarray) -> np.ndarray:
        return np.concatenate([array_gtc, own_gt[:, :, None]], axis=2)

    return replace(
        data,
        channels=(*data.channels, Channel("video", Kind.REACH_FREQUENCY, "reach")),
        outcome_gt=data.outcome_gt + brought,
        spend_gtc=with_it(data.spend_gtc, spend),
        exposure_gtc=with_it(data.exposure_gtc, reach),
        frequency_gtc=with_it(np.zeros(data.exposure_gtc.shape), frequency),
    )
