"""Every channel saturates by the curve `logistic`."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="saturation_logistic",
    title="saturation `logistic`: sharper than Hill",
    structure=Structure(saturation="logistic"),
    part={"saturation": {"kind": "logistic"}},
    checks=("shape_tail", "autocorrelation"),
)
