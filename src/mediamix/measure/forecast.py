"""The outcome of the periods after a fit's data, given their media, controls and events.

    y_t = baseline_t + Σ_c β_c saturation(adstock(x_c))_t + ε_t,   t after the history

Exposure of the history is carried over into the future. The baseline goes on by the calendar
(season, weekdays, events) and by the future's controls. A trend of knots stays at its last level,
plus the random walk that it is a priori:

    trend_t = trend_T + w_t,   w_t − w_{t−1} ~ N(0, s² / spacing)

with s the prior standard deviation of a step from knot to knot and `spacing` the periods between
them. A linear trend goes on; a smooth one (``hsgp``) is drawn ahead as the Gaussian process that it is. Noise
that remembers goes on from the last known one (`measure.noise_ahead`). Where geos share a shock per period,
each future period has one of its own, the same per head in all geos. A mediator is forecast by its own
model from the same media. Of a panel it is the sum over the geos that are there at the end of the data; one
that left before isn't forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from mediamix.core import seeds
from mediamix.core.construct import refuse_other
from mediamix.core.errors import DataError
from mediamix.core.stretch import Stretch
from mediamix.core.types import Event, Finding
from mediamix.data.checking import some
from mediamix.data.dataset import Dataset
from mediamix.data.mediators import known_ahead
from mediamix.data.periods import DAY, TimeAxis
from mediamix.measure.ahead import STREAM, mediators_ahead, term_ahead, walk_sd
from mediamix.measure.continuing import refuse_other_future
from mediamix.measure.contribution import Component
from mediamix.measure.interval import Interval, bands
from mediamix.measure.noise_ahead import noise_ahead, shocks
from mediamix.measure.pairs import half_of_pairs
from mediamix.measure.panel import present_gt
from mediamix.measure.summary import verdict_of
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.measure.verdict import refuse_failed
from mediamix.models.base import Fit, Stacked
from mediamix.models.course_draws import ahead_of
from mediamix.models.funnel import MEDIATORS
from mediamix.models.shock import ShockTerm
from mediamix.transforms import basis

#: Columns of the table that a channel's name can't take.
FIXED = ("date", "mean", "p5", "p50", "p95", "expected_mean", "baseline", "media")


@dataclass(frozen=True)
class Forecast:
    """Draws of the future: the same draws of the noise for every future of one fit and length.

    Args:
        dates: First day of each period.
        unit: Of the outcome.
        components: Baseline terms, then channels; the trend's draws hold its random walk.
        predictive_dt: The outcome with noise.
        window: The periods with their dates.
        least: Lowest outcome that there can be: 0 of counts. Noise is normal and knows no such limit: draws
            below it count as it, so that intervals end there; means are taken before that.
        findings: What the future rests on, and what it lacks.
    """

    dates: np.ndarray
    unit: str
    components: tuple[Component, ...]
    predictive_dt: Float[np.ndarray, "draw time"]
    window: Stretch
    least: float = -np.inf
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
        # A quantile of draws that are cut is the quantile, cut.
        seen = bands(self.predictive_dt)
        return pd.DataFrame(
            {
                "date": self.dates,
                **{name: np.maximum(values, self.least) for name, values in seen.items()},
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
        rows = []
        for name, kind, draws in parts:
            seen = Interval.of(draws.sum(axis=1)).to_dict()
            if kind == "predictive":
                seen = {key: max(value, self.least) for key, value in seen.items()}
            rows.append({"part": name, "kind": kind, **seen})
        return pd.DataFrame(rows)


def column_of(channel: str) -> str:
    """The column of a channel: its name, or ``channel <name>`` where that is a fixed column's."""
    return f"channel {channel}" if channel in FIXED else channel


def forecast(fit: Fit, future: Dataset, *, max_draws: int = 1000, anyway: bool = False) -> pd.DataFrame:
    """Forecast the outcome period by period (`mediamix.forecast`).

    Args:
        fit: A fit.
        future: The periods that follow the fit's data; see `read_future`. Its outcome isn't used.
        max_draws: Draws that are used (evenly thinned).
        anyway: Forecast with a fit whose verdict is ``failed``, too.

    Returns:
        ``date, mean, p5, p50, p95`` of the outcome with noise; ``expected_mean``, the same
        without noise, and the means of its parts ``baseline``, ``media`` and a column per channel.
        All in outcome units; intervals are 90 %, of counts they end at 0.

    Raises:
        DataError: `future` doesn't continue the fit's data; all findings at once.
        VerdictError: The fit's verdict is ``failed``.
    """
    refuse_failed(verdict_of(fit), "forecast", anyway=anyway)
    return look_ahead(fit, future, max_draws=max_draws).table()


def look_ahead(fit: Fit, future: Dataset, *, max_draws: int = 1000) -> Forecast:
    """The forecast with its draws, totals and findings; see `forecast`.

    Raises:
        DataError: `future` doesn't continue the fit's data; all findings at once.
    """
    refuse_other(
        future, Dataset, DataError, "make it with mm.read_future(fit.dataset, periods=8, spec=fit.spec)"
    )
    if len(fit.dataset.geos) == 1:
        future = future.national()
    refuse_other_future(known_ahead(fit.dataset, fit.spec), future)
    going_g = _going(fit)
    future = replace(future, events=_events_ahead([*fit.dataset.events, *future.events], future))
    rows = thinned_rows(fit.n_draws, max_draws)
    if fit.stacked is not None:
        made = _of_members(fit.stacked.thinned(rows), future)
    else:
        made = _drawn(fit, future, rows, going_g)
    return replace(
        made,
        findings=(
            *future.findings,
            *_unseen(fit, future),
            *_gone(fit.dataset, future, going_g),
            *_extrapolated(fit, future, going_g),
        ),
    )


def _of_members(stacked: Stacked, future: Dataset) -> Forecast:
    """Each draw as its member forecasts it; what a member doesn't have brings nothing in its draws."""
    made = [
        _drawn(one, future, np.arange(one.n_draws), _going(one)) if one.n_draws else None
        for one in stacked.used
    ]
    there = [one for one in made if one is not None]
    parts = dict.fromkeys((part.kind, part.name) for one in there for part in one.components)
    order = sorted(parts, key=lambda key: key[0] != "baseline")

    def own(one: Forecast | None, key: tuple[str, str]) -> np.ndarray | None:
        found = [] if one is None else [p.draws_dt for p in one.components if (p.kind, p.name) == key]
        return np.asarray(sum(found)) if found else None

    mixed = stacked.mixed
    return replace(
        there[0],
        components=tuple(Component(k[1], k[0], mixed.spread([own(one, k) for one in made])) for k in order),
        predictive_dt=mixed.spread([None if one is None else one.predictive_dt for one in made]),
    )


def _drawn(fit: Fit, future: Dataset, rows: np.ndarray, going_g: Bool[np.ndarray, " geo"]) -> Forecast:
    """Some of a fit's draws of the future."""
    rng = seeds.generator(fit.run.seed, STREAM)
    walk_dt = shocks(rng, np.ones(len(rows)), future.n_periods)
    noise_dt = noise_ahead(fit, rows, future.n_periods, going_g, rng)
    components = _components(fit, future, rows, walk_dt, rng)
    expected = sum(component.draws_dt for component in components)
    return Forecast(
        dates=future.dates,
        unit=fit.dataset.outcome_unit,
        components=components,
        predictive_dt=np.asarray(expected + noise_dt),
        window=future.stretch(),
        least=0.0 if fit.dataset.unit == "count" else -np.inf,
    )


def _going(fit: Fit) -> Bool[np.ndarray, " geo"]:
    """The geos that are there at the end of the fit's data."""
    going_g = present_gt(fit)[:, -1]
    if not going_g.any():
        raise DataError(
            "no geo is there in the last period of the fit's data, so there is nothing to go on",
            expected="an outcome, spend or exposure of some geo in the last period",
            next_step="fit data without the empty periods at the end",
        )
    return going_g


def _components(
    fit: Fit,
    future: Dataset,
    rows: np.ndarray,
    walk_dt: Float[np.ndarray, "draw time"],
    rng: np.random.Generator,
) -> tuple[Component, ...]:
    """Baseline terms and channels over the future."""
    found = []
    for term in fit.baseline:
        if term.component == MEDIATORS:
            found.append(Component(term.component, "baseline", mediators_ahead(fit, future, rows)))
            continue
        if isinstance(term, ShockTerm):
            spread_d = term.spread_d[rows] * float(term.weight_gt[:, -1].sum())
            found.append(Component(term.component, "baseline", shocks(rng, spread_d, future.n_periods)))
            continue
        draws = term_ahead(fit, term, future, rows).contribution()
        if term.component == "trend":
            draws += np.cumsum(walk_dt, axis=1) * walk_sd(fit, term)
        found.append(Component(term.component, "baseline", draws))
    n, going_g1 = fit.dataset.n_before + fit.dataset.n_periods, _going(fit)[:, None]
    series_gtc = going_g1[..., None] * np.concatenate(
        [fit.dataset.delivered_gtc, future.delivered_gtc], axis=1
    )
    few = thinned(fit, rows)
    going = [ahead_of(effect, fit, future) for effect in few.channels]
    for c, effect in enumerate(going):
        draws = effect.contribution(series_gtc[:, :, c])[:, n:].copy()
        if fit.together is not None:
            draws += half_of_pairs(few, c, series_gtc, going)[:, n:]
        found.append(Component(effect.channel.name, "media", draws))
    return tuple(found)


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


def _gone(history: Dataset, future: Dataset, going_g: Bool[np.ndarray, " geo"]) -> list[Finding]:
    """Geos that left before the end of the data."""
    if going_g.all():
        return []
    names = [geo for geo, goes_on in zip(history.geos, going_g, strict=True) if not goes_on]
    spend = float(future.spend_gtc[~going_g].sum())
    planned = f"; their planned {spend:,.0f} {history.currency} count for nothing" if spend else ""
    return [
        Finding(
            "left_geo",
            "warning" if spend else "info",
            f"geos: {some(names)}",
            f"left before the end of the fit's data: not forecast{planned}",
            "a geo without an outcome, spend and exposure at the end isn't part of the business any more",
            "fit data in which they are there at the end, if they go on" if spend else "",
        )
    ]


def _extrapolated(fit: Fit, future: Dataset, going_g: Bool[np.ndarray, " geo"]) -> list[Finding]:
    """Channels with more exposure in a period, for the size of the geo, than the fit has ever seen."""
    findings = []
    history, size_g = fit.dataset, fit.channels[0].size_g
    seen_c = (history.exposure_gtc.max(axis=1) / size_g[:, None]).max(axis=0)
    asked_gc = future.exposure_gtc.max(axis=1) * going_g[:, None]
    for channel, seen, asked_g in zip(history.channels, seen_c, asked_gc.T, strict=True):
        g = int(np.argmax(asked_g / size_g))
        asked, most = asked_g[g], seen * size_g[g]
        if asked <= most * (1 + 1e-9):
            continue
        where, like = (f" in {history.geos[g]}", " in a geo of its size") if len(size_g) > 1 else ("", "")
        findings.append(
            Finding(
                "extrapolation",
                "warning",
                channel.name,
                f"{channel.exposure} reaches {asked:,.0f} a period{where}, the fit has seen "
                f"{most:,.0f} at most{like}",
                "beyond what was seen the response follows from the prior's shape",
                "treat this channel's part with care, or plan closer to what was tried",
            )
        )
    return findings
