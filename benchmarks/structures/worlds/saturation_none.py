"""Every channel responds in proportion."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_none",
    title="saturation `none`: proportional",
    structure=Structure(saturation="none"),
    part={"saturation": {"kind": "none"}},
    checks=("shape_tail", "autocorrelation"),
)
