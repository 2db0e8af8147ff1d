"""Which candidates no other one beats, and how much of the objectives' space they hold."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int


def first_front(objectives: Float[np.ndarray, "candidate objective"]) -> Bool[np.ndarray, " candidate"]:
    """Those that no other one is at least as good as everywhere, and better somewhere.

    From the best in the first objective on: what comes later can't beat what came before.
    """
    order = np.lexsort(objectives.T[::-1])
    front = np.zeros(len(objectives), dtype=bool)
    kept = np.empty((0, objectives.shape[1]))
    for i in order:
        one = objectives[i]
        beaten = (kept <= one).all(axis=1) & (kept < one).any(axis=1)
        if not beaten.any():
            front[i] = True
            kept = np.vstack([kept, one])
    return front


def fronts(
    objectives: Float[np.ndarray, "candidate objective"], models: int
) -> Int[np.ndarray, " candidate"]:
    """The number of each candidate's front, from 1 on, until so many models are in one; 0: in none."""
    found = np.zeros(len(objectives), dtype=np.int64)
    left, number = np.flatnonzero(np.isfinite(objectives).all(axis=1)), 0
    while len(left) and (found > 0).sum() < models:
        number += 1
        best = first_front(objectives[left])
        found[left[best]] = number
        left = left[~best]
    return found


def hypervolume(objectives: Float[np.ndarray, "candidate 2"], reference: Float[np.ndarray, " 2"]) -> float:
    """The area between a reference and the candidates that beat it, of two objectives."""
    inside = objectives[np.isfinite(objectives).all(axis=1) & (objectives < reference).all(axis=1)]
    total, best = 0.0, float(reference[1])
    for one, other in inside[np.lexsort((inside[:, 1], inside[:, 0]))]:
        if other < best:
            total += (reference[0] - one) * (best - other)
            best = float(other)
    return float(total)
