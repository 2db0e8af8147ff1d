"""The worlds that are calibrated: small ones, so that hundreds of them can be fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.types import Experiment
from mediamix.data.dataset import Dataset
from mediamix.simulate import Scenario, simulate
from mediamix.simulate.scenario import CONTROLS
from sbc.truth import World


def worlds(sampler: dict[str, int]) -> list[World]:
    """Two small national markets (the default components; others, of a count) and a panel; then a national
    market and a panel with structures on top of each other.
    """
    base = {"holdout": {"last": 4}, "sampler": sampler}
    other = {
        "tv": {"adstock": {"kind": "delayed", "max_lag": 8}, "saturation": {"kind": "logistic"}},
        "search": {"adstock": {"kind": "geometric", "max_lag": 6}, "saturation": {"kind": "logistic"}},
    }
    counted = {**base, "channels": other, "outcome": {"column": "orders", "unit": "count"}}
    size = "60 weeks × 2 channels, trend, season, events, three controls, a missing outcome, 4 weeks held out"
    first = Scenario(seed=1, every="week", periods=60, channels=2)
    second = replace(first, seed=2, unit="count", value_per_unit=50.0)
    return [
        World.of("geometric + Hill, revenue", size, 0, with_hole(simulate(first).dataset), base),
        World.of(
            "delayed and truncated + logistic, count", size, 1, with_hole(simulate(second).dataset), counted
        ),
        World.of(
            "geo panel, geometric + Hill, revenue",
            "5 geos × 30 weeks × 2 channels, trend, season, an event, a control, 9 missing outcomes, one geo "
            "starts in week 9, 3 weeks held out; of what each geo has, the first and the last are ranked",
            2,
            panel_data(),
            {**base, "holdout": {"last": 3}, "geo": {}},
        ),
        *combined(base, simulate(first).dataset, size),
    ]


def shaken(sampler: dict[str, int]) -> World:
    """The panel, whose geos share a shock of each period: with the benchmark of these."""
    return World.of(
        "geo panel, a shock per period that all geos share",
        "the panel above",
        5,
        panel_data(),
        {"holdout": {"last": 3}, "sampler": sampler, "geo": {"shared_shock": True}},
    )


def combined(base: dict[str, object], national: Dataset, size: str) -> list[World]:
    """Experiments, noise that remembers, effects that move over time: together, in both kinds of model."""
    moving = {"channels": {"tv": {"varying": {"by": "time", "length": 20}}}}
    panel = panel_data()
    return [
        World.of(
            "experiments, noise that remembers and effects over time",
            f"{size}; an effect that moves over time, two experiments",
            3,
            tested(with_hole(national), ((), ())),
            {**base, **moving, "noise": {"kind": "ar1"}},
        ),
        World.of(
            "geo panel, experiments, noise that remembers and effects over time",
            "the panel above; an effect that moves over time, an experiment everywhere and one in a geo",
            4,
            tested(panel, ((), (panel.geos[0],))),
            {**base, **moving, "noise": {"kind": "ar1"}, "holdout": {"last": 3}, "geo": {}},
        ),
    ]


def tested(dataset: Dataset, where: tuple[tuple[str, ...], tuple[str, ...]]) -> Dataset:
    """The same with an experiment of each of two channels: half more for some weeks, and all of it.

    Their lifts are drawn anew in each simulation.
    """
    made = []
    for c, (geos, change) in enumerate(zip(where, (1 / 3, 1.0), strict=True)):
        rows = [dataset.geos.index(geo) for geo in geos] or list(range(len(dataset.geos)))
        ran_t = dataset.exposure_gtc[rows, :, c].sum(axis=0) > 0
        at = next(t for t in range(8, dataset.n_periods) if ran_t[t : t + 3].all())
        ran = float(dataset.exposure_gtc[rows, at : at + 3, c].sum())
        days = dataset.dates[[at, at + 2, at + 4]] + np.timedelta64(6, "D")
        made.append(
            Experiment(
                channel=dataset.channel_names[c],
                start=dataset.dates[at],
                end=days[1],
                until=days[2],
                lift=0.0,
                error=0.15 * ran,
                exposure_change=change * ran,
                spend_change=change * ran,
                geos=geos,
            )
        )
    return replace(dataset, experiments=tuple(made))


def with_hole(dataset: Dataset) -> Dataset:
    """The same with a missing outcome."""
    outcome_gt = dataset.outcome_gt.copy()
    outcome_gt[0, 17] = np.nan
    return replace(dataset, outcome_gt=outcome_gt)


def panel_data() -> Dataset:
    """Five geos of unequal size; the last starts late, others lack outcomes."""
    scenario = Scenario(seed=3, every="week", periods=30, channels=2, geos=5, controls=CONTROLS[:1])
    dataset = simulate(scenario).dataset
    outcome_gt, spend_gtc = dataset.outcome_gt.copy(), dataset.spend_gtc.copy()
    exposure_gtc = dataset.exposure_gtc.copy()
    outcome_gt[0, 10:18] = np.nan
    outcome_gt[2, 5] = np.nan
    outcome_gt[-1, :8] = np.nan
    spend_gtc[-1, :8], exposure_gtc[-1, :8] = 0.0, 0.0
    return replace(dataset, outcome_gt=outcome_gt, spend_gtc=spend_gtc, exposure_gtc=exposure_gtc)
