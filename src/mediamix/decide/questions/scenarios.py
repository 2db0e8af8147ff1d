"""The third question: how outcome, ROI and risk move over a range of budgets, and against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mediamix.core.errors import BudgetError
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import Budget, Group
from mediamix.decide.problem.value import priced, returns
from mediamix.decide.questions.maximise import optimize

if TYPE_CHECKING:
    import pandas as pd

MULTIPLES = (0.5, 0.75, 1.0, 1.25, 1.5)
#: Standard deviations that the frontier's plans give up a unit of expected outcome for.
AVERSIONS = (0.0, 0.25, 0.5, 1.0, 2.0)


def scenarios(
    curves: Curves,
    totals: Sequence[float] | None = None,
    *,
    multiples: Sequence[float] | None = None,
    bounds: Mapping[str, tuple[float, float] | Bound] | None = None,
    groups: Sequence[Group] = (),
    budget: Budget | None = None,
    objective: Objective | str = "mean",
) -> pd.DataFrame:
    """The best plan for each of several budgets, a row each.

    Columns: ``budget, spend, outcome, outcome_p5, outcome_p95, contribution, roi, mroi, gap,
    warnings`` and ``spend_<channel>`` per channel. `roi` is the value of the expected contribution per unit
    of spend (NaN where nothing is spent), `mroi` the value that an extra unit of budget adds to it,
    `warnings` their number. A count without a value has neither, but `cost_per_unit`.

    Args:
        curves: What the channels bring.
        totals: Budgets.
        multiples: Budgets as multiples of today's spend; without either, half to one and a half.
        bounds: As in `Budget`.
        groups: As in `Budget`.
        budget: Instead of bounds and groups: all limits; its total isn't used.
        objective: What each plan maximises.

    Raises:
        BudgetError: A budget can't be planned; all of them are named.
    """
    import pandas as pd

    limits = budget or Budget(None, bounds or {}, groups)
    rows, failed = [], []
    for total in _totals(curves, totals, multiples):
        try:
            rows.append(_row(curves, optimize(curves, replace(limits, total=total), objective)))
        except BudgetError as error:
            failed.append((total, error))
    if failed:
        if len({error.message for _, error in failed}) == 1:
            raise failed[0][1]
        raise BudgetError(
            f"{len(failed)} of the budgets can't be planned",
            details=["; ".join((f"{total!r}: {error.what}", *error.details)) for total, error in failed],
            next_step="leave these budgets out, or relax the named constraints",
        )
    return pd.DataFrame(rows)


def frontier(
    curves: Curves, budget: Budget, aversions: Sequence[float] = AVERSIONS, *, margin: float | None = None
) -> pd.DataFrame:
    """The efficient frontier of expected outcome against risk, a row per aversion to risk.

    Each plan maximises ``mean - aversion · standard deviation`` of the outcome (of the profit, with a
    margin). Columns: ``aversion, mean, sd, p5, p95, cvar, spend, gap, probability_better`` (NaN where
    today's spend isn't known) and ``spend_<channel>``; `cvar` is the mean of the worst 5 % of the draws.

    Raises:
        BudgetError: The budget can't be planned.
    """
    import pandas as pd

    rows = []
    for aversion in aversions:
        # Without aversion the problem separates over channels, and the answer is exact.
        kind = Objective("mean_sd", aversion, margin) if aversion else Objective(margin=margin)
        plan = optimize(curves, budget, kind)
        kind = priced(kind, curves)
        draws = kind.scale * curves.outcome_at(plan.allocation) - kind.cost * plan.spend
        rows.append(
            {
                "aversion": aversion,
                "mean": float(draws.mean()),
                "sd": float(draws.std()),
                "p5": Objective("quantile", 0.05).value(draws, None),
                "p95": Objective("quantile", 0.95).value(draws, None),
                "cvar": Objective("cvar", 0.05).value(draws, None),
                "spend": plan.spend,
                "gap": plan.certificate.gap,
                "probability_better": float("nan") if plan.uplift is None else plan.uplift.probability_better,
                **{f"spend_{name}": spend for name, spend in plan.allocation.items()},
            }
        )
    return pd.DataFrame(rows)


def _totals(curves: Curves, totals: Sequence[float] | None, multiples: Sequence[float] | None) -> list[float]:
    if totals is not None and multiples is not None:
        raise BudgetError(
            "scenarios got both totals and multiples",
            expected="one of them",
            next_step="leave one out",
        )
    if totals is not None:
        found = list(totals)
    else:
        today = 0.0 if curves.current is None else sum(curves.current.values())
        if today <= 0:
            raise BudgetError(
                "scenarios as multiples need today's spend",
                expected="curves with `current`, or totals",
                next_step="give totals, e.g. totals=[500_000, 1_000_000]",
            )
        found = [today * multiple for multiple in (MULTIPLES if multiples is None else multiples)]
    if not found:
        raise BudgetError("there is no budget to plan", next_step="give one total at least")
    return found


def _row(curves: Curves, plan: Plan) -> dict[str, float]:
    contribution = plan.outcome.mean - curves.levels.baseline_mean
    price, plain = plan.certificate.shadow_price, plan.objective is None or plan.objective.margin is None
    return {
        "budget": plan.budget,
        "spend": plan.spend,
        "outcome": plan.outcome.mean,
        "outcome_p5": plan.outcome.p5,
        "outcome_p95": plan.outcome.p95,
        "contribution": contribution,
        **returns(curves, contribution, plan.spend),
        **({} if curves.worth is None else {"mroi": price * (curves.worth if plain else 1.0)}),
        "gap": plan.certificate.gap,
        "warnings": len(plan.warnings),
        **{f"spend_{name}": spend for name, spend in plan.allocation.items()},
    }
