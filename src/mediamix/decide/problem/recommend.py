"""What is recommended when nobody says what to maximise, and what it is measured against."""

from __future__ import annotations

from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective

#: A budget is today's total if it is above it by no more than this part.
SAME = 1e-6
#: Share of the draws, the worst ones, in which a move has to gain on average: of draws that count today's
#: split as evidence, which are cautious themselves, and of others.
WORST_OF_WEIGHED, WORST = 0.2, 0.05


def default_objective(curves: Curves) -> Objective:
    """``gain`` where curves have draws and today's spend is known, else the expected outcome.

    A plan for the expected outcome picks what the draws happen to overrate, and moves money
    whatever the doubt: `benchmarks/planner/truth.py` measures both under known truths.
    """
    if curves.n_draws == 1 or curves.current is None or sum(curves.current.values()) <= 0:
        return Objective()
    return Objective("gain", WORST_OF_WEIGHED if curves.history else WORST)


def todays_split(curves: Curves, total: float) -> dict[str, float] | None:
    """A budget split as today's spend is; None where that isn't known."""
    if curves.current is None:
        return None
    factor = total / (sum(curves.current.values()) or 1.0)
    factor = 1.0 if 1.0 <= factor <= 1.0 + SAME else factor
    return {name: factor * spend for name, spend in curves.current.items()}
