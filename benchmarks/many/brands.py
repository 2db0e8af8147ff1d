"""A table of brands like a shop data set's: a row per brand and day, eight channels, none used by all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.documents import as_yaml
from mediamix.simulate import Scenario, simulate

CHANNELS = 8
#: Days of a brand: 134 of them are some 132,000 rows.
DAYS = 990


def table(brands: int, seed: int = 1) -> pd.DataFrame:
    """Rows of so many made-up brands; each uses five to eight channels, the others' cells are empty."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(brands):
        scenario = replace(Scenario(seed=seed + number), periods=DAYS, channels=CHANNELS)
        market = simulate(scenario).dataset
        rows = pd.DataFrame(
            {"brand": f"brand {number + 1:03d}", "date": market.dates.astype("datetime64[D]")}
        )
        rows["revenue"] = np.round(market.outcome_gt[0], 2)
        silent = rng.permutation(CHANNELS)[: rng.integers(0, 4)]
        for index in range(CHANNELS):
            spend = np.round(market.spend_gtc[0, :, index], 2)
            rows[f"spend_{index + 1}"] = np.nan if index in silent else spend
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def write(folder: Path, brands: int, every: str = "week") -> Path:
    """The table, and a spec of defaults that maps its columns and sums days to weeks; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    table(brands).to_csv(folder / "brands.csv", index=False)
    media = {f"channel {i + 1}": {"spend": f"spend_{i + 1}"} for i in range(CHANNELS)}
    data = {"wide": "brands.csv", "outcome": "revenue", "media": media}
    raw = {"data": data, "time": {"every": every}}
    (folder / "mediamix.yml").write_text(as_yaml(raw), encoding="utf-8")
    return folder / "mediamix.yml"
