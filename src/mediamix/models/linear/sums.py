r"""Least squares of long tables from sums over blocks of rows.

With z = (1, x, y) a block's ``Σ z zᵀ`` is all that a linear model, however shrunk, knows of its rows. So any
choice of blocks is fitted without looking at a row again: folds in the order of time, and bootstraps that
draw whole blocks (brands, or weeks of one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.core.spec.linear import Estimator
from mediamix.models.linear.solving import Penalty

#: Eigenvalues of the correlations below this are rounding: such columns are told apart by nothing.
ROUNDING = 1e-10
#: Of coordinate descent.
TOLERANCE, SWEEPS = 1e-7, 2000
RIDGES, LASSOS = np.geomspace(1e2, 1e-5, 22), np.geomspace(1.0, 1e-4, 17)


@dataclass(frozen=True)
class Line:
    """Fitted lines.

    Args:
        intercept: At x = 0.
        slope_k: Outcome units per unit of each column.
    """

    intercept: Float[np.ndarray, " many"]
    slope_k: Float[np.ndarray, "many column"]


@dataclass(frozen=True)
class Sums:
    """``Σ z zᵀ`` per block, of z less `centre_q` so that no digits are lost.

    Args:
        moment_bqq: Per block.
        centre_q: Of (1, x, y): the first is nothing.
    """

    moment_bqq: Float[np.ndarray, "block row_of_z row_of_z"]
    centre_q: Float[np.ndarray, " row_of_z"]

    @classmethod
    def of(
        cls,
        x_nk: Float[np.ndarray, "row column"],
        y_n: Float[np.ndarray, " row"],
        starts_b: Int[np.ndarray, " block"],
    ) -> Sums:
        """Of rows in blocks that begin at `starts_b` and lie beside each other."""
        z_nq = np.column_stack([np.ones(len(y_n)), x_nk, y_n])
        centre_q = np.concatenate([[0.0], z_nq[:, 1:].mean(axis=0)])
        z_nq -= centre_q
        ends_b = np.append(starts_b[1:], len(y_n))
        parts = [z_nq[a:b].T @ z_nq[a:b] for a, b in zip(starts_b, ends_b, strict=True)]
        return cls(np.stack(parts), centre_q)

    @property
    def whole_qq(self) -> Float[np.ndarray, "row_of_z row_of_z"]:
        """All blocks once."""
        return np.asarray(self.moment_bqq.sum(axis=0))

    def drawn(self, draws: int, rng: np.random.Generator) -> Float[np.ndarray, "draw row_of_z row_of_z"]:
        """As many blocks as there are, drawn with replacement."""
        b, q = len(self.moment_bqq), self.moment_bqq.shape[1]
        count_db = rng.multinomial(b, np.full(b, 1.0 / b), size=draws).astype(float)
        return np.asarray((count_db @ self.moment_bqq.reshape(b, -1)).reshape(draws, q, q))

    def line(
        self, moment_mqq: Float[np.ndarray, "many row_of_z row_of_z"], estimator: Estimator, penalty: Penalty
    ) -> Line:
        """The lines of several sums, in the units of the columns.

        Penalties are those of columns and an outcome of standard deviation 1. A column that doesn't move has
        the slope 0; of columns that are sums of others those with the smallest slopes are taken.
        """
        cov_mqq, mean_mq = _centred(moment_mqq)
        sd_mq = np.sqrt(np.maximum(np.diagonal(cov_mqq, axis1=1, axis2=2), 0.0))
        still = sd_mq <= 1e-12 * np.maximum(sd_mq.max(axis=0), 1e-300)
        unit_mq = np.where(still, 1.0, sd_mq)
        cor_mqq = cov_mqq / (unit_mq[:, :, None] * unit_mq[:, None, :])
        xx_mkk, xy_mk = cor_mqq[:, :-1, :-1], cor_mqq[:, :-1, -1]
        if estimator == "ols":
            beta_mk = (np.linalg.pinv(xx_mkk, rcond=ROUNDING, hermitian=True) @ xy_mk[..., None])[..., 0]
        elif estimator == "ridge":
            eye = penalty.alpha * np.eye(xx_mkk.shape[1])
            beta_mk = np.linalg.solve(xx_mkk + eye, xy_mk[..., None])[..., 0]
        else:
            beta_mk = _sparse(xx_mkk, xy_mk, penalty)
        beta_mk = np.where(still[:, :-1], 0.0, beta_mk)
        slope_mk = beta_mk * unit_mq[:, -1:] / unit_mq[:, :-1]
        centre_q = self.centre_q[1:]
        at_mq = mean_mq + centre_q
        return Line(at_mq[:, -1] - (slope_mk * at_mq[:, :-1]).sum(axis=1), slope_mk)

    def square(self, moment_qq: Float[np.ndarray, "row_of_z row_of_z"], line: Line) -> float:
        """Sum of squared errors of the first of some lines on the rows of some sums."""
        intercept, slope_k = float(line.intercept[0]), line.slope_k[0]
        centre_q = self.centre_q[1:]
        shift = intercept + float(slope_k @ centre_q[:-1]) - float(centre_q[-1])
        w_q = np.concatenate([[-shift], -slope_k, [1.0]])
        return float(w_q @ moment_qq @ w_q)


def _centred(moment_mqq: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariances and means of x and y."""
    n_m = moment_mqq[:, 0, 0]
    mean_mq = moment_mqq[:, 0, 1:] / n_m[:, None]
    second_mqq = moment_mqq[:, 1:, 1:] / n_m[:, None, None]
    return second_mqq - mean_mq[:, :, None] * mean_mq[:, None, :], mean_mq


def _sparse(
    xx_mkk: Float[np.ndarray, "many column column"], xy_mk: Float[np.ndarray, "many column"], penalty: Penalty
) -> Float[np.ndarray, "many column"]:
    """Lasso or elastic net by coordinate descent, all lines at once (Friedman, Hastie & Tibshirani 2010)."""
    beta_mk = np.zeros_like(xy_mk)
    lasso, ridge = penalty.alpha * penalty.l1_ratio, penalty.alpha * (1.0 - penalty.l1_ratio)
    for _ in range(SWEEPS):
        before_mk = beta_mk.copy()
        for k in range(beta_mk.shape[1]):
            own_m = xx_mkk[:, k, k]
            left_m = xy_mk[:, k] - (xx_mkk[:, k] * beta_mk).sum(axis=1) + own_m * beta_mk[:, k]
            shrunk_m = np.sign(left_m) * np.maximum(np.abs(left_m) - lasso, 0.0)
            beta_mk[:, k] = shrunk_m / np.maximum(own_m + ridge, 1e-300)
        if np.abs(beta_mk - before_mk).max() < TOLERANCE:
            break
    return beta_mk


def penalised_ahead(folds: Sums, estimator: Estimator) -> tuple[Penalty, dict[Penalty, float]]:
    """The penalty that predicts each fold but the first from all folds before it best.

    Args:
        folds: A block per fold, in the order of time.
        estimator: Whose penalty.
    """
    if estimator == "ols":
        return Penalty(), {}
    ratios = {"ridge": (0.0,), "lasso": (1.0,)}.get(estimator, (0.1, 0.5, 0.9, 1.0))
    errors = {}
    for ratio in ratios:
        # Columns and outcome have the standard deviation 1: above 1 lasso leaves nothing.
        for alpha in RIDGES if ratio == 0.0 else LASSOS / ratio:
            penalty, total = Penalty(float(alpha), ratio), 0.0
            for f in range(1, len(folds.moment_bqq)):
                line = folds.line(folds.moment_bqq[:f].sum(axis=0)[None], estimator, penalty)
                total += folds.square(folds.moment_bqq[f], line)
            errors[penalty] = total
    return min(errors, key=lambda one: errors[one]), errors
