"""Geos that start later or end earlier than the outcome table as a whole.

Before its first and after its last outcome or media row a geo isn't part of the business. In a
panel nothing is fitted there; a national sum jumps when a geo joins or leaves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, is_panel, some
from mediamix.data.dataset import Dataset
from mediamix.data.periods import TimeAxis


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info for a panel, warning where the geos are summed."""
    tables, dataset = evidence.tables, evidence.dataset
    if tables is None or dataset is None or tables.outcome["geo"].nunique() < 2:
        return
    panel = is_panel(dataset, evidence.spec)
    geos, first_g, last_g = _presence(dataset) if panel else _rows(tables.outcome, dataset)
    starts = [(geo, dataset.dates[t]) for geo, t in zip(geos, first_g, strict=True) if t > 0]
    last = dataset.n_periods - 1
    ends = [(geo, dataset.dates[t]) for geo, t in zip(geos, last_g, strict=True) if t < last]
    for named, says in ((starts, "start later than the others"), (ends, "end earlier than the others")):
        if not named:
            continue
        shown = some(f"{geo} ({day})" for geo, day in sorted(named, key=lambda pair: pair[1]))
        if panel:
            message = "nothing is fitted where they aren't present"
        else:
            message = "they count as zero where they have no rows, and the national sum jumps there"
        yield found(
            "info" if panel else "warning", shown, f"{len(named)} of {len(geos)} geos {says}: {message}"
        )


def _presence(dataset: Dataset) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Geos that are ever present, with the index of their first and last period."""
    present_gt = dataset.present_gt
    ever = np.asarray(present_gt.any(axis=1))
    geos = tuple(geo for geo, is_there in zip(dataset.geos, ever, strict=True) if is_there)
    seen = present_gt[ever]
    return geos, seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)


def _rows(outcome: pd.DataFrame, dataset: Dataset) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The same by the rows of the outcome table."""
    axis = TimeAxis(dataset.dates, dataset.every)
    place = axis.place(outcome["date"].to_numpy())
    inside = outcome.assign(place=place)[place >= 0].groupby("geo", sort=False)["place"]
    first, last = inside.min(), inside.max()
    return tuple(map(str, first.index)), first.to_numpy(), last.to_numpy()


CHECK = Check(
    name="geo_dates",
    title="Geos that start late or end early",
    why="an export that was cut off looks like a geo that was opened late or closed",
    advice="nothing if the geo wasn't there then; else export the missing rows",
    find=find,
)
