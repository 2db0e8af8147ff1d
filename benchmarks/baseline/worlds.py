"""Markets whose baseline has something of its own: a smooth level, holidays that spill, many events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Holidays
from mediamix.core.types import Event
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.simulate import Scenario, simulate

WEEK = 7
EVENTS = 12


@dataclass(frozen=True)
class World:
    """A market with its truth.

    Args:
        dataset: 156 weeks, five channels.
        truth_c: Contribution of each channel over the window.
    """

    dataset: Dataset
    truth_c: Float[np.ndarray, " channel"]

    def with_level(self, level_t: Float[np.ndarray, " time"], *events: Event) -> World:
        """Something more in the baseline, as shares of the mean outcome, and events that are known."""
        data = self.dataset
        outcome = data.outcome_gt + np.nanmean(data.outcome_gt) * level_t
        return replace(self, dataset=replace(data, outcome_gt=outcome, events=(*data.events, *events)))


def plain(seed: int) -> World:
    """Nothing but a straight trend, two waves of season and three known events."""
    made = simulate(Scenario.weekly(seed))
    return World(made.dataset, made.truth.contribution_gtc.sum(axis=(0, 1)))


def smooth(seed: int) -> World:
    """A level that wanders smoothly: a Gaussian process of 8 to 20 weeks, 8 % of the mean outcome."""
    rng, world = np.random.default_rng([seed, 1]), plain(seed)
    week = np.arange(world.dataset.n_periods)
    distance = (week[:, None] - week) / rng.uniform(8, 20)
    covariance = np.exp(-0.5 * distance**2) + 1e-8 * np.eye(len(week))
    return world.with_level(0.08 * np.linalg.cholesky(covariance) @ rng.standard_normal(len(week)))


def _holidays(seed: int, spilled: float) -> World:
    """US holidays that take or bring something, and a rise in the seven days before, falling after."""
    rng, world = np.random.default_rng([seed, 2]), plain(seed)
    first, last = world.dataset.dates[0], world.dataset.dates[-1] + WEEK - 1
    calendar = holiday_events(Holidays(country="US"), first - 10, last + 10)
    effects = {
        name: (
            rng.normal(-0.1, 0.25),
            abs(rng.normal(spilled, spilled / 2)),
            -abs(rng.normal(0, spilled / 3)),
        )
        for name in sorted({day.name for day in calendar})
    }
    lift: dict[np.datetime64, float] = {}
    for day in calendar:
        on, before, after = effects[day.name]
        parts = {0: on, **{-k: before * (8 - k) / 7 for k in range(1, 8)}, **dict.fromkeys((1, 2, 3), after)}
        for k, effect in parts.items():
            lift[day.start + k] = lift.get(day.start + k, 0.0) + effect
    level = [sum(lift.get(week + k, 0.0) for k in range(WEEK)) / WEEK for week in world.dataset.dates]
    known = (day for day in calendar if day.end >= first and day.start <= last)
    return world.with_level(np.array(level), *known)


def spilled_holidays(seed: int) -> World:
    """Holidays before which people buy 20 % more, in the mean."""
    return _holidays(seed, 0.2)


def holidays(seed: int) -> World:
    """The same without an effect on the days around."""
    return _holidays(seed, 0.0)


def many_events(seed: int) -> World:
    """Twelve kinds of event, each in some three to eight weeks, that bring 8 ± 6 %; the last came once."""
    rng, world = np.random.default_rng([seed, 3]), plain(seed)
    found, level = [], np.zeros(world.dataset.n_periods)
    for k in range(EVENTS):
        times = 1 if k == EVENTS - 1 else rng.integers(3, 9)
        weeks = rng.choice(world.dataset.n_periods, times, replace=False)
        level[weeks] += rng.normal(0.08, 0.06)
        days = world.dataset.dates[weeks]
        found += [Event(f"event {k + 1}", day, day + WEEK - 1) for day in days]
    return world.with_level(level, *found)


Make = Callable[[int], World]
