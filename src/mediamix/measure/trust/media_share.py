"""Media that are credited with most of the outcome."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: Reported, and failed, above these shares of the outcome.
MOST, ALL = 0.5, 1.0
UNITS = "compare the units of spend and outcome first (thousands, millions, another currency?); then "
ADVICE = "add controls and events that move demand, or state what you know of the roi as a prior"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning above half, error above all of it."""
    share = float(evidence.media_d.mean() / evidence.outcome) if evidence.outcome > 0 else 0.0
    if share <= MOST:
        return
    yield found(
        "error" if share > ALL else "warning",
        "media",
        f"media are credited with {share:.0%} of the outcome",
        why="media can't have caused more than there was" if share > ALL else "",
        advice=(UNITS if share > ALL else "") + ADVICE,
    )


CHECK = Check(
    name="media_share",
    title="Media that make most of the outcome",
    threshold=f"over {MOST:.0%} of the outcome; an error over {ALL:.0%}",
    false_alarms="0 of 60 sound worlds",
    why="few businesses would lose that much without media: part of it may be demand",
    advice=ADVICE,
    find=find,
)
