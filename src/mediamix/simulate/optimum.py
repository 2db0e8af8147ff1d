"""The best split of a budget under known response curves, S-shapes included.

Dynamic programming over a grid of money finds the right valley, whatever the curves' shape; then
money moves between the two channels whose marginal returns differ most until none differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, " channel"]

MONEY_STEPS = 1000
NODES = 101
EXCHANGES = 2000


@runtime_checkable
class ResponseCurves(Protocol):
    """Contribution of every channel, and its derivative, at one multiple of its spend."""

    def __call__(self, multiple: float) -> tuple[Vector, Vector]: ...


@dataclass(frozen=True)
class Optimum:
    """The best split of a budget, and what it is compared with.

    Args:
        budget: Money to split.
        allocation: Channel → money.
        outcome: Media contribution of the best split, in outcome units.
        historical_outcome: Media contribution of the split in the data.
        relative_bounds: Lowest and highest multiple of each channel's spend in the data.
        bounds: Channel → the same in money.
    """

    budget: float
    allocation: dict[str, float]
    outcome: float
    historical_outcome: float
    relative_bounds: tuple[float, float]
    bounds: dict[str, tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """All fields, for JSON."""
        return {
            "budget": self.budget,
            "allocation": self.allocation,
            "outcome": self.outcome,
            "historical_outcome": self.historical_outcome,
            "relative_bounds": list(self.relative_bounds),
            "bounds": {name: list(pair) for name, pair in self.bounds.items()},
        }


def best_multiples(
    spend_c: Vector, curves: ResponseCurves, budget: float, bounds: tuple[float, float]
) -> Vector:
    """Multiples of `spend_c` within `bounds` that spend `budget` for the largest contribution.

    A budget outside of what the bounds allow is answered with the nearest bound.
    """
    low, high = bounds
    if budget <= low * spend_c.sum():
        return np.full(len(spend_c), float(low))
    if budget >= high * spend_c.sum():
        return np.full(len(spend_c), float(high))
    table = _Table(curves, low, high)
    start_c = _grid_optimum(spend_c, table, budget)
    return _exchange(spend_c, table, start_c)


class _Table:
    """Cubic Hermite interpolation of all curves: exact values and slopes at `NODES` multiples."""

    def __init__(self, curves: ResponseCurves, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.step = (high - low) / (NODES - 1)
        pairs = [curves(low + i * self.step) for i in range(NODES)]
        self.value_nc = np.array([value for value, _ in pairs])
        self.slope_nc = np.array([slope for _, slope in pairs]) * self.step

    def at(self, c: int, multiple: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Contribution of channel `c` and its derivative by the multiple."""
        x = np.clip((np.asarray(multiple) - self.low) / self.step, 0, NODES - 1)
        i = np.minimum(x.astype(int), NODES - 2)
        u = x - i
        v0, v1 = self.value_nc[i, c], self.value_nc[i + 1, c]
        d0, d1 = self.slope_nc[i, c], self.slope_nc[i + 1, c]
        rise = v1 - v0
        # v0 + u(d0 + u((3·rise − 2·d0 − d1) + u(d0 + d1 − 2·rise)))
        second, third = 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise
        value = v0 + u * (d0 + u * (second + u * third))
        slope = (d0 + u * (2 * second + 3 * u * third)) / self.step
        return value, slope


def _grid_optimum(spend_c: Vector, table: _Table, budget: float) -> Vector:
    """Dynamic programming: units of money above the lower bounds, channel after channel."""
    free = budget - table.low * spend_c.sum()
    unit = free / MONEY_STEPS
    best = np.full(MONEY_STEPS + 1, -np.inf)
    best[0] = 0.0
    taken_cn = np.zeros((len(spend_c), MONEY_STEPS + 1), dtype=int)
    for c, spend in enumerate(spend_c):
        most = min(int((table.high - table.low) * spend / unit + 1e-9), MONEY_STEPS)
        multiples = table.low + (np.arange(most + 1) * unit / spend if spend > 0 else np.zeros(1))
        values, _ = table.at(c, multiples)
        after = np.full_like(best, -np.inf)
        for units, value in enumerate(values):
            candidate = best[: MONEY_STEPS + 1 - units] + value
            better = candidate > after[units:]
            after[units:][better] = candidate[better]
            taken_cn[c, units:][better] = units
        best = after
    left = int(np.flatnonzero(np.isfinite(best)).max())
    units_c = np.zeros(len(spend_c))
    for c in range(len(spend_c) - 1, -1, -1):
        units_c[c] = taken_cn[c, left]
        left -= taken_cn[c, left]
    money_c = table.low * spend_c + units_c * unit
    # Whole units may fall a little short of the budget: the rest goes where there is room.
    room_c = table.high * spend_c - money_c
    money_c = money_c + room_c * (budget - money_c.sum()) / max(room_c.sum(), 1e-300)
    multiples_c: np.ndarray = money_c / np.where(spend_c > 0, spend_c, 1.0)
    return multiples_c


def _exchange(spend_c: Vector, table: _Table, start_c: Vector) -> Vector:
    """Move money from the smallest to the largest marginal return until they are equal."""
    m_c = start_c.copy()
    movable = spend_c > 0
    tiny = 1e-10
    for _ in range(EXCHANGES):
        mroi_c = np.array([table.at(c, m)[1] for c, m in enumerate(m_c)]) / np.where(movable, spend_c, 1.0)
        gain_c = np.where(movable & (m_c < table.high - tiny), mroi_c, -np.inf)
        loss_c = np.where(movable & (m_c > table.low + tiny), mroi_c, np.inf)
        to, off = int(gain_c.argmax()), int(loss_c.argmin())
        if not gain_c[to] - loss_c[off] > 1e-10 * abs(gain_c[to]):
            break
        money = _best_move(table, (to, off), m_c, spend_c)
        if money <= 0:
            break
        m_c[to] = min(m_c[to] + money / spend_c[to], table.high)
        m_c[off] = max(m_c[off] - money / spend_c[off], table.low)
    return m_c


def _best_move(table: _Table, pair: tuple[int, int], m_c: Vector, spend_c: Vector) -> float:
    """Money from the second to the first channel at which their marginal returns meet."""
    to, off = pair

    def state(money: float) -> tuple[float, float]:
        value_to, slope_to = table.at(to, m_c[to] + money / spend_c[to])
        value_off, slope_off = table.at(off, m_c[off] - money / spend_c[off])
        return float(value_to + value_off), float(slope_to / spend_c[to] - slope_off / spend_c[off])

    most = min((table.high - m_c[to]) * spend_c[to], (m_c[off] - table.low) * spend_c[off])
    if state(most)[1] >= 0:
        money = most
    else:
        short, long = 0.0, most
        for _ in range(60):
            middle = (short + long) / 2
            short, long = (middle, long) if state(middle)[1] > 0 else (short, middle)
        money = short
    before = state(0.0)[0]
    while money > 1e-12 * most and state(money)[0] <= before:
        money /= 2
    return money if state(money)[0] > before else 0.0
