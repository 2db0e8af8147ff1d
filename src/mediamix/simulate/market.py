"""The market without media: season, trend, weekdays, controls, events, hidden demand, shared shocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Event, Every
from mediamix.simulate.parts import ControlTruth, EventTruth
from mediamix.simulate.scenario import Scenario
from mediamix.simulate.structure import Structure

# Monday to Sunday: a shop that is quiet on Sundays. Scaled to mean 0, standard deviation 1.
_WEEK_SHAPE = np.array([0.3, -0.2, -0.3, 0.0, 0.9, 0.7, -1.4])
WEEK_SHAPE = (_WEEK_SHAPE - _WEEK_SHAPE.mean()) / _WEEK_SHAPE.std()


@dataclass(frozen=True)
class Market:
    """What moves the outcome besides media, as fractions of the mean baseline.

    Args:
        parts: Name → [geo, time], fraction of the geo's mean baseline.
        controls_gtk: Controls in their own units.
        coefficients: Control → fraction of the mean baseline per unit of the control.
        events: Dated happenings, as rows of the events table.
        demand_t: What spend may follow: season and hidden demand, mean 0, standard deviation 1
            (all 0 without either).
        season_t: The season alone, in the same way.
    """

    parts: dict[str, Float[np.ndarray, "geo time"]]
    controls_gtk: Float[np.ndarray, "geo time control"]
    coefficients: dict[str, float]
    events: tuple[Event, ...]
    demand_t: Float[np.ndarray, " time"]
    season_t: Float[np.ndarray, " time"]


def dates_of(scenario: Scenario) -> np.ndarray:
    """First day of each period, ``datetime64[D]``."""
    return _first_days(scenario)[:-1]


def _first_days(scenario: Scenario) -> np.ndarray:
    """First day of each period and of the one after the last."""
    steps = np.arange(scenario.periods + 1)
    if scenario.every == Every.MONTH:
        return (np.datetime64(scenario.start, "M") + steps).astype("datetime64[D]")
    days = int(Every(scenario.every).days)
    return np.datetime64(scenario.start, "D") + steps * np.timedelta64(days, "D")


def make_market(scenario: Scenario, rng: np.random.Generator) -> Market:
    """Draw the market of a scenario."""
    dates, geos = dates_of(scenario), scenario.geos
    years = (dates - np.datetime64("1970-01-01", "D")).astype(float) / 365.25
    season_t = _season(scenario, years, rng)
    hidden_t = scenario.hidden_demand * _slow_noise(scenario, rng)
    # Geos differ a little in how seasonal they are and in how fast they grow.
    geo_spread = 0.5 * scenario.geo_spread if geos > 1 else 0.0
    differs_g = np.exp(geo_spread * rng.standard_normal((2, geos, 1)))
    parts = {
        "trend": _trend(scenario, years, rng)[None] * differs_g[0],
        "seasonality": season_t[None] * differs_g[1],
    }
    if scenario.every == Every.DAY:
        weekday_t = (dates.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        parts["weekday"] = _all_geos(scenario.weekday * WEEK_SHAPE[weekday_t], geos)
    controls, coefficients = [], {}
    for control in scenario.controls:
        x_gt, reference = _control(control, scenario, rng)
        # A control that never moves in a short window has no deviation (its `std` is not quite 0).
        spread = float(x_gt.std()) if np.ptp(x_gt) > 0 else 1.0
        coefficients[control.name] = control.effect / spread
        parts[control.name] = coefficients[control.name] * (x_gt - reference)
        controls.append(x_gt)
    events, effect_t = _events(scenario)
    parts["events"] = _all_geos(effect_t, geos)
    if scenario.hidden_demand:
        parts["hidden_demand"] = _all_geos(hidden_t, geos)
    if scenario.shared_shock:
        # The last that is drawn here: all else stays as it is without.
        parts["shock"] = _all_geos(scenario.shared_shock * rng.standard_normal(scenario.periods), geos)
    return Market(
        parts=parts,
        controls_gtk=np.stack(controls, axis=-1) if controls else np.empty((geos, scenario.periods, 0)),
        coefficients=coefficients,
        events=events,
        demand_t=_standardised(season_t + hidden_t),
        season_t=_standardised(season_t),
    )


def _all_geos(x_t: np.ndarray, geos: int) -> np.ndarray:
    return np.repeat(x_t[None], geos, axis=0)


def _standardised(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = (x - x.mean()) / (x.std() if np.ptp(x) > 0 else 1.0)
    return result


def _season(scenario: Scenario, years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two Fourier pairs with the peak in late November."""
    peak = 0.90 + rng.normal(0, 0.02)
    second = rng.uniform(0, 1)
    wave: np.ndarray = np.cos(2 * np.pi * (years - peak)) + 0.3 * np.cos(4 * np.pi * (years - second))
    return scenario.seasonality * wave


def _trend(scenario: Scenario, years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Steady growth with one gentle bend, zero in the middle of the window."""
    middle = (years[0] + years[-1]) / 2
    along = (years - years[0]) / max(years[-1] - years[0], 1e-9)
    bend = 0.2 * rng.uniform(-1, 1) * np.sin(np.pi * along)
    result: np.ndarray = scenario.trend * (years - middle + bend)
    return result


def _slow_noise(scenario: Scenario, rng: np.random.Generator) -> np.ndarray:
    """AR(1) with a half-life of four weeks, standardised."""
    keep = 2.0 ** (-Every(scenario.every).days / 28)
    level, path = 0.0, np.empty(scenario.periods)
    for t, shock in enumerate(rng.standard_normal(scenario.periods)):
        level = keep * level + shock
        path[t] = level
    return _standardised(path)


def _control(control: ControlTruth, scenario: Scenario, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Values [geo, time] and the value at which the control has no effect."""
    shape = (scenario.geos, scenario.periods)
    week = max(1, round(7 / Every(scenario.every).days))
    if control.kind == "price":
        step_t = _blocks(scenario.periods, (5 * week, 12 * week), rng, lambda: rng.normal(0, 3))
        wobble_gw = rng.normal(0, 0.6, (shape[0], -(-shape[1] // week)))
        wobble_gt = np.repeat(wobble_gw, week, axis=1)[:, : shape[1]]
        return np.round(100 + step_t[None] + wobble_gt, 2), 100.0
    if control.kind == "competitor":
        level_t = _blocks(scenario.periods, (2 * week, 6 * week), rng, lambda: rng.uniform(20, 100))
        return np.round(level_t[None] * np.exp(0.15 * rng.standard_normal(shape)), 2), 0.0
    depth_t = _blocks(
        scenario.periods, (week, 3 * week), rng, lambda: float(rng.choice([0, 0, 0, 0.1, 0.2, 0.3]))
    )
    if not depth_t.any():
        depth_t[: min(week, shape[1] // 2)] = 0.2
    return np.repeat(depth_t[None], shape[0], axis=0), 0.0


def _blocks(
    periods: int, length: tuple[int, int], rng: np.random.Generator, draw: Callable[[], float]
) -> np.ndarray:
    """A level drawn by `draw` that holds for `length` periods, drawn in that range each time."""
    path, t = np.empty(periods), 0
    while t < periods:
        stop = t + int(rng.integers(length[0], length[1] + 1))
        path[t:stop] = draw()
        t = stop
    return path


def _events(scenario: Scenario) -> tuple[tuple[Event, ...], np.ndarray]:
    """Rows of the events table and their summed effect per period."""
    days = int(Every(scenario.every).days)
    first, opening = scenario.first_day, _first_days(scenario)
    effect_t, rows = np.zeros(scenario.periods), []
    for event in scenario.events:
        for start in _starts(event, scenario):
            # An event covers whole periods: any way of coding it then agrees.
            begin = round((start - first).days / Every(scenario.every).days)
            length = max(1, round(event.days / days))
            begin, end = max(begin, 0), min(begin + length, scenario.periods)
            if begin >= end:
                continue
            effect_t += event.effect * _course(begin, end, scenario)
            rows.append(Event(event.name, opening[begin], opening[end] - np.timedelta64(1, "D")))
    return tuple(sorted(rows, key=lambda row: (row.start, row.name))), effect_t


def _course(begin: int, end: int, scenario: Scenario) -> np.ndarray:
    """1 while an event lasts; before and after it what builds up and fades, in straight lines."""
    structure = scenario.structure or Structure()
    days = Every(scenario.every).days
    at_t = np.arange(scenario.periods)
    lead, lag = (round(reach / days) for reach in (structure.event_lead, structure.event_lag))
    before_t, after_t = np.maximum(begin - at_t, 0), np.maximum(at_t - end + 1, 0)
    away_t = before_t / (lead + 1) + after_t / (lag + 1)
    return np.asarray(np.maximum(1 - away_t, 0.0))


def _starts(event: EventTruth, scenario: Scenario) -> list[date]:
    first = scenario.first_day
    span = int(scenario.periods * Every(scenario.every).days)
    if event.month is None or event.day is None:
        return [first + timedelta(days=int((event.at or 0.0) * (span - 1)))]
    # From the year before: an event of late December may reach into the window.
    years = range(first.year - 1, (first + timedelta(days=span)).year + 1)
    return [date(year, event.month, event.day) for year in years]
