r"""Coefficients of a linear model whose columns are shrunk, or whose signs are known, in part.

    min over b, f of   ‖y − X b − F f‖² / 2n + α ( λ ‖b‖₁ + (1 − λ) ‖b‖² / 2 ),    b_j ≥ 0 where asked for

F, the free columns, are neither shrunk nor bounded, so they are taken out first (Frisch & Waugh): b is that
of the residuals of y and X on F, and ``f = F⁺ (y − X b)``. Ridge and OLS are one matrix for any number of
outcomes; lasso, elastic net and signs are scikit-learn's. Where a bounded model has columns with a free sign
these are in it twice, as x and as −x: of a pair no more than one is ever used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.spec.linear import Estimator

#: Singular values below this part of the largest are rounding.
ROUNDING = 1e-10
#: Of scikit-learn's coordinate descent.
TOLERANCE, STEPS = 1e-6, 20_000


@dataclass(frozen=True)
class Penalty:
    """How coefficients are shrunk: α and λ of the module's formula, of columns as they are given."""

    alpha: float = 0.0
    l1_ratio: float = 0.0


@dataclass(frozen=True)
class Rows:
    """Columns with an outcome of standard deviation 1, columns too.

    Args:
        outcome_n: y.
        shrunk_nk: X.
        free_nf: F.
        positive_k: Which of X have no negative coefficient.
    """

    outcome_n: Float[np.ndarray, " row"]
    shrunk_nk: Float[np.ndarray, "row shrunk"]
    free_nf: Float[np.ndarray, "row free"]
    positive_k: Bool[np.ndarray, " shrunk"]

    def part(self, rows: slice) -> Rows:
        """Some of the rows."""
        return Rows(self.outcome_n[rows], self.shrunk_nk[rows], self.free_nf[rows], self.positive_k)

    @cached_property
    def _free(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``F = U S Wᵀ`` without what is rounding."""
        u, s, w = np.linalg.svd(self.free_nf, full_matrices=False)
        kept = s > ROUNDING * max(float(s[0]) if len(s) else 0.0, 1e-300)
        return u[:, kept], s[kept], w[kept].T

    @property
    def free_rank(self) -> int:
        """Of F."""
        return len(self._free[1])

    def left(self, array_nm: Float[np.ndarray, "row *many"]) -> Float[np.ndarray, "row *many"]:
        """What F doesn't explain."""
        basis = self._free[0]
        return np.asarray(array_nm - basis @ (basis.T @ array_nm))

    def free_of(self, rest_nm: Float[np.ndarray, "row many"]) -> Float[np.ndarray, "free many"]:
        """Coefficients f of what X leaves."""
        basis, s, w = self._free
        return np.asarray(w @ ((basis.T @ rest_nm) / s[:, None]))

    def free_noise(self, normal_dr: Float[np.ndarray, "draw rank"]) -> Float[np.ndarray, "draw free"]:
        """Draws from N(0, (FᵀF)⁺), from standard normals."""
        _, s, w = self._free
        return np.asarray((normal_dr / s) @ w.T)

    @cached_property
    def left_nk(self) -> Float[np.ndarray, "row shrunk"]:
        """What F doesn't explain of X."""
        return self.left(self.shrunk_nk)

    @cached_property
    def left_svd(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Its singular value decomposition."""
        u, s, w = np.linalg.svd(self.left_nk, full_matrices=False)
        return u, s, w.T


def shrunk(
    rows: Rows, outcome_nm: Float[np.ndarray, "row many"], estimator: Estimator, penalty: Penalty
) -> Float[np.ndarray, "shrunk many"]:
    """Coefficients b of one or many outcomes on the same columns."""
    y_nm = rows.left(outcome_nm)
    if not rows.shrunk_nk.shape[1]:
        return np.zeros((0, y_nm.shape[1]))
    if rows.positive_k.any() or estimator in ("lasso", "elastic_net"):
        return _by_sklearn(rows, y_nm, estimator, penalty)
    u, s, w = rows.left_svd
    if estimator == "ols":
        kept = s > ROUNDING * max(float(s[0]), 1e-300)
        factor = np.where(kept, 1.0 / np.where(kept, s, 1.0), 0.0)
    else:
        factor = s / (s**2 + len(u) * penalty.alpha)
    return np.asarray(w @ (factor[:, None] * (u.T @ y_nm)))


def freedom(rows: Rows, estimator: Estimator, penalty: Penalty, b_k: Float[np.ndarray, " shrunk"]) -> float:
    """Rows that the model has used: the trace of its hat matrix, of selected columns their number."""
    if estimator == "ridge" and not rows.positive_k.any():
        s2 = rows.left_svd[1] ** 2
        used = float((s2 / (s2 + len(rows.outcome_n) * penalty.alpha)).sum())
    else:
        used = float((b_k != 0).sum())
    return rows.free_rank + used


def _by_sklearn(
    rows: Rows, y_nm: Float[np.ndarray, "row many"], estimator: Estimator, penalty: Penalty
) -> Float[np.ndarray, "shrunk many"]:
    from sklearn import config_context
    from sklearn.linear_model import ElasticNet, LinearRegression

    x_nk, bounded = rows.left_nk, bool(rows.positive_k.any())
    n, k = x_nk.shape
    mirrored = np.flatnonzero(~rows.positive_k) if bounded else np.array([], dtype=int)
    x_nk = np.asfortranarray(np.column_stack([x_nk, -x_nk[:, mirrored]]))
    with config_context(assume_finite=True, skip_parameter_validation=True):
        if estimator in ("ols", "ridge"):
            ridge = np.sqrt(n * penalty.alpha) if estimator == "ridge" else 0.0
            x_nk = np.vstack([x_nk, ridge * np.eye(x_nk.shape[1])])
            y_nm = np.vstack([y_nm, np.zeros((x_nk.shape[1], y_nm.shape[1]))])
            model = LinearRegression(fit_intercept=False, positive=True)
            found_mk = np.atleast_2d(model.fit(x_nk, y_nm).coef_)
        else:
            ratio = 1.0 if estimator == "lasso" else penalty.l1_ratio
            model = ElasticNet(
                alpha=penalty.alpha,
                l1_ratio=ratio,
                fit_intercept=False,
                positive=bounded,
                precompute=x_nk.T @ x_nk if n > 2 * x_nk.shape[1] else False,
                tol=TOLERANCE,
                max_iter=STEPS,
                copy_X=False,
            )
            found_mk = np.stack([model.fit(x_nk, y_nm[:, m]).coef_ for m in range(y_nm.shape[1])])
    found_km = found_mk.T.copy()
    found_km[mirrored] -= found_km[k:]
    return np.asarray(found_km[:k])
