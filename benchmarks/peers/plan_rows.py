"""A plan judged by the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.curves import Curves
from peers.attempts import TITLES
from peers.plan_cases import PlanCase

#: A planner that rounds money may miss bounds and total by so much, relative to the total.
ROUNDING = 5e-4


@dataclass(frozen=True)
class PlanRow:
    """One plan for one market; gains are parts of today's true media contribution.

    Args:
        case: The market.
        planner: Who planned.
        curves: Whose curves, where they aren't its own.
        reason: Why there is no plan.
        gained: Under the true curves.
        expected: Under the mean of the curves that were planned on, where those are somebody's fit.
        spent: Part of the budget.
        model_s: Seconds to the model that was planned on.
        first_s: Seconds of the first plan.
        again_s: Seconds of the same plan once more.
        note: What the planner said.
    """

    case: str
    planner: str
    curves: str = ""
    reason: str = ""
    gained: float | None = None
    expected: float | None = None
    spent: float | None = None
    model_s: float | None = None
    first_s: float | None = None
    again_s: float | None = None
    note: str = ""

    @property
    def title(self) -> str:
        """Who planned, on whose curves."""
        return TITLES[self.planner] + (f", on {self.curves}" if self.curves else "")

    @property
    def said(self) -> str:
        """In one line."""
        if self.gained is None:
            return f"{self.title}: {self.reason}"
        seconds = "" if self.first_s is None else f", {self.first_s:.2f} s, again {self.again_s:.2f} s"
        return f"{self.title}: {self.gained:+.3%}{seconds} {self.note}".rstrip()

    def failed(self, reason: str) -> Self:
        """Without a plan."""
        return replace(self, reason=reason)

    def judged(
        self, case: PlanCase, spend_c: Float[np.ndarray, " channel"], curves: Curves | None = None
    ) -> Self:
        """With what the plan gains."""
        if not is_allowed(case, spend_c):
            return self.failed(f"the plan breaks its limits: {np.round(spend_c / case.today_c, 4).tolist()}")
        now = case.outcome(np.ones(len(case.today_c)))
        gained = case.outcome(spend_c / case.today_c) / now - 1.0
        expected = None
        if curves is not None:
            plan = dict(zip(curves.channels, np.clip(spend_c, *edges(curves)).tolist(), strict=True))
            today = dict(curves.current or {})
            expected = float(np.mean(curves.outcome_at(plan)) / np.mean(curves.outcome_at(today)) - 1.0)
        return replace(
            self, gained=gained, expected=expected, spent=float(spend_c.sum() / case.today_c.sum())
        )


def edges(curves: Curves) -> tuple[np.ndarray, np.ndarray]:
    """First and last point of every channel's grid."""
    return np.array([x[0] for x in curves.spend.values()]), np.array([x[-1] for x in curves.spend.values()])


def is_allowed(case: PlanCase, spend_c: Float[np.ndarray, " channel"]) -> bool:
    """Within the bounds and the total, up to rounding."""
    slack = ROUNDING * case.today_c.sum()
    within = (spend_c >= case.lower_c * case.today_c - slack) & (
        spend_c <= case.upper_c * case.today_c + slack
    )
    return bool(within.all() and spend_c.sum() <= case.today_c.sum() + slack)
