"""What was tried: priors, as specs that state all of them, so that they stay what they were."""

from __future__ import annotations

from typing import Any

from mediamix.core.spec import Spec, parse_spec
from worlds.make import World

#: Shorter than the default, which costs intervals a few percent: so that hundreds of fits are minutes.
SAMPLER = {"chains": 2, "draws": 500, "tune": 300}
Belief = tuple[float, float]


def priors(
    roi: Belief,
    slope: Belief | None,
    family: str = "weibull",
    half_effect: Belief = (1.0, 4.0),
) -> dict[str, Any]:
    """Channel overrides; without a slope the curve is the logistic one."""
    found: dict[str, Any] = {
        "roi": {"median": roi[0], "p95": roi[1], "family": family},
        "half_effect": {"median": half_effect[0], "p95": half_effect[1]},
    }
    if slope is None:
        return {"prior": found, "saturation": {"kind": "logistic"}}
    return {"prior": {**found, "slope": {"median": slope[0], "p95": slope[1]}}}


BEFORE = "before: log-normal ROI 1.2, 5; slope 1.1, 1.8"
DEFAULT = "**default**: Weibull ROI 1, 5; slope 1.5, 2.5"
WIDE = (1.2, 5.0)
CANDIDATES: dict[str, dict[str, Any]] = {
    BEFORE: priors(WIDE, (1.1, 1.8), "lognormal"),
    "slope 1.3, 2.0": priors(WIDE, (1.3, 2.0), "lognormal"),
    "slope 1.5, 2.5": priors(WIDE, (1.5, 2.5), "lognormal"),
    "slope 2, 4": priors(WIDE, (2.0, 4.0), "lognormal"),
    "logistic curves": priors(WIDE, None, "lognormal"),
    "Weibull ROI 1.2, 5": priors(WIDE, (1.1, 1.8)),
    "Weibull ROI 1.2, 5; slope 1.3, 2.0": priors(WIDE, (1.3, 2.0)),
    "Weibull ROI 1.2, 5; slope 1.5, 2.5": priors(WIDE, (1.5, 2.5)),
    "Weibull ROI 1.2, 5; slope 1.8, 3": priors(WIDE, (1.8, 3.0)),
    "Weibull ROI 1.2, 5; slope 2, 3": priors(WIDE, (2.0, 3.0)),
    "Weibull ROI 1.2, 5; slope 2, 4": priors(WIDE, (2.0, 4.0)),
    "Weibull ROI 1.2, 5; slope 1.5, 2.5; half effect 0.7, 3": priors(
        WIDE, (1.5, 2.5), half_effect=(0.7, 3.0)
    ),
    "Weibull ROI 1.2, 5; slope 1.5, 2.5; half effect 1.5, 5": priors(
        WIDE, (1.5, 2.5), half_effect=(1.5, 5.0)
    ),
    DEFAULT: priors((1.0, 5.0), (1.5, 2.5)),
    "Weibull ROI 1, 5; slope 1.7, 2.8": priors((1.0, 5.0), (1.7, 2.8)),
    "Weibull ROI 0.8, 5; slope 1.5, 2.5": priors((0.8, 5.0), (1.5, 2.5)),
}


def spec_of(world: World, overrides: dict[str, Any]) -> Spec:
    """The same overrides for every channel."""
    channels = dict.fromkeys(world.dataset.channel_names, overrides)
    return parse_spec({"channels": channels, "sampler": SAMPLER})
