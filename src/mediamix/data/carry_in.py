"""Media from before the first outcome: what is still carried over when the outcome begins.

Such exposure is no period of the dataset: it enters the adstock, never the likelihood.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.types import Finding
from mediamix.data.periods import DAY, TimeAxis, preceding

#: Years before the first outcome that are carried in: what is older has hardly an effect left.
YEARS = 1.0


def before_axis(media: pd.DataFrame, axis: TimeAxis) -> TimeAxis | None:
    """The periods from the first media row to the first outcome, a year at most; None if there are none."""
    days = media["date"].to_numpy().astype("datetime64[D]")
    most = preceding(axis, max(1, round(YEARS * axis.every.per_year)))
    inside = most.place(days) >= 0
    numbers = media[inside].drop(columns="date").select_dtypes("number").fillna(0.0).to_numpy()
    early = days[inside][(numbers != 0).any(axis=1)]
    if not len(early):
        return None
    inside = np.flatnonzero(most.ends > early.min())
    return TimeAxis(most.starts[inside[0] :], axis.every)


def about_carry_in(media: pd.DataFrame, axis: TimeAxis, before: TimeAxis) -> list[Finding]:
    """What is carried in."""
    rows, n = media[before.place(media["date"].to_numpy()) >= 0], len(before)
    return [
        Finding(
            "carry_in",
            "info",
            f"media: {before.starts[0]} to {axis.starts[0] - DAY}",
            f"{len(rows)} media rows of {n} {axis.every.label(n)} before the first outcome, with a spend of "
            f"{rows['spend'].sum():,.0f}, act on it by carry-over and belong to no period",
            "what ran before the first outcome still works in its first periods",
            "nothing",
        )
    ]
