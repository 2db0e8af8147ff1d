"""Dates after today, and a last period that isn't over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found
from mediamix.data.periods import TimeAxis, detect, starts


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error for an outcome in the future, warning for media there or for an unfinished period."""
    tables = evidence.tables
    if tables is None:
        return
    today = np.datetime64(evidence.today, "D")
    for name, table in (("outcome", tables.outcome), ("media", tables.media)):
        days = table["date"].to_numpy().astype("datetime64[D]")
        late = days[days > today]
        if len(late):
            yield found(
                "error" if name == "outcome" else "warning",
                f"{name}: {late.min()} to {late.max()}",
                f"{len(late)} rows are dated after today ({today})",
            )
    days = tables.outcome["date"].to_numpy().astype("datetime64[D]")
    every = detect(days)
    if every is None or days.max() > today:
        return
    end = TimeAxis(starts(days.min(), days.max(), every), every).ends[-1] - 1
    if end > today:
        yield found(
            "warning",
            f"outcome: {every} of {days.max()}",
            f"the last {every} ends on {end}, which is after today ({today})",
            advice=f"leave the unfinished {every} out, unless its date is the last day of the {every}",
        )


CHECK = Check(
    name="future",
    title="Dates in the future",
    why="a plan or a mistyped year is taken for what happened",
    advice="remove these rows, or correct their dates",
    find=find,
)
