"""Three lift tests of a channel whose spend follows a demand that no column shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Window
from mediamix.simulate import LiftTest, Simulation, lift_test
from structures.world import Structured, World, weekly, world

NAME = "search"
#: Weeks of a test, where each begins to be looked for, and what was changed.
WEEKS, STARTS, CHANGES = 6, (20, 65, 110), (1.0, -0.5, np.inf)
ERROR = 0.15


def tests(made: Simulation, seed: int) -> tuple[LiftTest, ...]:
    """In weeks in which the channel ran, each read with an error of 15 %."""
    spend_t = made.dataset.spend_gtc[0, :, made.dataset.channel_names.index(NAME)]
    found = []
    for number, (start, change) in enumerate(zip(STARTS, CHANGES, strict=True)):
        at = next(t for t in range(start, len(spend_t)) if spend_t[t : t + WEEKS].all())
        window = Window(at, at + WEEKS)
        found.append(lift_test(made, NAME, window, change, error=ERROR, seed=3 * seed + number))
    return tuple(found)


def has(seed: int) -> World:
    """The market is the same with and without the tests: they are what is stated."""
    made = weekly(seed, demand_confounding=0.9, hidden_demand=0.05)
    stated = world(made, {"calibration": "experiments.csv"})
    return replace(stated, experiments=tests(made, seed))


STRUCTURE = Structured(
    name="experiments",
    title="lift tests, where spend follows an unseen demand",
    said="calibration: experiments.csv",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("autocorrelation", "closer_knots", "calendar_spend"),
    own=(NAME,),
)
