"""The search over patterns of on and off: race, split, polish, then small moves while they help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mediamix.decide.flighting.climb import Planned, moved, polish
from mediamix.decide.flighting.nearest import nearest
from mediamix.decide.flighting.patterns import Hunt, Spends, best_pattern, raced
from mediamix.decide.flighting.response import each
from mediamix.decide.flighting.shares import split, spread

#: Rounds of small moves.
ROUNDS = 3


def best_of(hunt: Hunt, starts: Sequence[Spends], known: Planned | None) -> Planned | None:
    """The best plan that is found, from some starts and perhaps a plan that is known to be allowed."""
    problem = hunt.problem
    tried: list[Planned] = [] if known is None else [known]
    racing = each(lambda k: raced(hunt, hunt.channels[k]), len(hunt.channels))
    patterns = dict(zip(hunt.channels, racing, strict=True))
    budgets = [hunt.relaxed.sum(axis=1), split(hunt, patterns)]
    for budget_c in budgets:
        on_ct = hunt.everywhere()
        for c in hunt.channels:
            on_ct[c] = best_pattern(hunt, c, patterns[c], float(budget_c[c]))
        tried += polish(hunt, on_ct, spread(hunt, on_ct, budget_c))
    for start in starts:
        on_ct = hunt.everywhere()
        for c in hunt.channels:
            on_ct[c] = start[c] >= max(problem.least_c[c] * (1 - 1e-6), 1e-9 * problem.limits.total)
        if all(problem.bursts[c].allows(on_ct[c]) for c in hunt.channels):
            tried += polish(hunt, on_ct, start)
    if not tried:
        tried += _repaired(hunt)
    if not tried:
        return None
    found = max(tried, key=lambda item: item[2])
    for _ in range(ROUNDS):
        better = moved(hunt, found[0], found[1])
        if better is None or better[2] <= found[2] * (1 + 1e-6):
            break
        found = better
    return found


def _repaired(hunt: Hunt) -> list[Planned]:
    """A plan that keeps everything, near the relaxed one, where no searched pattern did."""
    on_ct = nearest(hunt.problem, hunt.relaxed)
    return [] if on_ct is None else polish(hunt, on_ct, np.where(on_ct, hunt.relaxed, 0.0))
