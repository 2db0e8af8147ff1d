"""`Dataset`: the hand-off between the data leg and the model leg.

Frozen arrays with their coordinates, units and currency. Nothing here is scaled, imputed or
reordered: a missing outcome is NaN and `observed_gt` is False there. Geos of a panel may start
late or end early: `present_gt` says when each of them is part of the business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Inexact

from mediamix.core.card import Shown
from mediamix.core.delivery import frequency_of, joined
from mediamix.core.errors import DataError
from mediamix.core.stretch import Stretch
from mediamix.core.types import NATIONAL, Channel, Event, Every, Experiment, Finding, Kind, Unit, Window
from mediamix.data.periods import DAY, TimeAxis, window_of


@dataclass(frozen=True, repr=False)
class Dataset(Shown):
    """Rows as arrays: geo × time × channel.

    Args:
        dates: First day of each period, ``datetime64[D]``, strictly increasing and regular.
        every: Length of a period.
        geos: Names; ``("national",)`` without geos.
        channels: In the order of the arrays' last axis.
        outcome_name: Column that is explained.
        unit: ``revenue`` (money, in `currency`) or ``count``.
        currency: Of spend, and of the outcome if it is money.
        value_per_unit: Money per unit of a count outcome, if known.
        outcome_gt: Outcome; NaN where it is missing.
        spend_gtc: Money spent in the period; 0 where a channel has no row.
        exposure_gtc: What was delivered, in the channel's exposure unit.
        controls_gtk: Controls, complete (a hole is an error of the reader); where a geo isn't
            present, a control that has no value holds the geo's mean.
        control_names: In the order of the last axis of `controls_gtk`.
        events: Dated happenings.
        population_g: Inhabitants per geo, if known.
        before_exposure_gtc: Exposure of the periods that end where the first one starts, if media are
            known from then: carried over into the window by the adstock, part of no period.
        before_spend_gtc: Spend of the same periods.
        frequency_gtc: How often those were reached that the exposure counts, where a channel is of reach &
            frequency; 0 where nobody was, and in all other channels.
        before_frequency_gtc: The same of the periods before.
        experiments: Tests of channels, each of which is an observation beside the outcome.
        findings: What reading and checking noticed.
    """

    dates: np.ndarray
    every: Every
    geos: tuple[str, ...]
    channels: tuple[Channel, ...]
    outcome_name: str
    unit: Unit
    currency: str
    outcome_gt: Float[np.ndarray, "geo time"]
    spend_gtc: Float[np.ndarray, "geo time channel"]
    exposure_gtc: Float[np.ndarray, "geo time channel"]
    controls_gtk: Float[np.ndarray, "geo time control"]
    control_names: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    population_g: Float[np.ndarray, " geo"] | None = None
    value_per_unit: float | None = None
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    before_exposure_gtc: Float[np.ndarray, "geo before channel"] | None = None
    before_spend_gtc: Float[np.ndarray, "geo before channel"] | None = None
    frequency_gtc: Float[np.ndarray, "geo time channel"] | None = None
    before_frequency_gtc: Float[np.ndarray, "geo before channel"] | None = None
    experiments: tuple[Experiment, ...] = ()

    def __post_init__(self) -> None:
        g, t, c = len(self.geos), len(self.dates), len(self.channels)
        expected = {
            "outcome_gt": (g, t),
            "spend_gtc": (g, t, c),
            "exposure_gtc": (g, t, c),
            "controls_gtk": (g, t, len(self.control_names)),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {array.shape}")
            array.flags.writeable = False
        if self.frequency_gtc is not None and self.frequency_gtc.shape != (g, t, c):
            raise ValueError(f"frequency_gtc must have the shape {(g, t, c)}, got {self.frequency_gtc.shape}")
        for array in (self.before_exposure_gtc, self.before_spend_gtc, self.before_frequency_gtc):
            if array is not None and array.shape != (g, self.n_before, c):
                raise ValueError(f"media from before the window must have the shape {(g, self.n_before, c)}")
        self.dates.flags.writeable = False

    @property
    def observed_gt(self) -> Bool[np.ndarray, "geo time"]:
        """True where the outcome is known."""
        return np.asarray(np.isfinite(self.outcome_gt))

    @cached_property
    def present_gt(self) -> Bool[np.ndarray, "geo time"]:
        """True from a geo's first to its last period with an outcome, spend or exposure.

        Outside of that the geo isn't part of the business: it has no baseline there. All is
        present in data without any outcome, which are a future that somebody plans.
        """
        observed = self.observed_gt
        if not observed.any():
            everywhere = np.ones(observed.shape, dtype=bool)
            everywhere.flags.writeable = False
            return everywhere
        seen = observed | (self.exposure_gtc != 0).any(axis=2) | (self.spend_gtc != 0).any(axis=2)
        started = np.logical_or.accumulate(seen, axis=1)
        goes_on = np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
        present = np.asarray(started & goes_on)
        present.flags.writeable = False
        return present

    @property
    def size_g(self) -> Float[np.ndarray, " geo"]:
        """Relative sizes of the geos, mean 1: by population, else by mean observed outcome.

        Raises:
            DataError: The population isn't known, and a geo has no outcome above zero to stand
                for it.
        """
        size = self.population_g
        if size is None and len(self.geos) == 1:
            return np.ones(1)
        if size is None:
            n_g = self.observed_gt.sum(axis=1)
            size = np.nansum(self.outcome_gt, axis=1) / np.maximum(n_g, 1)
            unknown = [geo for geo, value in zip(self.geos, size, strict=True) if not value > 0]
            if unknown:
                raise no_size(unknown)
        return np.asarray(size / size.mean(), dtype=np.float64)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names in array order."""
        return tuple(channel.name for channel in self.channels)

    @property
    def n_periods(self) -> int:
        """Length of the time axis."""
        return len(self.dates)

    @property
    def n_before(self) -> int:
        """Periods before the first one whose media are known."""
        return 0 if self.before_exposure_gtc is None else self.before_exposure_gtc.shape[1]

    @property
    def series_gtc(self) -> Float[np.ndarray, "geo series channel"]:
        """Exposure of the periods before the window, then of the window: what the adstock works on."""
        if self.before_exposure_gtc is None:
            return self.exposure_gtc
        return np.concatenate([self.before_exposure_gtc, self.exposure_gtc], axis=1)

    @property
    def delivered_gtc(self) -> Inexact[np.ndarray, "geo series channel"]:
        """What the transforms of all channels work on: `series_gtc`, or deliveries where one is of reach &
        frequency (all others have no imaginary part).
        """
        if self.frequency_gtc is None:
            return self.series_gtc
        channels = range(len(self.channels))
        parts = [np.concatenate([self.before_gt(c), self.delivery_gt(c)], axis=1) for c in channels]
        return np.stack(parts, axis=-1)

    def delivery_gt(self, channel: int) -> Inexact[np.ndarray, "geo time"]:
        """What a channel's transform works on: its exposure, or reach and frequency (`core.delivery`)."""
        exposure_gt = self.exposure_gtc[:, :, channel]
        if self.frequency_gtc is None or self.channels[channel].kind is not Kind.REACH_FREQUENCY:
            return exposure_gt
        return joined(exposure_gt, self.frequency_gtc[:, :, channel])

    def before_gt(self, channel: int) -> Inexact[np.ndarray, "geo before"]:
        """The same of the periods before the window."""
        if self.before_exposure_gtc is None:
            return np.zeros((len(self.geos), 0))
        exposure_gt = np.asarray(self.before_exposure_gtc[:, :, channel])
        if self.before_frequency_gtc is None or self.channels[channel].kind is not Kind.REACH_FREQUENCY:
            return exposure_gt
        return joined(exposure_gt, self.before_frequency_gtc[:, :, channel])

    def window(self, given: Window | tuple[str, str] | None = None) -> Window:
        """The periods from a first to a last day, both included; absent: all; a `Window` is one already.

        Raises:
            DataError: It can't be read, or isn't inside of the data.
        """
        return window_of(self.dates, self.every, given)

    def stretch(self, window: Window | None = None) -> Stretch:
        """A window with its dates; absent: all periods."""
        part = slice(None) if window is None else window.slice
        ends = TimeAxis(self.dates, self.every).ends[part]
        first, last = self.dates[part][0].astype("datetime64[D]"), ends[-1].astype("datetime64[D]") - DAY
        return Stretch(str(first), str(last), len(ends), str(self.every))

    @property
    def worth(self) -> float | None:
        """Money per unit of the outcome: 1 for revenue; None for counts without a value."""
        return 1.0 if self.unit == "revenue" else self.value_per_unit

    @property
    def outcome_unit(self) -> str:
        """Unit to print behind an outcome: the currency, or the outcome's name for counts."""
        return self.currency if self.unit == "revenue" else self.outcome_name

    @cached_property
    def spend_c(self) -> Float[np.ndarray, " channel"]:
        """Total spend per channel over the dataset, in `currency`."""
        total: np.ndarray = self.spend_gtc.sum(axis=(0, 1))
        total.flags.writeable = False
        return total

    @property
    def before_spend_c(self) -> Float[np.ndarray, " channel"]:
        """Total spend per channel before the window, in `currency`."""
        if self.before_spend_gtc is None:
            return np.zeros(len(self.channels))
        return np.asarray(self.before_spend_gtc.sum(axis=(0, 1)))

    def with_controls(self, places: Sequence[int]) -> Dataset:
        """The same with those controls only."""
        if len(places) == len(self.control_names):
            return self
        names = tuple(self.control_names[k] for k in places)
        return replace(self, controls_gtk=self.controls_gtk[:, :, list(places)], control_names=names)

    def national(self) -> Dataset:
        """All geos summed into one, with what is known of those that are present.

        The outcome is missing where that of any present geo is. Controls are averaged over the
        present geos, by population where it is known.
        """
        if len(self.geos) == 1:
            return self
        present_gt = self.present_gt
        weight_g = self.population_g if self.population_g is not None else np.ones(len(self.geos))
        nobody_t = ~present_gt.any(axis=0)
        weight_gt = np.where(present_gt | nobody_t, weight_g[:, None], 0.0)
        weight_gtk = np.broadcast_to(weight_gt[:, :, None], self.controls_gtk.shape)
        missing_t = (present_gt & ~self.observed_gt).any(axis=0) | nobody_t
        outcome_t = np.where(missing_t, np.nan, np.nansum(self.outcome_gt, axis=0))
        return replace(
            self,
            geos=(NATIONAL,),
            outcome_gt=outcome_t[None],
            spend_gtc=self.spend_gtc.sum(axis=0, keepdims=True),
            exposure_gtc=self.exposure_gtc.sum(axis=0, keepdims=True),
            controls_gtk=np.average(self.controls_gtk, axis=0, weights=weight_gtk)[None],
            population_g=None if self.population_g is None else self.population_g.sum(keepdims=True),
            before_exposure_gtc=_summed(self.before_exposure_gtc),
            before_spend_gtc=_summed(self.before_spend_gtc),
            frequency_gtc=_together(self.exposure_gtc, self.frequency_gtc),
            before_frequency_gtc=_together(self.before_exposure_gtc, self.before_frequency_gtc),
        )

    @property
    def hash(self) -> str:
        """SHA-256 of everything that can change a fit, the first 16 hexadecimal digits."""
        digest = hashlib.sha256()
        described: dict[str, object] = {
            "every": str(self.every),
            "geos": self.geos,
            "channels": [(c.name, str(c.kind), c.exposure) for c in self.channels],
            "outcome": (self.outcome_name, self.unit, self.currency, self.value_per_unit),
            "controls": self.control_names,
            "events": [(e.name, str(e.start), str(e.end), e.geo) for e in self.events],
        }
        if self.experiments:
            described["experiments"] = [experiment_row(one) for one in self.experiments]
        digest.update(json.dumps(described, sort_keys=True).encode())
        arrays = [self.outcome_gt, self.spend_gtc, self.exposure_gtc, self.controls_gtk]
        if self.population_g is not None:
            arrays.append(self.population_g)
        if self.before_exposure_gtc is not None and self.before_spend_gtc is not None:
            arrays += [self.before_exposure_gtc, self.before_spend_gtc]
        arrays += [a for a in (self.frequency_gtc, self.before_frequency_gtc) if a is not None]
        digest.update(self.dates.astype("datetime64[D]").astype(np.int64).tobytes())
        for array in arrays:
            digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
        return digest.hexdigest()[:16]


def experiment_row(one: Experiment) -> list[object]:
    """An experiment as JSON, fields in their order."""
    return [
        list(v) if isinstance(v, tuple) else str(v) if isinstance(v, np.datetime64) else v
        for v in (getattr(one, f.name) for f in fields(one))
    ]


def experiment_of(row: Sequence[Any]) -> Experiment:
    """The way back from `experiment_row`."""
    channel, start, end, until, lift, error, exposure, spend, geos = row
    days = [np.datetime64(day, "D") for day in (start, end, until)]
    return Experiment(channel, days[0], days[1], days[2], lift, error, exposure, spend, tuple(geos))


def _summed(array_gtc: np.ndarray | None) -> np.ndarray | None:
    return None if array_gtc is None else array_gtc.sum(axis=0, keepdims=True)


def _together(reach_gtc: np.ndarray | None, frequency_gtc: np.ndarray | None) -> np.ndarray | None:
    """The frequency of all geos together."""
    if reach_gtc is None or frequency_gtc is None:
        return None
    return frequency_of(joined(reach_gtc, frequency_gtc).sum(axis=0, keepdims=True))


def no_size(geos: list[str]) -> DataError:
    """The error for geos that neither a population nor an outcome gives a size."""
    return DataError(
        "some geos have no size: no population is known, and no outcome above zero",
        details=geos,
        expected="inhabitants of every geo, or an outcome in some of its periods",
        next_step="give a `population` column, or remove these geos",
    )
