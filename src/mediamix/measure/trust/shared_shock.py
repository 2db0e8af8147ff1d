"""Residuals of geos that move together: a shock that all of them feel and no column shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: Mean correlation of two geos' residuals, and its standard errors under independence.
CORRELATION, ERRORS = 0.1, 4.0
#: Periods that all geos must have in common.
PERIODS = 20


def common(residual_gt: Float[np.ndarray, "geo time"]) -> tuple[float, float]:
    """Mean correlation between geos, and its standard error if there were none."""
    rows = residual_gt[:, np.isfinite(residual_gt).all(axis=0)]
    geos, n = rows.shape
    if geos < 2 or n < PERIODS:
        return 0.0, np.inf
    z = (rows - rows.mean(axis=1, keepdims=True)) / np.maximum(rows.std(axis=1, keepdims=True), 1e-12)
    # Of all pairs: (Var(Σ z) − G) / (G (G − 1)).
    mean = float(((z.sum(axis=0) ** 2).mean() - geos) / (geos * (geos - 1)))
    return mean, float(np.sqrt(2.0 / (geos * (geos - 1) * n)))


def gain(residual_gt: Float[np.ndarray, "geo time"]) -> float:
    """Log density that a shock per period adds, by the closed form for geos that are alike.

    With z the residuals in standard deviations and B the mean over periods of ``(Σ_g z)² / G``, a normal of
    variance B describes a period's sum instead of one of variance 1: ``½ (B − 1 − log B)`` per period.
    """
    known_gt = np.isfinite(residual_gt)
    there_t = known_gt.any(axis=0)
    z_gt = np.where(known_gt, residual_gt, 0.0)
    scale = np.sqrt((z_gt[known_gt] ** 2).mean())
    common_t = z_gt.sum(axis=0)[there_t] / np.sqrt(known_gt.sum(axis=0)[there_t]) / max(scale, 1e-12)
    b = float((common_t**2).mean())
    return 0.5 * int(there_t.sum()) * (b - 1.0 - np.log(b)) if b > 1.0 else 0.0


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals of geos move together."""
    mean, error = common(evidence.residual_gt)
    if mean < max(CORRELATION, ERRORS * error):
        return
    yield found(
        "warning",
        "geos",
        f"what the model misses moves together in the geos: mean correlation {mean:.2f}; a shock per "
        f"{evidence.every.label(1)} that they share would raise the log likelihood by about "
        f"{gain(evidence.residual_gt):,.0f}",
    )


CHECK = Check(
    name="shared_shock",
    title="Residuals of geos that move together",
    threshold=f"mean correlation over {CORRELATION} and {ERRORS:.0f} standard errors",
    false_alarms="0 of 60 sound worlds",
    why="the model takes geos for independent witnesses; they are one, and its intervals are too narrow",
    advice="`geo: {shared_shock: true}`; what all geos felt, if you know it, as a control or as events",
    find=find,
)
