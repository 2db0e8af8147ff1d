"""Channels of reach & frequency: rows with a frequency under one, or without reach or frequency."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data import reach
from mediamix.data.channels import reaching
from mediamix.data.checking import Check, Evidence, found


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per channel, with all its rows."""
    tables = evidence.tables
    if tables is None:
        return
    for name in reaching(tables.media, evidence.spec):
        for problem in reach.problems(tables.media[tables.media["channel"] == name]):
            yield found("error", name, problem)


CHECK = Check(
    name="frequency",
    title="Reach without a possible frequency",
    why="the response saturates in how often those who were reached saw the ad: impressions over reach",
    advice="give reach and frequency (or impressions) of the same period; frequency is impressions / reach",
    find=find,
)
