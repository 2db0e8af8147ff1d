"""The solver chain: which method a problem gets, chosen from its facts, never from a curve's name.

| constraints | curves | method |
| --- | --- | --- |
| bounds, budget, groups that share no channel | concave | greedy: exact at once |
| the same | any shape | branch and bound on concave envelopes |
| any linear ones, channels off or at a least spend | any shape | piecewise-linear MILP on HiGHS, refined |

Objectives that don't separate over channels (quantile, CVaR …) are in `risk`, which calls this.
"""

from __future__ import annotations

from mediamix.decide.problem.separable import Separable, Solution, Status
from mediamix.decide.solvers.branch import branch
from mediamix.decide.solvers.milp import milp_maximise

__all__ = ["Separable", "Solution", "Status", "maximise"]


def maximise(problem: Separable, tolerance: float = 1e-6, max_nodes: int | None = None) -> Solution:
    """The global maximum with a bound that proves it.

    Args:
        problem: Feasible.
        tolerance: Relative gap at which the search ends.
        max_nodes: Boxes before branch and bound stops; absent: enough for most.

    Raises:
        BudgetError: No point keeps all constraints.
        ExtraError: The constraints need SciPy, which is not installed.
    """
    if problem.simple:
        return branch(problem, tolerance, max_nodes)
    return milp_maximise(problem, tolerance)
