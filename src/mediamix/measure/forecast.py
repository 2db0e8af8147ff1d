"""The outcome of the periods after a fit's data, given their media, controls and events.

    y_t = baseline_t + Σ_c β_c saturation(adstock(x_c))_t + ε_t,   t after the history

Exposure of the history is carried over into the future. The baseline goes on by the calendar
(season, weekdays, events) and by the future's controls. A trend of knots stays at its last level,
plus the random walk that it is a priori:

    trend_t = trend_T + w_t,   w_t − w_{t−1} ~ N(0, s² / spacing)

with s the prior standard deviation of a step from knot to knot and `spacing` the periods between
them. A linear trend goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.errors import DataError
from mediamix.core.types import Event, Finding
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis, starts
from mediamix.data.scaling import OutcomeScale
from mediamix.measure.contribution import Component, thinned_rows
from mediamix.measure.interval import Interval, bands
from mediamix.models.base import BaselineTerm, Fit
from mediamix.models.design import continued
from mediamix.models.priors import linear_sd
from mediamix.transforms import basis
from mediamix.transforms.basis import Block

#: Columns of the table that a channel's name can't take.
FIXED = ("date", "mean", "p5", "p50", "p95", "expected_mean", "baseline", "media")
#: Stream of random numbers of the fit's seed; 1 and 2 are taken by the fit itself.
STREAM = 3


@dataclass(frozen=True)
class Forecast:
    """Draws of the future: the same draws of the noise for every future of one fit and length.

    Args:
        dates: First day of each period.
        unit: Of the outcome.
        components: Baseline terms, then channels; the trend's draws hold its random walk.
        predictive_dt: The outcome with noise.
        findings: What the future rests on, and what it lacks.
    """

    dates: np.ndarray
    unit: str
    components: tuple[Component, ...]
    predictive_dt: Float[np.ndarray, "draw time"]
    findings: tuple[Finding, ...] = ()

    def part(self, kind: str) -> Float[np.ndarray, "draw time"]:
        """The sum of all components of a kind, ``baseline`` or ``media``, in outcome units."""
        total = np.zeros_like(self.predictive_dt)
        for component in self.components:
            if component.kind == kind:
                total += component.draws_dt
        return total

    def table(self) -> pd.DataFrame:
        """A row per period; see `forecast`."""
        baseline, media = self.part("baseline").mean(axis=0), self.part("media").mean(axis=0)
        channels = [c for c in self.components if c.kind == "media"]
        return pd.DataFrame(
            {
                "date": self.dates,
                **bands(self.predictive_dt),
                "expected_mean": baseline + media,
                "baseline": baseline,
                "media": media,
                **{column_of(c.name): c.draws_dt.mean(axis=0) for c in channels},
            }
        )

    def totals(self) -> pd.DataFrame:
        """Sums over the horizon: ``part, kind, mean, p5, p50, p95`` in outcome units.

        The part ``outcome`` has noise; ``baseline``, ``media`` and the channels have none.
        """
        parts = [
            ("outcome", "predictive", self.predictive_dt),
            ("baseline", "total", self.part("baseline")),
            ("media", "total", self.part("media")),
            *((c.name, "media", c.draws_dt) for c in self.components if c.kind == "media"),
        ]
        rows = [
            {"part": name, "kind": kind, **Interval.of(draws.sum(axis=1)).to_dict()}
            for name, kind, draws in parts
        ]
        return pd.DataFrame(rows)


def column_of(channel: str) -> str:
    """The column of a channel: its name, or ``channel <name>`` where that is a fixed column's."""
    return f"channel {channel}" if channel in FIXED else channel


def forecast(fit: Fit, future: Dataset, *, max_draws: int = 1000) -> pd.DataFrame:
    """Forecast the outcome period by period (`mediamix.forecast`).

    Args:
        fit: A fit.
        future: The periods that follow the fit's data; see `read_future`. Its outcome isn't used.
        max_draws: Draws that are used (evenly thinned).

    Returns:
        ``date, mean, p5, p50, p95`` of the outcome with noise; ``expected_mean``, the same
        without noise, and the means of its parts ``baseline``, ``media`` and a column per channel.
        All in outcome units; intervals are 90 %.

    Raises:
        DataError: `future` doesn't continue the fit's data; all findings at once.
    """
    return look_ahead(fit, future, max_draws=max_draws).table()


def look_ahead(fit: Fit, future: Dataset, *, max_draws: int = 1000) -> Forecast:
    """The forecast with its draws, totals and findings; see `forecast`.

    Raises:
        DataError: `future` doesn't continue the fit's data; all findings at once.
    """
    if len(fit.dataset.geos) == 1:
        future = future.national()
    _refuse(fit.dataset, future)
    future = replace(future, events=_events_ahead([*fit.dataset.events, *future.events], future))
    rows = thinned_rows(fit.n_draws, max_draws)
    rng = np.random.default_rng([fit.run.seed, STREAM])
    walk_dt = _shocks(rng, np.ones(len(rows)), future.n_periods)
    noise_dt = _shocks(rng, fit.sigma_d[rows], future.n_periods)
    components = _components(fit, future, rows, walk_dt)
    expected = sum(component.draws_dt for component in components)
    return Forecast(
        dates=future.dates,
        unit=fit.dataset.outcome_unit,
        components=components,
        predictive_dt=np.asarray(expected + noise_dt),
        findings=(*future.findings, *_unseen(fit, future), *_extrapolated(fit.dataset, future)),
    )


def _components(
    fit: Fit, future: Dataset, rows: np.ndarray, walk_dt: Float[np.ndarray, "draw time"]
) -> tuple[Component, ...]:
    """Baseline terms and channels over the future."""
    found = []
    for term in fit.baseline:
        block = Block(term.component, term.names, term.matrix)
        draws = term.coefficient_dp[rows] @ continued(block, fit.dataset, future).T
        if term.component == "trend":
            draws += np.cumsum(walk_dt, axis=1) * _walk_sd(fit, term)
        found.append(Component(term.component, "baseline", draws))
    n = fit.dataset.n_periods
    for c, effect in enumerate(fit.channels):
        exposure_t = np.concatenate([fit.dataset.exposure_gtc[0, :, c], future.exposure_gtc[0, :, c]])
        thinned = replace(effect, theta_dk=effect.theta_dk[rows], beta_d=effect.beta_d[rows])
        draws = thinned.contribution(exposure_t)[:, n:].copy()
        found.append(Component(effect.channel.name, "media", draws))
    return tuple(found)


def _shocks(
    rng: np.random.Generator, sd_d: Float[np.ndarray, " draw"], periods: int
) -> Float[np.ndarray, "draw time"]:
    """Normals, centred over the draws: chance then doesn't move the mean of a forecast."""
    draws = len(sd_d)
    z = sd_d[:, None] * rng.standard_normal((draws, periods))
    if draws == 1:
        return z
    return np.asarray((z - z.mean(axis=0)) * np.sqrt(draws / (draws - 1)))


def _walk_sd(fit: Fit, term: BaselineTerm) -> float:
    """Standard deviation of the trend's random walk after one period, in outcome units."""
    if term.names == ("slope",):
        return 0.0
    data = fit.dataset
    mean = OutcomeScale.of(data.outcome_gt[0, fit.trained_t]).mean
    block = Block(term.component, term.names, term.matrix)
    step = float(linear_sd(block, data.n_periods / data.every.per_year)[0])
    spacing = max(data.n_periods - 1, 1) / len(term.names)
    return abs(mean) * step / float(np.sqrt(spacing))


def _events_ahead(events: Sequence[Event], future: Dataset) -> tuple[Event, ...]:
    """Events inside the future's periods; one that began in the history counts once."""
    first, last = future.dates[0], TimeAxis(future.dates, future.every).ends[-1] - DAY
    inside = [
        Event(event.name, max(event.start, first), min(event.end, last), event.geo)
        for event in events
        if event.start <= last and event.end >= first
    ]
    return tuple(dict.fromkeys(inside))


def _unseen(fit: Fit, future: Dataset) -> list[Finding]:
    """Events that the fit has no effect for."""
    known = {name for term in fit.baseline if term.component == "events" for name in term.names}
    there = basis.events(future.dates, future.every, future.events).names
    strangers = [name for name in there if name not in known]
    if not strangers:
        return []
    return [
        Finding(
            "unseen_event",
            "warning",
            f"events: {', '.join(strangers)}",
            "never happened in the fit's data: counted as without effect",
            "a fit knows nothing about an event that it hasn't seen",
            "name it as a similar event of the past, or add its effect by hand",
        )
    ]


def _extrapolated(history: Dataset, future: Dataset) -> list[Finding]:
    """Channels with more exposure in a period than the fit has ever seen."""
    findings = []
    seen_c, asked_c = history.exposure_gtc[0].max(axis=0), future.exposure_gtc[0].max(axis=0)
    for channel, seen, asked in zip(history.channels, seen_c, asked_c, strict=True):
        if asked > seen * (1 + 1e-9):
            findings.append(
                Finding(
                    "extrapolation",
                    "warning",
                    channel.name,
                    f"{channel.exposure} reaches {asked:,.0f} a period, the fit has seen {seen:,.0f} at most",
                    "beyond what was seen the response follows from the prior's shape",
                    "treat this channel's part with care, or plan closer to what was tried",
                )
            )
    return findings


def _refuse(history: Dataset, future: Dataset) -> None:
    """DataError where `future` is no continuation of `history`."""
    problems = [
        f"{name} are {got!r}, in the fit {wanted!r}"
        for name, got, wanted in (
            ("the channels", future.channel_names, history.channel_names),
            ("the exposures", _exposures(future), _exposures(history)),
            ("the controls", future.control_names, history.control_names),
            ("the geos", future.geos, history.geos),
            ("the periods", str(future.every), str(history.every)),
            ("the currencies", future.currency, history.currency),
        )
        if got != wanted
    ]
    first = TimeAxis(history.dates, history.every).ends[-1]
    if future.dates[0] != first:
        problems.append(f"the first date is {future.dates[0]}, the history goes on at {first}")
    elif not np.array_equal(future.dates, starts(first, future.dates[-1], history.every)):
        problems.append(f"the dates are not every {history.every} from {first}")
    for name, array in (("exposure", future.exposure_gtc), ("controls", future.controls_gtk)):
        holes = int((~np.isfinite(array)).sum())
        if holes:
            problems.append(f"{holes} values of {name} are missing")
    if problems:
        raise DataError(
            "the future doesn't continue the data of the fit",
            details=problems,
            next_step="make it with read_future(fit.dataset, …, spec=fit.spec)",
        )


def _exposures(dataset: Dataset) -> tuple[str, ...]:
    return tuple(channel.exposure for channel in dataset.channels)
