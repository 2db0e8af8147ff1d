"""Curves with pairs, near an allocation: what each channel has of the whole, and curves that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.pairs import between


def brought(curves: Curves, allocation: Mapping[str, float]) -> dict[str, Float[np.ndarray, " draw"]]:
    """Draws of what each channel brings: by itself, and half of each of its pairs.

    They add up to the outcome without the baseline. The half is the pair's Shapley value, as in a fit's
    contributions.
    """
    found = {name: curves.contribution_at(name, allocation[name]) for name in curves.channels}
    for pair in curves.pairs:
        half = 0.5 * pair.at(allocation)
        for name in pair.channels:
            found[name] = found[name] + half
    return found


def around(curves: Curves, allocation: Mapping[str, float]) -> Curves:
    """Curves that add up, and are the same where no more than one channel leaves an allocation.

        f_a(x) + Σ_b S_ab(x, b₀),   with − Σ_ab S_ab(a₀, b₀) in the baseline

    So slopes at the allocation are those of the whole. Curves without pairs come back as they are.
    """
    if not curves.pairs:
        return curves
    contribution = dict(curves.contribution)
    baseline = np.zeros(curves.n_draws) + curves.baseline
    # By channel and points, so that pairs with the same points are drawn out once.
    added: dict[tuple[str, bytes], tuple[np.ndarray, np.ndarray]] = {}
    for pair in curves.pairs:
        baseline = baseline - pair.at(allocation)
        for name, partner in pair.sides():
            points, along = pair.points(name), pair.along(name, allocation[partner])
            key = (name, points.tobytes())
            added[key] = (points, added[key][1] + along if key in added else along)
    for (name, _), (points, along) in added.items():
        spread = between(points, along, curves.spend[name])
        contribution[name] = np.atleast_2d(contribution[name]) + spread
    return replace(curves, contribution=contribution, baseline=baseline, pairs=(), fitted=None)
