"""Noise with heavy tails."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import Structured, weekly, world

SPEC = {"noise": {"kind": "student"}}
STRUCTURE = Structured(
    name="noise_student",
    title="noise with heavy tails, ν = 3",
    said="noise: {kind: student}",
    has=lambda seed: world(weekly(seed, Structure(noise_df=3.0)), SPEC),
    lacks=lambda seed: world(weekly(seed)),
    checks=("heavy_tails",),
)
