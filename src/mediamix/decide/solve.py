"""The exact maximiser of a sum of piecewise-linear curves under a budget.

    maximise  Σ_c f_c(x_c)   s.t.  Σ_c x_c <= total,  lower_c <= x_c <= upper_c,
                                   Σ_{c in group} x_c <= cap

The curves may be S-shaped. Over a box, the concave envelopes of the curves make a relaxation that
is solved exactly by taking pieces in order of slope (continuous knapsack); its value bounds the
problem from above, its point is feasible. Branch and bound splits the box in the channel whose
envelope is farthest above its curve, until bound and best point meet.

Source: Udell & Boyd (2013), Maximizing a sum of sigmoids.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from mediamix.decide.envelope import Envelope, envelope

Status = Literal["optimal", "feasible"]


@dataclass(frozen=True)
class Separable:
    """The problem as arrays.

    Args:
        grids: Per channel its spend [points].
        values: Per channel its contribution [points].
        lower: Lowest spend per channel, within its grid.
        upper: Highest spend per channel, within its grid.
        total: Budget; at least the sum of `lower`.
        group: Per channel the index of its group in `cap`, or -1.
        cap: Highest spend of each group.
    """

    grids: Sequence[Float[np.ndarray, " _"]]
    values: Sequence[Float[np.ndarray, " _"]]
    lower: Float[np.ndarray, " channel"]
    upper: Float[np.ndarray, " channel"]
    total: float
    group: Int[np.ndarray, " channel"]
    cap: Float[np.ndarray, " group"]

    def value(self, x: Float[np.ndarray, " channel"]) -> Float[np.ndarray, " channel"]:
        """Contribution per channel at spend `x`."""
        pieces = zip(x, self.grids, self.values, strict=True)
        return np.array([np.interp(spend, grid, value) for spend, grid, value in pieces])


@dataclass(frozen=True)
class Solution:
    """The best point found, and how much better any other could be.

    Args:
        x: Spend per channel.
        value: Its contribution.
        upper: No feasible point contributes more than this.
        gap: ``(upper - value) / |value|``.
        status: ``optimal`` if the gap is within the tolerance.
        nodes: Boxes looked at.
    """

    x: Float[np.ndarray, " channel"]
    value: float
    upper: float
    gap: float
    status: Status
    nodes: int


@dataclass(frozen=True)
class _Box:
    """A part of the feasible set with the solution of its relaxation."""

    envelopes: tuple[Envelope, ...]
    x: Float[np.ndarray, " channel"]
    excess: Float[np.ndarray, " channel"]
    bound: float
    value: float


def maximise(problem: Separable, tolerance: float = 1e-6, max_nodes: int = 20_000) -> Solution:
    """The global maximum, proved to a relative gap of `tolerance`.

    After `max_nodes` boxes it stops with the best point so far, the bound that holds for it, and
    the status ``feasible``.
    """
    spans = zip(problem.grids, problem.values, problem.lower, problem.upper, strict=True)
    root = _relax(problem, tuple(envelope(*span) for span in spans))
    best, nodes, tick = root, 1, count()
    # A sum that is zero up to rounding has no meaningful relative gap: measure by the curves' size.
    tiny = 1e-9 * max(float(np.abs(value).max()) for value in problem.values) or 1e-300
    heap = [(-root.bound, next(tick), root)]
    while heap and -heap[0][0] > best.value + tolerance * max(abs(best.value), tiny):
        if nodes >= max_nodes:
            break
        box = heapq.heappop(heap)[2]
        for envelopes in _split(problem, box):
            child = _relax(problem, envelopes)
            nodes += 1
            if child.value > best.value:
                best = child
            if child.bound > best.value:
                heapq.heappush(heap, (-child.bound, next(tick), child))
    upper = max(best.value, -heap[0][0]) if heap else best.value
    gap = (upper - best.value) / max(abs(best.value), tiny)
    return Solution(best.x, best.value, upper, gap, "optimal" if gap <= tolerance else "feasible", nodes)


def _relax(problem: Separable, envelopes: tuple[Envelope, ...]) -> _Box:
    """Solve the relaxation: the steepest pieces first, while there is room and the slope is positive."""
    lower = np.array([part.lower for part in envelopes])
    sizes = [part.length.size for part in envelopes]
    channel = np.repeat(np.arange(len(envelopes)), sizes)
    length = np.concatenate([part.length for part in envelopes])
    slope = np.concatenate([part.slope for part in envelopes])
    order = np.argsort(-slope, kind="stable")
    order = order[slope[order] > 0]
    channel, slope, taken = channel[order], slope[order], length[order]
    for group, cap in enumerate(problem.cap):
        mine = problem.group[channel] == group
        taken[mine] = _fill(taken[mine], cap - lower[problem.group == group].sum())
    taken = _fill(taken, problem.total - lower.sum())
    n = len(envelopes)
    upper = np.array([part.upper for part in envelopes])
    x = np.minimum(lower + np.bincount(channel, taken, n), upper)
    above = np.array([part.start for part in envelopes]) + np.bincount(channel, taken * slope, n)
    value = problem.value(x)
    total = float(value.sum())
    return _Box(envelopes, x, above - value, max(float(above.sum()), total), total)


def _fill(length: Float[np.ndarray, " piece"], room: float) -> Float[np.ndarray, " piece"]:
    """How much of each piece is taken when `room` is filled in the given order."""
    before = np.cumsum(length) - length
    filled: np.ndarray = np.clip(room - before, 0.0, length)
    return filled


def _split(problem: Separable, box: _Box) -> list[tuple[Envelope, ...]]:
    """Two boxes: the channel whose envelope is farthest above its curve, up to and from its point.

    Neither can be empty: the point is feasible, and no box has a lower corner above its parent's point.
    """
    c = int(np.argmax(box.excess))
    at, part = float(box.x[c]), box.envelopes[c]
    grid, value = problem.grids[c], problem.values[c]
    halves = [envelope(grid, value, part.lower, at), envelope(grid, value, at, part.upper)]
    return [(*box.envelopes[:c], half, *box.envelopes[c + 1 :]) for half in halves]
