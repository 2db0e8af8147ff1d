"""Residuals that come back after a year: a season or a date that the model doesn't know."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

ERRORS = 3.5
#: Pairs a year apart that are needed.
PAIRS = 26


def year_apart(residual_t: Float[np.ndarray, " time"], per_year: float) -> tuple[float, float]:
    """Correlation of residuals a year apart, and its standard error if there were none."""
    lag = round(per_year)
    if len(residual_t) <= lag:
        return 0.0, np.inf
    now, before = residual_t[lag:], residual_t[:-lag]
    both = np.isfinite(now) & np.isfinite(before)
    if both.sum() < PAIRS:
        return 0.0, np.inf
    a, b = now[both] - now[both].mean(), before[both] - before[both].mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return (float(a @ b) / scale if scale > 0 else 0.0), float(both.sum() ** -0.5)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where last year's residuals are this year's."""
    correlation, error = year_apart(evidence.total_t, evidence.every.per_year)
    if correlation > ERRORS * error:
        yield found(
            "warning",
            "season",
            f"what the model misses comes back a year later: correlation {correlation:.2f}",
        )


CHECK = Check(
    name="yearly_residual",
    title="Residuals that come back after a year",
    threshold=f"correlation at the lag of a year over {ERRORS} standard errors",
    false_alarms="0 of 60 sound worlds",
    why="media that are bought for the season are credited with what the model misses of it",
    advice="name holidays and sales days (`holidays: {country: …}` or an events table), or more waves "
    "(`seasonality: {yearly: 6}`)",
    find=find,
)
