"""The decision problem as data: what is asked, of how much money, within which limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mediamix.core.construct import refuse_other, says
from mediamix.core.errors import BudgetError, shown
from mediamix.decide.problem.bounds import Bound, bounds_of, is_number
from mediamix.decide.problem.moves import Move
from mediamix.decide.problem.objective import Objective, objective_of
from mediamix.decide.problem.wording import amount

#: What a budget can be asked to reach.
TARGETS = ("outcome", "roi", "mroi", "cost_per_unit")
#: Bounds of a channel for which none are given, as parts of its proportional share of the budget.
DEFAULT_LOW, DEFAULT_HIGH = 0.5, 1.5


@says(BudgetError)
@dataclass(frozen=True)
class Group:
    """Limits on what several channels spend together. Groups may overlap.

    Args:
        channels: Names; ``*`` stands for any text, so that ``tv/*`` is every cell of tv.
        max: Highest spend of them together.
        min: Lowest spend of them together.
        max_share: Highest share of the plan's spend: 0.6 is "at most 60 %".
        min_share: Lowest share of the plan's spend.
        name: What it is called in messages; absent: its channels.
    """

    channels: Sequence[str]
    max: float | None = None
    min: float | None = field(default=None, kw_only=True)
    max_share: float | None = field(default=None, kw_only=True)
    min_share: float | None = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        names = [self.channels] if isinstance(self.channels, str) else self.channels
        object.__setattr__(self, "channels", tuple(names))

    @property
    def label(self) -> str:
        """How the group is called in messages: ``tv + ctv``."""
        return self.name or " + ".join(self.channels)


@says(BudgetError)
@dataclass(frozen=True)
class Ratio:
    """A channel's spend as a multiple of another's: ``min · to <= channel <= max · to``."""

    channel: str
    to: str
    min: float | None = field(default=None, kw_only=True)
    max: float | None = field(default=None, kw_only=True)

    @property
    def label(self) -> str:
        """How it is called in messages: ``tv / search``."""
        return f"{self.channel} / {self.to}"


@says(BudgetError)
@dataclass(frozen=True)
class Budget:
    """What may be spent.

    Args:
        total: Highest spend over all channels, or (least, highest); None: as much as today.
        bounds: Channel -> (lowest, highest) spend, or a `Bound`; ``*`` in a name stands for any
            text. A channel without bounds gets half to one and a half of its proportional share
            of the total where today's spend is known, else the whole range of its curve.
        groups: Limits on several channels together.
        ratios: Limits on one channel as a multiple of another.

    Raises:
        BudgetError: A number is missing, negative or in the wrong order; all findings at once.
    """

    total: float | tuple[float, float] | None = None
    bounds: Mapping[str, tuple[float, float] | Bound] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    ratios: Sequence[Ratio] = ()

    def __post_init__(self) -> None:
        findings = _total_findings(self.total)
        bounds, bad = bounds_of(self.bounds)
        findings += bad
        for group in self.groups:
            findings += _group_findings(group)
        for ratio in self.ratios:
            findings += _ratio_findings(ratio)
        if findings:
            raise problem_error(findings, "correct the budget; bounds are {channel: [lowest, highest]}")
        if isinstance(self.total, Sequence):
            object.__setattr__(self, "total", (float(self.total[0]), float(self.total[1])))
        object.__setattr__(self, "bounds", bounds)
        object.__setattr__(self, "groups", tuple(self.groups))
        object.__setattr__(self, "ratios", tuple(self.ratios))

    @property
    def highest(self) -> float | None:
        """The most that may be spent; None: as much as today."""
        return self.total[1] if isinstance(self.total, tuple) else self.total

    @property
    def least(self) -> float:
        """The least that must be spent."""
        return self.total[0] if isinstance(self.total, tuple) else 0.0


@says(BudgetError)
@dataclass(frozen=True)
class Target:
    """What a budget is to reach: exactly one of four.

    Args:
        outcome: Wanted outcome (with a margin: profit), baseline included; the smallest budget is
            the answer.
        roi: Wanted value of the contribution per unit of spend; the largest budget that keeps it is the
            answer.
        mroi: Wanted value of what the last unit of spend brings; the budget where it is reached.
        cost_per_unit: Most that a unit of a count (an order, a lead) may cost on average; the largest budget
            that keeps it is the answer.
        probability: With `outcome`: reach it with at least this probability instead of on average.

    Raises:
        BudgetError: None or several are given, or a number is out of its range.
    """

    outcome: float | None = None
    roi: float | None = None
    mroi: float | None = None
    probability: float | None = None
    cost_per_unit: float | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in TARGETS}
        given = {name: value for name, value in given.items() if value is not None}
        findings = []
        if len(given) != 1:
            findings.append(f"a target is one of {', '.join(TARGETS)}, got {', '.join(given) or 'none'}")
        for name, value in given.items():
            if not is_number(value) or math.isinf(value) or (name != "outcome" and value <= 0):
                least = "" if name == "outcome" else " above 0"
                findings.append(f"the target {name} must be a number{least}, got {shown(value)}")
        chance = self.probability
        if chance is not None and not (is_number(chance) and 0 < chance < 1 and self.outcome is not None):
            findings.append(
                f"the probability of a target must be between 0 and 1, for an outcome, got {shown(chance)}"
            )
        if findings:
            raise problem_error(findings, "correct the target, e.g. Target(outcome=2_000_000)")


@says(BudgetError)
@dataclass(frozen=True)
class Problem:
    """A whole decision problem: a question, its limits, and what-ifs to compare with.

    Args:
        budget: Money and limits.
        objective: What is maximised; absent: with a target the expected outcome, else what
            `recommend.default_objective` says.
        target: Absent: the budget is split. Present: the budget is the answer.
        what_ifs: Name -> moves from today's spend.
        history: Whether today's split counts as evidence that it is a good one, for a fit
            (`mediamix.decide.fitted.history`).

    Raises:
        BudgetError: A total and a target contradict each other.
    """

    budget: Budget = field(default_factory=Budget)
    objective: Objective | None = None
    target: Target | None = None
    what_ifs: Mapping[str, Sequence[Move]] = field(default_factory=dict)
    history: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.history, bool):
            raise BudgetError(
                "history must be true or false",
                expected="true: today's split counts as evidence that it is a good one",
                got=repr(self.history),
                next_step="write history: false, or leave it out",
            )
        if self.target is not None and self.budget.total is not None:
            raise BudgetError(
                "a budget and a target were both given",
                expected="a budget to split, or a target to reach",
                next_step="leave one out",
            )
        if self.target is None or self.objective is None:
            return
        if self.target.outcome is None and not self.objective.separable:
            raise BudgetError(
                f"a target of ROI is one of expected outcomes, not of the {self.objective.label}",
                expected="the objective mean",
                next_step="leave the objective out, or give an outcome as the target",
            )
        if self.objective.kind == "gain":
            raise BudgetError(
                "the objective gain compares splits of one budget, but a target has no budget yet",
                expected="another objective, or none",
                next_step="leave the objective out, then split the budget that is the answer",
            )


def problem_of(
    budget: Budget | Problem | None, target: Target | float | None, objective: Objective | str | None
) -> Problem:
    """A whole problem from its parts; parts that are given take the place of the problem's own.

    Raises:
        BudgetError: They contradict each other.
    """
    if budget is not None:
        example = shown(budget) if is_number(budget) else "1_000_000"
        refuse_other(budget, (Budget, Problem), BudgetError, f"say mm.Budget(total={example})")
    whole = budget if isinstance(budget, Problem) else Problem(budget or Budget())
    if target is not None:
        wanted = target if isinstance(target, Target) else Target(outcome=target)
        whole = replace(whole, target=wanted)
    return whole if objective is None else replace(whole, objective=objective_of(objective))


def problem_error(findings: Sequence[str], next_step: str) -> BudgetError:
    """One message for all findings about a problem."""
    if len(findings) == 1:
        return BudgetError(findings[0], next_step=next_step)
    return BudgetError("the budget can't be planned", details=findings, next_step=next_step)


def _total_findings(total: object) -> list[str]:
    if total is None or (is_number(total) and 0 < total < math.inf):  # type: ignore[operator]
        return []
    if isinstance(total, Sequence) and not isinstance(total, str) and len(total) == 2:
        if all(is_number(part) for part in total) and 0 <= total[0] <= total[1] and 0 < total[1] < math.inf:
            return []
        return [f"the total must be 0 <= least <= highest, got {shown(total)}"]
    return [f"the total must be a positive number, got {shown(total)}"]


def _group_findings(group: Group) -> list[str]:
    found = []
    low, high = group.min, group.max
    for word, value in (("maximum", high), ("minimum", low)):
        if value is not None and not (is_number(value) and value >= 0):
            found.append(f"the group {group.label} needs a {word} of 0 or more, got {shown(value)}")
    for word, value in (("highest", group.max_share), ("lowest", group.min_share)):
        if value is not None and not (is_number(value) and 0 <= value <= 1):
            found.append(f"the {word} share of the group {group.label} must be 0 to 1, got {shown(value)}")
    if found:
        return found
    if not group.channels:
        found.append("a group has no channels")
    if low is not None and high is not None and low > high:
        found.append(
            f"the group {group.label} has a minimum, {amount(low)}, above its maximum, {amount(high)}"
        )
    shares = group.min_share, group.max_share
    if shares[0] is not None and shares[1] is not None and shares[0] > shares[1]:
        found.append(f"the group {group.label} has a lowest share above its highest share")
    if (low, high, *shares) == (None, None, None, None):
        found.append(f"the group {group.label} has no limit: give max, min, max_share or min_share")
    return found


def _ratio_findings(ratio: Ratio) -> list[str]:
    low, high = ratio.min, ratio.max
    found = [
        f"the {word} of the ratio {ratio.label} must be a number of 0 or more, got {shown(value)}"
        for word, value in (("minimum", low), ("maximum", high))
        if value is not None and not (is_number(value) and 0 <= value < math.inf)
    ]
    if found:
        return found
    if low is None and high is None:
        found.append(f"the ratio {ratio.label} has no limit: give min or max")
    if low is not None and high is not None and low > high:
        found.append(f"the ratio {ratio.label} has a minimum, {low:g}, above its maximum, {high:g}")
    return found
