"""What a unit of the outcome is worth in money: only with that there are margins, ROI and their targets."""

from __future__ import annotations

import math
from dataclasses import replace

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective


def priced(objective: Objective, curves: Curves) -> Objective:
    """The objective with the worth of the curves' outcome, where it has a margin.

    Raises:
        BudgetError: It has one, and the outcome is a count without a value.
    """
    if objective.margin is None:
        return objective
    return replace(objective, worth=worth_of(curves, f"a margin of {objective.margin:g}"))


def worth_of(curves: Curves, what: str) -> float:
    """Money per unit of the outcome.

    Raises:
        BudgetError: `what` asks for it, and the outcome is a count without a value.
    """
    if curves.worth is not None:
        return curves.worth
    raise BudgetError(
        f"{what} needs money, but {curves.outcome or 'the outcome'} is counted and has no value",
        expected="outcome.value_per_unit in the spec: money per unit of the outcome (of curves made by "
        "hand: value_per_unit)",
        got=f"a count of {curves.unit}",
        next_step="give outcome.value_per_unit and fit again, or ask for a cost: --target cost_per_unit=35 "
        "(in Python Target(cost_per_unit=35))",
    )


def returns(curves: Curves, contribution: float, spend: float) -> dict[str, float]:
    """What a spend returns: ``roi`` where the outcome has a value, else ``cost_per_unit``; NaN where none."""
    if curves.worth is not None:
        return {"roi": contribution * curves.worth / spend if spend > 0 else math.nan}
    return {"cost_per_unit": spend / contribution if spend > 0 and contribution > 0 else math.nan}
