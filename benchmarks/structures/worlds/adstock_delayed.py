"""Every channel has a delayed adstock."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="adstock_delayed",
    title="adstock `delayed`: works some weeks late",
    structure=Structure(adstock="delayed"),
    part={"adstock": {"kind": "delayed"}},
    checks=("delayed_adstock", "autocorrelation"),
)
