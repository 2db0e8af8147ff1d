"""What can be asked of a loaded fit: each kind of question, answered as its command's ``--json`` says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mediamix import pipeline
from mediamix.api.answering.loaded import Loaded
from mediamix.core.errors import BudgetError
from mediamix.data.future import read_future
from mediamix.decide.answer.ahead import as_record
from mediamix.decide.fitted.spent import refuse_far
from mediamix.decide.flighting.problem import PERIODS
from mediamix.decide.flighting.question import flighting
from mediamix.decide.flighting.rules import Flighting, parse_rules
from mediamix.decide.problem.file import parse_problem
from mediamix.decide.problem.problem import Budget, Problem
from mediamix.decide.questions.beside import comparisons, rows_of, sweep_rows
from mediamix.decide.questions.scenarios import scenarios
from mediamix.decide.questions.whatif import what_if
from mediamix.measure.forecast import look_ahead
from mediamix.measure.summary import verdict_of
from mediamix.measure.verdict import refuse_failed

#: Keys of a question that are no part of the problem itself.
_BESIDE = ("last", "by", "anyway", "frontier", "tests", "totals", "multiples")
Question = Mapping[str, Any]


def plan(of: Loaded, question: Question) -> Any:
    """The best split of a budget, or the budget of a target: `mediamix optimize --json`."""
    asked, window = _problem(question), pipeline.last_periods(of.fit.dataset, question.get("last"))
    anyway = bool(question.get("anyway", False))
    refuse_failed(verdict_of(of.fit), "plan", anyway=anyway)
    if not anyway:
        refuse_far(of.fit.dataset, asked.budget, window)
    curves = of.curves(asked.budget, window=window, by=question.get("by"), history=asked.history)
    made = pipeline.plan(curves, asked, anyway=anyway)
    risk, tests = bool(question.get("frontier")), bool(question.get("tests"))
    return {**made.to_dict(), **comparisons(curves, asked, made, risk=risk, tests=tests)}


def ranged(of: Loaded, question: Question) -> Any:
    """The best plan of each of several budgets: `mediamix optimize --sweep --json`, its scenarios."""
    asked, window = _problem(question), pipeline.last_periods(of.fit.dataset, question.get("last"))
    refuse_failed(verdict_of(of.fit), "plan", anyway=bool(question.get("anyway", False)))
    by = question.get("by")

    def wide(budget: Budget) -> Any:
        return of.curves(budget, window=window, by=by, history=asked.history)

    totals, multiples = question.get("totals"), question.get("multiples")
    if totals is not None and multiples is not None:
        raise BudgetError("totals and multiples were both given", next_step="leave one out")
    if totals is not None:
        curves = wide(replace(asked.budget, total=max(totals)))
        from mediamix.decide.problem.recommend import default_objective

        goal = asked.objective or default_objective(curves)
        return {"scenarios": rows_of(scenarios(curves, totals, budget=asked.budget, objective=goal))}
    first = pipeline.plan(wide(asked.budget), asked, anyway=True)
    return {"scenarios": sweep_rows(wide, first, asked, multiples or [0.5, 0.75, 1.0, 1.25, 1.5])}


def moved(of: Loaded, question: Question) -> Any:
    """Named moves of money beside today's spend: the `what_ifs` of `mediamix optimize --json`."""
    asked, window = _problem(question), pipeline.last_periods(of.fit.dataset, question.get("last"))
    refuse_failed(verdict_of(of.fit), "what-if", anyway=bool(question.get("anyway", False)))
    if not asked.what_ifs:
        raise BudgetError(
            "there is no what-if", expected="what_ifs: {NAME: MOVE}", next_step="name one at least"
        )
    curves = of.curves(asked.budget, window=window, by=question.get("by"), history=asked.history)
    return {"what_ifs": rows_of(what_if(curves, asked.what_ifs))}


def flown(of: Loaded, question: Question) -> Any:
    """A budget per channel and period of the time to come: `mediamix flight --json`."""
    anyway = bool(question.get("anyway", False))
    refuse_failed(verdict_of(of.fit), "flighting", anyway=anyway)
    given = {key: question[key] for key in ("channels", "period", "cost", "after") if key in question}
    rules = parse_rules(given, "the body")
    asked = Flighting(question.get("budget"), question.get("periods"), **rules)
    asked = replace(asked, history=bool(question.get("history", True)))
    future = None
    controls, events = _table(question, "controls"), _table(question, "events")
    if controls is not None or events is not None:
        periods = asked.periods or PERIODS
        future = read_future(of.fit.dataset, None, controls, events, periods=periods, spec=of.fit.spec)
    return flighting(of.fit, asked, future=future, anyway=anyway).to_dict()


def forecast(of: Loaded, question: Question) -> Any:
    """The outcome of the periods that follow the data: `mediamix predict --json`."""
    refuse_failed(verdict_of(of.fit), "forecast", anyway=bool(question.get("anyway", False)))
    tables = [_table(question, name) for name in ("media", "controls", "events")]
    periods = question.get("periods")

    def make() -> Any:
        return read_future(of.fit.dataset, *tables, periods=periods, spec=of.fit.spec)

    future = of.future(periods, make) if all(table is None for table in tables) else make()
    made = look_ahead(of.fit, future)
    return as_record(made, made.table(), of.fit)


def _problem(question: Question) -> Problem:
    return parse_problem({key: value for key, value in question.items() if key not in _BESIDE})


def _table(question: Question, name: str) -> pd.DataFrame | None:
    rows = question.get(name)
    return None if rows is None else pd.DataFrame(list(rows))


@dataclass(frozen=True)
class Kind:
    """A kind of question.

    Args:
        answer: From a loaded fit and a question to what is answered.
        heavy: Whether it takes seconds, so that few are answered at once.
    """

    answer: Callable[[Loaded, Question], Any]
    heavy: bool = False


#: The last part of the route → what answers it.
KINDS: Mapping[str, Kind] = {
    "optimize": Kind(plan),
    "target": Kind(plan),
    "scenarios": Kind(ranged, heavy=True),
    "what-if": Kind(moved),
    "flight": Kind(flown, heavy=True),
    "predict": Kind(forecast),
}
