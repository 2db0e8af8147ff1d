"""Budgets of the channels while patterns are searched, and spends to start from."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.decide.flighting.patterns import Hunt, Pattern, Patterns, Spends, even, value, worth
from mediamix.decide.flighting.response import each
from mediamix.decide.problem.separable import Separable
from mediamix.decide.solvers.chain import maximise

#: Budgets per channel for which values are computed.
BUDGETS = 13


def split(hunt: Hunt, patterns: dict[int, list[Pattern]]) -> Float[np.ndarray, " channel"]:
    """Budgets per channel: the exact best over the values of their best even patterns."""
    limits = hunt.problem.limits
    grids = [np.linspace(0.0, float(high), BUDGETS) for high in limits.channel_high_c]

    def best_values(c: int) -> Float[np.ndarray, " point"]:
        if c in patterns:
            return np.array([max(worth(hunt, c, on, b) for on in patterns[c]) for b in grids[c]])
        shape = hunt.relaxed[c] / max(hunt.relaxed[c].sum(), 1e-300)
        return np.array([value(hunt, c, b * shape) for b in grids[c]])

    values, low_c = [], []
    for c, found in enumerate(each(best_values, len(grids))):
        possible = np.flatnonzero(np.isfinite(found))
        first = int(possible[0]) if possible.size else BUDGETS - 1
        values.append(np.maximum.accumulate(np.where(np.isfinite(found), found, 0.0)))
        low_c.append(min(max(float(limits.channel_low_c[c]), grids[c][first]), grids[c][-1]))
    lower = np.array(low_c)
    total = max(limits.total, float(lower.sum()))
    group = np.full(len(grids), -1)
    problem = Separable(grids, values, lower, limits.channel_high_c, total, group, np.empty(0))
    return maximise(problem, tolerance=1e-3, max_nodes=2000).x


def spread(hunt: Hunt, on_ct: Patterns, budget_c: Float[np.ndarray, " channel"]) -> Spends:
    """Where to start: even over the searched patterns, as relaxed elsewhere."""
    spends = []
    for c, budget in enumerate(budget_c):
        flat = even(hunt, c, on_ct[c], float(budget)) if c in hunt.channels else None
        own = hunt.relaxed[c] * (budget / max(hunt.relaxed[c].sum(), 1e-300))
        spends.append(np.where(on_ct[c], own, 0.0) if flat is None else flat)
    return np.stack(spends)
