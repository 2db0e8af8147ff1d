"""`mediamix optimize`: the best split of a budget, the budget of a target, a range of budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.amounts import AmbiguousAmountError, amount_of
from mediamix.cli.comparing import PRINTERS
from mediamix.cli.console import emit_json, note
from mediamix.cli.options import Anyway, BoundsFile, FitFolder, Force, History, Json, Total
from mediamix.cli.progress import Steps, planning
from mediamix.cli.targets import ready_file, two_forms
from mediamix.cli.watch import doing
from mediamix.cli.words import print_plan
from mediamix.core.errors import BudgetError

if TYPE_CHECKING:
    from mediamix.decide.problem.bounds import Bound
    from mediamix.decide.problem.curves import Curves
    from mediamix.decide.problem.problem import Budget, Problem

NAME = "optimize"
EXAMPLE = "mediamix optimize fit --budget 1000000 --bounds bounds.yml --json"
#: How files begin that this command wrote.
OURS = {"": r'\{\s*"question"', ".csv": "channel,spend,current,change,"}
MAX_STEPS = 200
#: Targets that are no amounts: three decimals of them are decimals.
RATIOS = ("roi", "mroi", "cost_per_unit")


def command(  # its options are the three questions
    folder: FitFolder,
    total: Total = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="NAME=AMOUNT",
            help="Find the budget of revenue=2000000, roi=3 or mroi=1; of a count also cost_per_unit=35.",
        ),
    ] = None,
    probability: Annotated[
        float | None,
        typer.Option("--probability", metavar="P", help="Reach the target outcome with this probability."),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            "--objective",
            metavar="KIND[:LEVEL]",
            help="What is maximised: gain:0.2 (default), mean, quantile:0.05, cvar:0.05, mean_sd:1, "
            "beats_today.",
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            metavar="M",
            help="Maximise profit, the expected one by default: M times the outcome's value, less the spend.",
        ),
    ] = None,
    bounds: BoundsFile = None,
    problem: Annotated[
        Path | None,
        typer.Option("--problem", metavar="FILE", help="YAML with all limits; options above take its place."),
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", help="Plan the last N periods. Absent: all.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="geo", help="Plan each channel in each geo, named tv/north."),
    ] = None,
    history: History = True,
    solver: Annotated[
        str | None,
        typer.Option(
            "--solver",
            metavar="NAME",
            help="Answer without a proof, to compare: greedy (a marginal-ROI rule) or slsqp. "
            "Absent: the planner that proves its answer.",
        ),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option("--sweep", metavar="LOW,HIGH", help="Also plan budgets from LOW to HIGH times today's."),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="Budgets of the sweep.")] = 11,
    risk: Annotated[
        bool, typer.Option("--frontier", help="Also plan for more and more aversion to risk.")
    ] = False,
    tests: Annotated[
        bool, typer.Option("--tests", help="Also say what an experiment on each channel could be worth.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write plan.json, and plan.csv beside it.")
    ] = None,
    anyway: Anyway = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Split a budget for the highest outcome, or find the budget of a target; compare what-ifs."""
    from mediamix import pipeline
    from mediamix.decide.fitted.curves import curves_of
    from mediamix.decide.fitted.spent import refuse_far
    from mediamix.decide.problem.bounds import load_bounds
    from mediamix.decide.problem.file import load_problem
    from mediamix.decide.problem.problem import Problem
    from mediamix.decide.questions.beside import comparisons, sweep_rows
    from mediamix.measure.summary import verdict_of
    from mediamix.measure.verdict import refuse_failed

    multiples = None if sweep is None else sweep_multiples(sweep, steps)
    files = None if out is None else two_forms(out, ".json", ".csv")
    for path in files or ():
        ready_file(path, force=force, ours=OURS)
    given = Problem() if problem is None else load_problem(problem)
    asked = with_limits(given, total, None if bounds is None else load_bounds(bounds))
    asked = with_objective(asked, objective, margin)
    doing(f"Reading the fit {folder}")
    fit = pipeline.load(folder)
    asked = with_target(asked, target, probability, fit.dataset.outcome_name)
    window = pipeline.last_periods(fit.dataset, last)
    refuse_failed(verdict_of(fit), "plan", anyway=anyway)
    if not anyway:
        refuse_far(fit.dataset, asked.budget, window)
    asked = replace(asked, history=history and asked.history)
    with Steps() as progress:
        progress.step(planning(asked.history))
        curves = curves_of(
            fit, asked.budget, window=window, by=by, history=asked.history, on_progress=progress.sampling
        )
        made = pipeline.plan(curves, asked, anyway=anyway, outlook=files is not None, solver=solver)
    doing("Comparing")
    beside = comparisons(curves, asked, made, risk=risk, tests=tests)
    if multiples is not None:

        def wide(budget: Budget) -> Curves:
            return curves_of(fit, budget, window=window, by=by, history=asked.history)

        beside["scenarios"] = sweep_rows(wide, made, asked, multiples)
    if files is not None:
        pipeline.write_plan(made, *files, force=force)
        note(f"written: {files[0]}, {files[1]}")
    if as_json:
        emit_json({**made.to_dict(), **beside})
        return
    print_plan(made)
    for key, rows in beside.items():
        PRINTERS[key](rows, made)


def with_limits(
    problem: Problem, total: float | None, bounds: Mapping[str, tuple[float, float] | Bound] | None
) -> Problem:
    """The problem with a total and bounds in the place of its own."""
    budget = problem.budget
    if total is not None:
        budget = replace(budget, total=total)
    if bounds is not None:
        budget = replace(budget, bounds={**budget.bounds, **bounds})
    return replace(problem, budget=budget)


def with_objective(problem: Problem, objective: str | None, margin: float | None) -> Problem:
    """The problem with an objective, or a margin, in the place of its own."""
    from mediamix.decide.problem.objective import Objective, objective_of

    goal = problem.objective if objective is None else objective_of(objective)
    if goal is None and margin is None:
        return problem
    goal = goal or Objective()
    kept = goal.margin if margin is None else margin
    return replace(problem, objective=replace(goal, margin=kept))


def with_target(problem: Problem, target: str | None, probability: float | None, outcome: str) -> Problem:
    """The problem with a target in the place of its own.

    Raises:
        BudgetError: The target can't be read, or a probability stands without one.
    """
    from mediamix.decide.problem.problem import Target

    if target is None and probability is None:
        return problem
    if target is None:
        if problem.target is None:
            raise BudgetError(
                "a probability stands without a target",
                expected=f"--target {outcome}=AMOUNT --probability {probability:g}",
                next_step="give the target that is to be reached with this probability",
            )
        return replace(problem, target=replace(problem.target, probability=probability))
    name = target.partition("=")[0].strip()
    if name in RATIOS and name != outcome:
        return replace(problem, target=Target(**{name: target_amount(target, name)}, probability=probability))
    amount = target_amount(target, outcome)
    return replace(problem, target=Target(outcome=amount, probability=probability))


def target_amount(text: str, outcome: str) -> float:
    """The number of ``revenue=2000000`` or ``revenue=2M``; a ROI is a plain number.

    Raises:
        BudgetError: It isn't of this form, can mean two things, or the fit explains another outcome.
    """
    name, equals, number = text.partition("=")
    if equals and name.strip() == outcome:
        try:
            return float(number) if outcome in RATIOS else amount_of(number)
        except AmbiguousAmountError:
            raise
        except (ValueError, BudgetError):
            equals = ""
    what = f"the target '{text}' can't be read"
    if equals:
        what = f"the fit explains {outcome}, not '{name.strip()}'"
    raise BudgetError(
        what,
        expected=f"{outcome}=2000000, or one of {', '.join(RATIOS)}",
        got=text,
        next_step=f"write --target {outcome}=AMOUNT",
    )


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
