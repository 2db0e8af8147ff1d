"""What a channel's money returns, in words: ROI where the outcome has a value, else what a unit costs."""

from __future__ import annotations

from typing import Protocol

from mediamix.core.numbers import UNKNOWN, money, times
from mediamix.decide.answer.plan import ChannelPlan, Plan
from mediamix.measure.interval import Interval


class Valued(Protocol):
    """A plan."""

    @property
    def currency(self) -> str:
        """Of the spend."""

    @property
    def has_value(self) -> bool:
        """Whether there is a ROI."""


class Returned(Protocol):
    """A channel of a plan."""

    @property
    def roi(self) -> Interval | None:
        """Money per unit of spend."""

    @property
    def cost_per_unit(self) -> Interval | None:
        """Spend per unit."""


def return_header(plan: Valued) -> str:
    """Of a column of `return_of`."""
    return "ROI" if plan.has_value else "cost per unit"


def return_of(plan: Valued, part: Returned) -> str:
    """What all of a channel's spend returns: ``1.50×``, or ``EUR 35.2`` a unit."""
    if plan.has_value:
        return times(part.roi.mean) if part.roi else UNKNOWN
    return money(part.cost_per_unit.mean, plan.currency) if part.cost_per_unit else UNKNOWN


def next_header(plan: Plan) -> str:
    """Of a column of `next_of`."""
    return "next unit" if plan.has_value else "next unit costs"


def next_of(plan: Plan, part: ChannelPlan) -> str:
    """What the next unit of money returns: ``1.20×``; or what the next unit of a count costs."""
    if part.mroi is not None:
        return times(part.mroi.mean)
    return money(1.0 / part.marginal.mean, plan.currency) if part.marginal.mean > 0 else UNKNOWN
