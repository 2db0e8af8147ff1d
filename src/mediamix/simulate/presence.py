"""What panels of real life lack: geos that start late, channels that some geos never had."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from mediamix.simulate.scenario import Scenario

# A late geo starts in this part of the window.
_STARTS = (0.1, 0.6)


@dataclass(frozen=True)
class Presence:
    """Which geos there are when, what was bought where, which outcomes were written down.

    Args:
        present_gt: The geo is part of the business.
        bought_gc: The channel is used in the geo.
        recorded_gt: The outcome is known; only inside of the presence.
    """

    present_gt: Bool[np.ndarray, "geo time"]
    bought_gc: Bool[np.ndarray, "geo channel"]
    recorded_gt: Bool[np.ndarray, "geo time"]


def make_presence(
    scenario: Scenario, n_channels: int, rng_presence: np.random.Generator, rng_holes: np.random.Generator
) -> Presence:
    """Draw it; at least one geo is there from the start, and each channel is used in one at least."""
    geos, periods = scenario.geos, scenario.periods
    late = min(round(scenario.late_geos * geos), geos - 1)
    start_g = np.zeros(geos, dtype=np.int64)
    which = rng_presence.permutation(geos)[:late]
    first, last = (max(1, round(share * periods)) for share in _STARTS)
    start_g[which] = rng_presence.integers(first, last + 1, size=late)
    present_gt = np.arange(periods)[None] >= start_g[:, None]
    draw_gc = rng_presence.random((geos, n_channels))
    bought_gc = (draw_gc >= scenario.absent) | (draw_gc == draw_gc.max(axis=0))
    holes = rng_holes.random((geos, periods)) < scenario.missing_outcomes
    return Presence(present_gt, bought_gc, present_gt & ~holes)
