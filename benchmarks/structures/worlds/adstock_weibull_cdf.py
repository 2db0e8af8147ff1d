"""Every channel has a Weibull (survival) adstock."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="adstock_weibull_cdf",
    title="adstock `weibull_cdf`: decays at a rate that changes",
    structure=Structure(adstock="weibull_cdf"),
    part={"adstock": {"kind": "weibull_cdf"}},
    checks=("delayed_adstock", "shape_tail", "autocorrelation"),
)
