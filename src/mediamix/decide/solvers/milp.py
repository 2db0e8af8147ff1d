"""Any linear constraints, and channels that are off or at a least spend: MILP on HiGHS, refined.

Each channel's range is cut into segments. Over a segment a curve is replaced by its concave
envelope, a convex combination of corner points; a binary chooses the segment. That model bounds the
problem from above, and it is exact where the curve is concave on its segment. Where the chosen point
lies under the envelope, the segment is cut there, and the model is solved again, until bound and
best point meet. A point is polished first: a linear program over the concave stretch of each curve
around it, where the model is exact.

Source: Croxton, Gendron & Magnanti (2003), A comparison of mixed-integer programming models for
nonconvex piecewise linear cost minimization problems (the multiple-choice model).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediamix.core.errors import BudgetError, ExtraError
from mediamix.decide.problem.separable import Separable, Solution, solution
from mediamix.decide.solvers.envelope import envelope

Parts = Sequence[Sequence[tuple[float, float]]]

MAX_ROUNDS = 40
#: HiGHS keeps constraints to about this part of the scaled numbers.
CLOSE = 1e-7
#: The slack of constraints that leave no point without, as a part of the money in the problem.
SLACK = 1e-8
NODES = 20_000


@dataclass(frozen=True)
class Relaxed:
    """The answer of one model.

    Args:
        x: Spend per channel.
        above: Worth per channel by the envelopes.
        bound: No point of the model is worth more.
    """

    x: np.ndarray
    above: np.ndarray
    bound: float


def milp_maximise(problem: Separable, tolerance: float = 1e-6, max_rounds: int = MAX_ROUNDS) -> Solution:
    """The global maximum, refined until the relative gap is `tolerance`.

    Raises:
        BudgetError: No point keeps all constraints.
        ExtraError: SciPy is not installed.
    """
    parts = [_allowed(problem, c) for c in range(problem.size)]
    best, value, upper, tiny = None, -np.inf, np.inf, problem.tiny()
    rounds = 0
    while rounds < max_rounds:
        rounds += 1
        relaxed = solve_model(problem, parts)
        if relaxed is None:
            break
        upper = min(upper, relaxed.bound)
        x = polished(problem, relaxed.x)
        if x is None:
            x = _tidied(problem.on_as(relaxed.x), relaxed.x)
        if float(problem.value(x).sum()) > value:
            best, value = x, float(problem.value(x).sum())
        if best is not None and upper <= value + tolerance * max(abs(value), tiny):
            break
        if not _cut(problem, parts, relaxed, 0.1 * tolerance * max(abs(relaxed.bound), tiny)):
            break
    if best is None:
        raise BudgetError(
            "no plan keeps all constraints",
            next_step="relax a bound, a group, a ratio or a least spend",
        )
    return solution(best, value, upper, tiny, rounds, "piecewise-linear MILP, refined")


def polished(problem: Separable, x: np.ndarray) -> np.ndarray | None:
    """The best point on the concave stretches of the curves around `x`; None if `x` keeps no constraint."""
    fixed = problem.on_as(x)
    inside = np.clip(x, fixed.lower, fixed.upper)
    found = solve_model(fixed, [[stretch(fixed, c, inside[c])] for c in range(fixed.size)])
    return None if found is None else _tidied(fixed, found.x)


def stretch(problem: Separable, c: int, at: float) -> tuple[float, float]:
    """The longest part of a channel's range around a spend on which its curve is concave."""
    grid, value = problem.grids[c], problem.values[c]
    slope = np.diff(value) / np.diff(grid)
    slack = 1e-9 * float(np.abs(slope).max())
    cell = int(np.clip(np.searchsorted(grid, at, side="right") - 1, 0, slope.size - 1))
    rises = np.flatnonzero(np.diff(slope) > slack)
    before, after = rises[rises < cell], rises[rises >= cell]
    first = grid[before[-1] + 1] if before.size else grid[0]
    last = grid[after[0] + 1] if after.size else grid[-1]
    return max(float(first), float(problem.lower[c])), min(float(last), float(problem.upper[c]))


def solve_model(problem: Separable, parts: Parts) -> Relaxed | None:
    """The best point of the model whose channels have these segments; None if there is none.

    Where minimums add up to a maximum, rounding can leave no point: then constraints get some slack.
    """
    return _solved(problem, parts, 0.0) or _solved(problem, parts, SLACK)


def _solved(problem: Separable, parts: Parts, slack: float) -> Relaxed | None:
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array
    except ImportError as error:
        raise ExtraError(
            "scipy", "plan", "a plan with ratios, shares, overlapping groups or least buys"
        ) from error
    columns = _Columns.of(problem, parts)
    money = max(float(problem.upper.sum()), float(problem.total)) or 1.0
    worth = float(sum(np.ptp(columns.y[columns.channel == c]) for c in range(problem.size))) or 1.0
    coefficient, low, high = problem.linear()
    spend = coefficient[:, columns.channel] * (columns.x / money)
    n_y, n_z = columns.y.size, columns.binaries
    spend = np.concatenate([spend, np.zeros((len(spend), n_z))], axis=1)
    choice, right = columns.choices()
    found = milp(
        c=np.concatenate([-columns.y / worth, np.zeros(n_z)]),
        constraints=[
            LinearConstraint(csr_array(spend), low / money - slack, high / money + slack),
            LinearConstraint(choice, right, right),
        ],
        integrality=np.concatenate([np.zeros(n_y), np.ones(n_z)]),
        bounds=Bounds(0.0, 1.0),
        options={"mip_rel_gap": CLOSE, "node_limit": NODES},
    )
    if found.x is None:
        return None
    weight = found.x[:n_y]
    x = np.bincount(columns.channel, weight * columns.x, problem.size)
    above = np.bincount(columns.channel, weight * columns.y, problem.size)
    dual = found.mip_dual_bound if n_z and found.mip_dual_bound is not None else found.fun
    # HiGHS proves its bound up to its own tolerance.
    return Relaxed(x, above, float(-dual + CLOSE) * worth)


@dataclass(frozen=True)
class _Columns:
    """Corner points of all segments: their channel, segment, spend and worth.

    Segments of a channel with several of them have a binary, numbered from 0; the others have -1.
    """

    channel: np.ndarray
    segment: np.ndarray
    x: np.ndarray
    y: np.ndarray
    binary: np.ndarray
    owner: np.ndarray

    @property
    def binaries(self) -> int:
        return int(self.binary.max() + 1)

    @staticmethod
    def of(problem: Separable, parts: Parts) -> _Columns:
        channel, segment, xs, ys = [], [], [], []
        binary: list[int] = []
        owner: list[int] = []
        for c, mine in enumerate(parts):
            for low, high in mine:
                part = envelope(problem.grids[c], problem.values[c], low, high)
                xs.append(low + np.concatenate([[0.0], np.cumsum(part.length)]))
                ys.append(part.start + np.concatenate([[0.0], np.cumsum(part.length * part.slope)]))
                channel.append(np.full(xs[-1].size, c))
                segment.append(np.full(xs[-1].size, len(binary)))
                binary.append(max([-1, *binary]) + 1 if len(mine) > 1 else -1)
                owner.append(c)
        return _Columns(
            channel=np.concatenate(channel),
            segment=np.concatenate(segment),
            x=np.concatenate(xs),
            y=np.concatenate(ys),
            binary=np.array(binary),
            owner=np.array(owner),
        )

    def choices(self) -> tuple[object, np.ndarray]:
        """Corner weights of a segment add up to its binary (or to 1), binaries of a channel to 1."""
        from scipy.sparse import coo_array

        n_y, n_segments = self.y.size, self.binary.size
        has = np.flatnonzero(self.binary >= 0)
        owners, place = np.unique(self.owner[has], return_inverse=True)
        row = np.concatenate([self.segment, has, n_segments + place])
        column = np.concatenate([np.arange(n_y), n_y + self.binary[has], n_y + self.binary[has]])
        entry = np.concatenate([np.ones(n_y), -np.ones(has.size), np.ones(has.size)])
        shape = (n_segments + owners.size, n_y + self.binaries)
        right = np.concatenate([(self.binary < 0).astype(float), np.ones(owners.size)])
        return coo_array((entry, (row, column)), shape=shape).tocsr(), right


def _allowed(problem: Separable, c: int) -> list[tuple[float, float]]:
    """Where a channel may be: its bounds; nothing or from its least buy on."""
    low, high = float(problem.lower[c]), float(problem.upper[c])
    if problem.buy is None or not problem.switched[c]:
        return [(low, high)]
    least = float(problem.buy[c])
    return [(0.0, 0.0), (least, high)] if least <= high else [(0.0, 0.0)]


def _cut(problem: Separable, parts: list[list[tuple[float, float]]], relaxed: Relaxed, worth: float) -> bool:
    """Cut the segments whose envelope is above the curve at the chosen point; False if none is."""
    excess = relaxed.above - problem.value(relaxed.x)
    done = False
    for c in np.flatnonzero(excess > worth / problem.size):
        at = float(relaxed.x[c])
        for k, (low, high) in enumerate(parts[c]):
            slack = 1e-7 * max(high - low, 0.0)
            if low + slack < at < high - slack:
                parts[c][k : k + 1] = [(low, at), (at, high)]
                done = True
                break
    return done


def _tidied(problem: Separable, x: np.ndarray) -> np.ndarray:
    """The point without the solver's rounding: within its bounds, and not above the budget."""
    x = np.clip(x, problem.lower, problem.upper)
    over, loose = float(x.sum() - problem.total), x - problem.lower
    if 0 < over <= loose.sum():
        x = x - loose * (over / loose.sum())
    return x
