"""Media and outcome that keep different calendars: other weekdays, or longer periods."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, found
from mediamix.data.periods import detect, finer


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning for shifted weeks, error for media coarser than the periods, info for finer ones."""
    tables, dataset = evidence.tables, evidence.dataset
    if tables is None or dataset is None:
        return
    outcome_days = tables.outcome["date"].to_numpy().astype("datetime64[D]")
    media_days = np.unique(tables.media["date"].to_numpy().astype("datetime64[D]"))
    rows, every = detect(media_days), dataset.every
    if rows is None:
        return
    if finer(every, rows):
        yield found(
            "error",
            "media: date",
            f"media have a row per {rows}, the outcome is looked at per {every}: "
            f"the spend of a {rows} would fall on its first {every}",
            advice=f"say `time: {{every: {rows}}}`, or export media per {every}",
        )
    elif rows is every is Every.WEEK:
        shifted = (media_days - outcome_days.min()).astype(int) % 7 != 0
        if shifted.any():
            day = media_days[shifted][0].astype(object).strftime("%A")
            start = outcome_days.min().astype(object).strftime("%A")
            yield found(
                "warning",
                f"media: {media_days[shifted][0]} and {shifted.sum() - 1} others",
                f"media weeks are dated by a {day}, the outcome's by a {start}; "
                "each media week is taken into the outcome week that holds its date",
            )
    elif finer(rows, detect(outcome_days) or every):
        yield found("info", "media: date", f"media rows per {rows} are summed per {every}")


CHECK = Check(
    name="alignment",
    title="Media and outcome on different calendars",
    why="spend that is dated into another period than its effect shortens or lengthens carry-over",
    advice="date both tables by the same first day of the period",
    find=find,
)
