"""A level that turns every quarter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from structures.world import Structured, World, mean_outcome, weekly, with_outcome, world

#: Weeks between turns, and the standard deviation of a step as a share of the mean outcome.
WEEKS, STEP = 13, 0.08


def turning(seed: int) -> World:
    """The weekly market with a random walk of levels, straight lines between them."""
    made = weekly(seed)
    rng = np.random.default_rng([29, seed])
    weeks = np.arange(made.dataset.n_periods)
    turns = np.arange(0, weeks[-1] + 2 * WEEKS, WEEKS)
    level_t = np.interp(weeks, turns, np.cumsum(rng.normal(0, STEP, len(turns))))
    dataset = with_outcome(made, mean_outcome(made) * (level_t - level_t.mean())[None])
    return replace(world(made), dataset=dataset)


def stated(**trend: object) -> Structured:
    """The structure, by what is said of the trend."""
    words = ", ".join(f"{key}: {value}" for key, value in trend.items())
    return Structured(
        name="knots",
        title="a level that turns every quarter",
        said=f"trend: {{{words}}}",
        has=lambda seed: replace(turning(seed), spec={"trend": trend}),
        lacks=lambda seed: world(weekly(seed)),
        checks=("closer_knots", "trend_break", "autocorrelation"),
    )


STRUCTURE = stated(every=WEEKS)
