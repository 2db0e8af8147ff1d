"""Columns of the baseline: trend knots, Fourier terms, weekdays and events.

Every function returns a `Block`: named columns that enter the outcome linearly. Columns are
scaled so that a coefficient is in units of the outcome's mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Event, Every

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Block:
    """Columns of one baseline component.

    Args:
        component: What a decomposition shows: trend, seasonality, weekday, events, controls.
        names: One per column.
        matrix: Rows are periods.
    """

    component: str
    names: tuple[str, ...]
    matrix: Float[np.ndarray, "time column"]


def linear_trend(n_periods: int) -> Block:
    """A straight line from −½ to ½ over the window."""
    return Block("trend", ("slope",), np.linspace(-0.5, 0.5, n_periods)[:, None])


def knot_trend(n_periods: int, spacing: float) -> Block:
    """A piecewise linear trend as a random walk of its levels at the knots.

    Knots lie at equal distances of about `spacing` periods, the first and last at the ends.
    Column k rises from 0 to 1 between the knots k and k+1 and stays there: its coefficient is
    the change of level between them, so independent normal priors make a random walk.
    """
    pieces = max(1, round((n_periods - 1) / spacing))
    edges = np.linspace(0, n_periods - 1, pieces + 1)
    t = np.arange(n_periods)[:, None]
    ramps = np.clip((t - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    return Block("trend", tuple(f"step {k + 1}" for k in range(pieces)), ramps)


def fourier(dates: np.ndarray, pairs: int) -> Block:
    """``sin`` and ``cos`` of 1 … `pairs` cycles a year, phased by the calendar."""
    day = dates.astype("datetime64[D]").astype(np.int64)
    angle = 2 * np.pi * day[:, None] / DAYS_PER_YEAR * np.arange(1, pairs + 1)
    columns = np.empty((len(dates), 2 * pairs))
    columns[:, 0::2], columns[:, 1::2] = np.sin(angle), np.cos(angle)
    names = tuple(f"{wave} {k}" for k in range(1, pairs + 1) for wave in ("sin", "cos"))
    return Block("seasonality", names, columns)


def weekday(dates: np.ndarray) -> Block:
    """Effects of Monday … Saturday that sum to zero over the week (Sunday is minus their sum)."""
    # 1970-01-01 was a Thursday.
    day = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    columns = np.zeros((len(dates), 6))
    for k in range(6):
        columns[day == k, k] = 1.0
    columns[day == 6] = -1.0
    return Block("weekday", WEEKDAYS[:6], columns)


def events(dates: np.ndarray, every: Every, happenings: Sequence[Event]) -> Block:
    """One column per event name: the share of each period's days that it covers.

    Repetitions of a name share a column. Events that don't touch the window are left out.
    """
    start = dates.astype("datetime64[D]")
    if every is Every.MONTH:
        stop = (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
    else:
        stop = start + np.timedelta64(int(every.days), "D")
    days = (stop - start).astype(float)
    columns: dict[str, np.ndarray] = {}
    for event in happenings:
        last = event.end.astype("datetime64[D]") + 1
        first = event.start.astype("datetime64[D]")
        overlap = (np.minimum(stop, last) - np.maximum(start, first)).astype(float)
        share = np.clip(overlap, 0.0, None) / days
        if share.any():
            columns[event.name] = np.minimum(columns.get(event.name, 0.0) + share, 1.0)
    matrix = np.column_stack(list(columns.values())) if columns else np.empty((len(dates), 0))
    return Block("events", tuple(columns), matrix)
