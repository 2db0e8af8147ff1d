"""Naive forecasts, each a distribution, so that a model's draws are compared with draws.

Every one knows the outcome before the origin and the calendar, nothing of media:

    seasonal naive      y_{t − year}, off by what the year before was off by: resampled differences
                        y_s − y_{s − year} of the periods before
    mean of last year   its mean, off by that year's deviations from it, resampled, times √(1 + 1/n)
    linear              ordinary least squares on a line and two waves of the year, of days also on weekdays;
                        its exact predictive distribution, Student's t with n − p degrees of freedom

Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2, 5.5 and 7.6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Every
from mediamix.data.repeat import YEAR
from mediamix.transforms import basis

#: Draws of each, as many as a model's.
DRAWS = 1000
#: Waves of the year in the linear one; degrees of freedom, or differences, that it takes at least.
WAVES, FEWEST = 2, 8

Outcome = Float[np.ndarray, " known"]
Forecast = Float[np.ndarray, "draw ahead"]


def naive_forecasts(
    known_t: Outcome, dates: np.ndarray, every: Every, rng: np.random.Generator
) -> dict[str, Forecast]:
    """By name; what the past is too short for is left out.

    Args:
        known_t: The outcome before the origin; NaN where it is missing.
        dates: Of those periods, then of the ones to forecast.
        every: Length of a period.
        rng: For the draws.
    """
    found: dict[str, Forecast] = {}
    for name, make in NAIVE.items():
        draws = make(known_t, dates, every, rng)
        if draws is not None:
            found[name] = draws
    return found


def _seasonal(known_t: Outcome, dates: np.ndarray, every: Every, rng: np.random.Generator) -> Forecast | None:
    year, n, periods = YEAR[every][0], len(known_t), len(dates) - len(known_t)
    if n <= year:
        return None
    off = known_t[year:] - known_t[:-year]
    off = off[np.isfinite(off)]
    # Of a horizon beyond a year the last year known is repeated.
    middle_t = known_t[n - year + np.arange(periods) % year]
    if len(off) < FEWEST or not np.isfinite(middle_t).all():
        return None
    return np.asarray(middle_t + rng.choice(off, (DRAWS, periods)))


def _last_year(
    known_t: Outcome, dates: np.ndarray, every: Every, rng: np.random.Generator
) -> Forecast | None:
    last_t = known_t[-YEAR[every][0] :]
    last_t = last_t[np.isfinite(last_t)]
    if len(last_t) < FEWEST:
        return None
    off = (last_t - last_t.mean()) * np.sqrt(1 + 1 / len(last_t))
    return np.asarray(last_t.mean() + rng.choice(off, (DRAWS, len(dates) - len(known_t))))


def _linear(known_t: Outcome, dates: np.ndarray, every: Every, rng: np.random.Generator) -> Forecast | None:
    waves = basis.fourier(dates, WAVES).matrix
    days = basis.weekday(dates).matrix if every is Every.DAY else np.empty((len(dates), 0))
    x_tp = np.column_stack([np.ones(len(dates)), np.linspace(-0.5, 0.5, len(dates)), waves, days])
    seen = np.isfinite(known_t)
    own_tp, y_t = x_tp[: len(known_t)][seen], known_t[seen]
    free = len(y_t) - x_tp.shape[1]
    if free < FEWEST or np.linalg.matrix_rank(own_tp) < x_tp.shape[1]:
        return None
    q, r = np.linalg.qr(own_tp)
    beta_p = np.linalg.solve(r, q.T @ y_t)
    variance = float(((y_t - own_tp @ beta_p) ** 2).sum()) / free
    ahead_tp = x_tp[len(known_t) :]
    # One scale and one β per draw: the periods of a draw hang together as they do.
    scale_d = np.sqrt(variance * free / rng.chisquare(free, DRAWS))
    beta_dp = beta_p + scale_d[:, None] * np.linalg.solve(r, rng.standard_normal((len(r), DRAWS))).T
    noise_dt = scale_d[:, None] * rng.standard_normal((DRAWS, len(ahead_tp)))
    return np.asarray(beta_dp @ ahead_tp.T + noise_dt)


NAIVE: dict[str, Callable[..., Forecast | None]] = {
    "seasonal naive": _seasonal,
    "mean of last year": _last_year,
    "linear trend and season": _linear,
}
