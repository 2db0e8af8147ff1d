"""Single values that can't be meant, in tables whose reading doesn't look for them (a warehouse's).

Files and frames are refused before, with the row of the cell.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mediamix.core.types import Finding
from mediamix.data.absurd import unlikely
from mediamix.data.checking import Check, Evidence, found
from mediamix.data.normalise import MEDIA_NUMBERS, POPULATION
from mediamix.data.wide import outcome_column


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per value that is ten thousand times the next one of its series, or beyond 1e15."""
    tables = evidence.tables
    if tables is None:
        return
    exposures = evidence.spec.exposures
    for column in (c for c in tables.media.columns if c in {*MEDIA_NUMBERS, *exposures}):
        yield from _of("media", tables.media, column, "channel")
    for column in (outcome_column(evidence.spec), POPULATION):
        yield from _of("outcome", tables.outcome, column, "geo")
    if tables.controls is not None:
        for column in (str(c) for c in tables.controls.columns if c not in ("date", "geo")):
            yield from _of("controls", tables.controls, column, "geo")


def _of(name: str, table: pd.DataFrame, column: str, by: str) -> Iterator[Finding]:
    if column not in table.columns or not pd.api.types.is_numeric_dtype(table[column].dtype):
        return
    for _, message in unlikely(table[column], table["date"], table[by]):
        yield found("error", f"{name}, column '{column}'", message)


CHECK = Check(
    name="absurd",
    title="Values that can't be meant",
    why="one such value is larger than everything else together",
    advice="correct the cell at the source",
    find=find,
)
