"""Small markets with mediators: what media move on their way to the outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.simulate import Scenario, simulate

SHORT = {"chains": 2, "draws": 100, "tune": 300, "seed": 7, "heal": False}
ONE = {"awareness": {"driven_by": ["tv", "search"]}}
#: tv moves awareness, awareness and search move clicks.
CHAIN = {"clicks": {"driven_by": ["awareness", "search"]}, "awareness": {"driven_by": ["tv"]}}


def spec(mediators: dict[str, object], **more: object) -> Spec:
    """With a short sampler."""
    return parse_spec({"mediators": mediators, "sampler": SHORT, **more})


def market(geos: int = 1, periods: int = 90, **knobs: object) -> Dataset:
    """Three channels, and two controls more: `awareness`, and `clicks` that follow it."""
    scenario = Scenario(every="week", periods=periods, geos=geos, channels=3, seed=5, **knobs)
    data, rng = simulate(scenario).dataset, np.random.default_rng(11)
    size_g1 = data.size_g[:, None]
    shape = data.outcome_gt.shape
    pull = [x / x.mean() for x in np.moveaxis(data.exposure_gtc / size_g1[..., None], 2, 0)]
    awareness = 30 + 4 * pull[0] / (1 + pull[0]) + rng.normal(0, 1.5, shape)
    clicks = size_g1 * (200 + 12 * (awareness - 30) + 40 * pull[1] + rng.normal(0, 15, shape))
    sold = 0.01 * np.nanmean(data.outcome_gt) * size_g1 * (awareness - 30) + 40 * clicks
    return replace(
        data,
        outcome_gt=data.outcome_gt + sold,
        controls_gtk=np.concatenate([data.controls_gtk, awareness[..., None], clicks[..., None]], axis=2),
        control_names=(*data.control_names, "awareness", "clicks"),
    )
