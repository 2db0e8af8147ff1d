"""Single periods that no model of ordinary noise explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant, found
from mediamix.measure.gains import WHEN, better

NAME = "heavy_tails"
#: A residual counts from so many robust standard deviations on; of many rows more are expected.
FAR = 4.5
#: Excess kurtosis, in standard errors (√(24/n)) and at least.
KURTOSIS_ERRORS, KURTOSIS_LEAST = 6.0, 1.5
PERIODS = 30
#: A refit is tried from so many standard errors of the excess kurtosis on.
TRIED = 3.0


def far_rows(residual: Float[np.ndarray, "*shape"]) -> tuple[np.ndarray, float]:
    """Which residuals are far off, and the excess kurtosis of all."""
    known = residual[np.isfinite(residual)]
    middle = float(np.median(known))
    scale = 1.4826 * float(np.median(np.abs(known - middle)))
    z = (known - known.mean()) / max(float(known.std()), 1e-12)
    with np.errstate(invalid="ignore"):
        return np.abs(residual - middle) > FAR * max(scale, 1e-12), float((z**4).mean() - 3.0)


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Noise with heavy tails, where it is plain."""
    if spec.noise.kind != "normal":
        return None
    noise = spec.noise.model_copy(update={"kind": "student"})
    return dataset, spec.model_copy(update={"noise": noise}), "noise: {kind: student}"


def called_for(residual_n: Float[np.ndarray, " row"]) -> bool:
    """Whether their tails are heavier than chance makes those of normal noise."""
    n = len(residual_n)
    return n >= PERIODS and far_rows(residual_n)[1] > TRIED * np.sqrt(24.0 / n)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where residuals have heavy tails, or noise that has them predicts better."""
    told = [*better(evidence, NAME, "residuals", "a few periods lie far from the model")]
    yield from told
    residual = evidence.residual_gt
    n = int(np.isfinite(residual).sum())
    if told or n < PERIODS:
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
    name=NAME,
    title="Periods that ordinary noise doesn't explain",
    threshold=f"residuals beyond {FAR} robust standard deviations, excess kurtosis over {KURTOSIS_LEAST} and "
    f"{KURTOSIS_ERRORS:.0f} standard errors; or noise with heavy tails predicts better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="a few periods decide where noise is taken for normal",
    advice="look at those periods: correct what is an error, name as an event what happened; or let single "
    "wild periods count less (`noise: {kind: student}`)",
    find=find,
    variant=variant,
    called_for=called_for,
)
