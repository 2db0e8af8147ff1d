"""Returns that change over the window: the model knows one curve for all of it."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

ERRORS = 3.5


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per channel whose effect grows or falls."""
    for channel in evidence.channels:
        if channel.drift is not None and abs(channel.drift) > ERRORS:
            way = "grows" if channel.drift > 0 else "falls"
            yield found(
                "warning",
                channel.name,
                f"what {channel.name} brings {way} over the window ({channel.drift:+.1f} standard errors)",
            )


CHECK = Check(
    name="drift",
    title="Returns that change over time",
    threshold=f"a change over the window of more than {ERRORS} standard errors",
    false_alarms="0 of 60 sound worlds",
    why="the number is a mean over the window: today's return is another",
    advice="fit the last half of the data apart and compare; plan on the recent periods (`--last 52`)",
    find=find,
)
