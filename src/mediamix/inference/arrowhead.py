"""The linear-Gaussian block of a panel, integrated out exactly: small blocks per geo, one shared.

    y_g = F_g v + L_g z_g + ε_g,   v ~ N(0, I),   z_g ~ N(0, I),   ε_g ~ N(0, I / ω_g)

F are columns whose coefficients all geos share, L those with a coefficient of the geo's own, both
scaled by their prior standard deviations. The precision of (v, z_1 … z_G) is an arrowhead:

    A_g = I + ω_g LᵀL       B_g = ω_g LᵀF       a_g = ω_g Lᵀy
    C = I + Σ_g (ω_g FᵀF − B_gᵀ A_g⁻¹ B_g)      c = Σ_g (ω_g Fᵀy − B_gᵀ A_g⁻¹ a_g)
    v̂ = C⁻¹ c               ẑ_g = A_g⁻¹ (a_g − B_g v̂)

so that the cost grows with the number of geos, not with its cube. With A = L_A L_Aᵀ everything
below is written in W = L_A⁻¹ B and w = L_A⁻¹ a. The kernels here work on arrays that the caller
owns and allocate nothing; small matrices are looped over, because a call of BLAS costs more.

Source: Lindley & Smith (1972); the block elimination of arrowhead systems is classic, e.g.
Björck (1996), Numerical Methods for Least Squares Problems, section 6.3.
"""

from __future__ import annotations

import math
from typing import Any

import numba

_KERNEL: Any = {
    "cache": True,
    "nogil": True,
    "fastmath": {"reassoc", "contract"},
    "error_model": "numpy",
}


@numba.njit(**_KERNEL)
def gram(a, b, out):  # type: ignore[no-untyped-def]
    """``out = a bᵀ``; rows are long. Blocks of 2 × 4 rows share their loads."""
    n, m, length = a.shape[0], b.shape[0], a.shape[1]
    for i in range(0, n - n % 2, 2):
        p, q = a[i], a[i + 1]
        for j in range(0, m - m % 4, 4):
            r0, r1, r2, r3 = b[j], b[j + 1], b[j + 2], b[j + 3]
            p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = 0.0
            for t in range(length):
                p0 += p[t] * r0[t]
                p1 += p[t] * r1[t]
                p2 += p[t] * r2[t]
                p3 += p[t] * r3[t]
                q0 += q[t] * r0[t]
                q1 += q[t] * r1[t]
                q2 += q[t] * r2[t]
                q3 += q[t] * r3[t]
            out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = p0, p1, p2, p3
            out[i + 1, j], out[i + 1, j + 1], out[i + 1, j + 2], out[i + 1, j + 3] = q0, q1, q2, q3
        for j in range(m - m % 4, m):
            r0 = b[j]
            p0 = q0 = 0.0
            for t in range(length):
                p0 += p[t] * r0[t]
                q0 += q[t] * r0[t]
            out[i, j], out[i + 1, j] = p0, q0
    if n % 2:
        p = a[n - 1]
        for j in range(m):
            r0 = b[j]
            p0 = 0.0
            for t in range(length):
                p0 += p[t] * r0[t]
            out[n - 1, j] = p0


@numba.njit(**_KERNEL)
def combine(weight, b, out):  # type: ignore[no-untyped-def]
    """``out += weight b``; rows of b are long. The counterpart of `gram`."""
    n, m, length = weight.shape[0], b.shape[0], b.shape[1]
    for i in range(0, n - n % 2, 2):
        p, q = out[i], out[i + 1]
        for j in range(0, m - m % 4, 4):
            r0, r1, r2, r3 = b[j], b[j + 1], b[j + 2], b[j + 3]
            p0, p1, p2, p3 = weight[i, j], weight[i, j + 1], weight[i, j + 2], weight[i, j + 3]
            q0, q1, q2, q3 = (
                weight[i + 1, j],
                weight[i + 1, j + 1],
                weight[i + 1, j + 2],
                weight[i + 1, j + 3],
            )
            for t in range(length):
                p[t] += p0 * r0[t] + p1 * r1[t] + p2 * r2[t] + p3 * r3[t]
                q[t] += q0 * r0[t] + q1 * r1[t] + q2 * r2[t] + q3 * r3[t]
        for j in range(m - m % 4, m):
            r0 = b[j]
            p0, q0 = weight[i, j], weight[i + 1, j]
            for t in range(length):
                p[t] += p0 * r0[t]
                q[t] += q0 * r0[t]
    if n % 2:
        p = out[n - 1]
        for j in range(m):
            r0 = b[j]
            p0 = weight[n - 1, j]
            for t in range(length):
                p[t] += p0 * r0[t]


@numba.njit(**_KERNEL)
def cholesky(a):  # type: ignore[no-untyped-def]
    """Lower factor in place (the upper triangle is left as it is); ``log |a|``."""
    n = a.shape[0]
    log_determinant = 0.0
    for i in range(n):
        row = a[i]
        for j in range(i):
            other = a[j]
            total = row[j]
            for k in range(j):
                total -= row[k] * other[k]
            row[j] = total / other[j]
        total = row[i]
        for k in range(i):
            total -= row[k] * row[k]
        row[i] = math.sqrt(total)
        log_determinant += math.log(total)
    return log_determinant


@numba.njit(**_KERNEL)
def solve_lower(factor, b):  # type: ignore[no-untyped-def]
    """``b ← factor⁻¹ b`` for a matrix b."""
    n, m = b.shape
    for i in range(n):
        for k in range(i):
            weight = factor[i, k]
            for j in range(m):
                b[i, j] -= weight * b[k, j]
        scale = 1.0 / factor[i, i]
        for j in range(m):
            b[i, j] *= scale


@numba.njit(**_KERNEL)
def solve_upper(factor, b):  # type: ignore[no-untyped-def]
    """``b ← factor⁻ᵀ b`` for a matrix b."""
    n, m = b.shape
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            weight = factor[k, i]
            for j in range(m):
                b[i, j] -= weight * b[k, j]
        scale = 1.0 / factor[i, i]
        for j in range(m):
            b[i, j] *= scale


@numba.njit(**_KERNEL)
def solve_lower_vector(factor, x):  # type: ignore[no-untyped-def]
    """``x ← factor⁻¹ x``."""
    for i in range(x.size):
        total = x[i]
        for k in range(i):
            total -= factor[i, k] * x[k]
        x[i] = total / factor[i, i]


@numba.njit(**_KERNEL)
def solve_upper_vector(factor, x):  # type: ignore[no-untyped-def]
    """``x ← factor⁻ᵀ x``."""
    for i in range(x.size - 1, -1, -1):
        x[i] /= factor[i, i]
        for k in range(i):
            x[k] -= factor[i, k] * x[i]


@numba.njit(**_KERNEL)
def inverse_lower(factor, out):  # type: ignore[no-untyped-def]
    """``out = factor⁻¹``, lower triangular with zeros above."""
    n = factor.shape[0]
    out[:, :] = 0.0
    for i in range(n):
        scale = 1.0 / factor[i, i]
        for k in range(i):
            weight = -factor[i, k] * scale
            for j in range(k + 1):
                out[i, j] += weight * out[k, j]
        out[i, i] = scale


@numba.njit(**_KERNEL)
def eliminate(a, b, x, shared, shared_x):  # type: ignore[no-untyped-def]
    """One geo's step: factorise its block and take its part out of the shared one.

    On entry A, B, a of the geo and C, c so far; on exit L_A, W, w and C, c without the geo.

    Returns:
        ``log |A|``.
    """
    log_determinant = cholesky(a)
    solve_lower(a, b)
    solve_lower_vector(a, x)
    p, f = b.shape
    for k in range(p):
        row = b[k]
        for i in range(f):
            weight = row[i]
            target = shared[i]
            for j in range(i + 1):
                target[j] -= weight * row[j]
            shared_x[i] -= weight * x[k]
    return log_determinant


@numba.njit(**_KERNEL)
def covariance(factor, w, inverse_shared, y, own, cross):  # type: ignore[no-untyped-def]
    """Posterior covariance of one geo's coefficients.

    Args:
        factor: L_A.
        w: W, which is overwritten by A⁻¹ B.
        inverse_shared: L_C⁻¹.
        y: Scratch, like `w`.
        own: Receives ``cov(z, z) = A⁻¹ + A⁻¹B C⁻¹ BᵀA⁻¹``.
        cross: Receives ``cov(z, v) = −A⁻¹B C⁻¹``.
    """
    p, f = w.shape
    # A⁻¹ = L⁻ᵀ L⁻¹: L⁻¹ stands in the lower triangle until its products fill the upper one.
    inverse_lower(factor, own)
    for i in range(p):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, p):
                total += own[k, i] * own[k, j]
            if j < i:
                own[j, i] = total
            else:
                y[i, 0] = total
    for i in range(p):
        for j in range(i):
            own[i, j] = own[j, i]
        own[i, i] = y[i, 0]
    solve_upper(factor, w)
    for k in range(p):
        for i in range(f):
            total = 0.0
            row = inverse_shared[i]
            for j in range(i + 1):
                total += row[j] * w[k, j]
            y[k, i] = total
    for k in range(p):
        for other in range(k + 1):
            total = 0.0
            for i in range(f):
                total += y[k, i] * y[other, i]
            own[k, other] += total
            if other < k:
                own[other, k] += total
        cross[k, :] = 0.0
        for i in range(f):
            weight = y[k, i]
            row = inverse_shared[i]
            for j in range(i + 1):
                cross[k, j] -= weight * row[j]
