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
from jaxtyping import Bool, Float

from mediamix.decide.flighting_bursts import candidates, distinct, neighbours
from mediamix.decide.flighting_problem import FlightProblem
from mediamix.decide.flighting_response import Expected, each
from mediamix.decide.flighting_solve import ascend
from mediamix.decide.separable import PROVED, Separable, Status
from mediamix.decide.solve import maximise as split_exactly

#: Part of the contribution by which a channel's envelope may lie above it without a search.
EXCESS = 1e-4
#: Budgets per channel for which values are computed; parts of its highest at which all patterns
#: are tried, and how many of the best at each stay in the race.
BUDGETS, TRIED, KEPT = 13, (0.25, 0.5, 0.75, 1.0), 4
#: Rounds of small moves, and the moves of one channel in a round.
ROUNDS, MOVES = 3, 6

Spends = Float[np.ndarray, "channel time"]
Pattern = Bool[np.ndarray, " time"]


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
    on_ct: Bool[np.ndarray, "channel time"]
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
        hunt = _Hunt(problem, expected, relaxed.x, _searched(problem, expected, envelope, relaxed.x))
        found = hunt.run([free, *starts], best)
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


@dataclass(frozen=True, eq=False)
class _Hunt:
    """The search over patterns of on and off."""

    problem: FlightProblem
    expected: Expected
    relaxed: Spends
    channels: list[int]

    def run(
        self, starts: Sequence[Spends], best: Found | None
    ) -> tuple[Spends, Bool[np.ndarray, "channel time"], float] | None:
        """Plan, pattern and value of the best that was found."""
        problem = self.problem
        tried: list[tuple[Spends, Bool[np.ndarray, "channel time"], float]] = []
        if best is not None:
            tried.append((best.x_ct, best.on_ct, best.value))
        raced = each(lambda k: self._raced(self.channels[k]), len(self.channels))
        patterns = dict(zip(self.channels, raced, strict=True))
        budgets = [self.relaxed.sum(axis=1), self._split(patterns)]
        for budget_c in budgets:
            on_ct = self._everywhere()
            for c in self.channels:
                on_ct[c] = self._best_pattern(c, patterns[c], float(budget_c[c]))
            tried += self._polish(on_ct, self._spread(on_ct, budget_c))
        for start in starts:
            on_ct = self._everywhere()
            for c in self.channels:
                on_ct[c] = start[c] >= max(problem.least_c[c] * (1 - 1e-6), 1e-9 * problem.limits.total)
            if all(problem.bursts[c].allows(on_ct[c]) for c in self.channels):
                tried += self._polish(on_ct, start)
        if not tried:
            tried += self._repaired()
        if not tried:
            return None
        found = max(tried, key=lambda item: item[2])
        for _ in range(ROUNDS):
            better = self._moved(*found)
            if better is None or better[2] <= found[2] * (1 + 1e-6):
                break
            found = better
        return found

    def _everywhere(self) -> Bool[np.ndarray, "channel time"]:
        return np.stack([part.may_t for part in self.problem.bursts])

    def _raced(self, c: int) -> list[Pattern]:
        """The patterns of a channel that are among the best for some budget."""
        found = self._patterns(c)
        high = float(self.problem.limits.channel_high_c[c])
        budgets = [float(self.relaxed[c].sum()), *(part * high for part in TRIED)]
        kept: dict[int, Pattern] = {}
        for budget in budgets:
            worth = np.array([self._worth(c, pattern, budget) for pattern in found])
            for k in np.argsort(-worth, kind="stable")[:KEPT]:
                kept[int(k)] = found[int(k)]
        return list(kept.values())

    def _patterns(self, c: int) -> list[Pattern]:
        """All patterns of a channel that are tried."""
        problem = self.problem
        found = candidates(problem.bursts[c], self.relaxed[c], problem.rate_ct[c])
        last_year = problem.last_year_ct
        if last_year is not None:
            used = last_year[c] > 0
            found += [used] if problem.bursts[c].allows(used) else []
        return distinct(list(found))

    def _spend(self, c: int, on_t: Pattern, budget: float) -> Float[np.ndarray, " time"] | None:
        """A budget spread evenly over the periods that are on, within their limits; None: impossible."""
        limits = self.problem.limits
        low = np.where(on_t, np.maximum(limits.lower_ct[c], self.problem.least_c[c]), 0.0)
        high = np.where(on_t, limits.upper_ct[c], 0.0)
        if not low.sum() <= budget * (1 + 1e-9) or high.sum() < limits.channel_low_c[c] * (1 - 1e-9):
            return None
        return _level(low, high, min(budget, float(high.sum())))

    def _worth(self, c: int, on_t: Pattern, budget: float) -> float:
        """Expected contribution of a budget spread evenly over a pattern; −∞ where it can't be."""
        spend = self._spend(c, on_t, budget)
        return -np.inf if spend is None else self._value(c, spend)

    def _value(self, c: int, spend_t: Float[np.ndarray, " time"]) -> float:
        return float(self.expected.picked([c]).values(spend_t[None])[0])

    def _best_pattern(self, c: int, patterns: Sequence[Pattern], budget: float) -> Pattern:
        worth = [self._worth(c, pattern, budget) for pattern in patterns]
        if max(worth) == -np.inf:
            # Too little money for any: the pattern that needs the least.
            return min(patterns, key=lambda pattern: int(pattern.sum()))
        return patterns[int(np.argmax(worth))]

    def _split(self, patterns: dict[int, list[Pattern]]) -> Float[np.ndarray, " channel"]:
        """Budgets per channel: the exact best over the values of their best even patterns."""
        limits = self.problem.limits
        grids = [np.linspace(0.0, float(high), BUDGETS) for high in limits.channel_high_c]

        def worth(c: int) -> Float[np.ndarray, " point"]:
            if c in patterns:
                return np.array([max(self._worth(c, on, b) for on in patterns[c]) for b in grids[c]])
            shape = self.relaxed[c] / max(self.relaxed[c].sum(), 1e-300)
            return np.array([self._value(c, b * shape) for b in grids[c]])

        values, low_c = [], []
        for c, found in enumerate(each(worth, len(grids))):
            possible = np.flatnonzero(np.isfinite(found))
            first = int(possible[0]) if possible.size else BUDGETS - 1
            values.append(np.maximum.accumulate(np.where(np.isfinite(found), found, 0.0)))
            low_c.append(min(max(float(limits.channel_low_c[c]), grids[c][first]), grids[c][-1]))
        lower = np.array(low_c)
        total = max(limits.total, float(lower.sum()))
        group = np.full(len(grids), -1)
        problem = Separable(grids, values, lower, limits.channel_high_c, total, group, np.empty(0))
        return split_exactly(problem, tolerance=1e-3, max_nodes=2000).x

    def _spread(
        self, on_ct: Bool[np.ndarray, "channel time"], budget_c: Float[np.ndarray, " channel"]
    ) -> Spends:
        """Where to start: even over the searched patterns, as relaxed elsewhere."""
        spends = []
        for c, budget in enumerate(budget_c):
            even = self._spend(c, on_ct[c], float(budget)) if c in self.channels else None
            own = self.relaxed[c] * (budget / max(self.relaxed[c].sum(), 1e-300))
            spends.append(np.where(on_ct[c], own, 0.0) if even is None else even)
        return np.stack(spends)

    def _polish(
        self, on_ct: Bool[np.ndarray, "channel time"], start: Spends
    ) -> list[tuple[Spends, Bool[np.ndarray, "channel time"], float]]:
        """The best spends for a pattern, as a list of one, or of none where the limits can't hold it."""
        limits = self.problem.limits.within(on_ct, self.problem.least_c)
        peak = ascend(self.expected, limits, start, first=1e-2)
        if peak is None:
            return []
        plans = [peak.x, start] if limits.keeps(start, 1e-9) else [peak.x]
        values = [self.expected.value(x) for x in plans]
        best = int(np.argmax(values))
        return [(plans[best], on_ct, values[best])]

    def _moved(
        self, x: Spends, on_ct: Bool[np.ndarray, "channel time"], value: float
    ) -> tuple[Spends, Bool[np.ndarray, "channel time"], float] | None:
        """Each channel's best small move at its budget, then all polished together."""
        moved = each(lambda k: self._climbed(self.channels[k], x, on_ct), len(self.channels))
        if all(part is None for part in moved):
            return None
        on_ct, start = on_ct.copy(), x.copy()
        for c, part in zip(self.channels, moved, strict=True):
            if part is not None:
                start[c], on_ct[c] = part
        return next(iter(self._polish(on_ct, start)), None)

    def _climbed(
        self, c: int, x: Spends, on_ct: Bool[np.ndarray, "channel time"]
    ) -> tuple[Float[np.ndarray, " time"], Pattern] | None:
        """A channel's spends and pattern after its best small moves; None: none helps."""
        spend, on, budget = x[c], on_ct[c], float(x[c].sum())
        worth = self._value(c, spend)
        moved = False
        for _ in range(MOVES):
            plans = [(self._shifted(c, spend, pattern, budget), pattern) for pattern in self._near(c, on)]
            tried = [(self._value(c, plan), plan, pattern) for plan, pattern in plans if plan is not None]
            best = max(tried, key=lambda item: item[0], default=None)
            if best is None or best[0] <= worth * (1 + 1e-7):
                break
            worth, spend, on = best
            moved = True
        return (spend, on) if moved else None

    def _near(self, c: int, on_t: Pattern) -> list[Pattern]:
        return neighbours(self.problem.bursts[c], on_t)

    def _shifted(
        self, c: int, spend_t: Float[np.ndarray, " time"], on_t: Pattern, budget: float
    ) -> Float[np.ndarray, " time"] | None:
        """A budget over a changed pattern: as before where it was on, the mean where it is new."""
        limits = self.problem.limits
        low = np.where(on_t, np.maximum(limits.lower_ct[c], self.problem.least_c[c]), 0.0)
        high = np.where(on_t, limits.upper_ct[c], 0.0)
        if low.sum() > budget * (1 + 1e-9) or high.sum() < budget * (1 - 1e-9) or not on_t.any():
            return None if on_t.any() or budget > 0 else np.zeros(len(on_t))
        used = spend_t > 0
        wish = np.where(on_t, np.where(used, spend_t, spend_t[used].mean() if used.any() else 1.0), 0.0)
        return _level(low, high, budget, wish)

    def _repaired(self) -> list[tuple[Spends, Bool[np.ndarray, "channel time"], float]]:
        """A plan that keeps everything, near the relaxed one, where no searched pattern did."""
        from mediamix.decide.flighting_nearest import nearest

        on_ct = nearest(self.problem, self.relaxed)
        return [] if on_ct is None else self._polish(on_ct, np.where(on_ct, self.relaxed, 0.0))


def _level(
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
