"""The solver chain: which method a problem gets, chosen from its facts, never from a curve's name.

| constraints | curves | method |
| --- | --- | --- |
| bounds, budget, groups that share no channel | concave | greedy: exact at once |
| the same | any shape | branch and bound on concave envelopes |
| any linear ones, channels off or at a least spend | any shape | piecewise-linear MILP on HiGHS, refined |
| any of these | pairs of channels | the same on curves that touch from below and above, in branch and bound |

Objectives that don't separate over channels (quantile, CVaR …) are in `risk`, which calls this.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.coupled import Coupled
from mediamix.decide.problem.separable import PROVED, Separable, Solution, Status
from mediamix.decide.solvers.branch import branch
from mediamix.decide.solvers.coupled import climbed, coupled_maximise
from mediamix.decide.solvers.milp import milp_maximise

__all__ = ["Separable", "Solution", "Status", "climb", "maximise"]

#: Boxes of one sum of curves that touches a problem with pairs.
TOUCHING = 400


def maximise(problem: Separable, tolerance: float = 1e-6, max_nodes: int | None = None) -> Solution:
    """The global maximum with a bound that proves it.

    Args:
        problem: Feasible.
        tolerance: Relative gap at which the search ends.
        max_nodes: Boxes before branch and bound stops; absent: enough for most.

    A `Coupled` problem is one with pairs.

    Raises:
        BudgetError: No point keeps all constraints.
        ExtraError: The constraints need SciPy, which is not installed.
    """
    if isinstance(problem, Coupled):
        return coupled_maximise(problem, partial(maximise, max_nodes=TOUCHING), tolerance, max_nodes)
    if problem.simple:
        return branch(problem, tolerance, max_nodes)
    return milp_maximise(problem, tolerance)


def climb(problem: Separable, start: Float[np.ndarray, " channel"]) -> tuple[np.ndarray, float]:
    """A plan from another one, and its worth: the best one of a separable problem, of pairs a near one.

    Raises:
        BudgetError: No point keeps all constraints.
    """
    if isinstance(problem, Coupled):
        return climbed(problem, start, partial(maximise, max_nodes=TOUCHING))
    found = maximise(problem, PROVED)
    return found.x, found.value
