"""Every channel saturates by the curve `power`."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_power",
    title="saturation `power`: never levels off",
    structure=Structure(saturation="power"),
    part={"saturation": {"kind": "power"}},
    checks=("shape_tail", "autocorrelation"),
)
