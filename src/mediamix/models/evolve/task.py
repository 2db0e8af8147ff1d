"""What a search works on, as arrays, and the evaluation of candidates over threads.

Candidates are independent of each other: the same candidates give the same numbers on any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.threads import spread_rows

#: As Robyn's: the largest penalty is this part of the one that would be glmnet's for nearly no ridge at all.
LAMBDA_PART, ALPHA, SMALLEST = 0.1, 0.001, 1e-4
#: Candidates in a piece of work, at least.
PIECE = 8
#: Columns of `told`, as the native code fills them.
NRMSE, RSSD, MAPE, TRAIN, VALIDATION, TEST, N_TRAIN = range(7)


@dataclass(frozen=True)
class Task:
    """A search, posed.

    Args:
        codes: Per channel: first column of its transform's parameters, number of the adstock's, the adstock's
            address, its maximal lag, the saturation's address.
        series: Exposure over the periods before the window and of the window.
        before: Number of the periods before.
        baseline: Columns that are no media, over the window.
        y: Outcome over the window; any number where it isn't observed.
        rows: Periods that are trained and validated on.
        limits: Lowest and highest coefficient per column, those of the baseline first.
        share: Of the spend; −1 for a channel that isn't paid.
        tests: Per experiment: its channel, and the window that its lift was measured over.
        without: Exposure without each test, as `series`.
        lifts: Measured lifts, and what their differences are relative to.
    """

    codes: Int[np.ndarray, "channel 5"]
    series: Float[np.ndarray, "channel series"]
    before: int
    baseline: Float[np.ndarray, "column time"]
    y: Float[np.ndarray, " time"]
    rows: Int[np.ndarray, " row"]
    limits: Float[np.ndarray, "2 design"]
    share: Float[np.ndarray, " channel"]
    tests: Int[np.ndarray, "test 3"]
    without: Float[np.ndarray, "test series"]
    lifts: Float[np.ndarray, "2 test"]

    @property
    def penalties(self) -> tuple[float, float]:
        """The smallest and the largest λ, by Robyn's rule: from the raw columns, without transforms."""
        window = self.series[:, self.before :]
        raw = np.vstack([self.baseline, window])[:, self.rows]
        spread = raw.std(axis=1, keepdims=True)
        flat = spread <= 1e-12 * np.abs(raw).max(axis=1, keepdims=True)
        scaled = (raw - raw.mean(axis=1, keepdims=True)) / np.where(flat, np.inf, spread)
        top = LAMBDA_PART * float(np.abs(scaled @ self.y[self.rows]).max()) / (ALPHA * len(self.rows))
        return SMALLEST * top, top


@dataclass(frozen=True)
class Candidates:
    """Evaluated candidates.

    Args:
        coefficient: The intercept, then those of the design's columns.
        half_effect: Of each channel, in the series' unit.
        effect: What each channel brought over the window.
        told: NRMSE, DECOMP.RSSD, MAPE.lift; NRMSE of training, validation and test; rows of the training.
    """

    coefficient: Float[np.ndarray, "candidate design"]
    half_effect: Float[np.ndarray, "candidate channel"]
    effect: Float[np.ndarray, "candidate channel"]
    told: Float[np.ndarray, "candidate 7"]


def evaluate(
    task: Task,
    theta: Float[np.ndarray, "candidate parameter"],
    penalty: Float[np.ndarray, " candidate"],
    train: Float[np.ndarray, " candidate"],
) -> Candidates:
    """Fit and measure candidates.

    Args:
        task: The search.
        theta: Per channel the adstock's parameters in natural units, γ and α.
        penalty: λ.
        train: Part of the rows that is trained on, 1 for all of them.
    """
    from mediamix.models.evolve import kernel

    count, (channels, length) = len(theta), task.series.shape
    columns, n = task.baseline.shape
    k = columns + channels
    found = Candidates(
        np.empty((count, 1 + k)),
        np.empty((count, channels)),
        np.empty((count, channels)),
        np.empty((count, 7)),
    )
    theta = np.ascontiguousarray(theta, dtype=np.float64)
    ridge = np.ascontiguousarray(np.column_stack([penalty, train]), dtype=np.float64)

    def piece(start: int, stop: int) -> None:
        part = slice(start, stop)
        z, centred = np.empty((k, n)), np.empty((k, n))
        z[:columns] = task.baseline
        work = (z, centred, np.empty((k, k)), np.empty((7, max(k, 2))), np.empty((3, max(length, n))))
        kernel.evaluate(
            task.codes, task.series, task.before, task.baseline, task.y, task.rows, task.limits, task.share,
            task.tests, task.without, task.lifts, theta[part], ridge[part], found.coefficient[part],
            found.half_effect[part], found.effect[part], found.told[part], work,
        )  # fmt: skip

    spread_rows(piece, count, least=PIECE)
    return found
