"""Objectives that don't separate over channels, from draws: which search and which bound they get.

| objective | search | bound |
| --- | --- | --- |
| `cvar`, `mean_sd`, `gain` | cutting planes in branch and bound (`cuts`) | the same |
| `quantile`, `beats_today` | climbs from many starts, smoothed gradients | foresight: each draw its plan |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.recommend import todays_split
from mediamix.decide.problem.separable import PROVED, Solution, solution
from mediamix.decide.solvers.chain import maximise
from mediamix.decide.solvers.cuts import BOXES, cut_maximise
from mediamix.decide.solvers.foresight import foresight
from mediamix.decide.solvers.gamble import Gamble, weights_of

#: Climbs, steps of each, and the part of the bounds at which its steps end.
CLIMBS, STEPS, SHORTEST = 4, 24, 1e-4
#: Exchanges between pairs: parts of the budget, passes of each, and up to how many channels.
EXCHANGES, PASSES, FEW_CHANNELS = (0.08, 0.04, 0.02, 0.01, 0.004, 0.001), 4, 12
#: Objectives that are concave in the draws.
CONCAVE = ("cvar", "mean_sd", "gain")
#: Steps around plans with pairs, the relative gain at which they end, and boxes of their bound.
AROUND, SETTLED, PAIRED_BOXES = 15, 1e-6, 24
#: Boxes where no bound is wanted.
FEW_BOXES = 4
#: Climbs whose ends are exchanged further.
EXCHANGED = 2


def gamble_maximise(gamble: Gamble, *, bounded: bool = True) -> Solution:
    """The best plan found for an objective on draws, with a bound; value and bound hold the base.

    Args:
        gamble: Feasible.
        bounded: Whether a bound is wanted; without, a shorter search is all that is done.

    Raises:
        ExtraError: SciPy is not installed.
    """
    if gamble.curves.pairs:
        return _paired(gamble, bounded)
    first = maximise(gamble.frame, PROVED)
    if gamble.objective.kind in CONCAVE:
        found = cut_maximise(gamble, first.x, BOXES if bounded else FEW_BOXES)
        starts, bound, looked = [first.x, found.x], found.upper, found.boxes
        method = "cutting planes on the draws, branch and bound"
    else:
        starts = [first.x, *_starts(gamble, first.x)]
        bound, looked = np.inf, len(starts)
        method = f"search from {looked} starts"
    best, value = _best(gamble, starts)
    if not gamble.near(value, bound, PROVED):
        best, value = _searched(gamble, starts, best, value, 1 if bounded else 2)
    if bounded and gamble.objective.kind not in CONCAVE:
        bound = foresight(gamble, first)
    return _answer(gamble, (best, value), bound, looked, method)


def _answer(
    gamble: Gamble, found: tuple[np.ndarray, float], bound: float, looked: int, method: str
) -> Solution:
    best, value = _kept(gamble, *found) if gamble.objective.kind == "gain" else found
    tiny = max(1e-9 * abs(value), gamble.frame.tiny())
    made = solution(best, value - gamble.nothing, bound - gamble.nothing, tiny, looked, method)
    return replace(made, value=value, upper=max(bound, value))


def _paired(gamble: Gamble, bounded: bool) -> Solution:
    """The best plan found of curves with pairs, with a bound.

    Around a plan the curves add up (`Gamble.around`): their best plan, or a part of the way there, is the
    next, until none is better. Weights on the draws that bound the last curves' plans bound the whole's, too.
    """
    first = maximise(gamble.frame, PROVED)
    starts = [first.x, *_today(gamble)]
    ends = [_settled(gamble, start) for start in starts]
    best, value = max(ends, key=lambda end: end[1])
    bound = np.inf
    if bounded and gamble.objective.kind in CONCAVE:
        found = cut_maximise(gamble.around(best), best, PAIRED_BOXES, gamble)
        bound = found.upper
        if found.value > value:
            best, value = _settled(gamble, found.x)
    elif bounded:
        bound = foresight(gamble, first, best)
    how = "cutting planes on the draws" if gamble.objective.kind in CONCAVE else "search"
    return _answer(
        gamble, (best, value), bound, len(starts), f"{how}, around pairs from {len(starts)} starts"
    )


def _settled(gamble: Gamble, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Where steps by curves around a plan end, and its value."""
    value = gamble.value(x)
    for _ in range(AROUND):
        near = gamble.around(x)
        if gamble.objective.kind in CONCAVE:
            goal = cut_maximise(near, x, FEW_BOXES).x
        else:
            goal = gamble_maximise(near, bounded=False).x
        tried = [x + step * (goal - x) for step in (1.0, 0.5, 0.2, 0.05)]
        tried = [there for there in tried if gamble.frame.keeps(there)]
        there, reached = _best(gamble, tried) if tried else (x, value)
        if gamble.near(value, reached, SETTLED):
            return (there, reached) if reached > value else (x, value)
        x, value = there, reached
    return x, value


def _kept(gamble: Gamble, best: np.ndarray, value: float) -> tuple[np.ndarray, float]:
    """Today's split, where no plan gains more than what is `PROVED` anyway beside it."""
    split = todays_split(gamble.curves, gamble.frame.total)
    if split is None:
        return best, value
    stay = np.array([split[name] for name in gamble.curves.channels])
    kept = gamble.frame.keeps(stay) and gamble.near(gamble.value(stay), value, PROVED)
    return (stay, gamble.value(stay)) if kept else (best, value)


def _best(gamble: Gamble, points: list[np.ndarray]) -> tuple[np.ndarray, float]:
    values = [gamble.value(x) for x in points]
    at = int(np.argmax(values))
    return points[at], values[at]


def _starts(gamble: Gamble, start: np.ndarray) -> Iterator[np.ndarray]:
    """Plans to start a search from: other objectives' best, each channel at its least, today's."""
    own = gamble.objective
    level = own.level or 0.5
    others = [replace(own, kind="mean_sd", level=1.0)]
    others += [replace(own, kind="cvar", level=min(0.95, factor * level)) for factor in (1.0, 3.0)]
    for other in others:
        yield cut_maximise(replace(gamble, objective=other), start, boxes=2).x
    middle = replace(own, kind="quantile", level=0.5)
    yield maximise(gamble.under(weights_of(middle, gamble.draws(start), None, 1.0)), PROVED).x
    if gamble.frame.size <= FEW_CHANNELS:
        for c in range(gamble.frame.size):
            without = gamble.frame.upper.copy()
            without[c] = gamble.frame.lower[c]
            try:
                x = maximise(replace(gamble.frame, upper=without), PROVED).x
            except BudgetError:
                continue
            if gamble.frame.keeps(x):
                yield x
    yield from _today(gamble)


def _today(gamble: Gamble) -> Iterator[np.ndarray]:
    """Today's plan, where it is known and keeps the limits."""
    if gamble.curves.current is not None:
        today = np.array([gamble.curves.current[name] for name in gamble.curves.channels])
        if gamble.frame.keeps(today):
            yield today


def _searched(
    gamble: Gamble, starts: list[np.ndarray], best: np.ndarray, value: float, less: int
) -> tuple[np.ndarray, float]:
    """The best end of climbs from the best few starts; of fewer, by the factor `less`."""
    order = np.argsort([-gamble.value(x) for x in starts])
    ends = [(best, value), *(_climb(gamble, starts[k]) for k in order[: CLIMBS // less])]
    ends.sort(key=lambda end: -end[1])
    if gamble.frame.size <= FEW_CHANNELS:
        ends = [_exchanged(gamble, *end) for end in ends[: EXCHANGED // less]]
    return max(ends, key=lambda end: end[1])


def _exchanged(gamble: Gamble, x: np.ndarray, value: float) -> tuple[np.ndarray, float]:
    """Money moved between two channels as long as that helps, in ever smaller amounts.

    A quantile and a probability are ragged in the plan: what gradients don't see, trying does.
    """
    frame = gamble.frame
    pairs = [(i, j) for i in range(frame.size) for j in range(frame.size) if i != j]
    size = float(min(frame.total, frame.upper.sum()))
    for part in EXCHANGES:
        for _ in range(PASSES):
            before = value
            for i, j in pairs:
                there = x.copy()
                step = min(part * size, x[i] - frame.lower[i], frame.upper[j] - x[j])
                there[i], there[j] = x[i] - step, x[j] + step
                if step <= 0 or not frame.keeps(there):
                    continue
                reached = gamble.value(there)
                if reached > value:
                    x, value = there, reached
            if value == before:
                break
    return x, value


def _climb(gamble: Gamble, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Steps to the best plan of the current weights within a shrinking box, kept if they improve."""
    fixed = replace(gamble, frame=gamble.frame.on_as(x))
    frame, value = fixed.frame, gamble.value(x)
    radius, width = 0.25, 0.5
    for _ in range(STEPS):
        reach = radius * (frame.upper - frame.lower)
        box = replace(
            fixed.under(fixed.weights(x, width)),
            lower=np.clip(x - reach, frame.lower, frame.upper),
            upper=np.clip(x + reach, frame.lower, frame.upper),
        )
        goal = maximise(box, PROVED).x
        tried = [x + step * (goal - x) for step in (1.0, 0.5, 0.2)]
        there, reached = _best(gamble, tried)
        if reached > value:
            x, value = there, reached
        else:
            radius, width = radius / 2, max(0.05, width / 1.5)
        if radius < SHORTEST:
            break
    return x, value
