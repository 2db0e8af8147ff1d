"""What the next unit of money would bring: shadow prices, and which constraints hold a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mediamix.decide.answer.plan import Binding
from mediamix.decide.problem.resolve import Cap, Resolved
from mediamix.decide.problem.wording import amount

# Spend within this part of a bound counts as being at it (rounding of sums).
CLOSE = 1e-9
# The same for constraints that a linear program keeps.
CLOSE_ROW = 1e-6


@dataclass(frozen=True)
class Held:
    """A constraint that holds a plan.

    Args:
        label: In words, with its amount.
        gain: What relaxing it by a unit would bring, in the objective's unit; 0 if nothing.
        channel: Whose bound it is, if it is one.
    """

    label: str
    gain: float
    channel: str | None = None


@dataclass(frozen=True)
class Margins:
    """Prices at a plan.

    Args:
        price: What an extra unit of budget would bring.
        held: The constraints that hold the plan, the budget not among them.
        spent: Whether the budget is spent.
    """

    price: float
    held: tuple[Held, ...]
    spent: bool

    def of(self, name: str) -> float:
        """What relaxing a channel's bound by a unit would bring."""
        return max([0.0, *(held.gain for held in self.held if held.channel == name)])


def margins_of(problem: Resolved, allocation: Mapping[str, float]) -> Margins:
    """Shadow price of the budget and of every constraint that holds the plan."""
    spent = unspent(problem, allocation) == 0
    if problem.rows or problem.buy:
        return _linear_margins(problem, allocation, spent)
    price = _shadow_price(problem, allocation)
    held = []
    for cap in problem.caps:
        if is_full(allocation, cap):
            label = f"the maximum of {cap.label}, {amount(cap.max, problem.curves.currency)}"
            held.append(Held(label, _cap_price(problem, allocation, cap, price)))
    for name in allocation:
        if bound_of(problem, allocation, name) is not None:
            gain = _bound_price(problem, allocation, name, price)
            held.append(Held(_bound_label(problem, allocation, name), gain, name))
    return Margins(price, tuple(held), spent)


def bound_of(problem: Resolved, allocation: Mapping[str, float], name: str) -> Binding | None:
    """Which bound holds the channel."""
    slack = CLOSE * float(problem.curves.spend[name][-1])
    least = problem.lower[name]
    if name in problem.buy:
        if allocation[name] <= slack:
            return "off"
        least = problem.buy[name]
    low = allocation[name] <= least + slack
    high = allocation[name] >= problem.upper[name] - slack
    if low and high:
        return "fixed"
    return "lower" if low else "upper" if high else None


def is_full(allocation: Mapping[str, float], cap: Cap) -> bool:
    """Whether the channels of a cap spend its maximum."""
    return sum(allocation[name] for name in cap.channels) >= cap.max * (1 - CLOSE)


def unspent(problem: Resolved, allocation: Mapping[str, float]) -> float:
    """Money that the plan leaves, 0 up to rounding."""
    left = problem.total - sum(allocation.values())
    return left if left > 1e-6 * problem.total else 0.0


def binding_words(problem: Resolved, margins: Margins) -> list[str]:
    """The constraints that hold the plan, each with what relaxing it by a unit would bring."""
    unit = worth_unit(problem)
    words = []
    if margins.spent:
        total = amount(problem.total, problem.curves.currency)
        words.append(f"the budget of {total}: an extra unit would bring {amount(margins.price, unit)}")
    for held in margins.held:
        worth = f": relaxing it by a unit would bring {amount(held.gain, unit)}" if held.gain else ""
        words.append(held.label + worth)
    return words


def worth_unit(problem: Resolved) -> str:
    """Unit of the objective."""
    if problem.objective.kind == "beats_today":
        return "probability"
    unit = problem.curves.unit if problem.objective.margin is None else problem.curves.currency
    # At today's split no draws are the worst: prices are expectations.
    weighted = problem.weights is not None and bool(np.ptp(problem.weights) > 0)
    if problem.objective.kind == "gain" and weighted:
        return f"{unit} in the worst {problem.objective.level:.0%} of the draws".lstrip()
    return unit


def _bound_label(problem: Resolved, allocation: Mapping[str, float], name: str) -> str:
    bound = bound_of(problem, allocation, name)
    label = {"fixed": "fixed spend", "off": "minimum buy"}.get(str(bound), f"{bound} bound")
    if bound == "off":
        return f"the minimum buy of {name}, {amount(problem.buy[name], problem.curves.currency)} (it is off)"
    return f"the {label} of {name}, {amount(allocation[name], problem.curves.currency)}"


def _shadow_price(problem: Resolved, allocation: Mapping[str, float]) -> float:
    """Worth of an extra unit of budget: the best slope among channels that may still rise.

    0 where no channel may rise, or where more would bring nothing.
    """
    full = {n for cap in problem.caps if is_full(allocation, cap) for n in cap.channels}
    return _best_slope(problem, allocation, [name for name in allocation if name not in full])


def _cap_price(problem: Resolved, allocation: Mapping[str, float], cap: Cap, price: float) -> float:
    """Gain per unit by which a full cap is raised; 0 if that brings nothing."""
    return max(0.0, _best_slope(problem, allocation, cap.channels) - price)


def _best_slope(problem: Resolved, allocation: Mapping[str, float], names: Sequence[str]) -> float:
    """What the next unit brings in the best of the channels whose bounds let them rise; at least 0."""
    free = [name for name in names if bound_of(problem, allocation, name) not in ("upper", "fixed")]
    return max([0.0, *(problem.slope_at(name, allocation[name]) for name in free)])


def _bound_price(problem: Resolved, allocation: Mapping[str, float], name: str, price: float) -> float:
    """Gain per unit by which the bound that holds a channel is relaxed; 0 if that brings nothing.

    `price` is the shadow price of the budget: what the unit brings or costs elsewhere.
    """
    for cap in problem.caps:
        if name in cap.channels and is_full(allocation, cap):
            # Within a full group the unit is dearer: it displaces, or frees, the group's own money.
            price += _cap_price(problem, allocation, cap, price)
    return _relaxed(problem, allocation, name, price)


def _relaxed(problem: Resolved, allocation: Mapping[str, float], name: str, price: float) -> float:
    """Gain of a unit more (or less) in a channel at its bound, when a unit is worth `price` elsewhere."""
    bound, spend = bound_of(problem, allocation, name), allocation[name]
    gains = [0.0]
    if bound in ("upper", "fixed"):
        gains.append(problem.slope_at(name, spend) - price)
    if bound in ("lower", "fixed") and spend > problem.curves.spend[name][0]:
        gains.append(price - problem.slope_at(name, spend, "left"))
    gain = max(gains)
    return gain if gain > CLOSE * abs(price) else 0.0


def _linear_margins(problem: Resolved, allocation: Mapping[str, float], spent: bool) -> Margins:
    """Prices under any linear constraints, from the linear program of small moves around the plan."""
    local = _Local.of(problem, allocation)
    base, prices = local.gain(None)
    labels = [
        "",
        *(f"the maximum of {c.label}, {amount(c.max, problem.curves.currency)}" for c in problem.caps),
        *(row.label for row in problem.rows),
    ]
    held = []
    price = 0.0
    for k, index in enumerate(local.index):
        gain = max(0.0, local.gain(k)[0] - base)
        gain = gain if gain > CLOSE_ROW * (1.0 + abs(base)) else 0.0
        if index == 0:
            price = gain if local.upward[k] else price
        else:
            held.append(Held(labels[index], gain))
    for c, name in enumerate(allocation):
        if bound_of(problem, allocation, name) is not None:
            gain = _relaxed(problem, allocation, name, float(prices @ local.active[:, c]))
            held.append(Held(_bound_label(problem, allocation, name), gain, name))
    return Margins(price, tuple(held), spent)


@dataclass(frozen=True)
class _Local:
    """Small moves around a plan: what they bring, and the constraints that stop them.

    Args:
        rise: Worth of a unit more, per channel.
        fall: Worth that a unit less costs, per channel.
        may_rise: Whether bounds let a channel rise.
        may_fall: Whether they let it fall.
        active: Constraints that hold, as ``coefficient @ move <= 0``.
        index: Which constraint each is, in the order of `Separable.linear`.
        upward: Whether it is the upper side of that constraint.
    """

    rise: np.ndarray
    fall: np.ndarray
    may_rise: np.ndarray
    may_fall: np.ndarray
    active: np.ndarray
    index: list[int]
    upward: list[bool]

    @staticmethod
    def of(problem: Resolved, allocation: Mapping[str, float]) -> _Local:
        names = list(allocation)
        x = np.array([allocation[name] for name in names])
        rise = np.array([problem.slope_at(name, allocation[name]) for name in names])
        fall = np.array([problem.slope_at(name, allocation[name], "left") for name in names])
        bounds = [bound_of(problem, allocation, name) for name in names]
        coefficient, low, high = problem.separable().linear()
        money = CLOSE_ROW * max(float(x.sum()), 1e-300)
        reached = coefficient @ x
        active, index, upward = [], [], []
        for k, row in enumerate(coefficient):
            if reached[k] >= high[k] - money:
                active.append(row)
                index.append(k)
                upward.append(True)
            elif reached[k] <= low[k] + money and (k > 0 or low[k] > 0):
                active.append(-row)
                index.append(k)
                upward.append(False)
        return _Local(
            rise=rise,
            # A kink that opens upwards is no place where both moves can be made at once.
            fall=np.maximum(fall, rise),
            may_rise=np.array([bound not in ("upper", "fixed", "off") for bound in bounds]),
            may_fall=np.array([bound not in ("lower", "fixed", "off") for bound in bounds]),
            active=np.array(active).reshape(len(active), len(names)),
            index=index,
            upward=upward,
        )

    def gain(self, relaxed: int | None) -> tuple[float, np.ndarray]:
        """What the best small move brings when one constraint gives way by a unit; prices of all."""
        from scipy.optimize import linprog

        n, room = self.rise.size, np.zeros(len(self.index))
        if relaxed is not None:
            room[relaxed] = 1.0
        ends = [(0.0, 10.0 * n if may else 0.0) for may in (*self.may_rise, *self.may_fall)]
        size = max(float(np.abs(self.rise).max()), float(np.abs(self.fall).max())) or 1.0
        found = linprog(
            np.concatenate([-self.rise, self.fall]) / size,
            A_ub=np.concatenate([self.active, -self.active], axis=1) if len(self.index) else None,
            b_ub=room if len(self.index) else None,
            bounds=ends,
        )
        prices = -found.ineqlin.marginals * size if len(self.index) else np.empty(0)
        return float(-found.fun) * size, prices
