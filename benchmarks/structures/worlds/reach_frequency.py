"""A channel bought as reach and frequency."""

from __future__ import annotations

from dataclasses import replace

from mediamix.simulate import Structure
from structures.world import Structured, World, weekly, world

NAME = "tv"


def has(seed: int) -> World:
    """Who doesn't state it takes what was spent for the exposure."""
    made = weekly(seed, Structure(reach_frequency=(NAME,)))
    return replace(world(made, {"channels": {NAME: {"kind": "reach_frequency"}}}), tables=made.tables)


STRUCTURE = Structured(
    name="reach_frequency",
    title="a channel bought as reach and frequency",
    said="channels: {NAME: {kind: reach_frequency}}",
    has=has,
    lacks=lambda seed: world(weekly(seed)),
    checks=("autocorrelation", "shape_tail"),
    own=(NAME,),
)
