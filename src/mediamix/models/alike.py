"""The belief that marginal returns are alike but for a few, in native code: its value and its slopes.

    F(x) = Σ_k Σ_m v_km Π_c ( ε + (1 − ε) K((x_c − μ_km) / τ_k) / Z_kcm ),   K(z) = (1 + z² / ν)^(−2), ν = 3

See `returns.Alike` for what the letters mean. Centres further than `REACH` spreads from all returns are
left out: there nothing is alike. It is part of `returns_density`: touch that after an edit here.
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
#: A centre so many spreads below the lowest return and above the highest counts.
REACH = 8.0


@numba.njit(**INNER)
def log_alike(x, slope, part_k, sizes, numbers, scratch):  # type: ignore[no-untyped-def]
    """log F; fills `slope` with its derivatives.

    Args:
        x: Logs of marginal returns [channel].
        slope: Filled [channel].
        part_k: Filled with the terms of the outer sum [spread].
        sizes: Centres per spread [spread].
        numbers: ε, then per spread `HEADER`, v_km [centre] and (1 − ε) / Z_kcm [channel, centre].
        scratch: As many as the most centres.
    """
    c, apart = x.size, numbers[0]
    low, high = x.min(), x.max()
    slope[:] = 0.0
    total, at = 0.0, 1
    for k in range(sizes.size):
        m = sizes[k]
        spread, first, step = numbers[at], numbers[at + 1], numbers[at + 2]
        begin = max(0, min(m, math.floor((low - REACH * spread - first) / step)))
        end = max(begin, min(m, math.ceil((high + REACH * spread - first) / step) + 1))
        n = end - begin
        at += HEADER
        product = scratch[:n]
        product[:] = numbers[at + begin : at + end]
        at += m
        start, by = (first + begin * step) / spread, step / spread
        for i in range(c):
            away = x[i] / spread - start
            near = numbers[at + i * m + begin : at + i * m + end]
            for j in range(n):
                z = away - j * by
                b = 1.0 / (1.0 + z * z / FREEDOM)
                product[j] *= apart + near[j] * b * b
        part_k[k] = product.sum()
        total += part_k[k]
        for i in range(c):
            away = x[i] / spread - start
            near = numbers[at + i * m + begin : at + i * m + end]
            pull = 0.0
            for j in range(n):
                z = away - j * by
                b = 1.0 / (1.0 + z * z / FREEDOM)
                like = near[j] * b * b
                pull += product[j] * like * b * z / (apart + like)
            slope[i] -= 4.0 * pull / (FREEDOM * spread)
        at += c * m
    for i in range(c):
        slope[i] /= total
    return math.log(total)


@numba.njit(**REORDERED)
def terms_of(x_dc, sizes, numbers):  # type: ignore[no-untyped-def]
    """Terms of F's outer sum for rows of x [draw, spread]."""
    part_dk = np.empty((len(x_dc), sizes.size))
    slope, scratch = np.empty(x_dc.shape[1]), np.empty(sizes.max())
    for d in range(len(x_dc)):
        log_alike(x_dc[d], slope, part_dk[d], sizes, numbers, scratch)
    return part_dk
