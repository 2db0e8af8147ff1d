"""Noise that remembers its last value, with the linear block integrated out exactly.

    y = m + D v + ε,   v ~ N(0, Λ),   ε ~ N(0, σ² R),   R_st = ρ^|s − t|

σ is the noise's standard deviation in a period, not that of what is new in it: ``σ √(1 − ρ²)``. Between
neighbouring observed rows lie k periods (more than one where outcomes are missing); with φ = ρᵏ the inverse
of R is tridiagonal, Q = I + Σ_pairs [ … ],

    εᵀ Q ε = Σ_i ε_i² + Σ_i [ w_i (ε_i² + ε_{i−1}²) − 2 c_i ε_i ε_{i−1} ],   w = φ²/(1 − φ²),   c = φ/(1 − φ²)
    log|R| = Σ_i log(1 − φ_i²)

With ``X = D Λ^½`` rotated by its singular value decomposition, ``XᵀX = S²``, the matrix XᵀQX is
``S² + Σ_k (w_k E_k − c_k B_k)`` with two matrices per distinct k, made once. Then

    P = I + XᵀQX/σ²,   b̂ = P⁻¹ XᵀQr/σ²,   e = r − X b̂,   r = y − m,   g = Q e/σ² = ∂ log p/∂m
    log p(y | m, σ, ρ) = −½ [ rᵀg + n log σ² + log|R| + log|P| + n log 2π ]
    ∂/∂σ = [ eᵀg − n + p − tr P⁻¹ ] / σ
    ∂/∂ρ = −½ [ eᵀ(∂Q/∂ρ)e/σ² + ∂ log|R|/∂ρ + tr(P⁻¹ Xᵀ(∂Q/∂ρ)X)/σ² ]

costs O(n p + p³). Draws of v given the rest are exact: ``v = Λ^½ W (b̂ + P^−½ z)``.

The kernels are compiled with the densities that call them.

Source: Cochrane & Orcutt (1949); the first row as in Prais & Winsten (1954); Lindley & Smith (1972).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float, Int

from mediamix.inference.arrowhead import cholesky, inverse, solve_lower_vector, solve_upper_vector
from mediamix.inference.linear import LOG_2PI, LinearBlock
from mediamix.transforms.native import REORDERED


@dataclass(frozen=True)
class Remembering:
    """Factorised columns, and which observed rows are neighbours at which distance.

    Args:
        linear: The columns.
        x_pn: Its rotated columns, a row each.
        lag_i: Per row which of `lags` lies between it and the row before; of the first row anything.
        lags: Distinct distances, in periods, and how many pairs are that far apart.
        tables: Per distance E, then B, of the pairs that far apart.
    """

    linear: LinearBlock
    x_pn: Float[np.ndarray, "rank row"]
    lag_i: Int[np.ndarray, " row"]
    lags: Int[np.ndarray, "lag 2"]
    tables: Float[np.ndarray, "both rank rank"]

    @classmethod
    def of(cls, linear: LinearBlock, at_n: Int[np.ndarray, " row"]) -> Remembering:
        """Sum up the pairs of rows.

        Args:
            linear: Factorised columns on the observed rows.
            at_n: The periods of those, rising.
        """
        x = linear.s_p[: linear.rank, None] * linear.u_pn
        lags, index, count = np.unique(np.diff(at_n), return_inverse=True, return_counts=True)
        tables = np.empty((2 * len(lags), linear.rank, linear.rank))
        for k in range(len(lags)):
            now, before = x[:, 1:][:, index == k], x[:, :-1][:, index == k]
            tables[2 * k] = now @ now.T + before @ before.T
            tables[2 * k + 1] = now @ before.T + before @ now.T
        return cls(
            linear,
            np.ascontiguousarray(x),
            np.concatenate([np.zeros(min(len(at_n), 1), dtype=np.int64), index.astype(np.int64)]),
            np.column_stack([lags, count]).astype(np.int64),
            tables,
        )

    @property
    def scratch(self) -> int:
        """Numbers of scratch memory for `log_marginal`."""
        rank, n = self.x_pn.shape
        return int(4 * len(self.lags) + 3 * rank * rank + rank + n)

    def draw(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        rho_d: Float[np.ndarray, " draw"],
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "draw column"]:
        """One exact draw of v per row of residuals ``y − m`` and noise."""
        rank, p = self.linear.rank, len(self.linear.s_p)
        weight_dn, cross_dn, precision = self._precision(sigma_d, rho_d)
        factor = np.linalg.cholesky(precision)
        seen = whitened(residual_dn, weight_dn, cross_dn) @ self.x_pn.T / sigma_d[:, None] ** 2
        normal = rng.standard_normal((len(sigma_d), p))
        # P^−1 h + L^−T z = L^−T (L^−1 h + z)
        half = np.linalg.solve(factor, seen[:, :, None]) + normal[:, :rank, None]
        normal[:, :rank] = np.linalg.solve(factor.transpose(0, 2, 1), half)[:, :, 0]
        return np.asarray(normal @ self.linear.back_pp.T)

    def conditional(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        rho_d: Float[np.ndarray, " draw"],
    ) -> Float[np.ndarray, "draw row"]:
        """Log density of each row given all others, on both sides, and the draw: see `inference.loo`."""
        weight_dn, cross_dn, precision = self._precision(sigma_d, rho_d)
        columns = self.x_pn[None]
        found = np.empty_like(residual_dn)
        for d, variance in enumerate(sigma_d**2):
            own = weight_dn[d : d + 1], cross_dn[d : d + 1]
            white_pn = whitened(columns[0], *own) / variance
            # C⁻¹ = Q/σ² − (QX/σ²) P⁻¹ (QX/σ²)ᵀ
            half = np.linalg.solve(np.linalg.cholesky(precision[d]), white_pn)
            diagonal = 1.0 + np.append(own[0], 0.0) + np.append(0.0, own[0])
            solved = whitened(residual_dn[d : d + 1], *own)[0] / variance - half.T @ (half @ residual_dn[d])
            own_precision = diagonal / variance - (half**2).sum(axis=0)
            found[d] = -0.5 * (LOG_2PI - np.log(own_precision) + solved**2 / own_precision)
        return found

    def _precision(
        self, sigma_d: Float[np.ndarray, " draw"], rho_d: Float[np.ndarray, " draw"]
    ) -> tuple[
        Float[np.ndarray, "draw pair"], Float[np.ndarray, "draw pair"], Float[np.ndarray, "draw rank rank"]
    ]:
        """Per draw w and c of each pair of neighbours, and P."""
        phi_dk = rho_d[:, None] ** self.lags[:, 0]
        weight_dk, cross_dk = phi_dk**2 / (1 - phi_dk**2), phi_dk / (1 - phi_dk**2)
        both = np.stack([weight_dk, -cross_dk], axis=2).reshape(len(sigma_d), -1)
        gram = np.tensordot(both, self.tables, axes=1) + np.diag(self.linear.s_p[: self.linear.rank] ** 2)
        precision = np.eye(self.linear.rank) + gram / sigma_d[:, None, None] ** 2
        pairs = self.lag_i[1:]
        return weight_dk[:, pairs], cross_dk[:, pairs], precision


def whitened(
    x_dn: Float[np.ndarray, "draw row"],
    weight_dn: Float[np.ndarray, "draw pair"],
    cross_dn: Float[np.ndarray, "draw pair"],
) -> Float[np.ndarray, "draw row"]:
    """``Q x``, given w and c of each pair of neighbours."""
    out = x_dn.copy()
    out[:, 1:] += weight_dn * x_dn[:, 1:] - cross_dn * x_dn[:, :-1]
    out[:, :-1] += weight_dn * x_dn[:, :-1] - cross_dn * x_dn[:, 1:]
    return out


@numba.njit(**REORDERED)
def whiten(x, lag_i, weight, cross, out):  # type: ignore[no-untyped-def]
    """``out = Q x``."""
    for t in range(x.size):
        out[t] = x[t]
    for t in range(1, x.size):
        w, c = weight[lag_i[t]], cross[lag_i[t]]
        out[t] += w * x[t] - c * x[t - 1]
        out[t - 1] += w * x[t - 1] - c * x[t]


@numba.njit(**REORDERED)
def log_marginal(residual, x, s, lag_i, lags, tables, sigma, rho, slope, scratch):  # type: ignore[no-untyped-def]
    """Log marginal likelihood and its derivatives in σ and ρ; `slope` receives ∂/∂m."""
    rank, n = x.shape
    variance, k = sigma * sigma, lags.shape[0]
    weight, cross = scratch[:k], scratch[k : 2 * k]
    d_weight, d_cross = scratch[2 * k : 3 * k], scratch[3 * k : 4 * k]
    at, size = 4 * k, rank * rank
    precision = scratch[at : at + size].reshape((rank, rank))
    covariance = scratch[at + size : at + 2 * size].reshape((rank, rank))
    moved = scratch[at + 2 * size : at + 3 * size].reshape((rank, rank))
    at += 3 * size
    b, error = scratch[at : at + rank], scratch[at + rank : at + rank + n]

    # Q and log|R| with their slopes in ρ, per distance.
    value = n * (math.log(variance) + LOG_2PI)
    d_rho = 0.0
    for i in range(k):
        phi = rho ** lags[i, 0]
        d_phi = lags[i, 0] * rho ** (lags[i, 0] - 1)
        left = 1.0 - phi * phi
        weight[i], cross[i] = phi * phi / left, phi / left
        d_weight[i] = 2.0 * phi / (left * left) * d_phi
        d_cross[i] = (1.0 + phi * phi) / (left * left) * d_phi
        value += lags[i, 1] * math.log(left)
        d_rho -= lags[i, 1] * 2.0 * cross[i] * d_phi

    for a in range(rank):
        for c in range(a + 1):
            total, d_total = 0.0, 0.0
            for i in range(k):
                own, both = tables[2 * i, a, c], tables[2 * i + 1, a, c]
                total += weight[i] * own - cross[i] * both
                d_total += d_weight[i] * own - d_cross[i] * both
            precision[a, c] = total / variance
            moved[a, c] = d_total / variance
        precision[a, a] += 1.0 + s[a] * s[a] / variance
    cholesky(precision)
    inverse(precision, covariance)
    told, d_trace = 0.0, 0.0
    for a in range(rank):
        value += 2.0 * math.log(precision[a, a])
        told += 1.0 - covariance[a, a]
        d_trace += covariance[a, a] * moved[a, a]
        for c in range(a):
            d_trace += 2.0 * covariance[a, c] * moved[a, c]

    whiten(residual, lag_i, weight, cross, slope)
    for j in range(rank):
        row = x[j]
        total = 0.0
        for t in range(n):
            total += row[t] * slope[t]
        b[j] = total / variance
    solve_lower_vector(precision, b)
    solve_upper_vector(precision, b)
    for t in range(n):
        error[t] = residual[t]
    for j in range(rank):
        row, part = x[j], b[j]
        for t in range(n):
            error[t] -= part * row[t]
    whiten(error, lag_i, weight, cross, slope)
    quadratic, left_over = 0.0, 0.0
    for t in range(n):
        slope[t] /= variance
        quadratic += residual[t] * slope[t]
        left_over += error[t] * slope[t]
    d_square = 0.0
    for t in range(1, n):
        i = lag_i[t]
        d_square += d_weight[i] * (error[t] * error[t] + error[t - 1] * error[t - 1])
        d_square -= 2.0 * d_cross[i] * error[t] * error[t - 1]
    d_rho += d_square / variance + d_trace
    return -0.5 * (value + quadratic), (left_over - n + told) / sigma, -0.5 * d_rho
