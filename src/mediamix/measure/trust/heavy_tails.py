"""Single periods that no model of ordinary noise explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Finding
from mediamix.measure.checking import Check, Evidence, found

#: A residual counts from so many robust standard deviations on; of many rows more are expected.
FAR = 4.5
#: Excess kurtosis, in standard errors (√(24/n)) and at least.
KURTOSIS_ERRORS, KURTOSIS_LEAST = 6.0, 1.5
PERIODS = 30


def far_rows(residual: Float[np.ndarray, "*shape"]) -> tuple[np.ndarray, float]:
    """Which residuals are far off, and the excess kurtosis of all."""
    known = residual[np.isfinite(residual)]
    middle = float(np.median(known))
    scale = 1.4826 * float(np.median(np.abs(known - middle)))
    z = (known - known.mean()) / max(float(known.std()), 1e-12)
    with np.errstate(invalid="ignore"):
        return np.abs(residual - middle) > FAR * max(scale, 1e-12), float((z**4).mean() - 3.0)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals have heavy tails."""
    residual = evidence.residual_gt
    n = int(np.isfinite(residual).sum())
    if n < PERIODS:
        return
    far, kurtosis = far_rows(residual)
    count = int(far.sum())
    # Of n normal residuals fewer than one in 150,000 lies so far out.
    if count > n / 2000 and kurtosis > max(KURTOSIS_LEAST, KURTOSIS_ERRORS * np.sqrt(24.0 / n)):
        periods = evidence.every.label(count) if not evidence.panel else "rows"
        yield found(
            "warning",
            "residuals",
            f"{count} of {n:,} {periods} lie more than {FAR} robust standard deviations from the model "
            f"(excess kurtosis {kurtosis:.1f})",
        )


CHECK = Check(
    name="heavy_tails",
    title="Periods that ordinary noise doesn't explain",
    threshold=f"residuals beyond {FAR} robust standard deviations, excess kurtosis over {KURTOSIS_LEAST} and "
    f"{KURTOSIS_ERRORS:.0f} standard errors",
    false_alarms="0 of 60 sound worlds",
    why="a few periods decide where noise is taken for normal",
    advice="look at those periods: correct what is an error, name as an event what happened",
    find=find,
)
