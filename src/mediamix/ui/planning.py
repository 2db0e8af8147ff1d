"""Answers of the planner's page, from curves that are computed once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import streamlit as st

from mediamix.core.documents.yaml_out import as_yaml
from mediamix.data.csv_text import csv_text
from mediamix.decide.answer.plan import Plan
from mediamix.decide.fitted.curves import curves_of, reached
from mediamix.decide.flighting.plan import FlightPlan
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.file import problem_dict
from mediamix.decide.problem.problem import Problem
from mediamix.decide.solvers.simple import SIMPLE
from mediamix.reporting.material import Material
from mediamix.ui.asking import Asked
from mediamix.ui.session import measured

#: How far a calendar's totals may be from the plan's: rounding of a year's weeks, no more.
NEAR = 1e-3


def today_of(of: Material) -> dict[str, float]:
    """Today's spend of every channel that has some, in the dataset's order."""
    return {m.name: m.spend for m in of.summary.channels if m.spend > 0}


@st.cache_data(max_entries=400, show_spinner="Planning …")
def answer(root: str, run: str, asked: Asked, solver: str | None = None) -> Plan:
    """The answer to a question, as `mediamix optimize` gives it.

    Raises:
        UserError: The limits contradict each other, or nothing can be planned.
    """
    from mediamix.pipeline import plan

    problem = asked.problem(today_of(measured(root, run)))
    curves = _curves(root, run, "geo" if asked.by_geo else None, reached(asked.reach), problem)
    return plan(curves, problem, anyway=True, solver=solver)


@st.cache_resource(max_entries=6, show_spinner="Computing response curves …")
def _curves(root: str, run: str, by: str | None, reach: float, _asked: Problem) -> Curves:
    """Response curves with today's split as evidence; alike for all problems that `reach` equally far."""
    curves = curves_of(measured(root, run).fit, _asked.budget, by=by)
    _ = curves.mean  # every question needs it
    return curves


def others(root: str, run: str, asked: Asked) -> dict[str, Plan]:
    """The same question answered by methods without a proof."""
    return {solver: answer(root, run, asked, solver) for solver in SIMPLE}


@st.cache_data(max_entries=50, show_spinner="Spreading the plan over time …")
def calendar(root: str, run: str, asked: Asked, periods: int) -> FlightPlan:
    """The plan's money per channel over the next periods: its rate of spend, in the best order.

    Raises:
        UserError: It can't be spread.
    """
    from mediamix.decide.flighting.question import flighting
    from mediamix.decide.flighting.rules import ChannelRules, Flighting

    fit, plan = measured(root, run).fit, answer(root, run, asked)
    part = periods / fit.dataset.n_periods
    spends: dict[str, float] = {}
    for name, spend in plan.allocation.items():
        channel = name.rpartition("/")[0] if asked.by_geo else name
        spends[channel] = spends.get(channel, 0.0) + part * spend
    rules = {c: ChannelRules(total=(x * (1 - NEAR), x * (1 + NEAR))) for c, x in spends.items()}
    return flighting(fit, Flighting(sum(spends.values()), periods, rules), anyway=True)


def csv_of(plan: Plan | FlightPlan) -> str:
    """The plan's table as a file, as ``--out`` writes it."""
    return csv_text(plan.table())


def yaml_of(of: Material, asked: Asked) -> str:
    """The question as ``mediamix optimize --problem`` reads it."""
    return as_yaml(problem_dict(asked.problem(today_of(of))), short=True)


def pdf_of(of: Material, plan: Plan) -> bytes:
    """The report of the run with this plan in it."""
    from mediamix.reporting import report

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        report(of.fit, plan, path, truth=of.truth, summary=of.summary)
        return path.read_bytes()


def near_target(of: Material) -> float:
    """A target to begin with: the outcome of the data and a twentieth more, to two digits."""
    total = 1.05 * float(of.fit.dataset.outcome_gt[np.isfinite(of.fit.dataset.outcome_gt)].sum())
    size = 10.0 ** (len(str(int(abs(total)))) - 2)
    return round(total / size) * size
