"""How a channel is bought over time: flights, steps, pauses, bursts.

Every pattern changes often, at different levels and down to zero now and then, because that is
what lets a model tell a channel from the season and its carry-over from its saturation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from mediamix.simulate.parts import Pattern

Series = Float[np.ndarray, " time"]
_Weeks = tuple[int, int]


def spend_pattern(
    pattern: Pattern, periods: int, days: int, first_day_of_year: int, rng: np.random.Generator
) -> Series:
    """Spend per period up to scale, mean 1.

    Args:
        pattern: A name of `Pattern`.
        periods: Length of the window.
        days: Days per period.
        first_day_of_year: Of the window, for seasonal buying.
        rng: Source of what is random.
    """
    week = max(1, round(7 / days))
    if pattern == "seasonal":
        day = first_day_of_year + np.arange(periods) * days
        shape = np.clip(np.sin(2 * np.pi * (day - rng.uniform(0, 365)) / 365.25) + 0.2, 0, None)
    else:
        shape = _SHAPES[pattern](periods, week, rng)
    shape = shape * _wobble(periods, week, 0.22, rng) * _wobble(periods, 1, 0.08, rng)
    if not shape.any():  # a window shorter than the first gap
        shape[: max(1, periods // 3)] = 1.0
    normalised: np.ndarray = shape / shape.mean()
    return normalised


def _wobble(periods: int, block: int, spread: float, rng: np.random.Generator) -> Series:
    """Log-normal level that is drawn anew every `block` periods."""
    levels = np.exp(spread * rng.standard_normal(-(-periods // block)))
    return np.repeat(levels, block)[:periods]


def _spells(
    periods: int, week: int, on: _Weeks, off: _Weeks, spread: float, rng: np.random.Generator
) -> Series:
    """Spells of `on` weeks at log-normal levels, `off` weeks of zero between them."""
    shape = np.zeros(periods)
    # Starts anywhere in the cycle, so that windows of different seeds differ from their first day.
    t = int(rng.integers(-on[1], off[1] + 1)) * week
    while t < periods:
        length = int(rng.integers(on[0], on[1] + 1)) * week
        level = np.exp(spread * rng.standard_normal())
        shape[max(t, 0) : max(t + length, 0)] = level
        t += length + int(rng.integers(off[0], off[1] + 1)) * week
    return shape


def _steps(periods: int, week: int, rng: np.random.Generator) -> Series:
    """Levels that hold for some weeks, with pauses and doublings as a tester would plan them."""
    level = _spells(periods, week, (2, 5), (0, 0), 0.5, rng)
    level[level == 0] = 1.0
    pauses = _spells(periods, week, (1, 3), (5, 11), 0.0, rng) > 0
    doublings = _spells(periods, week, (1, 3), (9, 18), 0.0, rng) > 0
    result: np.ndarray = np.where(pauses, 0.0, level * np.where(doublings, 2.0, 1.0))
    return result


def _flighted(periods: int, week: int, rng: np.random.Generator) -> Series:
    return _spells(periods, week, (3, 6), (3, 8), 0.5, rng)


def _occasional(periods: int, week: int, rng: np.random.Generator) -> Series:
    return _spells(periods, week, (2, 4), (4, 9), 0.5, rng)


def _bursty(periods: int, week: int, rng: np.random.Generator) -> Series:
    base = 0.3 * _steps(periods, week, rng)
    result: np.ndarray = base + _spells(periods, week, (1, 3), (2, 6), 0.5, rng)
    return result


_SHAPES: dict[str, Callable[[int, int, np.random.Generator], Series]] = {
    "flighted": _flighted,
    "occasional": _occasional,
    "always_on": _steps,
    "bursty": _bursty,
}
