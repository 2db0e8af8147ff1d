"""What one gradient costs, and an estimate of what it must cost at least.

The floor counts what the formulas need, whatever the code does: evaluations of exp and log,
divisions, multiply-adds, and the bytes that have to pass once. Each is priced by a tight loop of its
own on this machine; for exp and log the better of a Numba loop and NumPy's vectorised one. No
gradient can be much faster than the larger of the two sums (arithmetic, memory).
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from mediamix.inference.density import Density, aligned
from mediamix.models.density import MediaModel
from mediamix.models.panel import PanelModel

BATCH_SECONDS, BATCHES, POINTS = 0.02, 25, 16
#: Doubles in the loops that price an operation: they fit the first-level cache.
PRICED = 1024


@dataclass(frozen=True)
class Prices:
    """Nanoseconds per operation on this machine, in the first-level cache.

    Args:
        exp: The better of Numba's loop and NumPy's.
        log: Likewise.
        exp_scalar: Numba's loop over the system's scalar function.
        log_scalar: Likewise.
        divide: Element by element.
        multiply_add: Of a dot product.
    """

    exp: float
    log: float
    exp_scalar: float
    log_scalar: float
    divide: float
    multiply_add: float


@numba.njit(error_model="numpy")
def _exps(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = math.exp(x[i])
    return 0.0


@numba.njit(error_model="numpy")
def _logs(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = math.log(y[i])
    return 0.0


@numba.njit(error_model="numpy")
def _divisions(x: Any, y: Any, out: Any) -> float:
    for i in range(x.size):
        out[i] = x[i] / y[i]
    return 0.0


@numba.njit(fastmath={"reassoc", "contract"})
def _dot(x: Any, y: Any, out: Any) -> float:
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@numba.njit
def _repeat(loop: Any, x: Any, y: Any, out: Any, times: int) -> float:
    total = 0.0
    for _ in range(times):
        total += loop(x, y, out)
    return total


@numba.njit
def _gradients(
    density: Any, points: Any, gradient: Any, integers: Any, numbers: Any, scratch: Any, times: int
) -> float:
    total = 0.0
    for i in range(times):
        total += density(points[i % points.shape[0]], gradient, integers, numbers, scratch)
    return total


def seconds_each(work: Callable[[int], object]) -> float:
    """Median over batches of the seconds per repetition of ``work(times)``, compiled before."""
    work(1)
    times = 1
    while True:
        began = time.perf_counter()
        work(times)
        spent = time.perf_counter() - began
        if spent > BATCH_SECONDS / 2:
            break
        times *= 2
    found = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        work(times)
        found.append((time.perf_counter() - began) / times)
    return statistics.median(found)


def measure_prices() -> Prices:
    """Price every operation by a tight loop."""
    rng = np.random.default_rng(1)
    x, out = rng.normal(size=PRICED), np.empty(PRICED)
    y = np.exp(rng.normal(size=PRICED))

    def loop(function: Any) -> float:
        return 1e9 / PRICED * seconds_each(lambda times: _repeat(function, x, y, out, times))

    def vector(function: Any, values: np.ndarray) -> float:
        def work(times: int) -> None:
            for _ in range(times):
                function(values, out=out)

        return 1e9 / PRICED * seconds_each(work)

    exp, log = loop(_exps), loop(_logs)
    return Prices(
        exp=min(exp, vector(np.exp, x)),
        log=min(log, vector(np.log, y)),
        exp_scalar=exp,
        log_scalar=log,
        divide=loop(_divisions),
        multiply_add=loop(_dot),
    )


@dataclass(frozen=True)
class Counts:
    """What one gradient needs by its formulas (geometric adstock, Hill saturation)."""

    exp: int
    log: int
    divide: int
    multiply_add: int
    bytes: int


def count(model: MediaModel | PanelModel) -> Counts:
    """Operations and bytes of one gradient, from the model's shape."""
    return count_panel(model) if isinstance(model, PanelModel) else count_national(model)


def count_national(model: MediaModel) -> Counts:
    """Per channel and period: the running sum and its derivative, both normalised (4 multiply-adds);
    Hill and its three derivatives (log, exp, 2 divisions, 6); the chain rule, the sum, the pull on
    the effect (3), and a push per curve parameter. Per row: the mean (a multiply-add per channel)
    and two passes over the factorised baseline. Bytes: exposures and outcome once, baseline twice,
    responses and their derivatives written and read.
    """
    c, t = model.exposure_ct.shape
    rank, n = model.linear.u_pn.shape
    curve = len(model.priors) - 1 - c
    return Counts(
        exp=c * t + len(model.priors),
        log=c * t + rank,
        divide=2 * c * t + 2 * rank,
        multiply_add=c * t * 13 + curve * t + n * (c + 2 * rank + 2),
        bytes=8 * (c * t + n + 2 * n * rank + 2 * (c + curve) * t),
    )


def count_panel(model: PanelModel) -> Counts:
    """Per geo, channel and period as in the national model; then products with every column there
    and back. Per geo, with p coefficients of its own and f shared ones: factorising A (p³/6), W
    (p²f/2), its part of C (p f²/2), A⁻¹ (p³/3), A⁻¹B (p²f/2), covariances with v (p f²) and of z
    (p²f/2). Bytes: exposures, outcome and own columns, responses twice and their derivatives once
    written and read.
    """
    g, c, t = model.exposure_gct.shape
    names = [(block.by_geo, len(block.matrix_gtp) > 1) for block in model.blocks for _ in block.names]
    p, f = c + sum(by_geo for by_geo, _ in names), len(names)
    own, columns = sum(by_geo or differs for by_geo, differs in names), c + 1 + f
    curve = sum(len(media.parameters) for media in model.transforms)
    small = p**3 / 2 + 1.5 * p * p * f + 1.5 * p * f * f
    return Counts(
        exp=g * c * t + len(model.priors),
        log=g * (c * t + p),
        divide=g * (2 * c * t + 2 * p),
        multiply_add=g * int(c * t * 12 + 2 * curve * t + 2 * c * columns * t + small),
        bytes=8 * g * t * (c + 1 + 2 * own + 3 * c + 2 * curve),
    )


def bandwidth(working_set: int) -> float:
    """Bytes per nanosecond of reading an array of that size again and again, single thread."""
    n = max(working_set // 16, 64)
    x, y = np.ones(n), np.ones(n)
    return 16 * n / (1e9 * seconds_each(lambda times: _repeat(_dot, x, y, y, times)))


@dataclass(frozen=True)
class GradientTime:
    """One gradient, in microseconds.

    Args:
        size: Of the problem.
        dimension: Sampled parameters.
        columns: Of the baseline.
        measured: Single thread.
        arithmetic: Floor by operations, with vectorised exp and log.
        scalar: The same with the system's scalar exp and log.
        memory: Floor by bytes.
    """

    size: str
    dimension: int
    columns: int
    measured: float
    arithmetic: float
    scalar: float
    memory: float

    @property
    def floor(self) -> float:
        """What no gradient can be much faster than."""
        return max(self.arithmetic, self.memory)


def microseconds(density: Density) -> float:
    """Of one gradient, called as the sampler does: compiled, one thread, memory of its own."""
    points = np.random.default_rng(1).normal(0.0, 0.5, (POINTS, density.dimension))
    gradient, scratch = np.empty(density.dimension), aligned(density.scratch)

    def work(times: int) -> None:
        _gradients(density.function, points, gradient, density.integers, density.numbers, scratch, times)

    return 1e6 * seconds_each(work)


def time_gradient(size: str, model: MediaModel | PanelModel, prices: Prices) -> GradientTime:
    """Measure one gradient and estimate its floor."""
    density = model.density()
    counts = count(model)
    common = counts.divide * prices.divide + counts.multiply_add * prices.multiply_add
    panel = isinstance(model, PanelModel)
    return GradientTime(
        size=size,
        dimension=density.dimension,
        columns=len(model.prior_sd_p) if panel else model.linear.rank,
        measured=microseconds(density),
        arithmetic=1e-3 * (counts.exp * prices.exp + counts.log * prices.log + common),
        scalar=1e-3 * (counts.exp * prices.exp_scalar + counts.log * prices.log_scalar + common),
        memory=1e-3 * counts.bytes / bandwidth(counts.bytes),
    )
