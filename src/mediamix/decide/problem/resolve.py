"""A budget checked against curves and completed: the problem that solvers take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import BudgetError
from mediamix.decide.problem.bounds import Bound
from mediamix.decide.problem.conflict import Row, contradictions, extreme_spend
from mediamix.decide.problem.coupled import with_pairs
from mediamix.decide.problem.curves import Curves, Side
from mediamix.decide.problem.idle import settled
from mediamix.decide.problem.limits import checked, least_buy, limits_of
from mediamix.decide.problem.objective import Objective
from mediamix.decide.problem.problem import DEFAULT_HIGH, DEFAULT_LOW, Budget, Group, problem_error
from mediamix.decide.problem.separable import Separable
from mediamix.decide.problem.value import priced
from mediamix.decide.problem.wording import amount, listed


@dataclass(frozen=True)
class Cap:
    """A maximum over channels that no other cap has."""

    label: str
    channels: tuple[str, ...]
    max: float


@dataclass(frozen=True, eq=False)
class Resolved:
    """A budget that fits its curves: every channel has bounds, and they leave a feasible plan.

    Args:
        curves: What the channels bring.
        total: Highest spend.
        lower: Lowest spend per channel.
        upper: Highest spend per channel.
        caps: Maximums over several channels that share none.
        rows: All other linear constraints.
        minimum: Least spend over all channels.
        buy: Least spend of channels that may be off.
        objective: What is maximised.
        notes: What was assumed, in words.
        weights: Of the draws, where the objective isn't their mean; they make its marginal worth.
    """

    curves: Curves
    total: float
    lower: Mapping[str, float]
    upper: Mapping[str, float]
    caps: tuple[Cap, ...] = ()
    rows: tuple[Row, ...] = ()
    minimum: float = 0.0
    buy: Mapping[str, float] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    notes: tuple[str, ...] = ()
    weights: Float[np.ndarray, " draw"] | None = None

    @cached_property
    def worth(self) -> Mapping[str, Float[np.ndarray, " point"]]:
        """Per channel what its spend adds to the objective (near the plan, if that doesn't separate)."""
        scale, cost = self.objective.scale, self.objective.cost
        if scale == 1.0 and cost == 0.0 and self.weights is None:
            return self.curves.mean
        means = self.curves.mean if self.weights is None else self.curves.weighted(self.weights)
        size = 1.0 if self.weights is None else float(self.weights.sum())
        return {name: scale * means[name] - cost * size * grid for name, grid in self.curves.spend.items()}

    def slope_at(self, name: str, spend: float, side: Side = "right") -> float:
        """What the next (or last) unit of a channel's spend adds to the objective."""
        grid, worth = self.curves.spend[name], self.worth[name]
        cell = self.curves.cell(name, spend, side)
        return float((worth[cell + 1] - worth[cell]) / (grid[cell + 1] - grid[cell]))

    def separable(self) -> Separable:
        """The same as arrays for the solver; `Coupled` where the curves have pairs."""
        names = self.curves.channels
        index = {name: g for g, cap in enumerate(self.caps) for name in cap.channels}
        # `resolve` lets minimums pass a limit by rounding; the solver needs a point that is inside.
        least = [sum(self.lower[name] for name in cap.channels) for cap in self.caps]
        rows = [[row.coefficients.get(name, 0.0) for name in names] for row in self.rows]
        frame = Separable(
            grids=[self.curves.spend[name] for name in names],
            values=[self.worth[name] for name in names],
            lower=_vector(self.lower, names),
            upper=_vector(self.upper, names),
            total=max(self.total, sum(self.lower.values())),
            group=np.array([index.get(name, -1) for name in names]),
            cap=np.array(
                [max(c.max, low) for c, low in zip(self.caps, least, strict=True)], dtype=np.float64
            ),
            minimum=min(self.minimum, sum(self.upper.values())),
            rows=np.array(rows, dtype=np.float64).reshape(len(rows), len(names)),
            row_low=np.array([row.low for row in self.rows], dtype=np.float64),
            row_high=np.array([row.high for row in self.rows], dtype=np.float64),
            buy=np.array([self.buy.get(name, 0.0) for name in names], dtype=np.float64),
        )
        scale, weights = self.objective.scale, self.weights
        return with_pairs(
            frame,
            self.curves,
            lambda pair: scale * (pair.mean if weights is None else pair.weighted(weights)),
        )


def resolve(curves: Curves, budget: Budget, objective: Objective | None = None) -> Resolved:
    """Check a budget against curves and complete its bounds.

    Raises:
        BudgetError: A channel isn't known, bounds leave the curve, or no plan can keep all
            constraints; all findings at once.
    """
    total = budget.highest
    if total is None:
        if curves.current is None or sum(curves.current.values()) <= 0:
            raise BudgetError(
                "the budget has no total",
                expected="a total, or curves with today's spend",
                next_step="give a total, e.g. Budget(total=1_000_000)",
            )
        total = sum(curves.current.values())
    return resolve_total(curves, float(total), budget, objective)


def resolve_total(
    curves: Curves, total: float, budget: Budget, objective: Objective | None = None
) -> Resolved:
    """As `resolve`, for any total from 0 up (a target may be reached with nothing spent)."""
    budget, idle = settled(curves.channels, curves.idle, budget, curves.currency)
    bounds, groups = checked(curves, budget)
    lower, upper, buy, free = _complete(curves, total, bounds, groups)
    caps, rows = _constraints(curves, budget, groups)
    problem = Resolved(
        curves=curves,
        total=total,
        lower=lower,
        upper=upper,
        caps=caps,
        rows=rows,
        minimum=budget.least,
        buy=buy,
        objective=priced(objective or Objective(), curves),
        notes=(*_notes(curves, free), *idle),
    )
    findings = _conflicts(problem)
    if findings:
        raise problem_error(findings, "relax one of the named constraints")
    if not (rows or buy):
        return problem
    return _consistent(problem, free, bounds)


def spendable(curves: Curves, budget: Budget) -> float:
    """The most that the given limits and the curves' ends let one spend."""
    return extreme_spend(_unbudgeted(curves, budget), most=True)


def least_spend(curves: Curves, budget: Budget) -> float:
    """The least that the given limits let one spend."""
    return extreme_spend(_unbudgeted(curves, budget), most=False)


def _unbudgeted(curves: Curves, budget: Budget) -> Separable:
    """The given limits alone: without a budget, and without bounds that nobody gave."""
    budget, _ = settled(curves.channels, curves.idle, budget, curves.currency)
    bounds, groups = checked(curves, budget)
    caps, rows = _constraints(curves, budget, groups)
    ends = {name: (float(grid[0]), float(grid[-1])) for name, grid in curves.spend.items()}
    limits = {name: limits_of(curves, name, bounds[name]) if name in bounds else ends[name] for name in ends}
    lower = {name: low for name, (low, _) in limits.items()}
    upper = {name: high for name, (_, high) in limits.items()}
    buy = {name: least_buy(bound) for name, bound in bounds.items()}
    total = sum(upper.values())
    return Resolved(curves, total, lower, upper, caps, rows, budget.least, buy).separable()


def _complete(
    curves: Curves,
    total: float,
    bounds: Mapping[str, tuple[float, float] | Bound],
    groups: Sequence[Group],
) -> tuple[dict[str, float], dict[str, float], dict[str, float], list[str]]:
    """Lower, upper and least buy for every channel, and whose bounds were assumed from today's spend."""
    lower: dict[str, float] = {}
    upper: dict[str, float] = {}
    today = 0.0 if curves.current is None else sum(curves.current.values())
    free = [name for name in curves.channels if name not in bounds]
    for name in curves.channels:
        first, last = float(curves.spend[name][0]), float(curves.spend[name][-1])
        if name in bounds:
            lower[name], upper[name] = limits_of(curves, name, bounds[name])
        elif curves.current is None or not today:
            lower[name], upper[name] = first, last
        else:
            share = curves.current[name] / today * total
            pair = DEFAULT_LOW * share, DEFAULT_HIGH * share
            lower[name], upper[name] = (min(max(value, first), last) for value in pair)
    assumed = free if today else []
    # Lower bounds that nobody asked for must not make the problem impossible.
    _shrink(lower, assumed, {name: float(curves.spend[name][0]) for name in assumed}, total, groups)
    buy = {name: least_buy(bound) for name, bound in bounds.items() if least_buy(bound) > lower[name]}
    return lower, upper, buy, assumed


def _shrink(
    lower: dict[str, float],
    free: list[str],
    floor: Mapping[str, float],
    total: float,
    groups: Sequence[Group],
) -> None:
    """Scale assumed lower bounds towards their floor until the budget and the groups can hold them."""
    limits = [(g.max, list(g.channels)) for g in groups if g.max is not None]
    for limit, names in [*limits, (total, list(lower))]:
        loose = {name: lower[name] - floor[name] for name in names if name in free}
        excess = sum(lower[name] for name in names) - limit
        room = sum(loose.values())
        if excess > 0 and room > 0:
            keep = max(0.0, 1.0 - excess / room)
            lower.update({name: floor[name] + keep * extra for name, extra in loose.items()})


def _notes(curves: Curves, free: list[str]) -> tuple[str, ...]:
    """What was assumed of channels without bounds."""
    if not free or curves.current is None:
        return ()
    notes = [
        f"{listed(free)}: without given bounds, {DEFAULT_LOW:.0%} to {DEFAULT_HIGH:.0%} of the share "
        "of the budget that today's split would give"
    ]
    idle = [name for name in free if curves.current[name] == 0]
    if idle:
        notes.append(f"{listed(idle)} has no spend today and stays there; give it bounds to let it rise")
    return tuple(notes)


def _constraints(
    curves: Curves, budget: Budget, groups: Sequence[Group]
) -> tuple[tuple[Cap, ...], tuple[Row, ...]]:
    """Maximums over groups that share no channel, and all the rest as rows."""
    caps: list[Cap] = []
    rows: list[Row] = []
    taken: set[str] = set()
    for group in groups:
        one = dict.fromkeys(group.channels, 1.0)
        if group.max is not None and not taken & set(group.channels):
            caps.append(Cap(group.label, tuple(group.channels), float(group.max)))
            taken |= set(group.channels)
        elif group.max is not None:
            rows.append(
                Row(
                    f"the maximum of {group.label}, {amount(group.max, curves.currency)}", one, high=group.max
                )
            )
        if group.min:
            rows.append(
                Row(f"the minimum of {group.label}, {amount(group.min, curves.currency)}", one, low=group.min)
            )
        for share, most in ((group.max_share, True), (group.min_share, False)):
            if share is not None:
                mixed = {n: (1.0 if n in one else 0.0) - share for n in curves.channels}
                label = f"the {'highest' if most else 'lowest'} share of {group.label}, {share:.4g}"
                rows.append(Row(label, mixed, high=0.0) if most else Row(label, mixed, low=0.0))
    for ratio in budget.ratios:
        if ratio.min is not None:
            pair = {ratio.channel: 1.0, ratio.to: -ratio.min}
            rows.append(Row(f"{ratio.label} at least {ratio.min:g}", pair, low=0.0))
        if ratio.max is not None:
            pair = {ratio.channel: 1.0, ratio.to: -ratio.max}
            rows.append(Row(f"{ratio.label} at most {ratio.max:g}", pair, high=0.0))
    return tuple(caps), tuple(rows)


def _conflicts(problem: Resolved) -> list[str]:
    """Minimums that the budget or a group can't hold, and a least spend that bounds can't."""
    curves, lower, upper = problem.curves, problem.lower, problem.upper
    found = []
    limits = [(f"the maximum of the group {c.label}", c.max, list(c.channels)) for c in problem.caps]
    for label, limit, names in [*limits, ("the budget", problem.total, list(lower))]:
        least = sum(lower[name] for name in names)
        if least > limit * (1 + 1e-9):
            each = ", ".join(f"{n} {amount(lower[n], curves.currency)}" for n in names if lower[n] > 0)
            found.append(
                f"the minimums add up to {amount(least, curves.currency)} ({each}), but {label} is "
                f"{amount(limit, curves.currency)}: lower a minimum, or raise {label} to at least "
                f"{amount(least, curves.currency)}"
            )
    capped = {name for cap in problem.caps for name in cap.channels}
    most = sum(high for name, high in upper.items() if name not in capped)
    most += sum(min(cap.max, sum(upper[name] for name in cap.channels)) for cap in problem.caps)
    if problem.minimum > most * (1 + 1e-9):
        found.append(
            f"at least {amount(problem.minimum, curves.currency)} must be spent, but the bounds and groups "
            f"allow {amount(most, curves.currency)}: raise an upper bound, or lower the least spend to that"
        )
    return found


def _consistent(
    problem: Resolved, free: list[str], bounds: Mapping[str, tuple[float, float] | Bound]
) -> Resolved:
    """The problem if it has a point; else with assumed bounds opened; else the conflict as an error."""
    currency = problem.curves.currency
    if not contradictions(problem.separable(), _labels(problem, bounds), currency):
        return problem
    if free:
        ends = {name: problem.curves.spend[name] for name in free}
        opened = replace(
            problem,
            lower={**problem.lower, **{name: float(grid[0]) for name, grid in ends.items()}},
            upper={**problem.upper, **{name: float(grid[-1]) for name, grid in ends.items()}},
            notes=(
                f"{listed(free)}: without given bounds, the whole range of the curve, because half to one "
                "and a half of today's share leaves no plan that keeps all constraints",
            ),
        )
        if not contradictions(opened.separable(), _labels(opened, bounds), currency):
            return opened
        problem = opened
    raise problem_error(
        contradictions(problem.separable(), _labels(problem, bounds), currency),
        "relax one of the named constraints",
    )


def _labels(problem: Resolved, bounds: Mapping[str, tuple[float, float] | Bound]) -> list[str]:
    """Names of the linear constraints as `Separable.linear` orders them, then of the channels."""
    budget = f"the budget of {amount(problem.total, problem.curves.currency)}"
    caps = [f"the maximum of {c.label}, {amount(c.max, problem.curves.currency)}" for c in problem.caps]
    return [budget, *caps, *(row.label for row in problem.rows), *problem.curves.channels]


def _vector(values: Mapping[str, float], names: Sequence[str]) -> Float[np.ndarray, " channel"]:
    return np.array([values[name] for name in names], dtype=np.float64)
