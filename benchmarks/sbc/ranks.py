"""Ranks that should be uniform: simultaneous bands for their ECDF, and χ².

Source: Säilynoja, Bürkner & Vehtari (2022), Graphical test for discrete uniformity and its
applications in goodness-of-fit evaluation and multiple sample comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A quantity is outside where chance alone would put one in a hundred.
ALPHA = 0.01
#: Sets of uniform ranks that the bands are made from.
REFERENCE = 20_000
BINS = 20


@dataclass(frozen=True)
class Band:
    """What ECDFs of n uniform ranks do, all points at once.

    Args:
        tail: Twice the smaller tail probability of k ranks below a point, point × k.
        reference: Sorted smallest tails of uniform ranks, by simulation.
    """

    tail: np.ndarray
    reference: np.ndarray

    @classmethod
    def of(cls, n: int, cells: int, seed: int = 1) -> Band:
        """For `n` ranks on ``0 … cells − 1``."""
        from scipy.stats import binom

        below = np.arange(1, cells)[:, None] / cells
        k = np.arange(n + 1)
        tail = 2 * np.minimum(binom.cdf(k, n, below), binom.sf(k - 1, n, below))
        counts = np.random.default_rng(seed).multinomial(n, np.full(cells, 1 / cells), size=REFERENCE)
        cumulative = counts.cumsum(axis=1)[:, :-1]
        return cls(tail, np.sort(tail[np.arange(cells - 1), cumulative].min(axis=1)))

    def p_value(self, ranks: np.ndarray) -> float:
        """Chance that uniform ranks stray as far from the diagonal, at their worst point."""
        cells = len(self.tail) + 1
        cumulative = np.bincount(ranks, minlength=cells).cumsum()[:-1]
        worst = self.tail[np.arange(cells - 1), cumulative].min()
        # A tie counts as at least as far; the tolerance keeps rounding from breaking ties.
        reached = np.searchsorted(self.reference, worst * (1 + 1e-9), side="right")
        return float((1 + reached) / (1 + len(self.reference)))

    def limits(self, alpha: float = ALPHA) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest share of ranks below each point that stays inside."""
        allowed = self.reference[int(alpha * (1 + len(self.reference))) - 1]
        inside = self.tail >= allowed * (1 - 1e-9)
        n = self.tail.shape[1] - 1
        return inside.argmax(axis=1) / n, (n - inside[:, ::-1].argmax(axis=1)) / n


def chi_square(ranks: np.ndarray, cells: int) -> tuple[float, float]:
    """χ² of the ranks in `BINS` equal bins, and its p value."""
    from scipy.stats import chi2

    counts = np.bincount(ranks * BINS // cells, minlength=BINS)
    value = float(((counts - len(ranks) / BINS) ** 2).sum() / (len(ranks) / BINS))
    return value, float(chi2.sf(value, BINS - 1))
