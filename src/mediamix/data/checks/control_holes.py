"""Controls without a value in some period, and controls that never change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.rhythm import Rhythm, rhythm_of


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error for a hole, warning for a constant."""
    dataset = evidence.dataset
    if dataset is None:
        return
    for index, name in enumerate(dataset.control_names):
        values = dataset.controls_gtk[:, :, index]
        times = np.flatnonzero(np.isnan(values).any(axis=0))
        if len(times):
            geos = np.isnan(values).any(axis=1).sum()
            of_geos = f" in {geos} of {len(dataset.geos)} geos" if len(dataset.geos) > 1 else ""
            rhythm = rhythm_of(dataset.dates[~np.isnan(values).all(axis=0)])
            yield found(
                "error",
                f"control '{name}': {some(dataset.dates[times])}",
                f"no value in {len(times)} of {dataset.n_periods} {dataset.every.label()}{of_geos}"
                + _coarser(rhythm, dataset.every),
            )
        elif np.ptp(values) == 0:
            yield found(
                "warning",
                f"control '{name}'",
                f"is {values.flat[0]:,.6g} throughout",
                advice="remove it: it can't be told from the baseline",
            )


def _coarser(rhythm: Rhythm | None, every: Every) -> str:
    if rhythm is None or not rhythm.coarser(every):
        return ""
    return f": it has a value per {rhythm.name}, while the outcome is looked at per {every}"


CHECK = Check(
    name="control_holes",
    title="Controls with holes",
    why="a control stands for what happened in every period; a guess there is taken for fact",
    advice="fill the control at the source (repeat a monthly value in its days or weeks)",
    find=find,
    missing=True,
)
