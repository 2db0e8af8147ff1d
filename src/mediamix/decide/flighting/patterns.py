"""Patterns of on and off per channel: which are tried, and what an even spend over one brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from mediamix.decide.flighting.bursts import candidates, distinct
from mediamix.decide.flighting.problem import FlightProblem
from mediamix.decide.flighting.response import Expected

#: Parts of a channel's highest budget at which all patterns are tried, and how many of the best at
#: each stay in the race.
TRIED, KEPT = (0.25, 0.5, 0.75, 1.0), 4

Spends = Float[np.ndarray, "channel time"]
Pattern = Bool[np.ndarray, " time"]
Patterns = Bool[np.ndarray, "channel time"]


@dataclass(frozen=True, eq=False)
class Hunt:
    """What a search over patterns is given.

    Args:
        problem: The problem.
        expected: The exact objective.
        relaxed: The best spends without burst rules, of the concave envelope.
        channels: Those whose pattern is searched.
    """

    problem: FlightProblem
    expected: Expected
    relaxed: Spends
    channels: list[int]

    def everywhere(self) -> Patterns:
        """Where each channel may spend at all."""
        return np.stack([part.may_t for part in self.problem.bursts])


def raced(hunt: Hunt, c: int) -> list[Pattern]:
    """The patterns of a channel that are among the best for some budget."""
    found = _patterns(hunt, c)
    high = float(hunt.problem.limits.channel_high_c[c])
    budgets = [float(hunt.relaxed[c].sum()), *(part * high for part in TRIED)]
    kept: dict[int, Pattern] = {}
    for budget in budgets:
        brought = np.array([worth(hunt, c, pattern, budget) for pattern in found])
        for k in np.argsort(-brought, kind="stable")[:KEPT]:
            kept[int(k)] = found[int(k)]
    return list(kept.values())


def _patterns(hunt: Hunt, c: int) -> list[Pattern]:
    """All patterns of a channel that are tried."""
    problem = hunt.problem
    found = candidates(problem.bursts[c], hunt.relaxed[c], problem.rate_ct[c])
    last_year = problem.last_year_ct
    if last_year is not None:
        used = last_year[c] > 0
        found += [used] if problem.bursts[c].allows(used) else []
    return distinct(list(found))


def even(hunt: Hunt, c: int, on_t: Pattern, budget: float) -> Float[np.ndarray, " time"] | None:
    """A budget spread evenly over the periods that are on, within their limits; None: impossible."""
    limits = hunt.problem.limits
    low = np.where(on_t, np.maximum(limits.lower_ct[c], hunt.problem.least_c[c]), 0.0)
    high = np.where(on_t, limits.upper_ct[c], 0.0)
    if not low.sum() <= budget * (1 + 1e-9) or high.sum() < limits.channel_low_c[c] * (1 - 1e-9):
        return None
    return level(low, high, min(budget, float(high.sum())))


def worth(hunt: Hunt, c: int, on_t: Pattern, budget: float) -> float:
    """Expected contribution of a budget spread evenly over a pattern; −∞ where it can't be."""
    spend = even(hunt, c, on_t, budget)
    return -np.inf if spend is None else value(hunt, c, spend)


def value(hunt: Hunt, c: int, spend_t: Float[np.ndarray, " time"]) -> float:
    """Expected contribution of a channel's spends."""
    return float(hunt.expected.picked([c]).values(spend_t[None])[0])


def best_pattern(hunt: Hunt, c: int, patterns: Sequence[Pattern], budget: float) -> Pattern:
    """The pattern over which an even budget brings the most."""
    brought = [worth(hunt, c, pattern, budget) for pattern in patterns]
    if max(brought) == -np.inf:
        # Too little money for any: the pattern that needs the least.
        return min(patterns, key=lambda pattern: int(pattern.sum()))
    return patterns[int(np.argmax(brought))]


def level(
    low: Float[np.ndarray, " time"],
    high: Float[np.ndarray, " time"],
    budget: float,
    wish: Float[np.ndarray, " time"] | None = None,
) -> Float[np.ndarray, " time"]:
    """``clip(factor × wish, low, high)`` with the factor that makes it sum to the budget."""
    wish = (high > 0).astype(float) if wish is None else wish
    least, most = 0.0, 1.0
    while np.clip(most * wish, low, high).sum() < budget * (1 - 1e-12) and most < 1e18:
        most *= 4.0
    for _ in range(60):
        factor = 0.5 * (least + most)
        if np.clip(factor * wish, low, high).sum() < budget:
            least = factor
        else:
            most = factor
    return np.asarray(np.clip(least * wish, low, high))
