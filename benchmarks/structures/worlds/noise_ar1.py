"""Noise that hangs together from week to week."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import Structured, weekly, world

SPEC = {"noise": {"kind": "ar1"}}
STRUCTURE = Structured(
    name="noise_ar1",
    title="noise that hangs together, ρ = 0.6",
    said="noise: {kind: ar1}",
    has=lambda seed: world(weekly(seed, Structure(noise_ar1=0.6)), SPEC),
    lacks=lambda seed: world(weekly(seed)),
    checks=("autocorrelation",),
)
