"""Noise with heavy tails: coefficients are sampled in coordinates in which they are nearly independent.

    y = m + D v + ε,   v ~ N(0, Λ),   ε_i ~ t_ν(0, σ)

Given θ the coefficients can't be integrated out. They are sampled, but not as they are: with
``X = D Λ^½ = U S Wᵀ`` and v = Λ^½ W b, each b_j is written around what it would be if the noise were normal
with the same Fisher information, ``τ² = σ² (ν + 3)/(ν + 1)``:

    b_j = b̂_j + l_j z_j,   b̂_j = s_j q_j / (s_j² + τ²),   q = Uᵀ(y − m),   l_j² = τ² / (s_j² + τ²)

so that z is nearly standard normal and independent of θ: a posterior that NUTS walks through in few steps.
It is exact, because the change of variables is: the density of (θ, z) is, but for constants of a normal's,

    Σ_i log t_ν(e_i / σ) − n log σ − ½ Σ_j b_j² + Σ_j log l_j,   e = y − m − U S b

and with ψ = (ν + 1) e / (ν σ² + e²), G = S Uᵀψ − b,

    ∂/∂m = ψ − U κ,   κ_j = G_j s_j / (s_j² + τ²)           ∂/∂z_j = G_j l_j
    ∂/∂τ² = Σ_j [ (G_j l_j z_j + 1) ½ (1/τ² − 1/(s_j² + τ²)) − κ_j q_j / (s_j² + τ²) ]

costs O(n p). Where there are more columns than rows, what no row sees is drawn from the prior afterwards.

The kernels are compiled with the densities that call them.

Source: Lange, Little & Taylor (1989) for the noise and its information; Papaspiliopoulos, Roberts & Sköld
(2007) for parametrisations between centred and not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float

from mediamix.inference.linear import LinearBlock
from mediamix.transforms.native import REORDERED

#: From here on the digamma function is its asymptotic series, to 1e-13.
SERIES = 8.0


@dataclass(frozen=True)
class HeavyTailed:
    """Factorised columns whose coefficients are sampled in the coordinates z.

    Args:
        linear: The columns on the observed rows.
    """

    linear: LinearBlock

    @property
    def scratch(self) -> int:
        """Numbers of scratch memory for `log_joint`."""
        rank, n = self.linear.u_pn.shape
        return int(3 * rank + n)

    def rotated(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        nu_d: Float[np.ndarray, " draw"],
    ) -> tuple[Float[np.ndarray, "draw rank"], Float[np.ndarray, "draw rank"]]:
        """b̂ and l per draw."""
        s = self.linear.s_p[: self.linear.rank]
        variance = (sigma_d**2 * (nu_d + 3) / (nu_d + 1))[:, None]
        centre = (residual_dn @ self.linear.u_pn.T) * s / (s**2 + variance)
        return np.asarray(centre), np.sqrt(variance / (s**2 + variance))

    def coefficients(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        nu_d: Float[np.ndarray, " draw"],
        z_dj: Float[np.ndarray, "draw rank"],
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "draw column"]:
        """V per draw of the coordinates; what no row sees is drawn."""
        centre, scale = self.rotated(residual_dn, sigma_d, nu_d)
        b = rng.standard_normal((len(sigma_d), len(self.linear.s_p)))
        b[:, : self.linear.rank] = centre + scale * z_dj
        return np.asarray(b @ self.linear.back_pp.T)

    def coordinates(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        nu_d: Float[np.ndarray, " draw"],
        v_dp: Float[np.ndarray, "draw column"],
    ) -> Float[np.ndarray, "draw rank"]:
        """The way back: z from v."""
        centre, scale = self.rotated(residual_dn, sigma_d, nu_d)
        b = np.linalg.solve(self.linear.back_pp, v_dp.T).T[:, : self.linear.rank]
        return np.asarray((b - centre) / scale)

    def errors(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        nu_d: Float[np.ndarray, " draw"],
        z_dj: Float[np.ndarray, "draw rank"],
    ) -> Float[np.ndarray, "draw row"]:
        """``y − m − D v`` per draw."""
        centre, scale = self.rotated(residual_dn, sigma_d, nu_d)
        columns = self.linear.s_p[: self.linear.rank, None] * self.linear.u_pn
        return np.asarray(residual_dn - (centre + scale * z_dj) @ columns)

    def conditional(
        self,
        residual_dn: Float[np.ndarray, "draw row"],
        sigma_d: Float[np.ndarray, " draw"],
        nu_d: Float[np.ndarray, " draw"],
        z_dj: Float[np.ndarray, "draw rank"],
    ) -> Float[np.ndarray, "draw row"]:
        """Log density of each row given the draw, its coefficients included: see `inference.loo`."""
        from scipy.special import gammaln

        error = self.errors(residual_dn, sigma_d, nu_d, z_dj) / sigma_d[:, None]
        half, nu = 0.5 * (nu_d + 1.0), nu_d[:, None]
        constant = gammaln(half) - gammaln(0.5 * nu_d) - 0.5 * np.log(np.pi * nu_d) - np.log(sigma_d)
        return np.asarray(constant[:, None] - half[:, None] * np.log1p(error**2 / nu))


@numba.njit(**REORDERED)
def digamma(x):  # type: ignore[no-untyped-def]
    """ψ(x) for x > 0: up to `SERIES` by recurrence, then its series (Abramowitz & Stegun 6.3.18)."""
    below = 0.0
    while x < SERIES:
        below -= 1.0 / x
        x += 1.0
    i = 1.0 / (x * x)
    series = i * (1 / 12 - i * (1 / 120 - i * (1 / 252 - i * (1 / 240 - i * (1 / 132 - i * 691 / 32760)))))
    return below + math.log(x) - 0.5 / x - series


@numba.njit(**REORDERED)
def log_joint(residual, u, s, sigma, nu, z, slope, slope_z, scratch):  # type: ignore[no-untyped-def]
    """Log density of y and z given m, σ and ν, and its derivatives in σ and ν.

    `slope` receives ∂/∂m, `slope_z` ∂/∂z.
    """
    rank, n = u.shape
    q, b = scratch[:rank], scratch[rank : 2 * rank]
    pull, error = scratch[2 * rank : 3 * rank], scratch[3 * rank : 3 * rank + n]
    variance = sigma * sigma * (nu + 3.0) / (nu + 1.0)
    value, d_variance = 0.0, 0.0
    for t in range(n):
        error[t] = residual[t]
    for j in range(rank):
        row = u[j]
        total = 0.0
        for t in range(n):
            total += row[t] * residual[t]
        q[j] = total
    for j in range(rank):
        row, around = u[j], s[j] * s[j] + variance
        scale = math.sqrt(variance / around)
        b[j] = s[j] * q[j] / around + scale * z[j]
        value += math.log(scale) - 0.5 * b[j] * b[j]
        part = s[j] * b[j]
        for t in range(n):
            error[t] -= part * row[t]

    width = nu * sigma * sigma
    logs, far = 0.0, 0.0
    for t in range(n):
        square = error[t] * error[t] / width
        logs += math.log1p(square)
        far += square / (1.0 + square)
        slope[t] = (nu + 1.0) * error[t] / (width * (1.0 + square))
    half = 0.5 * (nu + 1.0)
    value += n * (math.lgamma(half) - math.lgamma(0.5 * nu) - 0.5 * math.log(math.pi * width)) - half * logs
    d_sigma = (2.0 * half * far - n) / sigma
    d_nu = 0.5 * n * (digamma(half) - digamma(0.5 * nu) - 1.0 / nu) - 0.5 * logs + half * far / nu

    for j in range(rank):
        row = u[j]
        total = 0.0
        for t in range(n):
            total += row[t] * slope[t]
        pull[j] = s[j] * total - b[j]
    for j in range(rank):
        row, around = u[j], s[j] * s[j] + variance
        scale = math.sqrt(variance / around)
        slope_z[j] = pull[j] * scale
        back = pull[j] * s[j] / around
        d_variance += 0.5 * (slope_z[j] * z[j] + 1.0) * (1.0 / variance - 1.0 / around) - back * q[j] / around
        for t in range(n):
            slope[t] -= back * row[t]
    d_sigma += d_variance * 2.0 * variance / sigma
    d_nu -= d_variance * 2.0 * sigma * sigma / ((nu + 1.0) * (nu + 1.0))
    return value, d_sigma, d_nu
