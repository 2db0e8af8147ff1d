"""Effects that move slowly, each channel's by itself."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import Structured, World, weekly, world


def has(seed: int) -> World:
    """A standard deviation of 0.35 of the log effect, over half a year or so."""
    made = weekly(seed, Structure(effect_drift=0.35))
    part = {"varying": {"by": "time"}}
    return world(made, {"channels": dict.fromkeys(made.dataset.channel_names, part)})


STRUCTURE = Structured(
    name="varying_time",
    title="effects that move over time",
    said="channels: {NAME: {varying: {by: time}}}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("drift", "autocorrelation"),
)
