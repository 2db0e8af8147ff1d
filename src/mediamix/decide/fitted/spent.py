"""Is a budget one of the planned window? An amount of another window gives a plan that looks like one."""

from __future__ import annotations

import numpy as np

from mediamix.core.errors import BudgetError
from mediamix.core.numbers import money, percent
from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.decide.problem.problem import Budget

#: A budget below a quarter of what was spent in the window, or above four times that, is asked about.
FAR = 4.0


def refuse_far(data: Dataset, budget: Budget, window: Window | None = None) -> None:
    """BudgetError where a budget is far from what was spent in the planned window.

    Who gives bounds for every channel has said what amounts are meant.

    Args:
        data: What was spent.
        budget: What is asked.
        window: Periods that are planned; absent: all.
    """
    window = window or Window(0, data.n_periods)
    spent_c = data.spend_gtc[:, window.slice].sum(axis=(0, 1))
    spent, asked = float(spent_c.sum()), budget.highest
    named = {name for name, spend in zip(data.channel_names, spent_c, strict=True) if spend > 0}
    if asked is None or spent <= 0 or named <= set(budget.bounds):
        return
    if spent / FAR <= asked <= spent * FAR:
        return
    part = percent(asked / spent) if asked < spent else f"{asked / spent:,.1f} times"
    given, usual = money(asked, data.currency), money(spent, data.currency)
    raise BudgetError(
        f"the budget of {given} is {part} of what was spent in the planned window: one of another?",
        expected=f"a budget for {data.stretch(window)}, in which {usual} were spent "
        f"(a quarter to {FAR:g} times that, or bounds for every channel)",
        got=given,
        next_step=_shorter(data, asked, window)
        + f"to plan {given} over all of {data.stretch(window).length}, give bounds for every channel, or add "
        "--anyway (in Python anyway=True)",
    )


def _shorter(data: Dataset, asked: float, window: Window) -> str:
    """The number of last periods in which about this much was spent, as a step to take."""
    spent_t = data.spend_gtc.sum(axis=(0, 2))[::-1].cumsum()
    last = int(np.argmin(np.abs(spent_t - asked))) + 1
    if last == data.n_periods or not 0.5 <= asked / max(float(spent_t[last - 1]), 1e-300) <= 2.0:
        return ""
    return (
        f"--last {last} plans the last {last:,} {data.every.label(last)}, in which "
        f"{money(float(spent_t[last - 1]), data.currency)} were spent; "
    )
