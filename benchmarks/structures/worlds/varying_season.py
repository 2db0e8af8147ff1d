"""Effects that scale with the season's demand."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import Structured, World, weekly, world


def has(seed: int) -> World:
    """Per standard deviation of the season effects are 35 % larger."""
    made = weekly(seed, Structure(effect_demand=0.3))
    part = {"varying": {"by": "season"}}
    return world(made, {"channels": dict.fromkeys(made.dataset.channel_names, part)})


STRUCTURE = Structured(
    name="varying_season",
    title="effects that scale with demand",
    said="channels: {NAME: {varying: {by: season}}}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("drift", "autocorrelation", "season"),
)
