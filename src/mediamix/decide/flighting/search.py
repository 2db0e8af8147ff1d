"""The best flighting that is found, and a bound on any other.

The bound: the objective's concave envelope is maximised over the limits without burst rules; what
its tangent there promises to the best plan, longest gaps kept, no plan passes. For concave
responses without burst rules the maximum is the plan itself. Else patterns of on and off are
searched per channel, budgets are split over the channels' best patterns by the planner's exact
solver, spends are polished together, and small moves are tried while they help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediamix.decide.flighting.hunt import best_of
from mediamix.decide.flighting.patterns import Hunt, Patterns, Spends
from mediamix.decide.flighting.problem import FlightProblem
from mediamix.decide.flighting.response import Expected
from mediamix.decide.flighting.solve import ascend
from mediamix.decide.problem.separable import PROVED, Status

#: Part of the contribution by which a channel's envelope may lie above it without a search.
EXCESS = 1e-4


@dataclass(frozen=True, eq=False)
class Found:
    """The best plan that was found.

    Args:
        x_ct: Spends.
        on_ct: Where spend is allowed: the pattern that was chosen.
        value: Expected contribution.
        upper: No plan contributes more.
        unruled: Expected contribution of the best plan found without burst rules.
    """

    x_ct: Spends
    on_ct: Patterns
    value: float
    upper: float
    unruled: float

    @property
    def gap(self) -> float:
        """How much better another plan could be at most, as a part of the contribution."""
        return max(self.upper - self.value, 0.0) / max(abs(self.value), 1e-300)

    @property
    def status(self) -> Status:
        """``optimal`` if the gap is at most `PROVED`."""
        return "optimal" if self.gap <= PROVED else "feasible"


def search(problem: FlightProblem, expected: Expected, starts: Sequence[Spends] = ()) -> Found | None:
    """The best plan that is found; None where no plan keeps the limits and rules together.

    Args:
        problem: The problem.
        expected: The exact objective.
        starts: Further plans to start from; the answer is never worse than those that are allowed.
    """
    limits = problem.limits
    envelope = expected.enveloped(limits)
    relaxed = ascend(envelope, limits)
    if relaxed is None:
        return None
    upper = _bound(problem, envelope, relaxed.inner)
    polished = relaxed if envelope.is_exact else ascend(expected, limits, relaxed.x, first=1e-3)
    free = (
        relaxed.x
        if polished is None or expected.value(polished.x) < expected.value(relaxed.x)
        else polished.x
    )
    unruled = expected.value(free)
    everywhere = np.stack([part.may_t for part in problem.bursts])
    best: Found | None = None
    if not problem.has_bursts:
        best = Found(free, everywhere, unruled, upper, unruled)
    if best is None or best.status != "optimal":
        hunt = Hunt(problem, expected, relaxed.x, _searched(problem, expected, envelope, relaxed.x))
        known = None if best is None else (best.x_ct, best.on_ct, best.value)
        found = best_of(hunt, [free, *starts], known)
        if found is None:
            return None
        best = Found(*found, upper, max(unruled, found[2]))
    return best


def refine(problem: FlightProblem, expected: Expected, found: Found) -> Found:
    """The same plan polished, and its bound, on other (more) draws."""
    limits = problem.limits
    envelope = expected.enveloped(limits)
    # A start on the plan itself: its pattern is kept.
    polished = ascend(expected, limits.within(found.on_ct, problem.least_c), found.x_ct, first=1e-3)
    plans = [found.x_ct] if polished is None else [found.x_ct, polished.x]
    values = [expected.value(x) for x in plans]
    best = int(np.argmax(values))
    relaxed = ascend(envelope, limits, found.x_ct, first=1e-2)
    upper = _bound(problem, envelope, found.x_ct if relaxed is None else relaxed.inner)
    ratio = values[best] / found.value if found.value else 1.0
    return Found(plans[best], found.on_ct, values[best], max(upper, values[best]), found.unruled * ratio)


def _bound(problem: FlightProblem, envelope: Expected, x_ct: Spends) -> float:
    """No allowed plan contributes more: the envelope's tangent, at its best over all limits."""
    value, slope = envelope.slope(x_ct)
    best = problem.limits.best(slope, problem.windows())
    if best is None:
        # A numerical failure of HiGHS: every cell on its own is a weaker bound that still holds.
        best = np.where(slope > 0, problem.limits.upper_ct, problem.limits.lower_ct)
    return value + float((slope * (best - x_ct)).sum())


def _searched(problem: FlightProblem, expected: Expected, envelope: Expected, relaxed: Spends) -> list[int]:
    """Channels whose pattern matters: with burst rules, or with an envelope well above the curve."""
    above = envelope.values(relaxed) - expected.values(relaxed)
    size = abs(expected.value(relaxed))
    return [
        c
        for c, part in enumerate(problem.bursts)
        if not part.is_free or problem.least_c[c] > 0 or above[c] > EXCESS * size
    ]
