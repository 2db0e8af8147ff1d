"""From a pattern to its best spends, and from a plan to a better one by small moves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.decide.flighting.bursts import neighbours
from mediamix.decide.flighting.patterns import Hunt, Pattern, Patterns, Spends, level, value
from mediamix.decide.flighting.response import each
from mediamix.decide.flighting.solve import ascend

#: Small moves of one channel in a round.
MOVES = 6

#: Spends, the pattern that allows them, and their expected contribution.
Planned = tuple[Spends, Patterns, float]


def polish(hunt: Hunt, on_ct: Patterns, start: Spends) -> list[Planned]:
    """The best spends for a pattern, as a list of one, or of none where the limits can't hold it."""
    limits = hunt.problem.limits.within(on_ct, hunt.problem.least_c)
    peak = ascend(hunt.expected, limits, start, first=1e-2)
    if peak is None:
        return []
    plans = [peak.x, start] if limits.keeps(start, 1e-9) else [peak.x]
    values = [hunt.expected.value(x) for x in plans]
    best = int(np.argmax(values))
    return [(plans[best], on_ct, values[best])]


def moved(hunt: Hunt, x: Spends, on_ct: Patterns) -> Planned | None:
    """Each channel's best small move at its budget, then all polished together."""
    climbed = each(lambda k: _climbed(hunt, hunt.channels[k], x, on_ct), len(hunt.channels))
    if all(part is None for part in climbed):
        return None
    on_ct, start = on_ct.copy(), x.copy()
    for c, part in zip(hunt.channels, climbed, strict=True):
        if part is not None:
            start[c], on_ct[c] = part
    return next(iter(polish(hunt, on_ct, start)), None)


def _climbed(
    hunt: Hunt, c: int, x: Spends, on_ct: Patterns
) -> tuple[Float[np.ndarray, " time"], Pattern] | None:
    """A channel's spends and pattern after its best small moves; None: none helps."""
    spend, on, budget = x[c], on_ct[c], float(x[c].sum())
    worth = value(hunt, c, spend)
    better = False
    for _ in range(MOVES):
        plans = [
            (_shifted(hunt, c, spend, pattern, budget), pattern)
            for pattern in neighbours(hunt.problem.bursts[c], on)
        ]
        tried = [(value(hunt, c, plan), plan, pattern) for plan, pattern in plans if plan is not None]
        best = max(tried, key=lambda item: item[0], default=None)
        if best is None or best[0] <= worth * (1 + 1e-7):
            break
        worth, spend, on = best
        better = True
    return (spend, on) if better else None


def _shifted(
    hunt: Hunt, c: int, spend_t: Float[np.ndarray, " time"], on_t: Pattern, budget: float
) -> Float[np.ndarray, " time"] | None:
    """A budget over a changed pattern: as before where it was on, the mean where it is new."""
    limits = hunt.problem.limits
    low = np.where(on_t, np.maximum(limits.lower_ct[c], hunt.problem.least_c[c]), 0.0)
    high = np.where(on_t, limits.upper_ct[c], 0.0)
    if low.sum() > budget * (1 + 1e-9) or high.sum() < budget * (1 - 1e-9) or not on_t.any():
        return None if on_t.any() or budget > 0 else np.zeros(len(on_t))
    used = spend_t > 0
    wish = np.where(on_t, np.where(used, spend_t, spend_t[used].mean() if used.any() else 1.0), 0.0)
    return level(low, high, budget, wish)
