"""A small table of brands, and a spec that fits it in tenths of a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.documents import as_yaml
from mediamix.simulate import Scenario, simulate

CHANNELS = ("tv", "search", "social")
SAMPLER = {"chains": 2, "draws": 100, "tune": 150, "heal": False}


def table(brands: int, periods: int = 60, seed: int = 1) -> pd.DataFrame:
    """A row per brand and week, brands in turn: `brand`, `date`, `revenue`, three channels and `price`."""
    parts = []
    for number in range(brands):
        scenario = replace(Scenario.weekly(seed + number), periods=periods, channels=len(CHANNELS))
        market = simulate(scenario).dataset
        rows = {
            "brand": f"Brand {number}",
            "date": market.dates.astype("datetime64[D]").astype(str),
            "revenue": np.round(market.outcome_gt[0], 2),
            **{name: np.round(market.spend_gtc[0, :, c], 2) for c, name in enumerate(CHANNELS)},
            "price": np.round(market.controls_gtk[0, :, 0], 3),
        }
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)


def raw_spec(wide: str = "brands.csv", **more: object) -> dict[str, object]:
    """Maps all channels."""
    media = {name: {"spend": name} for name in CHANNELS}
    data = {"wide": wide, "outcome": "revenue", "media": media, "controls": ["price"]}
    return {"data": data, "sampler": {**SAMPLER}, **more}


def write(folder: Path, frame: pd.DataFrame, name: str = "mediamix.yml", **more: object) -> Path:
    """Table and spec in a folder; the path of the spec."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "brands.csv", index=False)
    spec = folder / name
    spec.write_text(as_yaml(raw_spec(**more)), encoding="utf-8")
    return spec


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of every fit, and the tables, by path: what must be the same bytes."""
    wanted = [*folder.glob("table.*"), *(p for p in (folder / "fits").rglob("*") if p.is_file())]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(wanted)}
