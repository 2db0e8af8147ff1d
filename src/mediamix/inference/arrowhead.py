"""The linear-Gaussian block of a panel, integrated out exactly: small blocks per geo, one shared.

    y_g = F_g v + L_g z_g + ε_g,   v ~ N(0, I),   z_g ~ N(0, I),   ε_g ~ N(0, I / ω_g)

F are columns whose coefficients all geos share, L those with a coefficient of the geo's own, both
scaled by their prior standard deviations. The precision of (v, z_1 … z_G) is an arrowhead:

    A_g = I + ω_g LᵀL       B_g = ω_g LᵀF       a_g = ω_g Lᵀy
    C = I + Σ_g (ω_g FᵀF − B_gᵀ A_g⁻¹ B_g)      c = Σ_g (ω_g Fᵀy − B_gᵀ A_g⁻¹ a_g)
    v̂ = C⁻¹ c               ẑ_g = A_g⁻¹ (a_g − B_g v̂)

so that the cost grows with the number of geos, not with its cube. With A = L_A L_Aᵀ everything
below is written in W = L_A⁻¹ B and w = L_A⁻¹ a. The kernels work on arrays that the caller owns and
allocate nothing. Those for small matrices take matrices of numbers, or of lanes: a block of eight
geos at once (`inference.lanes`).

Source: Lindley & Smith (1972); the block elimination of arrowhead systems is classic, e.g.
Björck (1996), Numerical Methods for Least Squares Problems, section 6.3.
"""

from __future__ import annotations

import math

import numba

from mediamix.transforms.native import REORDERED


@numba.njit(**REORDERED)
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


@numba.njit(**REORDERED)
def gram_own(a, out):  # type: ignore[no-untyped-def]
    """``out = a aᵀ``: `gram` without the products that are known by symmetry."""
    n, length = a.shape
    for i in range(0, n - n % 2, 2):
        p, q = a[i], a[i + 1]
        # As far as the diagonal, in fours: what that adds is right too.
        for j in range(0, min(i + 2, n - n % 4), 4):
            r0, r1, r2, r3 = a[j], a[j + 1], a[j + 2], a[j + 3]
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
        for j in range(n - n % 4, min(i + 2, n)):
            r0 = a[j]
            p0 = q0 = 0.0
            for t in range(length):
                p0 += p[t] * r0[t]
                q0 += q[t] * r0[t]
            out[i, j], out[i + 1, j] = p0, q0
    if n % 2:
        p = a[n - 1]
        for j in range(n):
            r0 = a[j]
            p0 = 0.0
            for t in range(length):
                p0 += p[t] * r0[t]
            out[n - 1, j] = p0
    for i in range(n):
        for j in range(i):
            out[j, i] = out[i, j]


@numba.njit(**REORDERED)
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


@numba.njit(**REORDERED)
def cholesky(a):  # type: ignore[no-untyped-def]
    """Lower factor in place (the upper triangle is left as it is)."""
    n = a.shape[0]
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


@numba.njit(**REORDERED)
def solve_lower(factor, b):  # type: ignore[no-untyped-def]
    """``b ← factor⁻¹ b`` for a matrix b."""
    n, m = b.shape
    for i in range(n):
        scale = 1.0 / factor[i, i]
        for j in range(m):
            total = b[i, j]
            for k in range(i):
                total -= factor[i, k] * b[k, j]
            b[i, j] = total * scale


@numba.njit(**REORDERED)
def solve_upper(factor, b):  # type: ignore[no-untyped-def]
    """``b ← factor⁻ᵀ b`` for a matrix b."""
    n, m = b.shape
    for i in range(n - 1, -1, -1):
        scale = 1.0 / factor[i, i]
        for j in range(m):
            total = b[i, j]
            for k in range(i + 1, n):
                total -= factor[k, i] * b[k, j]
            b[i, j] = total * scale


@numba.njit(**REORDERED)
def solve_lower_vector(factor, x):  # type: ignore[no-untyped-def]
    """``x ← factor⁻¹ x``."""
    for i in range(x.size):
        total = x[i]
        for k in range(i):
            total -= factor[i, k] * x[k]
        x[i] = total / factor[i, i]


@numba.njit(**REORDERED)
def solve_upper_vector(factor, x):  # type: ignore[no-untyped-def]
    """``x ← factor⁻ᵀ x``."""
    for i in range(x.size - 1, -1, -1):
        total = x[i]
        for k in range(i + 1, x.size):
            total -= factor[k, i] * x[k]
        x[i] = total / factor[i, i]


@numba.njit(**REORDERED)
def inverse(factor, out):  # type: ignore[no-untyped-def]
    """``out = factor⁻ᵀ factor⁻¹``, of which the lower triangle is L⁻¹ until it is overwritten."""
    n = factor.shape[0]
    for i in range(n):
        scale = 1.0 / factor[i, i]
        for j in range(i):
            total = factor[i, j] * out[j, j]
            for k in range(j + 1, i):
                total += factor[i, k] * out[k, j]
            out[i, j] = -1.0 * total * scale
        out[i, i] = scale
    # Row by row from above: row i of the product reads rows of L⁻¹ from i on only.
    for i in range(n):
        for j in range(i + 1):
            total = out[i, i] * out[i, j]
            for k in range(i + 1, n):
                total += out[k, i] * out[k, j]
            out[j, i] = total
        for j in range(i):
            out[i, j] = out[j, i]


@numba.njit(**REORDERED)
def eliminate(a, b, x, shared, shared_x):  # type: ignore[no-untyped-def]
    """A block's step: factorise it and take its part out of the shared one.

    On entry A, B, a of the block and C, c so far; on exit L_A, W, w and C, c without it.
    """
    cholesky(a)
    solve_lower(a, b)
    solve_lower_vector(a, x)
    p, f = b.shape
    for i in range(f):
        for j in range(i + 1):
            total = shared[i, j]
            for k in range(p):
                total -= b[k, i] * b[k, j]
            shared[i, j] = total
        total = shared_x[i]
        for k in range(p):
            total -= b[k, i] * x[k]
        shared_x[i] = total


@numba.njit(**REORDERED)
def covariance(factor, w, inverse_shared, own, cross):  # type: ignore[no-untyped-def]
    """Posterior covariance of a block's coefficients.

    Args:
        factor: L_A.
        w: W, which is overwritten by A⁻¹ B.
        inverse_shared: C⁻¹, of numbers.
        own: Receives ``cov(z, z) = A⁻¹ + A⁻¹B C⁻¹ BᵀA⁻¹``, its lower triangle.
        cross: Receives ``cov(z, v) = −A⁻¹B C⁻¹``.
    """
    p, f = w.shape
    inverse(factor, own)
    solve_upper(factor, w)
    for k in range(p):
        for j in range(f):
            total = w[k, 0] * inverse_shared[0, j]
            for i in range(1, f):
                total += w[k, i] * inverse_shared[i, j]
            cross[k, j] = -1.0 * total
    for k in range(p):
        for j in range(k + 1):
            total = own[k, j]
            for i in range(f):
                total -= cross[k, i] * w[j, i]
            own[k, j] = total
