"""Problems with pairs: climbs by curves around a plan, a bound by curves that touch from above.

The problem around a plan is separable, and the solvers of such problems find its best plan, which is next;
that of curves that touch from below is never worse. The plan where this ends is bounded by the best plan of
curves that touch from above there (`touching`), found with proof. Where pairs bend the worth less than
diminishing returns do, these have their best plan where they touch, so that bound and plan meet. Else the
bounds of a channel are cut between both plans, and each part is bounded by itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.conflict import extreme_spend
from mediamix.decide.problem.coupled import Coupled
from mediamix.decide.problem.separable import PROVED, Separable, Solution, solution
from mediamix.decide.solvers.touching import Touch, touching

#: Solves a separable problem to a relative gap.
Solve = Callable[[Separable, float], Solution]

#: Boxes that are looked at, and as how many one counts that takes a mixed-integer program.
BOXES, HARD = 80, 10
#: Sums of curves per box, and steps of a climb.
ROUNDS, STEPS = 6, 60
#: Relative gap of a separable problem, and of one that takes a mixed-integer program.
CLOSE, CLOSE_HARD = 1e-7, 1e-5
#: Relative gap of a climb's last step, and at which the search ends.
STILL, TOLERANCE = 1e-9, 0.2 * PROVED


def climbed(problem: Coupled, x: Float[np.ndarray, " channel"], solve: Solve) -> tuple[np.ndarray, float]:
    """A plan that curves around it don't improve, from a plan, and its worth.

    Steps go to the best plan of what the problem is where one channel moves alone; where that is none of the
    problem's, to that of the touching curves below.
    """
    value, tiny, close = float(problem.value(x).sum()), problem.tiny(), _close(problem)
    for _ in range(STEPS):
        there = solve(problem.around(x), close).x
        reached = float(problem.value(there).sum())
        if reached < value:
            there = solve(touching(problem, x, above=False)[0], close).x
            reached = float(problem.value(there).sum())
        if reached <= value + STILL * max(abs(value), tiny):
            return (there, reached) if reached > value else (x, value)
        x, value = there, reached
    return x, value


def _close(problem: Coupled) -> float:
    return CLOSE if problem.simple else CLOSE_HARD


def coupled_maximise(problem: Coupled, solve: Solve, tolerance: float, most: int | None = None) -> Solution:
    """The best plan found, and a bound on every other.

    Args:
        problem: Feasible.
        solve: Solves separable problems.
        tolerance: Relative gap at which the search ends.
        most: Boxes that are looked at; absent: enough for most, 0: no bound is wanted.

    Raises:
        BudgetError: No point keeps all constraints.
    """
    limit = BOXES if most is None else most
    tiny, tick, seen, closed = problem.tiny(), count(), 0, -np.inf
    x, value = climbed(problem, solve(problem.alone(), _close(problem)).x, solve)
    heap = [(-np.inf, next(tick), _Box(problem, x, (1.0,) * len(problem.surfaces)))]

    def near(bound: float) -> bool:
        return bound - value <= max(tolerance, TOLERANCE) * max(abs(value), tiny)

    while heap and seen < limit and not near(-heap[0][0]):
        above, _, box = heapq.heappop(heap)
        seen += 1 if box.problem.simple else HARD
        found = _bounded(box, x, value, solve, near)
        if found is None:
            continue
        bound = min(found.bound, -above)
        if found.value > value:
            x, value = climbed(problem, found.x, solve)
        halves = [] if near(bound) else found.halves
        closed = closed if halves else max(closed, bound)
        for half in halves:
            heapq.heappush(heap, (-bound, next(tick), half))
    upper = max([value, closed, *(-node[0] for node in heap)])
    return solution(x, value, upper, tiny, max(seen, 1), "touching curves around pairs, branch and bound")


@dataclass(frozen=True, eq=False)
class _Box:
    """A part of the bounds, where to begin in it, and how its pairs' curves bend."""

    problem: Coupled
    start: Float[np.ndarray, " channel"]
    ratios: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Bounded:
    """The least bound of a box, the best plan seen in it, and the boxes that it is cut into."""

    bound: float
    x: Float[np.ndarray, " channel"]
    value: float
    halves: list[_Box]


def _bounded(
    box: _Box,
    best: Float[np.ndarray, " channel"],
    value: float,
    solve: Solve,
    near: Callable[[float], bool],
) -> _Bounded | None:
    """Bound a box by curves that touch at the best plan, or at the best that is found in it; None: empty."""
    problem, ratios = box.problem, list(box.ratios)
    if not _possible(problem):
        return None
    holds_best = bool(((problem.lower <= best) & (best <= problem.upper)).all())
    at = best if holds_best else np.clip(box.start, problem.lower, problem.upper)
    bound, top, reached = np.inf, at, -np.inf
    cut: tuple[np.ndarray, list[Touch]] | None = None
    for turn in range(ROUNDS):
        above, touches = touching(problem, at, ratios)
        try:
            found = solve(above, _close(problem))
        except BudgetError:
            return None
        if found.upper < bound:
            bound, cut = found.upper, (found.x, touches)
        there = float(problem.value(found.x).sum())
        if there > reached:
            top, reached = found.x, there
        if near(bound) or bound <= value:
            break
        if turn == 0 and not holds_best:
            at = climbed(problem, found.x, solve)[0]
            if float(problem.value(at).sum()) > reached:
                top, reached = at, float(problem.value(at).sum())
            continue
        # The bound is least where what a pair's two curves add by bending is the same in both.
        for k, touch in enumerate(touches):
            u, v = touch.taking_part(found.x)
            if u + v > 0:
                ratios[k] *= float(np.clip(np.sqrt(max(v, 1e-300) / max(u, 1e-300)), 0.3, 3.0))
    halves = [] if cut is None else _halves(problem, at, *cut, tuple(ratios))
    return _Bounded(bound, top, reached, halves)


def _possible(problem: Coupled) -> bool:
    """Whether a simple problem's bounds leave a plan; others are found out by solving them."""
    if not problem.simple:
        return True
    slack = 1e-12 * float(problem.upper.sum())
    inside = [
        float(problem.lower[problem.group == g].sum()) <= cap + slack for g, cap in enumerate(problem.cap)
    ]
    most = extreme_spend(problem, most=True)
    return all(inside) and problem.lower.sum() <= problem.total + slack and problem.minimum <= most + slack


def _halves(
    problem: Coupled, at: np.ndarray, x: np.ndarray, touches: list[Touch], ratios: tuple[float, ...]
) -> list[_Box]:
    """Two boxes, cut in the pair whose curves are farthest above it; none if that can't be."""
    width = problem.upper - problem.lower
    for touch in sorted(touches, key=lambda one: -one.excess(x)):
        pair = (touch.surface.one, touch.surface.other)
        for c in sorted(pair, key=lambda k: -abs(x[k] - at[k]) / max(width[k], 1e-300)):
            grid = problem.grids[c]
            middle = 0.5 * (x[c] + at[c]) if x[c] != at[c] else 0.5 * (problem.lower[c] + problem.upper[c])
            cut = float(grid[np.argmin(np.abs(grid - middle))])
            low, high, off = problem.lower.copy(), problem.upper.copy(), problem.buy
            if problem.switched[c] and problem.buy is not None:
                off = problem.buy.copy()
                high[c], low[c], off[c] = 0.0, min(float(problem.buy[c]), float(problem.upper[c])), 0.0
            elif problem.lower[c] < cut < problem.upper[c]:
                high[c] = low[c] = cut
            else:
                continue
            left, right = replace(problem, upper=high, buy=off), replace(problem, lower=low)
            return [_Box(left, x, ratios), _Box(right, x, ratios)]
    return []
