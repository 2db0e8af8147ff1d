"""Channels whose spend follows the calendar: what demand does by itself looks like their effect."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

R2 = 0.8


def find(evidence: Evidence) -> Iterator[Finding]:
    """Info per channel."""
    for channel in evidence.channels:
        if channel.calendar_r2 > R2:
            yield found(
                "info",
                channel.name,
                f"trend and season explain {percent(channel.calendar_r2)} of {channel.name}: it can carry "
                "demand that follows the calendar, and the other way round",
            )


CHECK = Check(
    name="calendar_spend",
    title="Channels that follow the calendar",
    threshold=f"adjusted R² of its exposure on trend, season and weekdays over {R2}",
    false_alarms="0 of 60 sound worlds",
    why="its effect and the season can't be told apart by looking",
    advice="a control that shows demand (searches, category sales) or a test in some weeks or regions "
    "settles it",
    find=find,
)
