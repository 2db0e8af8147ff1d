"""Held-out periods that are forecast badly."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.numbers import percent
from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found
from mediamix.measure.quality import coverage_is_low

#: A held-out coverage is called wrong when chance alone would be that low this rarely.
SURPRISE = 0.01
#: R² of the forecast that is called worse than knowing nothing; a calm holdout alone leaves a little below 0.
R2 = -0.25
#: Errors of the model over those of last year's values.
NAIVE = 1.25
PERIODS = 4


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error where the forecast is bad and too sure of itself, warning for either."""
    score = evidence.quality.holdout
    if score is None or score.periods < PERIODS:
        return
    low, poor = coverage_is_low(score, SURPRISE), score.r2 < R2
    naive = evidence.naive is not None and evidence.naive < 1 / NAIVE
    if not (low or poor or naive):
        return
    words = []
    if low:
        words.append(
            f"only {percent(score.coverage90)} of {score.periods} held-out periods lie in the 90% band"
        )
    if score.r2 < 0 and (low or poor):
        words.append(f"their own mean forecasts them better (R² {score.r2:.2f})")
    if naive and evidence.naive is not None:
        words.append(f"last year's values forecast them better (error {1 / evidence.naive:.1f} times theirs)")
    yield found("error" if low and score.r2 < 0 else "warning", "held-out periods", ", and ".join(words))


CHECK = Check(
    name="holdout",
    title="Held-out periods that are forecast badly",
    threshold=f"coverage that chance explains in under {SURPRISE:.0%}, R² under {R2}, or an error over "
    f"{NAIVE} times that of last year's values; failed where coverage is low and R² under 0",
    false_alarms="0 of 60 sound worlds",
    why="the model has learned something that doesn't hold",
    advice="look at the held-out periods: something happened there that the model doesn't know, or the trend "
    "is too stiff or too free",
    find=find,
)
