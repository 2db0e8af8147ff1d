"""Every channel has a Weibull (density) adstock."""

from __future__ import annotations

from mediamix.simulate import Structure
from structures.world import of_every_channel

STRUCTURE = of_every_channel(
    name="adstock_weibull_pdf",
    title="adstock `weibull_pdf`: rises, then falls",
    structure=Structure(adstock="weibull_pdf"),
    part={"adstock": {"kind": "weibull_pdf"}},
    checks=("delayed_adstock", "autocorrelation"),
)
