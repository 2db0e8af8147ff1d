"""Every channel saturates period by period, and then carries over."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_first",
    title="each period saturates by itself, and then carries over",
    structure=Structure(order="saturation_first"),
    part={"order": "saturation_first"},
    checks=("order", "shape_tail", "autocorrelation", "delayed_adstock"),
)
