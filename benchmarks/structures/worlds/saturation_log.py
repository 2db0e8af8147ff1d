"""Every channel saturates by the curve `log`."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_log",
    title="saturation `log`: never levels off, diminishes from the start",
    structure=Structure(saturation="log"),
    part={"saturation": {"kind": "log"}},
    checks=("shape_tail", "autocorrelation"),
)
