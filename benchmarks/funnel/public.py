"""A public market with a published truth in which awareness stands between two channels and the sales.

redam94/mmm-framework (Apache-2.0), `national_mff.csv` and `national_truth.json` of its
`src/mmm_framework/datasets/data`: 104 weeks, seven channels, thirteen controls; tv and video build awareness,
awareness sells. The truth is the total effect of a channel.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.read import read

FILES = ("national_mff.csv", "national_truth.json")
AWARENESS, MEDIATED = "brand_awareness", ("TV", "Video")


def public(folder: Path) -> tuple[dict[str, tuple[Dataset, Spec]], dict[str, float]]:
    """Case → dataset and spec; and channel → truth, in outcome units over the window."""
    long = pd.read_csv(folder / FILES[0])
    wide = long.pivot_table(index="Period", columns="VariableName", values="VariableValue").reset_index()
    truth = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))["true_contribution"]
    others = [c for c in wide.columns if c not in ("Period", "Sales", AWARENESS, *truth)]
    cases = {
        "declared": ([*others, AWARENESS], {AWARENESS: {"driven_by": [*MEDIATED]}}),
        "a control": ([*others, AWARENESS], {}),
        "left out": (others, {}),
    }
    made = {}
    for name, (controls, mediators) in cases.items():
        media = {channel: {"spend": channel} for channel in truth}
        data = {"wide": "x", "date": "Period", "outcome": "Sales", "media": media, "controls": controls}
        spec = parse_spec({"data": data, "mediators": mediators})
        made[name] = (read(wide=wide, spec=spec), spec)
    return made, {name: float(value) for name, value in truth.items()}
