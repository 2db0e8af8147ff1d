"""`mediamix optimize`: the best split of a budget, the budget of a target, a range of budgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import emit_json, note, table
from mediamix.cli.options import BoundsFile, FitFolder, Force, Json, Total
from mediamix.cli.targets import ready_file
from mediamix.cli.words import print_plan
from mediamix.core.errors import BudgetError

if TYPE_CHECKING:
    from mediamix.core.types import Window
    from mediamix.decide.plan import Plan
    from mediamix.decide.problem import Budget
    from mediamix.models.base import Fit

NAME = "optimize"
EXAMPLE = "mediamix optimize fit --budget 1000000 --bounds bounds.yml --json"
MAX_STEPS = 200


def command(  # its options are the three questions
    folder: FitFolder,
    total: Total = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="OUTCOME=AMOUNT", help="Find the smallest budget: revenue=2000000."),
    ] = None,
    bounds: BoundsFile = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", help="Plan the last N periods. Absent: all.")
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option("--sweep", metavar="LOW,HIGH", help="Also plan budgets from LOW to HIGH times today's."),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="Budgets of the sweep.")] = 11,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write plan.json, and plan.csv beside it.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Split a budget for the highest outcome, or find the smallest budget for a target."""
    from mediamix import pipeline
    from mediamix.decide.bounds import load_bounds
    from mediamix.decide.problem import Budget

    multiples = None if sweep is None else sweep_multiples(sweep, steps)
    if out is not None:
        ready_file(out, force=force)
        ready_file(out.with_suffix(".csv"), force=force)
    budget = Budget(total, {} if bounds is None else load_bounds(bounds))
    fit = pipeline.load(folder)
    wanted = None if target is None else target_amount(target, fit.dataset.outcome_name)
    window = pipeline.last_periods(fit.dataset, last)
    made = pipeline.plan(fit, budget, target=wanted, window=window)
    rows = None if multiples is None else _sweep(fit, made, budget, multiples, window)
    if out is not None:
        pipeline.write_plan(made, out)
        note(f"written: {out}, {out.with_suffix('.csv')}")
    if as_json:
        emit_json(made.to_dict() if rows is None else {**made.to_dict(), "scenarios": rows})
        return
    print_plan(made)
    if rows is not None:
        _print_sweep(rows, made)


def target_amount(text: str, outcome: str) -> float:
    """The number of ``revenue=2000000``.

    Raises:
        BudgetError: It isn't of this form, or the fit explains another outcome.
    """
    name, equals, number = text.partition("=")
    try:
        amount = float(number.replace("_", "")) if equals else float("nan")
    except ValueError:
        amount = float("nan")
    if name.strip() != outcome or amount != amount:
        what = (
            f"the fit explains {outcome}, not '{name.strip()}'"
            if equals and name.strip() != outcome
            else f"the target '{text}' can't be read"
        )
        raise BudgetError(
            what, expected=f"{outcome}=2000000", got=text, next_step=f"write --target {outcome}=AMOUNT"
        )
    return amount


def sweep_multiples(text: str, steps: int) -> list[float]:
    """Evenly spaced multiples of today's spend from ``0.5,1.5``.

    Raises:
        BudgetError: Not two ordered numbers above 0, or too few or many steps.
    """
    parts = text.split(",")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        low, high = 0.0, 0.0
    if not 0 < low < high < float("inf"):
        raise BudgetError(
            f"the sweep '{text}' can't be read",
            expected="two multiples of today's spend, the lower first: 0.5,1.5",
            got=text,
            next_step="write --sweep 0.5,1.5",
        )
    if not 2 <= steps <= MAX_STEPS:
        raise BudgetError(
            f"a sweep can't have {steps} steps",
            expected=f"2 to {MAX_STEPS}",
            got=str(steps),
            next_step="change --steps",
        )
    return [low + (high - low) * index / (steps - 1) for index in range(steps)]


def _sweep(
    fit: Fit, plan: Plan, budget: Budget, multiples: list[float], window: Window | None
) -> list[dict[str, Any]]:
    """The best plan of each budget, as rows; the curves reach as far as the largest one needs."""
    from mediamix.decide.fitted import curves_of
    from mediamix.decide.scenarios import scenarios

    today = sum(plan.current.allocation.values()) if plan.current is not None else plan.budget
    curves = curves_of(fit, replace(budget, total=today * multiples[-1]), window=window)
    table = scenarios(curves, [today * multiple for multiple in multiples], bounds=budget.bounds)
    rows = table.to_dict("records")
    return [
        {str(key): value for key, value in row.items()} | {"multiple": multiple}
        for row, multiple in zip(rows, multiples, strict=True)
    ]


def _print_sweep(rows: list[dict[str, Any]], plan: Plan) -> None:
    from mediamix.core.numbers import quantity, span, times

    cells = [
        [
            f"{row['multiple']:.2f}×",
            quantity(row["budget"]),
            quantity(row["outcome"]),
            span(row["outcome_p5"], row["outcome_p95"], quantity),
            times(row["roi"]),
            times(row["mroi"]),
        ]
        for row in rows
    ]
    title = f"Budgets from {rows[0]['multiple']:.2f} to {rows[-1]['multiple']:.2f} times today's"
    table(title, ["today", "budget", plan.outcome_name, "90 % interval", "ROI", "next unit"], cells)
