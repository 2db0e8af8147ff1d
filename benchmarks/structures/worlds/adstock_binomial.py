"""Every channel has a binomial adstock."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="adstock_binomial",
    title="adstock `binomial`: ends after a while",
    structure=Structure(adstock="binomial"),
    part={"adstock": {"kind": "binomial"}},
    checks=("delayed_adstock", "shape_tail", "autocorrelation"),
)
