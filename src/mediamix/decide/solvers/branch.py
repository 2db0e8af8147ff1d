"""Branch and bound where constraints nest simply: bounds, a budget, groups that share no channel.

Over a box, the concave envelopes of the curves make a relaxation that is solved exactly by taking
pieces in order of slope (a continuous knapsack); its value bounds the problem from above, its point
is feasible. Branch and bound splits the box in the channel whose envelope is farthest above its
curve, until bound and best point meet. Concave curves are their own envelopes: the first box
already has the answer.

Source: Udell & Boyd (2013), Maximizing a sum of sigmoids.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.separable import PROVED, Separable, Solution, solution
from mediamix.decide.solvers.envelope import Envelope, envelope

#: Boxes times channels before the search stops, and before it is content with `PROVED`.
EFFORT, PATIENCE = 100_000, 10_000


@dataclass(frozen=True)
class _Box:
    """A part of the feasible set with the solution of its relaxation."""

    envelopes: tuple[Envelope, ...]
    x: Float[np.ndarray, " channel"]
    excess: Float[np.ndarray, " channel"]
    bound: float
    value: float


def branch(problem: Separable, tolerance: float = 1e-6, max_nodes: int | None = None) -> Solution:
    """The global maximum, proved to a relative gap of `tolerance`.

    After many boxes it is content with a gap of `PROVED`; after `max_nodes` (absent: a number that
    falls with the number of channels) it stops with the best point so far, the bound that holds
    for it, and the status ``feasible``.
    """
    limit = max(200, EFFORT // problem.size) if max_nodes is None else max_nodes
    patience = PATIENCE // problem.size
    root = _relax(problem, _envelopes(problem))
    best, nodes, tick = root, 1, count()
    # A sum that is zero up to rounding has no meaningful relative gap: measure by the curves' size.
    tiny = problem.tiny()
    heap = [(-root.bound, next(tick), root)]
    while heap:
        wanted = tolerance if nodes < patience else max(tolerance, PROVED)
        if -heap[0][0] <= best.value + wanted * max(abs(best.value), tiny) or nodes >= limit:
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
    method = "greedy on concave curves" if nodes == 1 else "branch and bound on concave envelopes"
    return solution(best.x, best.value, upper, tiny, nodes, method)


def root_bound(problem: Separable) -> float:
    """A bound from above without any search, whatever further constraints the problem has."""
    return _relax(problem, _envelopes(problem)).bound


def _envelopes(problem: Separable) -> tuple[Envelope, ...]:
    spans = zip(problem.grids, problem.values, problem.lower, problem.upper, strict=True)
    return tuple(envelope(*span) for span in spans)


def _relax(problem: Separable, envelopes: tuple[Envelope, ...]) -> _Box:
    """Solve the relaxation: the steepest pieces first, while there is room and the slope is positive.

    Pieces that lose money are taken only as far as the least spend demands.
    """
    lower = np.array([part.lower for part in envelopes])
    sizes = [part.length.size for part in envelopes]
    channel = np.repeat(np.arange(len(envelopes)), sizes)
    length = np.concatenate([part.length for part in envelopes])
    slope = np.concatenate([part.slope for part in envelopes])
    order = np.argsort(-slope, kind="stable")
    spent = lower.sum()
    if problem.minimum <= spent:
        order = order[slope[order] > 0]
    channel, slope, taken = channel[order], slope[order], length[order]
    for group, cap in enumerate(problem.cap):
        mine = problem.group[channel] == group
        taken[mine] = _fill(taken[mine], cap - lower[problem.group == group].sum())
    worthwhile = max(taken[slope > 0].sum(), problem.minimum - spent)
    taken = _fill(taken, min(problem.total - spent, worthwhile))
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

    Neither can be empty: the point is feasible, and it is in both.
    """
    c = int(np.argmax(box.excess))
    at, part = float(box.x[c]), box.envelopes[c]
    grid, value = problem.grids[c], problem.values[c]
    halves = [envelope(grid, value, part.lower, at), envelope(grid, value, at, part.upper)]
    return [(*box.envelopes[:c], half, *box.envelopes[c + 1 :]) for half in halves]
