"""The belief that marginal returns are alike but for a few, in native code: its value and its slopes.

    F(x) = Σ_k w_k Σ_m v_km Π_c ( ε + (1 − ε) K((x_c − μ_km) / τ_k) / Z_kcm )

See `returns.Alike` for what the letters mean. Cells of centres further than `REACH` spreads from all
returns are left out: there nothing is alike. It is part of `returns_density`: touch that after an edit here.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from mediamix.transforms.native import INNER, REORDERED

#: Numbers per spread before its tables: τ, the first centre, the distance of centres.
HEADER = 3
#: A centre so many spreads below the lowest return and above the highest counts.
REACH = 8.0
LEAD = 6


@numba.njit(**INNER)
def log_alike(x, slope, part_k, sizes, numbers, scratch):  # type: ignore[no-untyped-def]
    """log F; fills `slope` with its derivatives.

    Args:
        x: Logs of marginal returns [channel].
        slope: Filled [channel].
        part_k: Filled with the terms of the outer sum [spread].
        sizes: Centres per spread [spread].
        numbers: ε, 1/ν, then per spread `HEADER`, w_k v_km [centre] and (1 − ε) / Z_kcm [channel, centre].
        scratch: As many as the most centres.
    """
    c, some = x.size, numbers[0]
    a1, a2, a3, a8 = numbers[1], numbers[2], numbers[3], numbers[4]
    low, high = x.min(), x.max()
    slope[:] = 0.0
    total = 0.0
    at = LEAD
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
        start = (first + begin * step) / spread
        for i in range(c):
            away, by = x[i] / spread - start, step / spread
            part = numbers[at + i * m + begin : at + i * m + end]
            for j in range(n):
                z = away - j * by
                b = 1.0 / (1.0 + z * z * numbers[5])
                b2 = b * b
                kern = a1 * b + a2 * b2 + a3 * b2 * b + a8 * (b2 * b2) * (b2 * b2)
                product[j] *= some + part[j] * kern
        part_k[k] = 0.0
        for j in range(n):
            part_k[k] += product[j]
        total += part_k[k]
        for i in range(c):
            away, by = x[i] / spread - start, step / spread
            part = numbers[at + i * m + begin : at + i * m + end]
            pull = 0.0
            for j in range(n):
                z = away - j * by
                b = 1.0 / (1.0 + z * z * numbers[5])
                b2 = b * b
                b8 = (b2 * b2) * (b2 * b2)
                kern = a1 * b + a2 * b2 + a3 * b2 * b + a8 * b8
                bent = a1 * b2 + 2.0 * a2 * b2 * b + 3.0 * a3 * b2 * b2 + 8.0 * a8 * b8 * b
                pull -= product[j] * part[j] * bent * z / (some + part[j] * kern)
            slope[i] += 2.0 * numbers[5] * pull / spread
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
