"""`Insight`: one thing that is worth saying, with what it rests on and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from mediamix.core.numbers import amount, money, quantity, span
from mediamix.decide.answer.plan import Plan
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.summary import Summary


@dataclass(frozen=True)
class Insight:
    """One thing that is worth saying.

    Args:
        kind: Which finder says it.
        channel: What it is about; None: all media.
        text: A sentence for people, with its number and interval.
        evidence: What it rests on.
        action: What to do.
        stake: Money at stake over the window, which insights are ranked by.
        interval: Between what the number of the sentence lies with 90 %, in its unit; None where it
            has none.
    """

    kind: str
    channel: str | None
    text: str
    evidence: str
    action: str
    stake: float
    interval: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """What finders look at.

    Args:
        summary: Of a fit.
        plan: The recommended budget, if there is one.
        worth: Money per unit of the outcome; None: it has no value.
    """

    summary: Summary
    plan: Plan | None
    worth: float | None

    @property
    def currency(self) -> str:
        """Of spend."""
        return self.summary.currency

    @cached_property
    def paid(self) -> Mapping[str, ChannelMeasure]:
        """Channels with spend, by name."""
        return {m.name: m for m in self.summary.channels if m.spend > 0}

    @property
    def margin(self) -> float:
        """Profit per unit of the outcome's value: what the plan was made for, else all of it."""
        goal = None if self.plan is None else self.plan.objective
        return goal.margin if goal is not None and goal.margin is not None and self.worth else 1.0

    @property
    def has_margin(self) -> bool:
        """Whether a margin was given."""
        goal = None if self.plan is None else self.plan.objective
        return goal is not None and goal.margin is not None

    def spend(self, value: float) -> str:
        """An amount of money."""
        return money(value, self.currency)

    def brought(self, value: float) -> str:
        """An amount of the outcome."""
        return amount(value, self.summary.outcome_unit, self.currency)

    def brought_span(self, low: float, high: float) -> str:
        """An interval of the outcome."""
        unit = self.summary.outcome_unit
        if unit == self.currency:
            return span(low, high, self.brought)
        return f"{span(low, high, quantity)} {unit}"

    def change(self, channel: str) -> float | None:
        """What the plan changes in a channel's spend, where it clearly changes it."""
        part = None if self.plan is None else self.plan.channels.get(channel)
        if part is None or part.change is None or self.plan is None:
            return None
        return part.change if abs(part.change) > SMALL * self.plan.spend else None


#: A change smaller than this part of the plan's spend isn't worth a sentence.
SMALL = 0.005
