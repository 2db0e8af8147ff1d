"""Does the model describe the outcome? Weak scores in the window and on held-out periods, as findings."""

from __future__ import annotations

from math import comb

from mediamix.core.numbers import percent
from mediamix.core.types import Finding, Severity
from mediamix.measure.quality import Quality, Score

#: A held-out coverage is called wrong when chance alone would be that low this rarely.
SURPRISE = 0.01
#: Below this the model leaves most of the movement unexplained.
R2_LOW = 0.5


def weaknesses(quality: Quality) -> tuple[Finding, ...]:
    """Findings about the scores of a fit."""
    found = []
    if quality.trained.r2 < R2_LOW:
        found.append(
            Finding(
                "explained",
                "warning",
                "model",
                f"the model explains only {percent(max(quality.trained.r2, 0.0))} of the outcome's movement",
                "what moves the outcome and isn't in the model may be credited to media",
                "add the controls and events that move the outcome",
            )
        )
    if quality.holdout is not None and coverage_is_low(quality.holdout):
        fails = forecast_fails(quality.holdout)
        severity: Severity = "error" if fails else "warning"
        worse = ", and their own mean forecasts them better" if fails else ""
        found.append(
            Finding(
                "holdout",
                severity,
                "held-out periods",
                f"only {percent(quality.holdout.coverage90)} of {quality.holdout.periods} held-out periods "
                f"lie in the 90% band{worse}",
                "the model is surer than it may be of periods that it hasn't seen",
                "look at the held-out periods: something happened there that the model doesn't know",
            )
        )
    return tuple(found)


def coverage_is_low(score: Score) -> bool:
    """Whether so few hits of a true 90 % band would be a surprise: ``P(X ≤ hits) < 1 %``."""
    hits, n = round(score.coverage90 * score.periods), score.periods
    chance = sum(comb(n, k) * 0.9**k * 0.1 ** (n - k) for k in range(hits + 1))
    return chance < SURPRISE


def forecast_fails(score: Score) -> bool:
    """Whether held-out periods are forecast worse than by their own mean, and with too much certainty.

    Either alone happens to good models: a calm holdout leaves little to explain.
    """
    return score.r2 < 0 and coverage_is_low(score)
