"""The cases: generated markets, written as files that every peer reads, with the truth beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.core.files import write_json, write_text
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.priors import CONTROL_SPREAD, ROI, Prior, linear_sd
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate, write_simulation
from mediamix.transforms import basis


@dataclass(frozen=True)
class Case:
    """One market.

    Args:
        name: ``weekly``, ``daily`` or ``geo``.
        title: In the table.
        scenario: Of the generator.
        max_lag: Number of lags, lag 0 included, for peers that cut the carry-over off.
    """

    name: str
    title: str
    scenario: Scenario
    max_lag: int

    @property
    def geo(self) -> bool:
        """A panel."""
        return self.scenario.geos > 1


def cases(seed: int = 1) -> dict[str, Case]:
    """The three cases by name."""
    every = (
        Case("weekly", "National, 156 weeks × 5 channels", Scenario.weekly(seed), 13),
        Case("daily", "National, 1,095 days × 5 channels", Scenario(seed=seed), 28),
        Case("geo", "40 geos × 156 weeks × 6 channels", Scenario.geo_panel(seed), 13),
    )
    return {case.name: case for case in every}


def write_case(case: Case, folder: Path) -> None:
    """Write the four long tables and the truth, and for the peers one wide table and our model's terms."""
    market = simulate(case.scenario)
    write_simulation(market, folder)
    dataset = market.dataset
    write_text(folder / "wide.csv", wide_table(dataset).to_csv(index=False))
    write_text(folder / "baseline.csv", baseline_table(dataset).to_csv(index=False))
    about = {
        "name": case.name,
        "every": str(dataset.every),
        "periods": dataset.n_periods,
        "geos": list(dataset.geos),
        "channels": list(dataset.channel_names),
        "max_lag": case.max_lag,
        "priors": matched_priors(dataset),
    }
    write_json(folder / "case.json", about)


def digest_of(folder: Path) -> str:
    """SHA-256 over what peers are given, the first 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in ("case.json", "wide.csv", "baseline.csv"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


def truth_of(folder: Path) -> dict[str, float]:
    """Channel → what it caused over the window, in outcome units."""
    contribution: dict[str, float] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))[
        "contribution"
    ]
    return contribution


def wide_table(dataset: Dataset) -> pd.DataFrame:
    """One row per geo and period: ``date, geo, population, outcome, spend:…, control:…, event:…``."""
    g, t = dataset.outcome_gt.shape
    population_g = np.ones(g) if dataset.population_g is None else dataset.population_g
    columns: dict[str, Any] = {
        "date": np.tile(pd.DatetimeIndex(dataset.dates), g),
        "geo": np.repeat(list(dataset.geos), t),
        "population": np.repeat(population_g, t),
        "outcome": dataset.outcome_gt.ravel(),
    }
    for c, name in enumerate(dataset.channel_names):
        columns[f"spend:{name}"] = dataset.spend_gtc[:, :, c].ravel()
    for k, name in enumerate(dataset.control_names):
        columns[f"control:{name}"] = dataset.controls_gtk[:, :, k].ravel()
    events = basis.events(dataset.dates, dataset.every, dataset.events)
    for name, column_t in zip(events.names, events.matrix.T, strict=True):
        columns[f"event:{name}"] = np.tile(column_t, g)
    return pd.DataFrame(columns)


def own_spec(dataset: Dataset) -> Spec:
    """Our default spec, for a panel that of a panel."""
    return Spec.model_validate({"geo": {}} if len(dataset.geos) > 1 else {})


def matched_spec(dataset: Dataset) -> Spec:
    """The same, with the log-normal ROI that others can be told: the same median and 95 % point."""
    roi = {"median": ROI.median, "p95": ROI.p95, "family": "lognormal"}
    channels = {name: {"prior": {"roi": roi}} for name in dataset.channel_names}
    return Spec.model_validate({**({"geo": {}} if len(dataset.geos) > 1 else {}), "channels": channels})


def baseline_table(dataset: Dataset) -> pd.DataFrame:
    """Columns of our default baseline times their prior's standard deviation, a row per geo and period.

    A standard normal coefficient times the mean outcome (of a panel: per head) makes each a draw of
    its prior.
    """
    g, t = dataset.outcome_gt.shape
    years = dataset.n_periods / dataset.every.per_year
    columns: dict[str, Float[np.ndarray, " row"]] = {}
    for block in pose(dataset, own_spec(dataset)).blocks:
        scaled_gtp = np.broadcast_to(block.matrix_gtp, (g, t, len(block.names))) * linear_sd(block, years)
        for name, column_gt in zip(block.names, np.moveaxis(scaled_gtp, 2, 0), strict=True):
            columns[name.replace(" ", "_")] = column_gt.ravel()
    return pd.DataFrame(columns)


def matched_priors(dataset: Dataset) -> dict[str, tuple[float, float]]:
    """Our default priors, the same for every channel, but for the ROI's family: see `matched_spec`.

    Returns:
        Location and scale of the logarithm of ``roi``, ``half_life`` (periods), ``half_effect``
        (multiples of the channel's mean spend in periods with spend), ``slope`` and ``sigma``
        (shares of the mean outcome); for a panel also of how much geos differ: ``geo_spread`` (of
        effects, relative), ``intercept_spread`` (shares of the mean outcome) and ``control_spread``
        (the same per standard deviation of a control). And ``retention_beta``, the two parameters of
        the Beta distribution with the mean and variance of ``2^(−1 / half_life)``.
    """
    found: dict[str, tuple[float, float]] = {}
    for prior in pose(dataset, matched_spec(dataset)).model.priors:
        found.setdefault(prior.name, (prior.location, prior.scale))
    if "control_spread" in found:
        spread = Prior.of("control_spread", "positive", CONTROL_SPREAD)
        found[spread.name] = (spread.location, spread.scale)
    return {**found, "retention_beta": beta_of_retention(*found["half_life"])}


def beta_of_retention(location: float, scale: float) -> tuple[float, float]:
    """Beta parameters by the moments of ``2^(−1/h)`` for a log-normal half-life h."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    retention = 2.0 ** (-1.0 / np.exp(location + scale * nodes))
    mean = float(weights @ retention)
    variance = float(weights @ (retention - mean) ** 2)
    size = mean * (1 - mean) / variance - 1
    return mean * size, (1 - mean) * size
