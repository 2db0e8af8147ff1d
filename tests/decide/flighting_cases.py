"""Small flighting problems with an oracle in plain NumPy that shares no code with the planner."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from mediamix.decide.flighting.beside import Beside
from mediamix.decide.flighting.bursts import Bursts
from mediamix.decide.flighting.limits import Limits
from mediamix.decide.flighting.problem import FlightProblem
from mediamix.decide.flighting.response import Outlook
from mediamix.transforms.ahead import Ahead
from mediamix.transforms.base import pick_saturation

Oracle = Callable[[np.ndarray], np.ndarray]


def outlook_of(
    rng: np.random.Generator, shape: tuple[int, int], slope: tuple[float, float], draws: int = 5
) -> tuple[Outlook, Oracle]:
    """Channels of Hill curves with a geometric carry-over, and the mean contribution of many plans."""
    channels, periods = shape
    length = 2 * periods
    parts, made = [], []
    for _ in range(channels):
        decay = np.minimum(rng.uniform(0.1, 0.8) * rng.lognormal(0, 0.1, draws), 0.9)
        weight = (1 - decay)[:, None] * decay[:, None] ** np.arange(length)
        half = rng.uniform(0.3, 3) * rng.lognormal(0, 0.2, draws)
        steep = np.full(draws, rng.uniform(*slope))
        gain = rng.uniform(0.5, 3) * rng.lognormal(0, 0.2, draws)
        past = rng.uniform(0, 1) * decay[:, None] ** np.arange(1, length + 1)
        theta = np.stack([half, steep], axis=1)
        gain_rt = np.repeat(gain[:, None], past.shape[1], axis=1)
        made.append(Beside((Ahead(pick_saturation("hill"), theta, weight, past, gain_rt, periods, 1e-9),)))
        parts.append((weight, half, steep, gain, past))
    rate = rng.lognormal(0, 0.2, shape)

    def oracle(plans: np.ndarray) -> np.ndarray:
        total = np.zeros(len(plans))
        for c, (weight, half, steep, gain, past) in enumerate(parts):
            stock = np.repeat(past[None], len(plans), axis=0)
            for s in range(periods):
                for t in range(s, length):
                    stock[:, :, t] += (plans[:, c, s] * rate[c, s])[:, None] * weight[:, t - s]
            curve = stock ** steep[:, None] / (stock ** steep[:, None] + half[:, None] ** steep[:, None])
            base = past ** steep[:, None] / (past ** steep[:, None] + half[:, None] ** steep[:, None])
            total += ((curve - base) * gain[:, None]).sum(axis=(1, 2)) / draws
        return total

    return Outlook(tuple(made), rate, draws), oracle


def limits_of(shape: tuple[int, int], total: float, **changed: Any) -> Limits:
    """A budget without any other limit, unless changed."""
    channels, periods = shape
    given = {
        "lower_ct": np.zeros(shape),
        "upper_ct": np.full(shape, total),
        "channel_low_c": np.zeros(channels),
        "channel_high_c": np.full(channels, total),
        "period_low_t": np.zeros(periods),
        "period_high_t": np.full(periods, total),
    }
    return Limits(total, **{**given, **changed})


def free(periods: int) -> Bursts:
    """No rules."""
    return Bursts(1, None, 0, np.ones(periods, bool), np.zeros(periods, bool))


def problem_of(
    outlook: Outlook, limits: Limits, bursts: tuple[Bursts, ...] | None = None, least: tuple[float, ...] = ()
) -> FlightProblem:
    """A problem without the parts that only the report reads."""
    channels, periods = limits.shape
    return FlightProblem(
        future=None,  # type: ignore[arg-type]
        planned=tuple(range(channels)),
        names=tuple(f"c{c}" for c in range(channels)),
        limits=limits,
        least_c=np.array(least or (0.0,) * channels),
        bursts=bursts or tuple(free(periods) for _ in range(channels)),
        rate_ct=outlook.rate_ct,
        after_c=np.zeros(channels),
        last_year_ct=None,
        notes=(),
    )


def all_plans(shape: tuple[int, int], parts: int) -> np.ndarray:
    """Every way to spread a budget of 1 in equal parts over the cells, or to keep some of them."""
    cells = shape[0] * shape[1]
    bars = itertools.combinations(range(parts + cells), cells)
    found = np.array([np.diff((-1, *places)) - 1 for places in bars])
    return found.reshape(-1, *shape) / parts
