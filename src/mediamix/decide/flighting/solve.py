"""The best spends within limits, for a smooth objective: a primal-dual interior-point ascent.

Every step solves the Newton equations of the objective with logarithmic barriers. The objective is
separable over channels, so its curvature is a block per channel; the sums over channels add a
low rank (Woodbury). Convex parts of the curvature are left out, so a step always ascends: for a
concave objective the answer is the maximum, else a local one near where it starts.

Source: Wächter & Biegler (2006), On the implementation of an interior-point filter line-search
algorithm (without the filter: feasible points and a merit function).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float

from mediamix.decide.flighting.limits import THIN, Limits

#: The barrier's weight relative to what a cell contributes: at the start, at the end.
FIRST, LAST = 0.1, 3e-6
MAX_STEPS = 80
#: Multipliers above this many times their slack mark a limit that holds.
HOLDS = 30.0


class Objective(Protocol):
    """What is maximised; everything in money and outcome units, separable over channels."""

    def value(self, x_ct: Float[np.ndarray, "channel time"]) -> float:
        """The objective."""

    def slope(
        self, x_ct: Float[np.ndarray, "channel time"]
    ) -> tuple[float, Float[np.ndarray, "channel time"]]:
        """The objective and its gradient."""

    def curvature(self, x_ct: Float[np.ndarray, "channel time"]) -> Float[np.ndarray, "channel time time"]:
        """Minus its second derivatives per channel, positive semi-definite."""


@dataclass(frozen=True, eq=False)
class Peak:
    """A (local) maximum.

    Args:
        x: Spends; those whose limit holds are on it.
        inner: The same strictly inside the limits: slopes there are those of the maximum, while at
            nothing a curve may start upright.
    """

    x: Float[np.ndarray, "channel time"]
    inner: Float[np.ndarray, "channel time"]


@dataclass(frozen=True, eq=False)
class _Point:
    """Where the ascent stands: spends, slacks of cells and sums, and their multipliers."""

    x: Float[np.ndarray, "channel time"]
    slack: tuple[np.ndarray, ...]
    dual: tuple[np.ndarray, ...]


def ascend(
    objective: Objective,
    limits: Limits,
    start_ct: Float[np.ndarray, "channel time"] | None = None,
    *,
    first: float = FIRST,
) -> Peak | None:
    """A (local) maximum within the limits; None where no plan keeps them.

    Args:
        objective: See `Objective`.
        limits: See `Limits`.
        start_ct: Where to start; drawn towards the inside. Absent: the inside.
        first: The barrier's weight at the start; small for a start that is nearly an answer.
    """
    inside = limits.inside()
    if inside is None:
        return None
    free = limits.upper_ct - limits.lower_ct > 2 * THIN * limits.total
    if not free.any():
        return Peak(limits.lower_ct.copy(), limits.lower_ct.copy())
    # Money is counted in what a cell has on average, the outcome in what a cell brings.
    unit = limits.total / free.sum()
    x = inside if start_ct is None else _towards(start_ct, inside, limits, free)
    value, slope = objective.slope(x)
    worth = max(float((slope * x)[free].mean()), 1e-12 * abs(value), 1e-300)
    return _Newton(objective, limits, free, unit, worth).climb(x, first)


def _slacks(
    x: Float[np.ndarray, "channel time"], limits: Limits, free: Bool[np.ndarray, "channel time"]
) -> tuple[np.ndarray, ...]:
    """Distances from the limits of cells and of sums, low and high; infinite where there is none."""
    sums, low, high = limits.sums(x)
    room = THIN * limits.total
    below = np.where(free, x - limits.lower_ct, np.inf)
    above = np.where(free, limits.upper_ct - x, np.inf)
    return below, above, sums - low + room, high - sums + room


def _towards(
    start: Float[np.ndarray, "channel time"],
    inside: Float[np.ndarray, "channel time"],
    limits: Limits,
    free: Bool[np.ndarray, "channel time"],
) -> Float[np.ndarray, "channel time"]:
    """From the inside nine tenths of the way to a start, or to the limit that is met first."""
    way = np.where(free, start - inside, 0.0)
    sums = limits.sums(way)[0]
    length = _longest(_slacks(inside, limits, free), (way, -way, sums, -sums))
    return np.asarray(inside + 0.9 * length * way)


@dataclass(frozen=True, eq=False)
class _Newton:
    objective: Objective
    limits: Limits
    free: Bool[np.ndarray, "channel time"]
    unit: float
    worth: float

    def climb(self, x: Float[np.ndarray, "channel time"], first: float) -> Peak:
        """Follow the barrier down from `first`."""
        weight = first
        slack = self._slacks(x)
        point = _Point(x, slack, tuple(weight / s for s in slack))
        value, slope = self._slope(point.x)
        for _ in range(MAX_STEPS):
            step, gain = self._direction(point, slope, weight)
            moved, value_after = self._search(point, step, gain, value, weight)
            progress = np.abs(moved.x - point.x).max() / self.unit
            still = value_after - value <= 1e-9 * max(abs(value), 1.0)
            point = moved
            value, slope = self._slope(point.x)
            if gain < 0.1 * weight * self.free.sum() or progress < 1e-7 or still:
                if weight <= LAST:
                    break
                weight = max(LAST, 0.15 * weight)
        return Peak(self._tidy(point), point.x)

    def _slope(self, x: Float[np.ndarray, "channel time"]) -> tuple[float, Float[np.ndarray, "channel time"]]:
        value, slope = self.objective.slope(x)
        return value / self.worth, slope * (self.unit / self.worth)

    def _slacks(self, x: Float[np.ndarray, "channel time"]) -> tuple[np.ndarray, ...]:
        """In units, and above nothing in spite of rounding."""
        return tuple(np.maximum(s / self.unit, 1e-14) for s in _slacks(x, self.limits, self.free))

    def _direction(
        self, point: _Point, slope: Float[np.ndarray, "channel time"], weight: float
    ) -> tuple[Float[np.ndarray, "channel time"], float]:
        """The Newton step in units, and the ascent of the barrier function that it promises."""
        channels, periods = point.x.shape
        below, above, low, high = point.slack
        z_below, z_above, z_low, z_high = point.dual
        push = weight / low - weight / high
        gradient = slope + weight / below - weight / above
        gradient = gradient + push[0] + push[1 : 1 + channels, None] + push[None, 1 + channels :]
        gradient = np.where(self.free, gradient, 0.0)
        stiff = z_low / low + z_high / high
        blocks = self.objective.curvature(point.x) * (self.unit**2 / self.worth)
        blocks = blocks + stiff[1 : 1 + channels, None, None]
        # A cell that is fixed can't move.
        diagonal = np.where(self.free, z_below / below + z_above / above + 1e-12, 1e30)
        blocks[:, range(periods), range(periods)] += diagonal
        inverse = np.linalg.inv(blocks)
        step = np.einsum("cst,ct->cs", inverse, gradient)
        # Woodbury for the sums over channels: one per period, and the total.
        tied = np.concatenate([np.eye(periods), np.ones((periods, 1))], axis=1)
        stiffness = np.append(stiff[1 + channels :], stiff[0])
        tied = tied[:, stiffness > 0] * np.sqrt(stiffness[stiffness > 0])
        small = np.eye(tied.shape[1]) + tied.T @ inverse.sum(axis=0) @ tied
        pull = np.linalg.solve(small, tied.T @ step.sum(axis=0))
        step = step - np.einsum("cst,t->cs", inverse, tied @ pull)
        return step, float((gradient * step).sum())

    def _search(
        self, point: _Point, step: Float[np.ndarray, "channel time"], gain: float, value: float, weight: float
    ) -> tuple[_Point, float]:
        """Go along the step as far as the barrier function rises enough."""
        sums = self.limits.sums(step)[0]
        moves = (step, -step, sums, -sums)
        length = _longest(point.slack, moves)
        before = value + weight * _logs(point.slack)
        while length > 1e-8:
            x = point.x + length * self.unit * step
            slack = self._slacks(x)
            after = self.objective.value(x) / self.worth
            if after + weight * _logs(slack) >= before + 1e-4 * length * gain - 1e-12 * abs(before):
                turns = tuple(
                    weight / s - z - z / s * move
                    for s, z, move in zip(point.slack, point.dual, moves, strict=True)
                )
                along = _longest(point.dual, turns)
                # Multipliers that left the path's neighbourhood would spoil the next step.
                dual = tuple(
                    np.clip(z + along * turn, weight / s * 1e-6, weight / s * 1e6)
                    for z, turn, s in zip(point.dual, turns, slack, strict=True)
                )
                return _Point(x, slack, dual), after
            length *= 0.5
        return replace(point, dual=tuple(weight / s for s in point.slack)), value

    def _tidy(self, point: _Point) -> Float[np.ndarray, "channel time"]:
        """Cells whose limit holds are put on it; the others share what that freed, within the limits."""
        limits = self.limits
        (below, above), (z_below, z_above) = point.slack[:2], point.dual[:2]
        x = np.where(z_below > HOLDS * below, limits.lower_ct, point.x)
        x = np.where(z_above > HOLDS * above, limits.upper_ct, x)
        x = np.where(self.free, x, limits.lower_ct)
        if not limits.keeps(x):
            x = np.clip(point.x, limits.lower_ct, limits.upper_ct)
        return _filled(x, limits)


def _filled(x: Float[np.ndarray, "channel time"], limits: Limits) -> Float[np.ndarray, "channel time"]:
    """The little that rounding left of the budget, shared by the cells that may take it."""
    for _ in range(8):
        left = limits.total - float(x.sum())
        if not THIN * limits.total < left < 1e-3 * limits.total:
            break
        channel_c, period_t = limits.channel_high_c - x.sum(axis=1), limits.period_high_t - x.sum(axis=0)
        near = THIN * limits.total
        may = (x > limits.lower_ct) & (x < limits.upper_ct - near)
        may &= (channel_c > near)[:, None] & (period_t > near)[None, :]
        if not may.any():
            break
        part = np.where(may, x, 0.0) * (left / x[may].sum())
        sums = np.concatenate([part.sum(axis=1), part.sum(axis=0), part.ravel()])
        room = np.concatenate([channel_c, period_t, (limits.upper_ct - x).ravel()])
        x = x + part * min(1.0, float(np.min(room[sums > 0] / sums[sums > 0])))
    return x


def _longest(values: tuple[np.ndarray, ...], moves: tuple[np.ndarray, ...]) -> float:
    """The part of a move, at most 1, that keeps all values positive."""
    length = 1.0
    for value, move in zip(values, moves, strict=True):
        shrinks = (move < 0) & np.isfinite(value)
        if shrinks.any():
            length = min(length, float(np.min(-0.995 * value[shrinks] / move[shrinks])))
    return length


def _logs(slack: tuple[np.ndarray, ...]) -> float:
    return float(sum(np.log(s[np.isfinite(s)]).sum() for s in slack))
