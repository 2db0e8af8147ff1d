"""What a visitor asks the planner, as the address of a page holds it, and as `mediamix optimize` takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import DEFAULT_HIGH, Budget, Group, Problem, Target

Kind = Literal["budget", "target", "by hand"]
#: Name, lowest and highest spend in percent of today's.
Limit = tuple[str, int, int]
#: Ways to be sure of a target; expected: on average.
SURE = {"on average": None, "with 75 % probability": 0.75, "with 90 % probability": 0.9}
#: What is maximised.
GOALS = {"cautious": None, "expected": "mean"}


@dataclass(frozen=True)
class Asked:
    """A question to the planner.

    Args:
        kind: Split a budget, find that of a target, or look at a split that somebody made by hand.
        share: The budget in percent of today's.
        of: What is wanted: ``outcome``, ``roi``, ``mroi`` or ``cost_per_unit``.
        wanted: How much of it.
        sure: With which probability; None: on average.
        limits: Of some channels; by hand of all, both ends alike.
        groups: Channels whose spend together may be so many percent of today's at most.
        goal: What is maximised; None: the planner's default.
        by_geo: Whether channels are planned in each geo.
    """

    kind: Kind = "budget"
    share: float = 100
    of: str = "outcome"
    wanted: float = 0.0
    sure: float | None = None
    limits: tuple[Limit, ...] = ()
    groups: tuple[tuple[tuple[str, ...], int], ...] = ()
    goal: str | None = None
    by_geo: bool = False

    @property
    def reach(self) -> float:
        """The highest multiple of a channel's spend today that the question may need."""
        parts: list[float] = [high for _, _, high in self.limits]
        if self.kind == "budget":
            parts.append(DEFAULT_HIGH * self.share)
        return max([100, *parts]) / 100

    @property
    def alone(self) -> Asked:
        """The best split of the same money, where a split was made by hand."""
        return Asked(share=self.share, by_geo=self.by_geo)

    def problem(self, today: Mapping[str, float]) -> Problem:
        """The question as data, given today's spend.

        Raises:
            BudgetError: A number is negative or in the wrong order, or nothing is wanted.
        """
        name = "{}/*".format if self.by_geo else "{}".format
        bounds = {
            name(c): Bound(change=((low - 100) / 100, (high - 100) / 100)) for c, low, high in self.limits
        }
        groups = [
            Group([name(c) for c in members], max=part / 100 * sum(today[c] for c in members))
            for members, part in self.groups
        ]
        if self.kind == "target":
            target = Target(**{self.of: self.wanted}, probability=self.sure if self.of == "outcome" else None)
            return Problem(Budget(bounds=bounds, groups=groups), target=target)
        if self.kind == "by hand":
            spends = {c: today[c] * low / 100 for c, low, _ in self.limits}
            total = sum(spends.values()) or None
            return Problem(Budget(total, bounds), Objective())
        total = None if self.share == 100 else sum(today.values()) * self.share / 100
        goal = None if self.goal is None else Objective(self.goal)  # type: ignore[arg-type]
        return Problem(Budget(total, bounds, groups), goal)


def by_hand(spends: Mapping[str, int], today: Mapping[str, float], *, by_geo: bool = False) -> Asked:
    """The question after a split that is given, in percent of each channel's spend today."""
    total = sum(today.values()) or 1.0
    share = sum(today[name] * part for name, part in spends.items()) / total
    limits = tuple((name, part, part) for name, part in spends.items())
    return Asked("by hand", share, limits=limits, by_geo=by_geo)


def limits_of(
    fixed: Sequence[str], ranges: Mapping[str, tuple[int, int]], known: Sequence[str]
) -> tuple[Limit, ...]:
    """Limits in the dataset's order; a channel that is fixed stays at today's spend."""
    found: list[Limit] = []
    for name in known:
        if name in fixed:
            found.append((name, 100, 100))
        elif name in ranges:
            found.append((name, *ranges[name]))
    return tuple(found)
