"""Two channels that work better together."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import Structured, weekly, world

PAIR = ("tv", "social")
STRUCTURE = Structured(
    name="synergy",
    title="two channels that work better together, 30 % of what both cause",
    said="synergy: {pairs: [[A, B]]}",
    has=lambda seed: world(
        weekly(seed, Structure(synergy=((*PAIR, 0.3),))), {"synergy": {"pairs": [list(PAIR)]}}
    ),
    lacks=lambda seed: world(weekly(seed)),
    checks=("autocorrelation", "shape_tail"),
    own=PAIR,
)
