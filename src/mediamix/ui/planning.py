"""Questions of the planner's page to a run, answered from curves that are computed once."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget
from mediamix.reporting.material import Material
from mediamix.ui.session import measured

Limits = tuple[tuple[str, float, float], ...]


def today_of(of: Material) -> dict[str, float]:
    """Today's spend of every channel that has some, in the dataset's order."""
    return {m.name: m.spend for m in of.summary.channels if m.spend > 0}


def bounds_of(today: Mapping[str, float], percents: Mapping[str, tuple[int, int]]) -> Limits:
    """Limits in money from limits in percent of today's spend; none where they are the usual ones."""
    return tuple(
        (name, today[name] * low / 100, today[name] * high / 100)
        for name, (low, high) in percents.items()
        if (low, high) != (0, 200)
    )


@st.cache_resource(max_entries=4, show_spinner="Computing response curves …")
def _curves(root: str, run: str) -> Curves:
    """Up to twice today's spend per channel, today's split as evidence."""
    from mediamix.decide.fitted.curves import curves_of

    return curves_of(measured(root, run).fit)


@st.cache_data(max_entries=200, show_spinner="Planning …")
def answer(root: str, run: str, total: float, limits: Limits) -> Plan:
    """The recommended split of a budget.

    Raises:
        UserError: The limits contradict each other, or nothing can be planned.
    """
    from mediamix.pipeline import plan

    bounds = {name: Bound(low, high) for name, low, high in limits}
    return plan(_curves(root, run), Budget(total, bounds), anyway=True)
