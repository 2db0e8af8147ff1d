"""Write a simulation as the files a user would have, and its truth beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.files import write_text
from mediamix.core.types import NATIONAL
from mediamix.data.csv_text import csv_text
from mediamix.simulate.generate import Simulation

FILES = ("media.csv", "outcome.csv", "controls.csv", "events.csv", "contributions.csv", "truth.json")


def write_simulation(simulation: Simulation, folder: str | Path) -> dict[str, Path]:
    """Write the four tables, ``contributions.csv`` and ``truth.json``; returns name → path.

    The same simulation gives the same bytes. A scenario without controls or events leaves a table
    with its header only, so that every file of the contract is there. Each file is written aside
    and then renamed.

    Raises:
        FolderError: The folder can't be made or written to.
    """
    folder = Path(folder)
    tables = simulation.tables
    national = simulation.dataset.geos == (NATIONAL,)
    controls, events = tables.controls, tables.events
    if controls is None:
        controls = pd.DataFrame(columns=["date", "geo"])
    if events is None:
        events = pd.DataFrame(columns=["date", "end_date", "event"])
    texts = {
        "media.csv": _csv(tables.media, drop_geo=national),
        "outcome.csv": _csv(tables.outcome, drop_geo=national),
        "controls.csv": _csv(controls, drop_geo=national),
        "events.csv": _csv(events, drop_geo=True),
        "contributions.csv": _csv(contributions_table(simulation), drop_geo=False),
        "truth.json": json.dumps(simulation.truth.to_dict(), indent=2, allow_nan=False, default=_plain)
        + "\n",
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return {name: folder / name for name in texts}


def spec_text(simulation: Simulation) -> str:
    """``mediamix.yml`` for the written tables: what isn't a default, with the seed that made them."""
    scenario, panel = simulation.truth.scenario, simulation.dataset.geos != (NATIONAL,)
    outcome = [f"column: {scenario.outcome_name}", f"unit: {scenario.unit}", f"currency: {scenario.currency}"]
    if scenario.value_per_unit is not None:
        outcome.append(f"value_per_unit: {scenario.value_per_unit:g}")
    lines = [
        f"# A made-up market, seed {scenario.seed}; its truth is in truth.json.",
        "data: {media: media.csv, outcome: outcome.csv, controls: controls.csv, events: events.csv}",
        f"outcome: {{{', '.join(outcome)}}}",
        *(["geo: {population: population}"] if panel else []),
    ]
    return "\n".join(lines) + "\n"


def contributions_table(simulation: Simulation) -> pd.DataFrame:
    """Per date and geo: the outcome and what it is made of, in outcome units.

    Columns: ``date, geo, outcome``, one ``baseline_<part>`` per part of the baseline, one per
    channel, ``noise``; all after ``outcome`` sum to it. Here every outcome is known, those that
    the data miss too.
    """
    data, truth = simulation.dataset, simulation.truth
    g, t = data.outcome_gt.shape
    decimals = 2 if data.unit == "revenue" else 0
    outcome_gt = np.where(data.observed_gt, data.outcome_gt, np.round(truth.outcome_gt, decimals))
    columns: dict[str, object] = {
        "date": np.tile(pd.DatetimeIndex(data.dates), g),
        "geo": np.repeat(list(data.geos), t),
        "outcome": outcome_gt.ravel(),
    }
    for p, part in enumerate(truth.baseline_names):
        columns[f"baseline_{part}"] = truth.baseline_gtp[:, :, p].ravel()
    for c, channel in enumerate(truth.channel_names):
        columns[channel] = truth.contribution_gtc[:, :, c].ravel()
    columns["noise"] = truth.noise_gt.ravel()
    table = pd.DataFrame(columns)
    is_there = truth.baseline_gt > 0  # a geo without a baseline isn't part of the business
    return table[is_there.ravel()].reset_index(drop=True)


def _plain(value: object) -> object:
    """A NumPy number among the knobs, as JSON knows it."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} can't be written as JSON")


def _csv(table: pd.DataFrame, drop_geo: bool) -> str:
    return csv_text(table.drop(columns="geo", errors="ignore") if drop_geo else table)
