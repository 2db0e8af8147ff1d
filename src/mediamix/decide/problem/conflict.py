"""Linear constraints in words, which of them contradict each other, and how far each must give way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mediamix.core.errors import ExtraError
from mediamix.decide.problem.separable import Separable
from mediamix.decide.problem.wording import amount

#: Constraints may be passed by this part of the largest amount in the problem.
SLACK = 1e-9


@dataclass(frozen=True)
class Row:
    """``low <= Σ coefficient · spend <= high``, with its words."""

    label: str
    coefficients: Mapping[str, float]
    low: float = -np.inf
    high: float = np.inf


@dataclass(frozen=True)
class _Limit:
    """One side of one constraint, on spends (and on switches, for least buys).

    `known` is where a curve ends: it can be named, not relaxed. `form` is what makes a switch a switch.
    """

    label: str
    coefficient: np.ndarray
    high: float
    kind: Literal["given", "known", "form"] = "given"


def contradictions(problem: Separable, labels: Sequence[str], currency: str) -> list[str]:
    """A smallest set of constraints that can't hold together, in one sentence; empty if there is none.

    Each is named with how far it alone would have to give way.

    Args:
        problem: The constraints.
        labels: Names of its linear constraints in order, then of its channels.
        currency: Of spend.
    """
    limits, switches = _limits(problem, labels, currency)
    if _shortfall(limits, switches) is not None:
        return []
    kept = list(limits)
    for limit in (limit for limit in limits if limit.kind != "form"):
        fewer = [other for other in kept if other is not limit]
        if _shortfall(fewer, switches) is None:
            kept = fewer
    relief = []
    for limit in (limit for limit in kept if limit.kind == "given"):
        others = [other for other in limits if other is not limit]
        by = _shortfall(others, switches, limit)
        if by is not None:
            relief.append(f"{limit.label} by {amount(by, currency)}")
    names = list(dict.fromkeys(limit.label for limit in kept if limit.kind != "form"))
    ways = f"; enough would be to relax {', or '.join(relief)}" if relief else ""
    return [f"these can't hold together: {'; '.join(names)}{ways}"]


def extreme_spend(problem: Separable, *, most: bool) -> float:
    """The most (or the least) that the constraints let one spend."""
    if problem.simple:
        if not most:
            return max(float(problem.lower.sum()), problem.minimum)
        grouped = [problem.group == g for g in range(len(problem.cap))]
        inside = sum(min(cap, problem.upper[m].sum()) for cap, m in zip(problem.cap, grouped, strict=True))
        return float(inside + problem.upper[problem.group < 0].sum())
    limits, switches = _limits(problem, [""] * (len(problem.linear()[0]) + problem.size), "")
    sign = -1.0 if most else 1.0
    goal = np.concatenate([np.full(problem.size, sign), np.zeros(problem.size)])
    found = _solve(limits, switches, goal)
    return float("nan") if found is None else float(found @ goal) * sign


def _limits(problem: Separable, labels: Sequence[str], currency: str) -> tuple[list[_Limit], np.ndarray]:
    """All constraints as one-sided limits; variables are spends, then switches."""
    n = problem.size
    coefficient, low, high = problem.linear()
    found = []
    for k, (row, least, most) in enumerate(zip(coefficient, low, high, strict=True)):
        wide = np.concatenate([row, np.zeros(n)])
        if np.isfinite(most):
            found.append(_Limit(labels[k], wide, float(most)))
        if np.isfinite(least):
            label = f"the least spend of {amount(float(least), currency)}" if k == 0 else labels[k]
            found.append(_Limit(label, -wide, -float(least)))
    for c, name in enumerate(labels[len(coefficient) :]):
        found += _channel_limits(problem, c, name, currency)
    return found, problem.switched


def _channel_limits(problem: Separable, c: int, name: str, currency: str) -> list[_Limit]:
    """A channel's bounds, the ends of its curve, and its least buy."""
    n = problem.size
    one = np.zeros(2 * n)
    one[c] = 1.0
    first, last = float(problem.grids[c][0]), float(problem.grids[c][-1])
    low, high = float(problem.lower[c]), float(problem.upper[c])
    found = [
        _Limit(f"the end of the curve of {name}, {amount(last, currency)}", one, last, "known"),
        _Limit(f"the start of the curve of {name}, {amount(first, currency)}", -one, -first, "known"),
    ]
    if high < last:
        found.append(_Limit(f"the upper bound of {name}, {amount(high, currency)}", one, high))
    if low > first:
        found.append(_Limit(f"the lower bound of {name}, {amount(low, currency)}", -one, -low))
    if problem.switched[c] and problem.buy is not None:
        on, off = np.zeros(2 * n), np.zeros(2 * n)
        on[[c, n + c]] = -1.0, problem.buy[c]
        off[[c, n + c]] = 1.0, -last
        least = amount(float(problem.buy[c]), currency)
        found += [_Limit(f"the minimum buy of {name}, {least}", on, 0.0), _Limit("", off, 0.0, "form")]
    return found


def _shortfall(limits: list[_Limit], switches: np.ndarray, relaxed: _Limit | None = None) -> float | None:
    """How far `relaxed` has to give way for the limits to hold; None if they can't hold at all."""
    n = 2 * switches.size
    if relaxed is None:
        return None if _solve(limits, switches, np.zeros(n)) is None else 0.0
    found = _solve(limits, switches, relaxed.coefficient)
    return None if found is None else max(0.0, float(relaxed.coefficient @ found) - relaxed.high)


def _solve(limits: list[_Limit], switches: np.ndarray, goal: np.ndarray) -> np.ndarray | None:
    """The point with the lowest ``goal @ point``, or None if the limits leave none."""
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp
    except ImportError as error:
        raise ExtraError(
            "scipy", "plan", "a plan with ratios, shares, overlapping groups or least buys"
        ) from error
    n = switches.size
    money = max([abs(limit.high) for limit in limits] + [1e-300])
    matrix = np.array([limit.coefficient for limit in limits])
    scaled = np.concatenate([matrix[:, :n], matrix[:, n:] / money], axis=1)
    high = np.array([limit.high for limit in limits]) / money + SLACK
    found = milp(
        c=np.concatenate([goal[:n], goal[n:] / money]),
        constraints=[LinearConstraint(scaled, -np.inf, high)],
        integrality=np.concatenate([np.zeros(n), switches.astype(float)]),
        bounds=Bounds(np.zeros(2 * n), np.concatenate([np.full(n, np.inf), np.ones(n)])),
    )
    if found.x is None:
        return None
    return np.concatenate([found.x[:n] * money, found.x[n:]])
