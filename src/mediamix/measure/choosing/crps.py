r"""The continuous ranked probability score of forecasts that are draws, and of their mixtures.

.. math:: CRPS(F, y) = E|X - y| - \tfrac12 E|X - X'|, \qquad X, X' \sim F \text{ independent},

in the outcome's unit: of a single number the absolute error; smaller is better. The forecast is its draws:
both expectations are their means. Of a mixture :math:`\sum_m w_m F_m` it is

.. math:: w^\top s - \tfrac12 w^\top A w, \qquad s_m = E|X_m - y|, \quad A_{mn} = E|X_m - X_n|,

which is convex in weights that sum to one, as :math:`|x - y|` is negative definite.

Source: Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, eq. 21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Draws = Float[np.ndarray, "draw time"]


@dataclass(frozen=True)
class Distances:
    """What the scores of forecasts and of all their mixtures follow from, period by period.

    Args:
        to_outcome_tm: ``E|X_m − y|``.
        between_tmm: ``E|X_m − X_n|``.
    """

    to_outcome_tm: Float[np.ndarray, "time model"]
    between_tmm: Float[np.ndarray, "time model other"]

    @classmethod
    def of(cls, forecasts: Sequence[Draws], outcome_t: Float[np.ndarray, " time"]) -> Distances:
        """From the draws of every model; each may have as many as it likes."""
        ordered = [np.sort(draws_dt, axis=0) for draws_dt in forecasts]
        to = np.column_stack([np.abs(draws_dt - outcome_t).mean(axis=0) for draws_dt in forecasts])
        between = np.zeros((len(outcome_t), len(forecasts), len(forecasts)))
        for m, one in enumerate(ordered):
            for n, other in enumerate(ordered[: m + 1]):
                between[:, m, n] = between[:, n, m] = _within(one) if m == n else _between(one, other)
        return cls(to, between)

    def scores(self, weight_m: Float[np.ndarray, " model"]) -> Float[np.ndarray, " time"]:
        """CRPS of a mixture in each period."""
        return np.asarray(
            self.to_outcome_tm @ weight_m
            - 0.5 * np.einsum("m,tmn,n->t", weight_m, self.between_tmm, weight_m)
        )


def crps(draws_dt: Draws, outcome_t: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Of one forecast in each period, in the outcome's unit."""
    to_t = np.abs(draws_dt - outcome_t).mean(axis=0)
    return np.asarray(to_t - 0.5 * _within(np.sort(draws_dt, axis=0)))


def _within(ordered_dt: Draws) -> Float[np.ndarray, " time"]:
    """Mean distance of two draws of one forecast, with replacement: ``2/D² Σ_i (2i − D − 1) x_(i)``."""
    count = len(ordered_dt)
    rank_d = 2.0 * np.arange(1, count + 1) - count - 1
    return np.asarray(2.0 * (rank_d @ ordered_dt) / count**2)


def _between(one_dt: Draws, other_dt: Draws) -> Float[np.ndarray, " time"]:
    """Mean distance of a draw of one forecast and one of another, both sorted."""
    found = np.empty(one_dt.shape[1])
    for t in range(len(found)):
        one, other = one_dt[:, t], other_dt[:, t]
        below = np.searchsorted(other, one)
        sums = np.concatenate([[0.0], np.cumsum(other)])
        # Σ_j |x − y_j| = x (2 below − n) + Σ y − 2 Σ_{below} y
        found[t] = (one * (2 * below - len(other)) + sums[-1] - 2 * sums[below]).mean() / len(other)
    return found
