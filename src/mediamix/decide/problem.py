"""The decision problem as data: a budget, its bounds and groups, checked against the curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import BudgetError
from mediamix.core.registry import suggestion
from mediamix.decide.bounds import is_number, pairs_of
from mediamix.decide.curves import Curves
from mediamix.decide.solve import Separable
from mediamix.decide.wording import amount, listed

DEFAULT_LOW, DEFAULT_HIGH = 0.5, 1.5


@dataclass(frozen=True)
class Group:
    """Channels that share a maximum. A channel is in one group at most.

    Args:
        channels: Names.
        max: Highest spend of them together.
    """

    channels: Sequence[str]
    max: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))

    @property
    def label(self) -> str:
        """How the group is called in messages: ``tv + ctv``."""
        return " + ".join(self.channels)


@dataclass(frozen=True)
class Budget:
    """What may be spent.

    Args:
        total: Highest spend over all channels; None: as much as today.
        bounds: Channel -> (lowest, highest) spend. A channel without bounds gets half to one and a
            half of its proportional share of the total where today's spend is known, else the
            whole range of its curve.
        groups: Maximums over several channels.

    Raises:
        BudgetError: A number is missing, negative or in the wrong order; all findings at once.
    """

    total: float | None = None
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    groups: Sequence[Group] = ()

    def __post_init__(self) -> None:
        findings = []
        if self.total is not None and not (is_number(self.total) and 0 < self.total < math.inf):
            findings.append(f"the total must be a positive number, got {self.total!r}")
        pairs, bad = pairs_of(self.bounds)
        findings += bad
        for group in self.groups:
            if not (is_number(group.max) and group.max >= 0):
                findings.append(f"the group {group.label} needs a maximum of 0 or more, got {group.max!r}")
        taken = [name for group in self.groups for name in group.channels]
        shared = sorted({name for name in taken if taken.count(name) > 1})
        if shared:
            findings.append(f"a channel can be in one group only, but {listed(shared)} is in several")
        if findings:
            raise _error(findings, "correct the budget; bounds are {channel: [lowest, highest]}")
        object.__setattr__(self, "bounds", pairs)
        object.__setattr__(self, "groups", tuple(self.groups))


@dataclass(frozen=True, eq=False)
class Problem:
    """A budget that fits its curves: every channel has bounds, and they leave a feasible plan.

    Args:
        curves: What the channels bring.
        total: Highest spend.
        lower: Lowest spend per channel.
        upper: Highest spend per channel.
        groups: Maximums over several channels.
        notes: What was assumed, in words.
    """

    curves: Curves
    total: float
    lower: Mapping[str, float]
    upper: Mapping[str, float]
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()

    def separable(self) -> Separable:
        """The same as arrays for the solver, on the mean curves."""
        names = self.curves.channels
        index = {name: g for g, group in enumerate(self.groups) for name in group.channels}
        # `resolve` lets minimums pass a limit by rounding; the solver needs a point that is inside.
        least = [sum(self.lower[name] for name in group.channels) for group in self.groups]
        return Separable(
            grids=[self.curves.spend[name] for name in names],
            values=[self.curves.mean[name] for name in names],
            lower=_vector(self.lower, names),
            upper=_vector(self.upper, names),
            total=max(self.total, sum(self.lower.values())),
            group=np.array([index.get(name, -1) for name in names]),
            cap=np.array(
                [max(g.max, low) for g, low in zip(self.groups, least, strict=True)], dtype=np.float64
            ),
        )


def resolve(curves: Curves, budget: Budget) -> Problem:
    """Check a budget against curves and complete its bounds.

    Raises:
        BudgetError: A channel isn't known, bounds leave the curve, or no plan can keep all
            constraints; all findings at once.
    """
    total = budget.total
    if total is None:
        if curves.current is None or sum(curves.current.values()) <= 0:
            raise BudgetError(
                "the budget has no total",
                expected="a total, or curves with today's spend",
                next_step="give a total, e.g. Budget(total=1_000_000)",
            )
        total = sum(curves.current.values())
    return resolve_total(curves, float(total), budget)


def resolve_total(curves: Curves, total: float, budget: Budget) -> Problem:
    """As `resolve`, for any total from 0 up (a target may be reached with nothing spent)."""
    findings = _name_findings(curves, budget)
    findings += [
        finding
        for name, pair in budget.bounds.items()
        if name in curves.spend
        for finding in _range_findings(name, pair, curves)
    ]
    if findings:
        raise _error(findings, "correct these bounds; the curve ends where nothing is known any more")
    lower, upper, notes = _complete(curves, total, budget)
    findings = _conflicts(curves, total, budget, lower)
    if findings:
        raise _error(findings, "relax one of the named constraints")
    return Problem(curves, total, lower, upper, tuple(budget.groups), notes)


def spendable(curves: Curves, budget: Budget) -> float:
    """The most that the given bounds, the groups and the curves' ends let one spend."""
    end = {name: float(grid[-1]) for name, grid in curves.spend.items()}
    upper = {name: min(budget.bounds.get(name, (0.0, end[name]))[1], end[name]) for name in end}
    most = sum(min(group.max, sum(upper.pop(name) for name in group.channels)) for group in budget.groups)
    return most + sum(upper.values())


def _name_findings(curves: Curves, budget: Budget) -> list[str]:
    known = ", ".join(curves.channels)
    named = [("the bounds name", name) for name in budget.bounds]
    named += [(f"the group {group.label} names", name) for group in budget.groups for name in group.channels]
    return [
        f"{who} '{name}', which has no curve: {suggestion(name, curves.channels) or f'known are {known}'}"
        for who, name in named
        if name not in curves.spend
    ]


def _range_findings(name: str, pair: tuple[float, float], curves: Curves) -> list[str]:
    """Bounds outside of where the curve is known."""
    low, high = float(curves.spend[name][0]), float(curves.spend[name][-1])
    slack = 1e-9 * high
    found = []
    if pair[1] > high + slack:
        found.append(
            f"the upper bound of {name}, {amount(pair[1], curves.currency)}, is beyond its curve, "
            f"which is known up to {amount(high, curves.currency)}"
        )
    if pair[0] < low - slack:
        found.append(
            f"the lower bound of {name}, {amount(pair[0], curves.currency)}, is below its curve, "
            f"which is known from {amount(low, curves.currency)}"
        )
    return found


def _complete(
    curves: Curves, total: float, budget: Budget
) -> tuple[dict[str, float], dict[str, float], tuple[str, ...]]:
    """Bounds for every channel, and notes on those that were not given."""
    lower: dict[str, float] = {}
    upper: dict[str, float] = {}
    free = [name for name in curves.channels if name not in budget.bounds]
    today = None if curves.current is None else sum(curves.current.values())
    for name in curves.channels:
        first, last = float(curves.spend[name][0]), float(curves.spend[name][-1])
        if name in budget.bounds:
            low, high = budget.bounds[name]
        elif curves.current is None or not today:
            low, high = first, last
        else:
            share = curves.current[name] / today * total
            low, high = DEFAULT_LOW * share, DEFAULT_HIGH * share
        lower[name], upper[name] = (min(max(value, first), last) for value in (low, high))
    if free and today and curves.current is not None:
        # Lower bounds that nobody asked for must not make the problem impossible.
        _shrink(lower, free, {name: float(curves.spend[name][0]) for name in free}, total, budget)
        notes = [
            f"{listed(free)}: without given bounds, {DEFAULT_LOW:.0%} to {DEFAULT_HIGH:.0%} of the share "
            "of the budget that today's split would give"
        ]
        idle = [name for name in free if curves.current[name] == 0]
        if idle:
            notes.append(f"{listed(idle)} has no spend today and stays there; give it bounds to let it rise")
        return lower, upper, tuple(notes)
    return lower, upper, ()


def _shrink(
    lower: dict[str, float], free: list[str], floor: Mapping[str, float], total: float, budget: Budget
) -> None:
    """Scale assumed lower bounds towards their floor until the budget and the groups can hold them."""
    for limit, names in [(g.max, list(g.channels)) for g in budget.groups] + [(total, list(lower))]:
        loose = {name: lower[name] - floor[name] for name in names if name in free}
        excess = sum(lower[name] for name in names) - limit
        room = sum(loose.values())
        if excess > 0 and room > 0:
            keep = max(0.0, 1.0 - excess / room)
            lower.update({name: floor[name] + keep * extra for name, extra in loose.items()})


def _conflicts(curves: Curves, total: float, budget: Budget, lower: Mapping[str, float]) -> list[str]:
    """Minimums that the budget or a group can't hold."""
    found = []
    limits = [(f"the maximum of the group {g.label}", g.max, list(g.channels)) for g in budget.groups]
    for label, limit, names in [*limits, ("the budget", total, list(lower))]:
        least = sum(lower[name] for name in names)
        if least > limit * (1 + 1e-9):
            each = ", ".join(f"{n} {amount(lower[n], curves.currency)}" for n in names if lower[n] > 0)
            found.append(
                f"the minimums add up to {amount(least, curves.currency)} ({each}), but {label} is "
                f"{amount(limit, curves.currency)}: lower a minimum, or raise {label} to at least "
                f"{amount(least, curves.currency)}"
            )
    return found


def _error(findings: Sequence[str], next_step: str) -> BudgetError:
    if len(findings) == 1:
        return BudgetError(findings[0], next_step=next_step)
    return BudgetError("the budget can't be planned", details=findings, next_step=next_step)


def _vector(values: Mapping[str, float], names: Sequence[str]) -> Float[np.ndarray, " channel"]:
    return np.array([values[name] for name in names], dtype=np.float64)
