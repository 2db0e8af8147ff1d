r"""Residuals that remember: the Ljung–Box test of the residuals' first lags.

.. math:: Q = n (n + 2) \sum_{k=1}^{h} \frac{r_k^2}{n - k} \sim \chi^2_h

Source: Ljung & Box (1978), On a measure of lack of fit in time series models.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Spec
from mediamix.core.types import Every, Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant, found, trained
from mediamix.measure.gains import WHEN, better

NAME = "autocorrelation"
LAGS = {Every.DAY: 14, Every.WEEK: 8, Every.FORTNIGHT: 6, Every.MONTH: 6, Every.QUARTER: 4, Every.YEAR: 2}
SURPRISE = 1e-3
#: The first lag's correlation that matters: less is seen in long series, and changes nothing.
CORRELATION = 0.15
PERIODS = 30
#: A refit is tried from so many standard errors of the first lag's correlation on.
TRIED = 2.0


def ljung_box(residual_n: Float[np.ndarray, " row"], lags: int) -> tuple[float, float, float]:
    """The statistic, its p-value, and the correlation at the first lag."""
    from scipy.special import gammaincc

    n = len(residual_n)
    z = residual_n - residual_n.mean()
    r = np.array([float(z[k:] @ z[:-k]) for k in range(1, lags + 1)]) / float(z @ z)
    statistic = float(n * (n + 2) * (r**2 / (n - np.arange(1, lags + 1))).sum())
    return statistic, float(gammaincc(lags / 2, statistic / 2)), float(r[0])


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Noise that remembers, where it is plain."""
    if spec.noise.kind != "normal":
        return None
    noise = spec.noise.model_copy(update={"kind": "ar1"})
    return dataset, spec.model_copy(update={"noise": noise}), "noise: {kind: ar1}"


def called_for(residual_n: Float[np.ndarray, " row"]) -> bool:
    """Whether neighbouring residuals are alike by more than chance."""
    if len(residual_n) < PERIODS or not residual_n.std() > 0:
        return False
    return bool(ljung_box(residual_n, 1)[2] > TRIED / np.sqrt(len(residual_n)))


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals of neighbouring periods are alike, or noise that lasts predicts better."""
    told = [*better(evidence, NAME, "residuals", "what the model misses lasts")]
    yield from told
    rows, lags = trained(evidence.total_t), LAGS[evidence.every]
    if told or len(rows) < max(PERIODS, 3 * lags) or not rows.std() > 0:
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
    name=NAME,
    title="Residuals that remember",
    threshold=f"Ljung–Box p under {SURPRISE:g} and a first correlation over {CORRELATION}; or lasting noise "
    f"predicts better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="something lasting is missing from the model: its intervals are too narrow, and media that ran at "
    "the time get the credit",
    advice="add the control that moved then, closer knots (`trend: {every: 13}`), or let the noise last "
    "(`noise: {kind: ar1}`)",
    find=find,
    variant=variant,
    called_for=called_for,
)
