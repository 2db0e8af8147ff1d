"""Every channel saturates by the curve `michaelis_menten`."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_michaelis_menten",
    title="saturation `michaelis_menten`: Hill with a slope of one",
    structure=Structure(saturation="michaelis_menten"),
    part={"saturation": {"kind": "michaelis_menten"}},
    checks=("shape_tail", "autocorrelation"),
)
