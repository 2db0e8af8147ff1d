"""The planner's mathematical problem, and its answer, as arrays.

    maximise  Σ_c f_c(x_c)   s.t.  minimum <= Σ_c x_c <= total,  lower_c <= x_c <= upper_c,
                                   Σ_{c in group} x_c <= cap,   low_r <= Σ_c a_rc x_c <= high_r,
                                   x_c = 0 or x_c >= buy_c

The `f_c` are piecewise linear and of any shape. A variable is a channel, or a cell of a finer plan
(channel × geo, channel × week): the solvers don't know the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

Status = Literal["optimal", "feasible", "no certificate"]

#: An answer whose gap is at most this is called optimal.
PROVED = 1e-4


@dataclass(frozen=True)
class Separable:
    """The problem as arrays.

    Args:
        grids: Per channel its spend [points].
        values: Per channel its worth [points].
        lower: Lowest spend per channel, within its grid.
        upper: Highest spend per channel, within its grid.
        total: Budget; at least the sum of `lower`.
        group: Per channel the index of its group in `cap`, or -1: groups that share no channel.
        cap: Highest spend of each group.
        minimum: Least spend over all channels.
        rows: Coefficients of further linear constraints.
        row_low: Their lower ends, may be minus infinity.
        row_high: Their upper ends, may be infinity.
        buy: Least spend of a channel that is on; 0 where a channel has no such minimum.
    """

    grids: Sequence[Float[np.ndarray, " _"]]
    values: Sequence[Float[np.ndarray, " _"]]
    lower: Float[np.ndarray, " channel"]
    upper: Float[np.ndarray, " channel"]
    total: float
    group: Int[np.ndarray, " channel"]
    cap: Float[np.ndarray, " group"]
    minimum: float = 0.0
    rows: Float[np.ndarray, "row channel"] | None = None
    row_low: Float[np.ndarray, " row"] | None = None
    row_high: Float[np.ndarray, " row"] | None = None
    buy: Float[np.ndarray, " channel"] | None = None

    @property
    def size(self) -> int:
        """Number of channels."""
        return len(self.grids)

    @property
    def simple(self) -> bool:
        """Whether groups that share no channel are all there is beside bounds and budget."""
        return (self.rows is None or len(self.rows) == 0) and not self.switched.any()

    @property
    def switched(self) -> np.ndarray:
        """Whether a channel may be off, and has a least spend when it is on."""
        if self.buy is None:
            return np.zeros(self.size, dtype=bool)
        return (self.buy > self.lower) & (self.lower <= 0.0)

    def value(self, x: Float[np.ndarray, " channel"]) -> Float[np.ndarray, " channel"]:
        """Worth per channel at spend `x`."""
        pieces = zip(x, self.grids, self.values, strict=True)
        return np.array([np.interp(spend, grid, value) for spend, grid, value in pieces])

    def alone(self) -> Separable:
        """The same with each channel by itself."""
        return self

    def linear(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All linear constraints, budget first, then groups, then rows: coefficients, low, high."""
        everyone = np.ones((1, self.size))
        members = (self.group[None, :] == np.arange(len(self.cap))[:, None]).astype(float)
        rows = np.empty((0, self.size)) if self.rows is None else self.rows
        low = np.empty(0) if self.row_low is None else self.row_low
        high = np.empty(0) if self.row_high is None else self.row_high
        return (
            np.concatenate([everyone, members, rows]),
            np.concatenate([[self.minimum], np.full(len(self.cap), -np.inf), low]),
            np.concatenate([[self.total], self.cap, high]),
        )

    def keeps(self, x: Float[np.ndarray, " channel"], *, spent: bool = True) -> bool:
        """Whether a point keeps all constraints; without `spent`, the least spend aside."""
        coefficient, low, high = self.linear()
        if not spent:
            low[0] = -np.inf
        spend, slack = coefficient @ x, 1e-9 * float(self.upper.sum())
        inside = (self.lower <= x) & (x <= self.upper)
        if self.buy is not None:
            inside &= (x == 0) | (x >= self.buy) | ~self.switched
        return bool(inside.all() and (low - slack <= spend).all() and (spend <= high + slack).all())

    def on_as(self, x: Float[np.ndarray, " channel"]) -> Separable:
        """The same with every channel that has a least spend kept on, or off, as in `x`."""
        if self.buy is None:
            return self
        switched, off = self.switched, x <= 0.5 * self.buy
        lower = np.where(switched & ~off, self.buy, self.lower)
        upper = np.where(switched & off, 0.0, self.upper)
        return replace(self, lower=lower, upper=np.maximum(lower, upper), buy=None)

    def tiny(self) -> float:
        """What counts as nothing beside the worth of these curves."""
        return 1e-9 * max(float(np.abs(value).max()) for value in self.values) or 1e-300


@dataclass(frozen=True)
class Solution:
    """The best point found, and how much better any other could be.

    Args:
        x: Spend per channel.
        value: Its worth.
        upper: No feasible point is worth more than this.
        gap: ``(upper - value) / |value|``.
        status: ``optimal`` if the gap is at most `PROVED`; ``no certificate`` where no bound is known.
        nodes: Boxes looked at, or rounds of refinement.
        method: How it was found, in words.
    """

    x: Float[np.ndarray, " channel"]
    value: float
    upper: float
    gap: float
    status: Status
    nodes: int
    method: str = ""


def solution(
    x: Float[np.ndarray, " channel"], value: float, upper: float, tiny: float, nodes: int, method: str
) -> Solution:
    """A `Solution` with its gap; `tiny` is the least worth that a gap is measured by."""
    upper = max(upper, value)
    gap = (upper - value) / max(abs(value), tiny)
    return Solution(x, value, upper, gap, "optimal" if gap <= PROVED else "feasible", nodes, method)
