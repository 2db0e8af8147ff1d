"""Quick draws: a Laplace approximation at the mode, adapted and corrected by importance sampling.

1. The mode u*, by BFGS with the exact gradient from several starts.
2. A multivariate Student-t at u* with the inverse Hessian as its scale.
3. Rounds of draws. After each, every draw so far is weighted against the mixture of all proposals,
   ``w ∝ p(u) / Σ_r N_r q_r(u)``, and the next proposal takes the weighted mean and covariance.
4. Weights smoothed by PSIS, whose k-hat says whether to trust them; draws resampled by them.

Source: Cornuet, Marin, Mira & Robert (2012), Adaptive multiple importance sampling; `inference.psis`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core import seeds
from mediamix.core.errors import SpecError
from mediamix.core.machine import cores
from mediamix.core.spec import Sampler
from mediamix.inference.density import Density
from mediamix.inference.psis import smooth

STARTS = 4
ROUNDS = 10
#: Draws per round: the larger of the two.
ROUND_LEAST, ROUND_PER_DIMENSION = 1000, 40
#: Heavier tails than the target's, so that weights stay bounded; lighter than needed would not.
FREEDOM = 8.0
#: A proposal is fitted to weights worth at least this part of a round, flattened where they aren't.
FLATTEN_BELOW = 0.25
#: Another peak counts when it is lower by at most so many log units and further than so many sd.
PEAK_DROP, PEAK_DISTANCE = 3.0, 1.0
HESSIAN_STEP = 1e-4
#: Of a coordinate that is a standard normal a priori; flatter than this is no peak.
CURVATURE_LEAST = 1e-3
CLIMB_STEPS, CLIMB_TOLERANCE = 500, 1e-9

NEXT_STEP = "fit without --quick (in Python: without quick=True)"

Vector = Float[np.ndarray, " dim"]
Matrix = Float[np.ndarray, "dim dim"]
Points = Float[np.ndarray, "point dim"]


@dataclass(frozen=True)
class Importance:
    """How far quick draws can be trusted. A good k-hat can't see a tail that no draw has reached.

    Args:
        pareto_k: Tail shape of the importance weights; above 0.7 they can't be trusted.
        ess: Independent draws that the weighted ones are worth.
        peaks: Peaks of comparable height that the search found; one of them was used.
        evaluations: Weighted draws.
    """

    pareto_k: float
    ess: float
    peaks: int
    evaluations: int

    def to_dict(self) -> dict[str, float | None]:
        """For `run.json`; an infinite k-hat is null."""
        return {**asdict(self), "pareto_k": self.pareto_k if math.isfinite(self.pareto_k) else None}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Importance:
        """The way back from `to_dict`."""
        k = stored["pareto_k"]
        return cls(
            math.inf if k is None else float(k),
            float(stored["ess"]),
            int(stored["peaks"]),
            int(stored["evaluations"]),
        )


@dataclass(frozen=True)
class Sample:
    """Resampled draws, in random order: the chains are equal parts of one sample.

    Args:
        u: Standard-normal coordinates.
        stats: Per draw, by ArviZ's names: ``lp`` and ``log_weight`` before smoothing, the largest 0.
        importance: The weights' health.
        seconds: All of it.
    """

    u: Float[np.ndarray, "chain draw dim"]
    stats: dict[str, np.ndarray]
    importance: Importance
    seconds: float


@dataclass(frozen=True)
class _Proposal:
    """A multivariate Student-t: centre, Cholesky factor of its scale matrix."""

    centre: Vector
    factor: Matrix

    def draw(self, size: int, rng: np.random.Generator) -> Points:
        z = rng.standard_normal((size, len(self.centre)))
        z /= np.sqrt(rng.chisquare(FREEDOM, size) / FREEDOM)[:, None]
        return np.asarray(self.centre + z @ self.factor.T)

    def log_density(self, points: Points) -> Float[np.ndarray, " point"]:
        n = len(self.centre)
        z = np.linalg.solve(self.factor, (points - self.centre).T)
        constant = math.lgamma((FREEDOM + n) / 2) - math.lgamma(FREEDOM / 2)
        constant -= n / 2 * math.log(FREEDOM * math.pi) + np.log(np.diag(self.factor)).sum()
        return np.asarray(constant - (FREEDOM + n) / 2 * np.log1p((z**2).sum(axis=0) / FREEDOM))


def sample(density: Density, settings: Sampler) -> Sample:
    """``settings.chains × settings.draws`` draws by importance resampling around one mode.

    The same seed gives the same draws. Which of them are good enough is for `Importance` to say.

    Raises:
        SpecError: No peak was found, or the curvature there isn't that of a peak.
    """
    began = time.perf_counter()
    rng = seeds.generator(settings.seed, 2)
    centre, precision, peaks = _mode(density, rng)
    points, log_p, log_w = _adapt(density, _Proposal(centre, _inverse_factor(precision)), rng)
    smoothed = smooth(log_w)
    chosen = rng.permutation(systematic(smoothed.weights_s, settings.chains * settings.draws, rng))
    shape = (settings.chains, settings.draws)
    return Sample(
        u=points[chosen].reshape(*shape, -1),
        stats={
            "lp": log_p[chosen].reshape(shape),
            "log_weight": (log_w - log_w.max())[chosen].reshape(shape),
        },
        importance=Importance(smoothed.pareto_k, smoothed.ess, peaks, len(points)),
        seconds=time.perf_counter() - began,
    )


# --- the mode


def _mode(density: Density, rng: np.random.Generator) -> tuple[Vector, Matrix, int]:
    """The highest peak, its negative Hessian, and how many comparable peaks the starts reached."""
    n = density.dimension
    starts = np.vstack([np.zeros(n), rng.standard_normal((STARTS - 1, n))])
    found = [end for start in starts if (end := climb(density, start)) is not None]
    if not found:
        raise SpecError(
            "quick mode found no peak of the posterior",
            expected="a peak that at least one of its starts climbs",
            got=f"none of {STARTS} starts ended on one",
            next_step=NEXT_STEP,
        )
    found.sort(key=lambda end: -end[0])
    best, centre = found[0]
    precision = -hessian(density, centre)
    lowest = float(np.linalg.eigvalsh(precision)[0]) if np.isfinite(precision).all() else math.nan
    if not lowest > CURVATURE_LEAST:
        raise SpecError(
            "quick mode can't approximate this posterior: it is not curved like a peak where it is highest",
            expected=f"a negative definite Hessian at the mode, curvatures above {CURVATURE_LEAST}",
            got=f"smallest curvature {lowest:.3g}",
            next_step=NEXT_STEP,
        )
    peaks = [centre]
    for value, other in found[1:]:
        apart = min(math.sqrt((other - peak) @ precision @ (other - peak)) for peak in peaks)
        if best - value <= PEAK_DROP and apart > PEAK_DISTANCE:
            peaks.append(other)
    return centre, precision, len(peaks)


def climb(density: Density, start: Vector) -> tuple[float, Vector] | None:
    """BFGS uphill from a start: (log density, point) of the peak, or None where it ends on none."""
    u = start
    value, slope = density(u)
    inverse = np.eye(len(u))
    for _ in range(CLIMB_STEPS):
        direction = inverse @ slope
        promise = float(slope @ direction)
        if not (np.isfinite(value) and np.isfinite(promise)):
            return None
        if promise < CLIMB_TOLERANCE:
            return value, u
        stepped = _line_search(density, u, value, direction, promise)
        if stepped is None:
            # Rounding: no step rises. Start the curvature anew; if it already is, this is no peak.
            if np.array_equal(inverse, np.eye(len(u))):
                return None
            inverse = np.eye(len(u))
            continue
        moved, value, new_slope = stepped
        step, fall = moved - u, slope - new_slope
        curvature = float(step @ fall)
        if curvature > 1e-12:
            left = np.eye(len(u)) - np.outer(step, fall) / curvature
            inverse = left @ inverse @ left.T + np.outer(step, step) / curvature
        u, slope = moved, new_slope
    return None


def _line_search(
    density: Density, u: Vector, value: float, direction: Vector, promise: float
) -> tuple[Vector, float, Vector] | None:
    """Halve the step until it rises by a part of what the slope promises (Armijo)."""
    # No coordinate, a standard normal a priori, moves by more than a few of its units at once.
    length = min(1.0, 3.0 / float(np.abs(direction).max()))
    for _ in range(40):
        moved = u + length * direction
        new, slope = density(moved)
        if np.isfinite(new) and np.isfinite(slope).all() and new >= value + 1e-4 * length * promise:
            return moved, new, slope
        length /= 2
    return None


def hessian(density: Density, u: Vector) -> Matrix:
    """Second derivatives of the log density, by central differences of its exact gradient."""
    rows = [
        (density(u + step)[1] - density(u - step)[1]) / (2 * HESSIAN_STEP)
        for step in HESSIAN_STEP * np.eye(len(u))
    ]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2)


def _inverse_factor(precision: Matrix) -> Matrix:
    """Cholesky factor of the inverse."""
    inverse = np.linalg.inv(precision)
    return np.linalg.cholesky((inverse + inverse.T) / 2)


# --- importance sampling


def _adapt(
    density: Density, first: _Proposal, rng: np.random.Generator
) -> tuple[Points, Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """All points of all rounds, their log density, and log weight against the mixture."""
    size = max(ROUND_LEAST, ROUND_PER_DIMENSION * density.dimension)
    proposal = first
    proposals: list[_Proposal] = []
    points = np.empty((0, density.dimension))
    log_p, log_q = np.empty(0), np.empty(0)
    for _ in range(ROUNDS):
        new = proposal.draw(size, rng)
        # log Σ_r q_r: the old points meet the new proposal, the new points meet all.
        proposals.append(proposal)
        log_q = np.concatenate(
            [
                np.logaddexp(log_q, proposal.log_density(points)),
                np.logaddexp.reduce([p.log_density(new) for p in proposals]),
            ]
        )
        points = np.vstack([points, new])
        log_p = np.concatenate([log_p, _evaluate(density, new)])
        weights = _flattened(smooth(log_p - log_q).weights_s, FLATTEN_BELOW * size)
        centre = weights @ points
        away = points - centre
        # Not a matrix product: BLAS would wait for threads that a busy machine doesn't give it.
        covariance = np.einsum("n,ni,nj->ij", weights, away, away)
        proposal = _Proposal(centre, np.linalg.cholesky(covariance))
    return points, log_p, log_p - log_q


def _evaluate(density: Density, points: Points) -> Float[np.ndarray, " point"]:
    """Log density of every point; −inf where it is undefined. The kernel runs without the GIL."""
    threads = cores()

    def part(rows: Points) -> list[float]:
        return [density(row)[0] for row in rows]

    with ThreadPoolExecutor(threads) as pool:
        values = np.array([v for part_of in pool.map(part, np.array_split(points, threads)) for v in part_of])
    return np.where(np.isfinite(values), values, -np.inf)


def _flattened(weights: Float[np.ndarray, " point"], wanted: float) -> Float[np.ndarray, " point"]:
    """Weights to the largest power ≤ 1 at which they are worth `wanted` draws."""

    def powered(power: float) -> Float[np.ndarray, " point"]:
        raised = weights**power * (weights > 0)
        return np.asarray(raised / raised.sum())

    low, high = 0.0, 1.0
    if (powered(1.0) ** 2).sum() * wanted <= 1.0:
        return weights
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if (powered(middle) ** 2).sum() * wanted <= 1.0 else (low, middle)
    return powered(low)


def systematic(
    weights: Float[np.ndarray, " point"], size: int, rng: np.random.Generator
) -> Float[np.ndarray, " draw"]:
    """Indices, each as often as its weight says, up to one: resampling with the least noise."""
    ticks = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(np.cumsum(weights), ticks), len(weights) - 1)
