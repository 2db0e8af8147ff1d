"""The market that both fit, the specs of ours, and our priors as the other tool is told them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mediamix.core.files import write_json, write_text
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.priors import linear_sd
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

MODELS = ("adstock", "hill_adstock", "carryover")
#: ``own``: each with its own priors. ``same``: the other tool with ours.
SETTINGS = ("own", "same")
#: Of every channel where both have the same priors: a log-normal, which both can be told.
SHARE = {"median": 0.06, "p95": 0.2, "family": "lognormal"}
#: Of a channel's mean spend, for nothing: powers have no slope at zero, and all weeks are active in both.
NOTHING = 1e-6


@dataclass(frozen=True)
class Market:
    """What both are given, and the truth.

    Args:
        dataset: As we read it.
        channels: Names.
        truth_c: Share of the outcome that each channel caused.
    """

    dataset: Dataset
    channels: tuple[str, ...]
    truth_c: np.ndarray


def scenario(seed: int) -> Scenario:
    """National, 156 weeks, 5 channels, nothing else that moves the outcome but a trend and a season."""
    return replace(Scenario.weekly(seed), controls=(), events=())


def made(folder: Path, seed: int) -> Market:
    """Simulate, write the table ``wide.csv``, read it again."""
    from mediamix.data.read import read

    market = simulate(scenario(seed))
    data = market.dataset
    columns: dict[str, Any] = {"date": pd.DatetimeIndex(data.dates), "revenue": data.outcome_gt[0]}
    for c, name in enumerate(data.channel_names):
        spend = data.spend_gtc[0, :, c]
        columns[name] = np.maximum(spend, NOTHING * spend.mean())
    write_text(folder / "wide.csv", pd.DataFrame(columns).to_csv(index=False))
    caused = market.truth.contribution
    truth_c = np.array([caused[name] for name in data.channel_names]) / data.outcome_gt.sum()
    write_json(folder / "market.json", {"channels": list(data.channel_names)})
    dataset = read(wide=folder / "wide.csv", spec=spec_of("adstock", "own", data.channel_names))
    return Market(dataset, tuple(data.channel_names), truth_c)


def spec_of(model: str, setting: str, channels: tuple[str, ...]) -> Spec:
    """The preset; ``same``: with priors of the effects that the other tool can be told exactly."""
    wanted: dict[str, Any] = {
        "preset": f"lightweight_mmm/{model}",
        "data": {
            "wide": "wide.csv",
            "date": "date",
            "outcome": "revenue",
            "media": {name: {"spend": name} for name in channels},
        },
    }
    if setting == "same":
        wanted["each_channel"] = {"prior": {"share": SHARE}}
        wanted["media"] = {"prior": {"share": None}}
    return parse_spec(wanted)


def priors_of(market: Market, model: str) -> dict[str, tuple[float, float]]:
    """Location and scale of every prior of ours on its link's scale; of the linear terms, the deviations."""
    problem = pose(market.dataset, spec_of(model, "same", market.channels))
    found: dict[str, tuple[float, float]] = {}
    for prior in problem.model.priors:
        found.setdefault(prior.name, (prior.location, prior.scale))
    years = market.dataset.n_periods / market.dataset.every.per_year
    sd: dict[str, float] = {}
    for block in problem.blocks:
        sd |= dict(zip(block.names, map(float, linear_sd(block, years)), strict=True))
    season = {f"season_{k}": (0.0, sd[f"sin {k}"]) for k in (1, 2)}
    return {**found, **season, "level": (1.0, sd["intercept"]), "slope_line": (0.0, sd["slope"])}
