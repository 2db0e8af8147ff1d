"""True curves, carry-over, spend, season and trend of the worlds: NumPy alone, no default of ours.

Every function draws its own parameters. Levels are multiples of the channel's mean level while it is on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
Curve = Callable[[np.ndarray], np.ndarray]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Between two bounds, alike on the log scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def power_over(half: float, slope: float) -> Curve:
    """``x^s / (x^s + k^s)``."""
    return lambda x: x**slope / (x**slope + half**slope)


CURVES: dict[str, Callable[[Rng], Curve]] = {
    "hill under 1": lambda r: power_over(log_uniform(r, 0.4, 2.5), r.uniform(0.6, 0.95)),
    "hill near 1": lambda r: power_over(log_uniform(r, 0.4, 2.5), r.uniform(0.9, 1.4)),
    "hill, S-shaped": lambda r: power_over(log_uniform(r, 0.5, 2.0), r.uniform(1.6, 3.0)),
    "michaelis": lambda r: power_over(log_uniform(r, 0.3, 4.0), 1.0),
    "exponential": lambda r: _exponential(log_uniform(r, 0.4, 3.0)),
    "power": lambda r: _power(r.uniform(0.3, 0.85)),
    "logistic": lambda r: _logistic(log_uniform(r, 0.4, 3.0)),
    "logistic, S-shaped": lambda r: _shifted(r.uniform(2.5, 6.0), r.uniform(0.4, 1.2)),
    "logarithm": lambda r: _logarithm(log_uniform(r, 0.1, 2.0)),
    "nearly linear": lambda r: _power(r.uniform(0.92, 1.0)),
    "threshold": lambda r: _threshold(r.uniform(0.1, 0.5), log_uniform(r, 0.5, 2.0)),
}
CONCAVE = ("michaelis", "exponential", "power", "logistic", "logarithm")
S_SHAPED = ("hill, S-shaped", "logistic, S-shaped", "threshold")
HILLS = ("hill under 1", "hill near 1", "hill, S-shaped")


def _exponential(scale: float) -> Curve:
    return lambda x: -np.expm1(-x / scale)


def _power(exponent: float) -> Curve:
    return lambda x: x**exponent


def _logistic(half: float) -> Curve:
    return lambda x: np.tanh(0.5 * x * np.log(3.0) / half)


def _shifted(steepness: float, middle: float) -> Curve:
    def logistic(x: np.ndarray | float) -> np.ndarray:
        return np.asarray(1.0 / (1.0 + np.exp(-steepness * (x - middle))))

    return lambda x: logistic(x) - logistic(0.0)


def _logarithm(scale: float) -> Curve:
    return lambda x: np.log1p(x / scale)


def _threshold(start: float, scale: float) -> Curve:
    return lambda x: -np.expm1(-np.maximum(x - start, 0.0) / scale)


def geometric(rng: Rng, week: float) -> np.ndarray:
    """Half-lives of two days to four weeks."""
    half = log_uniform(rng, 0.3, 4.0) * week
    return 0.5 ** (np.arange(int(8 * half) + 2) / half)


def weibull(rng: Rng, week: float) -> np.ndarray:
    """The density of a Weibull variable: rises, then falls."""
    shape, scale = rng.uniform(1.3, 3.0), log_uniform(rng, 1.0, 4.0) * week
    lag = np.arange(int(4 * scale) + 2) + 0.5
    return (lag / scale) ** (shape - 1.0) * np.exp(-((lag / scale) ** shape))


def peaked(rng: Rng, week: float) -> np.ndarray:
    """A bump around a delay."""
    delay, width = rng.uniform(0.5, 3.0) * week, rng.uniform(0.5, 1.5) * week
    lag = np.arange(int(delay + 4 * width) + 2)
    return np.exp(-0.5 * ((lag - delay) / width) ** 2)


def window(rng: Rng, week: float) -> np.ndarray:
    """The same in each of one to six weeks, then nothing."""
    return np.ones(max(1, round(rng.uniform(1.0, 6.0) * week)))


def at_once(rng: Rng, week: float) -> np.ndarray:
    """No carry-over."""
    del rng, week
    return np.ones(1)


CARRY = {
    "geometric": geometric,
    "weibull": weibull,
    "peaked": peaked,
    "window": window,
    "at once": at_once,
}


def smooth_noise(rng: Rng, n: int, memory: float) -> np.ndarray:
    """A standard AR(1) series."""
    out = np.empty(n)
    state = rng.standard_normal()
    for t in range(n):
        state = memory * state + np.sqrt(1.0 - memory**2) * rng.standard_normal()
        out[t] = state
    return out


def always_on(rng: Rng, years: np.ndarray) -> np.ndarray:
    """Never dark: slow and fast swings around a level."""
    n = len(years)
    slow, fast = rng.uniform(0.1, 0.4), rng.uniform(0.05, 0.3)
    return np.asarray(np.exp(slow * smooth_noise(rng, n, 0.93) + fast * rng.standard_normal(n)))


def flights(rng: Rng, years: np.ndarray) -> np.ndarray:
    """On for some weeks, dark for some."""
    n = len(years)
    week = max(1, round(1.0 / (years[1] - years[0]) / 52.0))
    out, at = np.zeros(n), int(rng.integers(0, 6)) * week
    while at < n:
        on, off = int(rng.integers(2, 9)) * week, int(rng.integers(2, 12)) * week
        out[at : at + on] = np.exp(0.3 * rng.standard_normal())
        at += on + off
    return np.asarray(out * np.exp(0.15 * rng.standard_normal(n)))


def pulses(rng: Rng, years: np.ndarray) -> np.ndarray:
    """Never dark, with bursts on top."""
    return np.asarray(0.35 * always_on(rng, years) + flights(rng, years))


def bursts(rng: Rng, years: np.ndarray) -> np.ndarray:
    """A few short campaigns a year."""
    n = len(years)
    week = max(1, round(1.0 / (years[1] - years[0]) / 52.0))
    out = np.zeros(n)
    for start in rng.integers(0, n - 4 * week, max(3, int(3 * (years[-1] - years[0])))):
        out[start : start + int(rng.integers(2, 5)) * week] += rng.uniform(0.6, 1.6)
    return np.asarray(out * np.exp(0.1 * rng.standard_normal(n)))


def with_the_calendar(rng: Rng, years: np.ndarray) -> np.ndarray:
    """Spend that follows the year: more in some season."""
    wave = np.cos(2.0 * np.pi * (years - rng.uniform()))
    return np.asarray(np.exp(rng.uniform(0.3, 0.7) * wave + 0.2 * rng.standard_normal(len(years))))


def ramp(rng: Rng, years: np.ndarray) -> np.ndarray:
    """Spend that grows or shrinks over the window."""
    span = (years - years[0]) / (years[-1] - years[0])
    return np.asarray(np.exp(rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.5) * span)) * always_on(rng, years)


def steps(rng: Rng, years: np.ndarray) -> np.ndarray:
    """A level per quarter."""
    quarter = (4.0 * (years - years[0])).astype(int)
    level = np.exp(0.5 * rng.standard_normal(quarter.max() + 1))
    return np.asarray(level[quarter] * np.exp(0.1 * rng.standard_normal(len(years))))


SPEND = {
    "always on": always_on,
    "flights": flights,
    "pulses": pulses,
    "bursts": bursts,
    "with the calendar": with_the_calendar,
    "ramp": ramp,
    "steps": steps,
}
NEVER_DARK = ("always on", "pulses", "with the calendar", "ramp", "steps")


def season(rng: Rng, years: np.ndarray, kind: str) -> np.ndarray:
    """What repeats every year, as a part of the baseline."""
    phase = years - rng.uniform()
    size = rng.uniform(0.05, 0.2)
    if kind == "wave":
        other = 0.4 * np.cos(4.0 * np.pi * (years - rng.uniform()))
        return np.asarray(size * (np.cos(2.0 * np.pi * phase) + other))
    if kind == "triangle":
        return np.asarray(size * (4.0 * np.abs(phase % 1.0 - 0.5) - 1.0))
    if kind == "peak":
        return np.asarray(1.5 * size * np.exp(-0.5 * (((phase + 0.5) % 1.0 - 0.5) / 0.06) ** 2))
    return np.zeros(len(years))


def trend(rng: Rng, years: np.ndarray, kind: str) -> np.ndarray:
    """What doesn't come back, as a part of the baseline."""
    span = (years - years[0]) / (years[-1] - years[0])
    if kind == "line":
        return np.asarray(rng.uniform(-0.2, 0.4) * span)
    if kind == "wander":
        steps_n = rng.standard_normal(len(years)) * np.sqrt(years[1] - years[0])
        return np.asarray(0.1 * np.cumsum(steps_n))
    if kind == "growth":
        return np.asarray(rng.uniform(0.1, 0.35) / (1.0 + np.exp(-8.0 * (span - rng.uniform(0.3, 0.7)))))
    return np.zeros(len(years))
