"""The belief that marginal returns are alike but for a few, in native code: its value and its slopes.

    F(x) = Σ_k Σ_m v_km Π_c ( ε + (1 − ε) K((x_c − μ_km) / τ_k) / Z_kcm ),   K(z) = (1 + z² / ν)^(−2), ν = 3

See `returns.Alike` for what the letters mean. It is part of `returns_density`: touch that after an edit here.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from mediamix.transforms.native import INNER, REORDERED

#: Degrees of freedom of Student's t; with three it needs multiplications and one division only.
FREEDOM = 3.0
#: Numbers per spread before its tables: τ, the first centre, the distance of centres.
HEADER = 3


@numba.njit(**INNER)
def log_alike(x, slope, part_k, sizes, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log F; fills `slope` with its derivatives.

    Args:
        x: Logs of marginal returns [channel].
        slope: Filled [channel].
        part_k: Filled with the terms of the outer sum [spread].
        sizes: Centres per spread [spread].
        numbers: ε, then per spread `HEADER`, v_km [centre] and (1 − ε) / Z_kcm [channel, centre].
        scratch: One and twice as many as channels times the most centres.
    """
    c, apart, most = x.size, numbers[0], sizes.max()
    likes, bents = scratch[most : (1 + c) * most], scratch[(1 + c) * most : (1 + 2 * c) * most]
    slope[:] = 0.0
    total, at = 0.0, 1
    for k in range(sizes.size):
        m = sizes[k]
        spread, first, step = numbers[at], numbers[at + 1], numbers[at + 2]
        start, by = first / spread, step / spread
        at += HEADER
        product = scratch[:m]
        for j in range(m):  # a slice assigned to a slice takes four seconds to compile
            product[j] = numbers[at + j]
        at += m
        for i in range(c):
            away = x[i] / spread - start
            near = numbers[at + i * m : at + (i + 1) * m]
            like, bent = likes[i * m : (i + 1) * m], bents[i * m : (i + 1) * m]
            for j in range(m):
                z = away - j * by
                b = 1.0 / (1.0 + z * z / FREEDOM)
                like[j] = near[j] * b * b
                bent[j] = like[j] * b * z
                product[j] *= apart + like[j]
        part_k[k] = product.sum()
        total += part_k[k]
        for i in range(c):
            like, bent = likes[i * m : (i + 1) * m], bents[i * m : (i + 1) * m]
            pull = 0.0
            for j in range(m):
                pull += product[j] * bent[j] / (apart + like[j])
            slope[i] -= 4.0 * pull / (FREEDOM * spread)
        at += c * m
    for i in range(c):
        slope[i] /= total
    return math.log(total)


@numba.njit(**REORDERED)
def terms_of(x_dc, sizes, numbers):  # type: ignore[no-untyped-def]
    """Terms of F's outer sum for rows of x [draw, spread]."""
    part_dk = np.empty((len(x_dc), sizes.size))
    slope, scratch = np.empty(x_dc.shape[1]), np.empty((1 + 2 * x_dc.shape[1]) * sizes.max())
    for d in range(len(x_dc)):
        log_alike(x_dc[d], slope, part_dk[d], sizes, numbers, scratch)
    return part_dk
