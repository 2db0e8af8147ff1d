r"""Residuals that remember: the Ljung–Box test of the residuals' first lags.

.. math:: Q = n (n + 2) \sum_{k=1}^{h} \frac{r_k^2}{n - k} \sim \chi^2_h

Source: Ljung & Box (1978), On a measure of lack of fit in time series models.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Every, Finding
from mediamix.measure.checking import Check, Evidence, found, trained

LAGS = {Every.DAY: 14, Every.WEEK: 8, Every.MONTH: 6, Every.QUARTER: 4, Every.YEAR: 2}
SURPRISE = 1e-3
#: The first lag's correlation that matters: less is seen in long series, and changes nothing.
CORRELATION = 0.15
PERIODS = 30


def ljung_box(residual_n: Float[np.ndarray, " row"], lags: int) -> tuple[float, float, float]:
    """The statistic, its p-value, and the correlation at the first lag."""
    from scipy.special import gammaincc

    n = len(residual_n)
    z = residual_n - residual_n.mean()
    r = np.array([float(z[k:] @ z[:-k]) for k in range(1, lags + 1)]) / float(z @ z)
    statistic = float(n * (n + 2) * (r**2 / (n - np.arange(1, lags + 1))).sum())
    return statistic, float(gammaincc(lags / 2, statistic / 2)), float(r[0])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals of neighbouring periods are alike."""
    rows, lags = trained(evidence.total_t), LAGS[evidence.every]
    if len(rows) < max(PERIODS, 3 * lags) or not rows.std() > 0:
        return
    _, p, first = ljung_box(rows, lags)
    if p >= SURPRISE or first < CORRELATION:
        return
    yield found(
        "warning",
        "residuals",
        f"what the model misses lasts: residuals of neighbouring {evidence.every.label()} correlate with "
        f"{first:.2f} (Ljung–Box p = {p:.1g})",
    )


CHECK = Check(
    name="autocorrelation",
    title="Residuals that remember",
    threshold=f"Ljung–Box p under {SURPRISE:g} and a first correlation over {CORRELATION}",
    false_alarms="0 of 60 sound worlds",
    why="something lasting is missing from the model: its intervals are too narrow, and media that ran at "
    "the time get the credit",
    advice="add the control that moved then, or closer knots (`trend: {every: 13}`)",
    find=find,
)
