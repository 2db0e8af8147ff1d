"""Solvers that others use, to compare: an answer without a bound, and thus without a proof.

| name | method | where it fails |
| --- | --- | --- |
| `greedy` | the next step of money goes where it brings most | S-shaped curves: first units bring little |
| `slsqp` | SciPy's sequential least squares from today's split | it stops at the nearest hill |
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import BudgetError, ExtraError, shown
from mediamix.core.registry import suggestion
from mediamix.decide.problem.coupled import Coupled
from mediamix.decide.problem.recommend import todays_split
from mediamix.decide.problem.resolve import Resolved
from mediamix.decide.problem.separable import PROVED, Separable, Solution
from mediamix.decide.solvers.chain import maximise
from mediamix.decide.solvers.gamble import Gamble, weights_of

Simple = Literal["greedy", "slsqp"]
SIMPLE: tuple[str, ...] = get_args(Simple)
#: Steps of the greedy rule: parts of what may be spent.
STEPS = 400
#: Rounds of SLSQP, and its tolerance beside the worth of its start.
ROUNDS, TOLERANCE = 200, 1e-9
#: Halvings of the way back to the start, where SLSQP leaves the limits by rounding.
BACK = 60


def simple(problem: Resolved, solver: str) -> Solution:
    """A problem's answer by one of the simple solvers; value and bound hold the baseline.

    The bound is infinite, which is all that these methods know, and the status ``no certificate``.

    Raises:
        BudgetError: There is no such solver, or no point keeps all constraints.
        ExtraError: The solver or the constraints need SciPy, which is not installed.
    """
    if solver not in SIMPLE:
        known = suggestion(str(solver), SIMPLE) or f"known are {', '.join(SIMPLE)}"
        raise BudgetError(
            f"there is no solver {shown(solver)}: {known}",
            expected=" or ".join(SIMPLE),
            next_step="leave the solver out for the plan with a proof",
        )
    hill = Hill.of(problem)
    solve: Callable[[Hill], np.ndarray] = {"greedy": greedy, "slsqp": slsqp}[solver]
    x = solve(hill)
    method = {"greedy": "greedy marginal-ROI rule", "slsqp": "SLSQP from today's split"}[solver]
    return Solution(x, hill.worth(x), math.inf, math.inf, "no certificate", 1, method)


@dataclass(frozen=True, eq=False)
class Hill:
    """A problem as a solver sees it that can only look around where it stands.

    Args:
        frame: Limits, and the worth of the mean curves.
        gamble: The draws, and what is maximised over them.
    """

    frame: Separable
    gamble: Gamble

    @staticmethod
    def of(problem: Resolved) -> Hill:
        frame = problem.separable()
        return Hill(frame, Gamble.of(problem.objective, frame, problem.curves))

    def worth(self, x: Float[np.ndarray, " channel"]) -> float:
        """The objective of a plan, baseline included."""
        if self.gamble.objective.separable:
            return float(self.frame.value(x).sum()) + float(self.gamble.base.mean())
        return self.gamble.value(x)

    @property
    def paired(self) -> bool:
        """Whether what a channel adds hangs on what others spend."""
        return isinstance(self.frame, Coupled)

    def draws(self, c: int, spend: float) -> Float[np.ndarray, " draw"]:
        """What a channel adds at a spend: on each draw, or on average where that is all that counts."""
        if self.gamble.objective.separable:
            return np.array([np.interp(spend, self.frame.grids[c], self.frame.values[c])])
        goal, curves = self.gamble.objective, self.gamble.curves
        of_c = curves.contribution_at(curves.channels[c], spend)
        added: np.ndarray = goal.scale * of_c - goal.cost * spend
        return added

    def judged(self, draws: Float[np.ndarray, " draw"]) -> float:
        """The objective of a sum of `draws`."""
        if self.gamble.objective.separable:
            return float(draws[0])
        return self.gamble.objective.value(self.gamble.base + draws, self.gamble.today)

    def slopes(self, x: Float[np.ndarray, " channel"]) -> Float[np.ndarray, " channel"]:
        """Gradient of the objective, its curves smoothed over a piece of their grids."""
        goal, near = self.gamble.objective, self.gamble.around(x)
        frame = near.frame
        values = frame.values
        if not goal.separable:
            width = 1.0 if goal.kind in ("quantile", "beats_today") else 0.25
            weights = weights_of(goal, self.gamble.draws(x), self.gamble.today, width)
            values = near.under(weights).values
        found = np.empty(frame.size)
        for c, (grid, value) in enumerate(zip(frame.grids, values, strict=True)):
            middle = 0.5 * (grid[1:] + grid[:-1])
            found[c] = np.interp(x[c], middle, np.diff(value) / np.diff(grid))
        return found

    def least(self) -> Float[np.ndarray, " channel"]:
        """The least that may be spent: every channel's lower bound, where that keeps all other limits."""
        if self.frame.simple:
            return self.frame.lower.copy()
        frugal = replace(self.frame.alone(), values=[-grid for grid in self.frame.grids])
        x: np.ndarray = maximise(frugal, PROVED).x
        return x

    def today(self) -> Float[np.ndarray, " channel"]:
        """Today's split of the budget, as near as the limits allow it."""
        frame, curves = self.frame, self.gamble.curves
        split = todays_split(curves, frame.total)
        if split is None:
            even = frame.total / frame.size
            split = dict.fromkeys(curves.channels, even)
        wanted = np.array([split[name] for name in curves.channels])
        if frame.keeps(wanted):
            return wanted
        away = [-np.abs(grid - at) for grid, at in zip(frame.grids, wanted, strict=True)]
        return maximise(replace(frame.alone(), values=away), PROVED).x


def greedy(hill: Hill) -> Float[np.ndarray, " channel"]:
    """The next step of money to the channel where it brings most, as long as one brings anything.

    A channel that is off and has a minimum buy takes that as its step.
    """
    frame = hill.frame
    x = hill.least()
    step = (min(frame.total, float(frame.upper.sum())) - float(x.sum())) / STEPS
    parts = [hill.draws(c, x[c]) for c in range(frame.size)]
    total = np.sum(np.broadcast_arrays(*parts), axis=0)
    worth = hill.worth(x) if hill.paired else hill.judged(total)
    for _ in range(4 * STEPS):
        left, tried = frame.total - float(x.sum()), []
        if step <= 0 or left <= 1e-12 * frame.total:
            break
        for c in range(frame.size):
            there = _stepped(frame, x, c, min(step, left))
            if there is None:
                continue
            part = hill.draws(c, there[c])
            reached = hill.worth(there) if hill.paired else hill.judged(total - parts[c] + part)
            tried.append(((reached - worth) / (there[c] - x[c]), -c, there, part))
        if not tried:
            break
        gain, minus_c, there, part = max(tried, key=lambda one: one[:2])
        if gain <= 0 and float(x.sum()) >= frame.minimum:
            break
        total = total - parts[-minus_c] + part
        x, parts[-minus_c] = there, part
        worth = hill.worth(x) if hill.paired else hill.judged(total)
    return x


def _stepped(
    frame: Separable, x: Float[np.ndarray, " channel"], c: int, step: float
) -> Float[np.ndarray, " channel"] | None:
    """A plan with a step more in a channel, a shorter one where a bound ends it; None: not allowed."""
    there = x.copy()
    there[c] = min(x[c] + step, frame.upper[c])
    if frame.buy is not None and frame.switched[c]:
        there[c] = max(there[c], frame.buy[c])
    g = int(frame.group[c])
    if g >= 0:
        there[c] = min(there[c], x[c] + frame.cap[g] - float(x[frame.group == g].sum()))
    moves = there[c] > x[c] + 1e-12 * frame.total
    return there if moves and frame.keeps(there, spent=False) else None


def slsqp(hill: Hill) -> Float[np.ndarray, " channel"]:
    """SciPy's SLSQP from today's split; channels that may be off stay on or off as they are there.

    Raises:
        ExtraError: SciPy is not installed.
    """
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise ExtraError("scipy", "plan", "SLSQP") from error
    start = hill.today()
    frame = hill.frame.on_as(start)
    money = max(frame.total, 1e-300)
    size = max(abs(hill.worth(start) - hill.gamble.nothing), frame.tiny())
    coefficient, low, high = frame.linear()
    top, bottom = np.isfinite(high), np.isfinite(low)
    rows = np.concatenate([-coefficient[top], coefficient[bottom]])
    room = np.concatenate([high[top], -low[bottom]]) / money
    found = minimize(
        lambda z: -hill.worth(np.clip(z * money, frame.lower, frame.upper)) / size,
        start / money,
        jac=lambda z: -hill.slopes(np.clip(z * money, frame.lower, frame.upper)) * money / size,
        bounds=list(zip(frame.lower / money, frame.upper / money, strict=True)),
        constraints=[{"type": "ineq", "fun": lambda z: rows @ z + room, "jac": lambda _: rows}],
        method="SLSQP",
        options={"maxiter": ROUNDS, "ftol": TOLERANCE},
    )
    if not np.isfinite(found.x).all():
        return start
    end: np.ndarray = np.clip(found.x * money, frame.lower, frame.upper)
    for k in range(BACK):
        if hill.frame.keeps(end):
            return end
        end = start + (end - start) * (1.0 - 2.0 ** (k - BACK))
    return start
