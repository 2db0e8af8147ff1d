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
        matrix_gtp: Columns over the periods; one geo where all geos share them.
        by_geo: Each geo's coefficients differ from those that the geos share.
        pooled: Columns whose sum is the last column: what is common to their coefficients is its own.
        spread: How much the coefficients of pooled columns differ (standard deviation).
    """

    component: str
    names: tuple[str, ...]
    matrix_gtp: Float[np.ndarray, "own_geo time column"]
    by_geo: bool = False
    pooled: tuple[str, ...] = ()
    spread: float = 0.0

    @classmethod
    def shared(
        cls, component: str, names: tuple[str, ...], matrix_tp: Float[np.ndarray, "time column"]
    ) -> Block:
        """Columns that all geos share."""
        return cls(component, names, matrix_tp[None])

    @property
    def matrix(self) -> Float[np.ndarray, "time column"]:
        """The columns of the first geo, which are everybody's where they are shared."""
        return np.asarray(self.matrix_gtp[0])


def linear_trend(n_periods: int) -> Block:
    """A straight line from −½ to ½ over the window."""
    return Block.shared("trend", ("slope",), np.linspace(-0.5, 0.5, n_periods)[:, None])


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
    return Block.shared("trend", tuple(f"step {k + 1}" for k in range(pieces)), ramps)


def fourier(dates: np.ndarray, pairs: int) -> Block:
    """``sin`` and ``cos`` of 1 … `pairs` cycles a year, phased by the calendar."""
    day = dates.astype("datetime64[D]").astype(np.int64)
    angle = 2 * np.pi * day[:, None] / DAYS_PER_YEAR * np.arange(1, pairs + 1)
    columns = np.empty((len(dates), 2 * pairs))
    columns[:, 0::2], columns[:, 1::2] = np.sin(angle), np.cos(angle)
    names = tuple(f"{wave} {k}" for k in range(1, pairs + 1) for wave in ("sin", "cos"))
    return Block.shared("seasonality", names, columns)


def weekday(dates: np.ndarray) -> Block:
    """Effects of Monday … Saturday that sum to zero over the week (Sunday is minus their sum)."""
    # 1970-01-01 was a Thursday.
    day = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    columns = np.zeros((len(dates), 6))
    for k in range(6):
        columns[day == k, k] = 1.0
    columns[day == 6] = -1.0
    return Block.shared("weekday", WEEKDAYS[:6], columns)


def events(dates: np.ndarray, every: Every, happenings: Sequence[Event]) -> Block:
    """One column per event name: the share of each period's days that it covers.

    Repetitions of a name share a column. Events that don't touch the window are left out.
    """
    start = dates.astype("datetime64[D]")
    if every.months:
        stop = (start.astype("datetime64[M]") + every.months).astype("datetime64[D]")
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
    return Block.shared("events", tuple(columns), matrix)
