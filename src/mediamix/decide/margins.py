"""What the next unit of money would bring: shadow prices, and which constraints hold a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediamix.decide.plan import Binding
from mediamix.decide.problem import Group, Problem
from mediamix.decide.wording import amount

# Spend within this part of a bound counts as being at it (rounding of sums).
CLOSE = 1e-9


def bound_of(problem: Problem, allocation: Mapping[str, float], name: str) -> Binding | None:
    """Which bound holds the channel."""
    slack = CLOSE * float(problem.curves.spend[name][-1])
    low = allocation[name] <= problem.lower[name] + slack
    high = allocation[name] >= problem.upper[name] - slack
    if low and high:
        return "fixed"
    return "lower" if low else "upper" if high else None


def is_full(problem: Problem, allocation: Mapping[str, float], group: Group) -> bool:
    """Whether the channels of a group spend its maximum."""
    return sum(allocation[name] for name in group.channels) >= group.max * (1 - CLOSE)


def unspent(problem: Problem, allocation: Mapping[str, float]) -> float:
    """Money that the plan leaves, 0 up to rounding."""
    left = problem.total - sum(allocation.values())
    return left if left > 1e-6 * problem.total else 0.0


def shadow_price(problem: Problem, allocation: Mapping[str, float]) -> float:
    """Expected outcome per extra unit of budget: the best slope among channels that may still rise.

    0 where no channel may rise, or where more would bring nothing.
    """
    full = {n for group in problem.groups if is_full(problem, allocation, group) for n in group.channels}
    return _best_slope(problem, allocation, [name for name in allocation if name not in full])


def group_price(problem: Problem, allocation: Mapping[str, float], group: Group, price: float) -> float:
    """Gain per unit by which the maximum of a full group is raised; 0 if that brings nothing.

    `price` is the shadow price of the budget.
    """
    return max(0.0, _best_slope(problem, allocation, group.channels) - price)


def _best_slope(problem: Problem, allocation: Mapping[str, float], names: Sequence[str]) -> float:
    """What the next unit brings in the best of the channels whose bounds let them rise; at least 0."""
    free = [name for name in names if bound_of(problem, allocation, name) not in ("upper", "fixed")]
    slopes = [float(problem.curves.slope_at(name, allocation[name]).mean()) for name in free]
    return max([0.0, *slopes])


def bound_price(problem: Problem, allocation: Mapping[str, float], name: str, price: float) -> float:
    """Gain per unit by which the bound that holds a channel is relaxed; 0 if that brings nothing.

    `price` is the shadow price of the budget: what the unit brings or costs elsewhere.
    """
    curves, bound, spend = problem.curves, bound_of(problem, allocation, name), allocation[name]
    for group in problem.groups:
        if name in group.channels and is_full(problem, allocation, group):
            # Within a full group the unit is dearer: it displaces, or frees, the group's own money.
            price += group_price(problem, allocation, group, price)
    gains = [0.0]
    if bound in ("upper", "fixed"):
        gains.append(float(curves.slope_at(name, spend).mean()) - price)
    if bound in ("lower", "fixed") and spend > curves.spend[name][0]:
        gains.append(price - float(curves.slope_at(name, spend, "left").mean()))
    gain = max(gains)
    return gain if gain > CLOSE * abs(price) else 0.0


def binding_words(problem: Problem, allocation: Mapping[str, float], price: float) -> list[str]:
    """The constraints that hold the plan, each with what relaxing it by a unit would bring."""
    curves = problem.curves
    words = []
    if unspent(problem, allocation) == 0:
        total, worth = amount(problem.total, curves.currency), amount(price, curves.unit)
        words.append(f"the budget of {total}: an extra unit would bring {worth}")
    for group in problem.groups:
        if is_full(problem, allocation, group):
            gain = group_price(problem, allocation, group, price)
            limit = amount(group.max, curves.currency)
            words.append(f"the maximum of {group.label}, {limit}{_worth(gain, curves.unit)}")
    for name, spend in allocation.items():
        bound = bound_of(problem, allocation, name)
        if bound is None:
            continue
        gain = bound_price(problem, allocation, name, price)
        label = "fixed spend" if bound == "fixed" else f"{bound} bound"
        words.append(f"the {label} of {name}, {amount(spend, curves.currency)}{_worth(gain, curves.unit)}")
    return words


def _worth(gain: float, unit: str) -> str:
    return f": relaxing it by a unit would bring {amount(gain, unit)}" if gain else ""
