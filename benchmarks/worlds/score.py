"""A fit of a world against its truth."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from mediamix.core.errors import MediamixError
from mediamix.core.spec import Spec
from mediamix.measure.contribution import total_contributions
from mediamix.measure.convergence import convergence
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from worlds.make import World

#: A channel that truly brings less than this part of all media has no relative error to speak of.
LEAST = 0.02
#: A ROI below is nothing.
NOTHING = 0.1
#: Median error of a world's channels beyond which its fit is called wrong.
WRONG = 0.25


@dataclass(frozen=True)
class Scored:
    """One fit; contributions in outcome units over the window.

    Args:
        kind: Of the world.
        seed: Of the world.
        spend_c: Of each channel.
        truth_c: What each channel caused.
        mean_c: Posterior mean.
        median_c: Posterior median.
        low_c: Lower end of the 90 % interval.
        high_c: Upper end.
        total: Posterior mean, median, lower and upper end of all media together.
        divergences: After tuning.
        rhat: Largest.
        seconds: Of the sampling.
        nothing_c: Posterior probability of a ROI under 0.1.
    """

    kind: str
    seed: int
    spend_c: np.ndarray
    truth_c: np.ndarray
    mean_c: np.ndarray
    median_c: np.ndarray
    low_c: np.ndarray
    high_c: np.ndarray
    total: tuple[float, float, float, float]
    divergences: int
    rhat: float
    seconds: float
    nothing_c: np.ndarray

    @property
    def told(self) -> np.ndarray:
        """Channels with a relative error."""
        return np.asarray(self.truth_c > LEAST * self.truth_c.sum())

    @property
    def covered_c(self) -> np.ndarray:
        """Truth within the 90 % interval; nothing is held by an interval that reaches below a ROI of 0.1."""
        low_c = np.where((self.truth_c == 0.0) & (self.low_c < NOTHING * self.spend_c), 0.0, self.low_c)
        return np.asarray((low_c <= self.truth_c) & (self.truth_c <= self.high_c))

    def error_c(self, of: str = "mean") -> np.ndarray:
        """Relative, of the channels that bring something."""
        found = self.mean_c if of == "mean" else self.median_c
        return np.asarray((found / np.where(self.told, self.truth_c, 1.0) - 1.0)[self.told])

    def total_error(self, of: str = "mean") -> float:
        """Signed, relative, of all media together."""
        return self.total[0 if of == "mean" else 1] / float(self.truth_c.sum()) - 1.0

    @property
    def total_covered(self) -> bool:
        """All media within their interval."""
        return self.total[2] <= float(self.truth_c.sum()) <= self.total[3]

    @property
    def weighted_error(self) -> float:
        """Of all channels, those that bring nothing too: summed errors over summed truth."""
        return float(np.abs(self.mean_c - self.truth_c).sum() / self.truth_c.sum())

    @property
    def wrong(self) -> bool:
        """The median of the channels' errors is beyond `WRONG`."""
        return float(np.median(np.abs(self.error_c()))) > WRONG


def draws_of(result: Fit) -> np.ndarray:
    """Contribution ``[draw, channel]``."""
    return np.asarray(total_contributions(result))


def score(world: World, spec: Spec) -> Scored:
    """Fit and compare."""
    began = time.perf_counter()
    result = fit(world.dataset, spec)
    seconds = time.perf_counter() - began
    verdict = convergence(result)
    return scored(world, draws_of(result), verdict.divergences, verdict.rhat_max, seconds)


def scored(
    world: World,
    drawn_dc: np.ndarray,
    divergences: int,
    rhat: float,
    seconds: float,
    weight_d: np.ndarray | None = None,
) -> Scored:
    """From draws of contributions, weighted or not."""
    spend_c = world.dataset.spend_gtc.sum(axis=(0, 1))
    weight_d = np.full(len(drawn_dc), 1.0 / len(drawn_dc)) if weight_d is None else weight_d
    together = np.column_stack([drawn_dc, drawn_dc.sum(axis=1)])
    mean = weight_d @ together
    low, median, high = quantiles(together, weight_d, (0.05, 0.5, 0.95))
    return Scored(
        world.kind,
        world.seed,
        spend_c,
        world.truth_c,
        mean[:-1],
        median[:-1],
        low[:-1],
        high[:-1],
        (float(mean[-1]), float(median[-1]), float(low[-1]), float(high[-1])),
        divergences,
        rhat,
        seconds,
        weight_d @ (drawn_dc / spend_c < NOTHING),
    )


def quantiles(drawn_dc: np.ndarray, weight_d: np.ndarray, at: tuple[float, ...]) -> np.ndarray:
    """Weighted quantiles per column."""
    order = np.argsort(drawn_dc, axis=0)
    cumulated = np.cumsum(weight_d[order], axis=0)
    rows = [np.minimum((cumulated < q).sum(axis=0), len(drawn_dc) - 1) for q in at]
    ordered = np.take_along_axis(drawn_dc, order, axis=0)
    return np.stack([ordered[row, np.arange(drawn_dc.shape[1])] for row in rows])


def summary(results: list[Scored], of: str = "mean") -> dict[str, float]:
    """What a candidate is judged by."""
    errors = np.concatenate([np.abs(r.error_c(of)) for r in results])
    totals = np.array([r.total_error(of) for r in results])
    covered = np.concatenate([r.covered_c for r in results])
    return {
        "worlds": len(results),
        "total": float(totals.mean()),
        "total_se": float(totals.std() / np.sqrt(len(totals))),
        "total_median": float(np.median(totals)),
        "total_abs": float(np.abs(totals).mean()),
        "error": float(errors.mean()),
        "error_median": float(np.median(errors)),
        "weighted": float(np.mean([r.weighted_error for r in results])),
        "coverage": float(covered.mean()),
        "total_coverage": float(np.mean([r.total_covered for r in results])),
        "wrong": float(np.mean([r.wrong for r in results])),
        "divergences": float(sum(r.divergences for r in results)),
        "with_divergences": float(np.mean([r.divergences > 0 for r in results])),
        "rhat": max(r.rhat for r in results),
        "seconds": float(np.median([r.seconds for r in results])),
    }


__all__ = ["MediamixError", "Scored", "draws_of", "quantiles", "score", "scored", "summary"]
