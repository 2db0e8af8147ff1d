"""Negative spend or exposure of a channel in a period.

Judged on the sum per date, geo and channel, so that a credit note within a day's campaigns is
no finding as long as the day stays positive.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.normalise import MEDIA_NUMBERS


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per channel and column."""
    tables = evidence.tables
    if tables is None:
        return
    named = evidence.spec.exposures
    columns = [c for c in tables.media.columns if c in named.union(MEDIA_NUMBERS)]
    negative = tables.media[(tables.media[columns] < 0).any(axis=1)]
    if negative.empty:
        return
    suspects = tables.media[tables.media["channel"].isin(negative["channel"])]
    totals = suspects.groupby(["channel", "date", "geo"], sort=False)[columns].sum().reset_index()
    for channel, rows in totals.groupby("channel", sort=False):
        for column in columns:
            bad = rows[rows[column] < 0]
            if len(bad):
                days = sorted({f"{day:%Y-%m-%d}" for day in bad["date"]})
                yield found(
                    "error",
                    f"{channel}: {some(days)}",
                    f"{len(bad)} negative values of {column}, {bad[column].sum():,.2f} in all",
                )


CHECK = Check(
    name="negative",
    title="Negative spend or exposure",
    why="no advertisement can be taken back: a negative value has no response",
    advice="book credit notes on the dates that they correct, or set these values to 0",
    find=find,
)
