"""Rows of the outcome without a value (NaN in the outcome).

An empty cell is neither a zero nor a guess: it has to be filled at the source, or its rows have
to be removed at the end of the series.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.wide import outcome_column


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error that names the dates."""
    tables = evidence.tables
    column = outcome_column(evidence.spec)
    if tables is None or column not in tables.outcome.columns:
        return
    empty = tables.outcome[tables.outcome[column].isna()]
    if len(empty):
        days = sorted({f"{day:%Y-%m-%d}" for day in empty["date"]})
        yield found(
            "error",
            f"outcome '{column}': {some(days)}",
            f"NaN in outcome: {len(empty)} of {len(tables.outcome)} rows have no value",
        )


CHECK = Check(
    name="outcome_missing",
    title="Outcome without a value",
    why="a hole in the outcome can be neither explained nor guessed",
    advice="fill the cells at the source, or remove these rows where they are the last ones",
    find=find,
)
