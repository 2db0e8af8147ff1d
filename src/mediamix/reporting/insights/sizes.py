"""How long a channel has to be stopped until that tells something."""

from __future__ import annotations

import math
from dataclasses import replace

from mediamix.measure.contribution import ChannelMeasure
from mediamix.reporting.insights.insight import Known

#: Half of a 90 % interval in standard errors.
HALF = 1.645
#: A stop over more than this part of the window isn't a test.
LONGEST = 0.25


def stop_words(known: Known, measure: ChannelMeasure, half_width: float) -> str | None:
    """``stop tv for about 6 weeks``; None where that would take too long, or the fit's error isn't known.

    A stop of n of the N periods shows what the channel brings in n periods, with a standard error of
    ``σ √n``; over the window that is ``σ N / √n``, so that ``n = (1.645 σ N / half_width)²``. To it comes
    twice the half-life, in which the channel still works.

    Args:
        known: What is known.
        measure: Of the channel.
        half_width: Of the 90 % interval that the test shall have, in outcome units over the window.
    """
    window, sigma = known.summary.window, noise(known)
    if half_width <= 0 or sigma is None:
        return None
    needed = (HALF * sigma * window.periods / half_width) ** 2 + 2.0 * measure.half_life.mean
    if needed > LONGEST * window.periods:
        return None
    return f"stop {measure.name} for about {replace(window, periods=math.ceil(needed)).length}"


def noise(known: Known) -> float | None:
    """Standard deviation of the residual per period, from its mean size: ``E|x| = σ √(2/π)``."""
    summary = known.summary
    off = summary.quality.trained.wmape * abs(summary.outcome_total) / summary.window.periods
    return off * math.sqrt(math.pi / 2) if math.isfinite(off) else None
