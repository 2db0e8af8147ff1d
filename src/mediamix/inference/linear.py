"""The linear-Gaussian block, integrated out of the posterior exactly.

    y = m + D v + ε,   v ~ N(0, Λ),   ε ~ N(0, σ² I)

With the singular value decomposition ``D Λ^½ = U S Wᵀ``, computed once, and ``q = Uᵀ(y − m)``,

    log p(y | m, σ) = −½ [ (rᵀr − Σ_j κ_j q_j²) / σ² + n log σ² + Σ_j log(1 + s_j²/σ²) + n log 2π ]
    ∂/∂m            = (r − U κ q) / σ²,          κ_j = s_j² / (s_j² + σ²)

costs O(n p) per evaluation, and draws of v given the rest are exact:

    v = Λ^½ W ( S q / (S² + σ²) + (1 + S²/σ²)^−½ z ),   z ~ N(0, I)

Source: Lindley & Smith (1972); Bishop (2006), sections 2.3.3 and 3.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float

from mediamix.transforms.native import REORDERED

_V, _M = numba.float64[::1], numba.float64[:, ::1]
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class LinearBlock:
    """Factorised columns with their prior standard deviations.

    Args:
        u_pn: Left singular vectors of ``D Λ^½``, a row each: min(n, p) × n.
        s_p: Singular values, padded with zeros to p where p > n.
        back_pp: ``Λ^½ W``, from the rotated coordinates back to coefficients.
    """

    u_pn: Float[np.ndarray, "rank row"]
    s_p: Float[np.ndarray, " column"]
    back_pp: Float[np.ndarray, "column column"]

    @classmethod
    def of(
        cls, design: Float[np.ndarray, "row column"], prior_sd: Float[np.ndarray, " column"]
    ) -> LinearBlock:
        """Factorise columns `design` under the prior ``v_j ~ N(0, prior_sd_j²)``."""
        n, p = design.shape
        u, s, w = np.linalg.svd(design * prior_sd, full_matrices=p > n)
        return cls(
            np.ascontiguousarray(u[:, : min(n, p)].T),
            np.concatenate([s, np.zeros(p - len(s))]),
            np.ascontiguousarray(prior_sd[:, None] * w.T),
        )

    @property
    def rank(self) -> int:
        """Number of rotated coordinates that the rows can see."""
        return len(self.u_pn)

    def left(
        self, residual_dn: Float[np.ndarray, "draw row"], sigma_d: Float[np.ndarray, " draw"]
    ) -> Float[np.ndarray, "draw row"]:
        """What the columns don't explain: ``y − m − D E(v | y, m, σ)``."""
        s2 = self.s_p[: self.rank] ** 2
        kept = s2 / (s2 + sigma_d[:, None] ** 2)
        return np.asarray(residual_dn - (kept * (residual_dn @ self.u_pn.T)) @ self.u_pn)

    def draw(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "draw column"]:
        """One exact draw of v per row of residuals ``y − m`` and noise scale."""
        variance = sigma_d[:, None] ** 2
        precision = self.s_p**2 + variance
        rotated = np.sqrt(variance / precision) * rng.standard_normal((len(sigma_d), len(self.s_p)))
        k = self.rank
        rotated[:, :k] += (residual_dn @ self.u_pn.T) * self.s_p[:k] / precision[:, :k]
        return np.asarray(rotated @ self.back_pp.T)


@numba.njit(numba.types.UniTuple(numba.float64, 2)(_V, _M, _V, numba.float64, _V, _V), **REORDERED)
def log_marginal(residual, u, s, sigma, q, slope):  # type: ignore[no-untyped-def]
    """Log marginal likelihood and its derivative in σ; `slope` receives ∂/∂m.

    `q` (rank) is scratch. `fastmath` only lets sums be reordered, for SIMD.
    """
    rank, n = u.shape
    variance = sigma * sigma
    square = 0.0
    for t in range(n):
        square += residual[t] * residual[t]
        slope[t] = residual[t]
    value = n * (math.log(variance) + LOG_2PI)
    d_variance = -n / variance
    explained = 0.0
    d_explained = 0.0
    for j in range(rank):
        row = u[j]
        total = 0.0
        for t in range(n):
            total += row[t] * residual[t]
        q[j] = total
    for j in range(rank):
        total = s[j] * s[j] + variance
        shrink = s[j] * s[j] / total
        explained += shrink * q[j] * q[j]
        # d κ/dσ² = −κ / (s² + σ²)
        d_explained -= shrink / total * q[j] * q[j]
        value += math.log(total / variance)
        d_variance -= 1.0 / total - 1.0 / variance
        q[j] *= shrink
    quadratic = square - explained
    value += quadratic / variance
    d_variance += quadratic / (variance * variance) + d_explained / variance
    for j in range(rank):
        row = u[j]
        weight = q[j]
        for t in range(n):
            slope[t] -= weight * row[t]
    for t in range(n):
        slope[t] /= variance
    return -0.5 * value, d_variance * sigma
