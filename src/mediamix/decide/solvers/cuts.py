"""Concave objectives on draws (CVaR, gain, mean less spread): cutting planes within branch and bound.

``ρ(F) = min over q in Q of q·F``, with weights q on the draws. A weighted mean separates over
channels, so that

    max over x of ρ(F(x))  <=  max over x of q·F(x)      for every q in Q,

and the right side is solved exactly by `maximise`. Each plan x gives the cut of its own weights; the
linear program over the cuts gives the next plan, and the weights of the best bound. With concave
curves on every draw the two sides meet in the first box. With S-shaped ones the program mixes far
points of a curve: the box is cut where it gains most by that, and the search goes on in both parts.

Source: Rockafellar & Uryasev (2000), Optimization of conditional value-at-risk; Kelley (1960), The
cutting-plane method for solving convex programs.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.errors import BudgetError, ExtraError
from mediamix.decide.problem.separable import PROVED, Separable, Solution
from mediamix.decide.solvers.chain import maximise
from mediamix.decide.solvers.gamble import Gamble

#: Rounds of cutting planes in a box, boxes, and cuts that are remembered from box to box.
ROUNDS, BOXES, REMEMBERED = 40, 40, 60
#: Grid points per channel of the first linear program; it gets more where its plans fall.
COLUMNS = 33
#: Relative gap at which the search ends, and rounds that a bound may stay; and the gap where the curves are
#: only near what is maximised.
TOLERANCE, PATIENCE, TOLERANCE_NEAR = 1e-5, 3, 0.5 * PROVED


@dataclass(frozen=True)
class Searched:
    """The best plan found, its value, and a bound on every plan; both hold the base."""

    x: Float[np.ndarray, " channel"]
    value: float
    upper: float
    boxes: int


def cut_maximise(
    gamble: Gamble, start: Float[np.ndarray, " channel"], boxes: int = BOXES, whole: Gamble | None = None
) -> Searched:
    """The best plan for a concave objective, and a bound on every other.

    Args:
        gamble: Feasible.
        start: A plan that keeps all constraints.
        boxes: After so many the search stops.
        whole: What `gamble` is nearly, within the same limits: plans are valued, and bounded, by it; absent:
            itself.

    Raises:
        ExtraError: SciPy is not installed.
    """
    whole, close = whole or gamble, TOLERANCE if whole is None else TOLERANCE_NEAR
    best, value = start, whole.value(start)
    cuts = [_Cut.of(gamble, start)]
    heap: list[tuple[float, int, Gamble]] = [(-np.inf, 0, gamble)]
    seen, tick, closed = 0, count(1), -np.inf
    while heap and seen < boxes and not whole.near(value, -heap[0][0], close):
        above, _, box = heapq.heappop(heap)
        seen += 1
        found = _planned(box, cuts, value)
        proof = None if found is None else _proof(whole, box.frame, found.weights)
        if found is None or proof is None:
            continue
        candidates = [found.x]
        if gamble.frame.switched.any():
            inner = _planned(replace(box, frame=box.frame.on_as(proof.x)), cuts, value)
            candidates += [proof.x] if inner is None else [proof.x, inner.x]
        for x in candidates:
            if _switched_rightly(gamble.frame, x) and whole.value(x) > value:
                best, value = x, whole.value(x)
        bound = min(-above, proof.upper + float(found.weights @ whole.offset))
        halves = [] if whole.near(value, bound, close) else _halves(box, found)
        closed = closed if halves else max(closed, bound)
        for half in halves:
            heapq.heappush(heap, (-bound, next(tick), half))
        del cuts[:-REMEMBERED]
    return Searched(best, value, max([value, closed, *(-node[0] for node in heap)]), seen)


@dataclass(frozen=True, eq=False)
class _Planned:
    """Where the cutting planes of a box ended.

    Args:
        x: The best plan they saw.
        weights: On the draws: they bound every plan of the box.
        at: The last plan.
        excess: What each channel gains at it by mixing far points of its curves.
    """

    x: Float[np.ndarray, " channel"]
    weights: Float[np.ndarray, " draw"]
    at: Float[np.ndarray, " channel"]
    excess: Float[np.ndarray, " channel"]


def _planned(gamble: Gamble, cuts: list[_Cut], known: float) -> _Planned | None:
    """Cutting planes in a box, until they bring nothing new; None if the box has no plan.

    They also end where the box can't hold a plan better than the `known` value, or where the bound
    stays while a gap remains, which only smaller boxes close.
    """
    columns = [_columns(gamble.frame, c) for c in range(gamble.frame.size)]
    best, value, last = None, -np.inf, None
    above, stayed = np.inf, 0
    for _ in range(ROUNDS):
        last = _master(gamble, columns, cuts)
        if last is None:
            return None
        reached = gamble.value(last.x)
        if reached > value:
            best, value = last.x, reached
        finer = _refine(gamble.frame, columns, last.x)
        cut = _Cut.of(gamble, last.x)
        fresh = not any(np.array_equal(cut.weights, other.weights) for other in cuts)
        # Between the columns a curve may be higher than the program knows: look there before stopping.
        if not finer and (not fresh or gamble.near(max(value, known), last.above, TOLERANCE)):
            break
        stayed = stayed + 1 if gamble.near(last.above, above, PROVED) else 0
        if stayed >= PATIENCE:
            break
        above = last.above
        if fresh:
            cuts.append(cut)
    if best is None or last is None:
        return None
    return _Planned(best, last.weights, last.x, last.excess)


def _proof(whole: Gamble, box: Separable, weights: Float[np.ndarray, " draw"]) -> Solution | None:
    """The exact maximum of a weighted mean over a box; None if the box has no plan."""
    try:
        inside = replace(whole.under(weights), lower=box.lower, upper=box.upper, buy=box.buy)
        return maximise(inside, TOLERANCE)
    except BudgetError:
        return None


def _switched_rightly(frame: Separable, x: Float[np.ndarray, " channel"]) -> bool:
    """Whether every channel that may be off is off, or has its least spend."""
    if frame.buy is None:
        return True
    return bool((~frame.switched | (x <= 0.0) | (x >= frame.buy * (1 - 1e-9))).all())


def _halves(box: Gamble, found: _Planned) -> list[Gamble]:
    """Two boxes, cut in the channel that gains most by mixing; none if no channel does."""
    frame, at = box.frame, found.at
    switched = frame.switched
    if frame.buy is not None and switched.any():
        torn = switched & (at > 0.0) & (at < frame.buy)
        c = int(np.argmax(np.where(torn, np.minimum(at, frame.buy - at), -1.0)))
        if torn[c]:
            buy = frame.buy.copy()
            least, buy[c] = float(buy[c]), 0.0
            off, on = frame.upper.copy(), frame.lower.copy()
            off[c], on[c] = 0.0, least
            halves = [replace(frame, upper=off, buy=buy), replace(frame, lower=on, buy=buy)]
            return [replace(box, frame=half) for half in halves]
    width = frame.upper - frame.lower
    inner = (at - frame.lower > 1e-6 * width) & (frame.upper - at > 1e-6 * width)
    c = int(np.argmax(np.where(inner, found.excess, -np.inf)))
    if not inner[c] or found.excess[c] <= 0:
        return []
    upper, lower = frame.upper.copy(), frame.lower.copy()
    upper[c] = lower[c] = at[c]
    return [replace(box, frame=half) for half in (replace(frame, upper=upper), replace(frame, lower=lower))]


@dataclass(frozen=True, eq=False)
class _Cut:
    """``ρ(F(x)) <= weights @ base + Σ_c curve_c(x_c)``; its curves are known where they were looked at."""

    weights: Float[np.ndarray, " draw"]
    base: float
    gamble: Gamble
    values: tuple[Float[np.ndarray, " point"], ...]
    known: tuple[Bool[np.ndarray, " point"], ...]

    @staticmethod
    def of(gamble: Gamble, x: np.ndarray) -> _Cut:
        weights, grids = gamble.weights(x), gamble.frame.grids
        values = tuple(np.zeros(grid.size) for grid in grids)
        known = tuple(np.zeros(grid.size, dtype=bool) for grid in grids)
        return _Cut(weights, float(weights @ gamble.offset), gamble, values, known)

    def at(self, columns: Sequence[np.ndarray], needed: Sequence[np.ndarray]) -> np.ndarray:
        """Its curves at some spends of every channel; `needed` are the grid's points around them."""
        return np.concatenate([self._at(c, columns[c], points) for c, points in enumerate(needed)])

    def _at(self, c: int, spends: np.ndarray, needed: np.ndarray) -> np.ndarray:
        new = needed[~self.known[c][needed]]
        if new.size:
            self.values[c][new] = self.gamble.worth_at(c, new, self.weights)
            self.known[c][new] = True
        found: np.ndarray = np.interp(spends, self.gamble.frame.grids[c], self.values[c])
        return found


def _around(frame: Separable, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Points of the grids between which some spends lie."""
    found = []
    for grid, spends in zip(frame.grids, columns, strict=True):
        cell = np.clip(np.searchsorted(grid, spends, side="right") - 1, 0, grid.size - 2)
        found.append(np.union1d(cell, cell[spends > grid[cell]] + 1))
    return found


def _columns(frame: Separable, c: int) -> np.ndarray:
    """Spends at which a channel's curves stand in the linear program."""
    grid = frame.grids[c]
    inside = grid[(grid > frame.lower[c]) & (grid < frame.upper[c])]
    if inside.size > COLUMNS:
        inside = inside[np.linspace(0, inside.size - 1, COLUMNS).astype(int)]
    return np.unique(np.concatenate([[frame.lower[c]], inside, [frame.upper[c]]]))


def _refine(frame: Separable, columns: list[np.ndarray], x: np.ndarray) -> bool:
    """Add the grid's points around a plan; whether there were any to add."""
    added = False
    for c, at in enumerate(x):
        grid = frame.grids[c]
        cell = int(np.searchsorted(grid, at))
        near = grid[max(0, cell - 3) : cell + 3]
        near = near[(near >= frame.lower[c]) & (near <= frame.upper[c])]
        finer = np.union1d(columns[c], near)
        added |= finer.size > columns[c].size
        columns[c] = finer
    return added


@dataclass(frozen=True, eq=False)
class _Mixture:
    """The answer of the linear program over all cuts, its weights on the draws, and what mixing gains."""

    x: Float[np.ndarray, " channel"]
    above: float
    weights: Float[np.ndarray, " draw"]
    excess: Float[np.ndarray, " channel"]


def _master(gamble: Gamble, columns: list[np.ndarray], cuts: list[_Cut]) -> _Mixture | None:
    """Solve the linear program over all cuts; None if no plan keeps the constraints."""
    try:
        from scipy.optimize import linprog
        from scipy.sparse import csr_array
    except ImportError as error:
        raise ExtraError("scipy", "plan", "a plan for an objective on draws") from error
    frame, n = gamble.frame, len(columns)
    channel = np.repeat(np.arange(n), [part.size for part in columns])
    points = np.concatenate(columns)
    needed = _around(frame, columns)
    worth = np.array([cut.at(columns, needed) for cut in cuts])
    base = np.array([cut.base for cut in cuts])
    size = float(np.abs(worth).max()) or 1.0
    money = max(float(frame.upper.sum()), 1e-300)
    coefficient, low, high = frame.linear()
    spend = np.pad(coefficient[:, channel] * (points / money), ((0, 0), (0, 1)))
    epigraph = np.pad(-worth / size, ((0, 0), (0, 1)), constant_values=1.0)
    members = np.pad((channel[None, :] == np.arange(n)[:, None]).astype(float), ((0, 0), (0, 1)))
    top, bottom = np.isfinite(high), np.isfinite(low)
    found = linprog(
        c=np.append(np.zeros(points.size), -1.0),
        A_ub=csr_array(np.concatenate([epigraph, spend[top], -spend[bottom]])),
        b_ub=np.concatenate([(base - base[0]) / size, high[top] / money, -low[bottom] / money]),
        A_eq=csr_array(members),
        b_eq=np.ones(n),
        bounds=[(0.0, 1.0)] * points.size + [(None, None)],
        method="highs-ds",
        options={"presolve": False},  # so small a program is solved sooner than it is simplified
    )
    if found.x is None:
        return None
    prices = np.clip(-found.ineqlin.marginals[: len(cuts)], 0.0, None)
    prices /= prices.sum() or 1.0
    mix = found.x[:-1]
    x = np.clip(np.bincount(channel, mix * points, n), frame.lower, frame.upper)
    mixed = np.bincount(channel, mix * (prices @ worth), n)
    held, there = np.flatnonzero(prices), list(x[:, None])
    around = _around(frame, there)
    straight = prices[held] @ np.array([cuts[k].at(there, around) for k in held])
    weights = prices[held] @ np.array([cuts[k].weights for k in held])
    return _Mixture(x, -float(found.fun) * size + float(base[0]), weights, mixed - straight)
