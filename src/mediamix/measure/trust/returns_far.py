"""Returns far outside of what anybody would have believed before."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent, times
from mediamix.core.types import Finding
from mediamix.measure.checking import Belief, ChannelEvidence, Check, Evidence, found

#: The posterior median lies so far up in its prior: above its central 95 %.
RANK = 0.975


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning per channel above its prior's central 95 %."""
    for channel in evidence.channels:
        effect = channel.effect
        if effect is None or effect.rank <= RANK:
            continue
        yield found(
            "warning",
            channel.name,
            f"{_words(channel, effect)}; the prior says 95% below {_shown(effect.name, effect.prior_p95)}",
        )


def _words(channel: ChannelEvidence, effect: Belief) -> str:
    what = "returns" if effect.name == "roi" else "is credited with"
    return f"{channel.name} {what} {_shown(effect.name, effect.median)}"


def _shown(name: str, value: float) -> str:
    return times(value) if name == "roi" else f"{percent(value)} of the outcome"


CHECK = Check(
    name="returns_far",
    title="Returns that can hardly be",
    threshold=f"posterior median above {RANK:.1%} of the prior",
    false_alarms="0 of 60 sound worlds",
    why="so much return is rarely a channel's own: its spend follows demand, its unit differs, or it stands "
    "for something that isn't in the data",
    advice="check the unit of its spend; add the controls that move demand; test it, or state what you know "
    "of its roi as a prior",
    find=find,
)
