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


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals of geos move together."""
    mean, error = common(evidence.residual_gt)
    if mean < max(CORRELATION, ERRORS * error):
        return
    yield found(
        "warning",
        "geos",
        f"what the model misses moves together in the geos: mean correlation {mean:.2f}",
    )


CHECK = Check(
    name="shared_shock",
    title="Residuals of geos that move together",
    threshold=f"mean correlation over {CORRELATION} and {ERRORS:.0f} standard errors",
    false_alarms="0 of 60 sound worlds",
    why="the model takes geos for independent witnesses; they are one, and its intervals are too narrow",
    advice="add what all geos feel as a control or as events, or closer knots (`trend: {every: 13}`); "
    "until then take intervals for too narrow",
    find=find,
)
