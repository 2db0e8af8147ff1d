"""Questions of the planner's page to a run, answered from curves that are computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from mediamix.core.numbers import chance, money, percent
from mediamix.decide.answer.plan import Plan
from mediamix.decide.fitted.curves import USUAL_LIMIT, curves_of
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import DEFAULT_HIGH, Budget, Problem
from mediamix.project.questions import Saved
from mediamix.reporting.material import Material
from mediamix.ui.session import measured

#: Channel, lowest and highest spend in percent of today's.
Limits = tuple[tuple[str, int, int], ...]


def today_of(of: Material) -> dict[str, float]:
    """Today's spend of every channel that has some, in the dataset's order."""
    return {m.name: m.spend for m in of.summary.channels if m.spend > 0}


def question_of(today: Mapping[str, float], share: int, limits: Limits) -> Problem:
    """A budget in percent of today's, with limits of some channels.

    Raises:
        BudgetError: A number is negative or in the wrong order.
    """
    bounds = {name: Bound(today[name] * low / 100, today[name] * high / 100) for name, low, high in limits}
    return Problem(Budget(None if share == 100 else sum(today.values()) * share / 100, bounds))


@st.cache_data(max_entries=200, show_spinner="Planning …")
def answer(root: str, run: str, share: int, limits: Limits) -> Plan:
    """The recommended split, as `mediamix optimize` gives it.

    Raises:
        UserError: The limits contradict each other, or nothing can be planned.
    """
    from mediamix.pipeline import plan

    of = measured(root, run)
    asked = question_of(today_of(of), share, limits)
    reach = max([DEFAULT_HIGH * share, *(high for _, _, high in limits)])
    usual = reach <= 100 * USUAL_LIMIT
    return plan(_curves(root, run, None if usual else asked), asked, anyway=True)


@st.cache_resource(max_entries=4, show_spinner="Computing response curves …", hash_funcs={Problem: repr})
def _curves(root: str, run: str, asked: Problem | None) -> Curves:
    """Response curves with today's split as evidence; `asked`: where they have to reach further."""
    return curves_of(measured(root, run).fit, None if asked is None else asked.budget)


def compared(found: Sequence[Saved], currency: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Saved questions beside each other: what they bring, and how they split the money."""
    rows, splits = [], {}
    for one in found:
        plan = one.plan
        if plan is None:
            continue
        gain = plan.uplift
        unit = plan.currency if plan.unit == plan.currency else plan.unit
        rows.append(
            {
                "Scenario": one.name,
                "Spends": money(plan.spend, currency),
                "Brings": f"{money(plan.outcome.mean, unit)}",
                "More than today": "–" if gain is None else money(gain.mean, unit, signed=True),
                "90 % interval": "–"
                if gain is None
                else f"{money(gain.p5, unit)} to {money(gain.p95, unit)}",
                "Better than today": "–" if gain is None else chance(gain.probability_better),
                "Proof": "best split"
                if plan.certificate.status == "optimal"
                else percent(plan.certificate.gap),
                "Run": one.run,
            }
        )
        splits[one.name] = {name: money(spend, currency) for name, spend in plan.allocation.items()}
    return pd.DataFrame(rows), pd.DataFrame(splits).rename_axis("Channel").reset_index()
