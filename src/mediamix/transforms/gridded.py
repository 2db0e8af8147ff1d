"""Response curves of many cells, by a grid of exposures in place of the cells.

    Σ_gt w_g h(m a_gt) ≈ Σ_k W_k h(m x_k),   x_k = x_max e^(−k Δ)

for all multipliers m at once. A cell's weight goes to its four neighbours among the nodes, by the
cubic through them in log x: as saturations are smooth there, the error is Δ⁴ 3/128 of the fourth
derivative of h in log x, under 2e-7 for a slope of 2. The saturation is then evaluated at some
hundred nodes per multiplier, not at tens of thousands of cells.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.elementary import log
from mediamix.transforms.native import REORDERED

#: Nodes per unit of log x, and how many: from the largest exposure down to e⁻³⁰ of it.
PER_UNIT, NODES = 24, 720
#: What one node costs more than a cell that is evaluated, and the fewest multipliers that are many.
DEARER, MANY = 4, 8
#: Stands in for zero under the logarithm.
TINY = 1e-300

_V, _M, _INT = numba.float64[::1], numba.float64[:, ::1], numba.int64


def pays(cells: int, multipliers: int) -> bool:
    """Whether the grid takes a fraction of the time of the cells."""
    return multipliers >= MANY and cells > DEARER * NODES


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _V, _M), **REORDERED)
def respond_scaled(adstock, saturation, n_adstock, max_lag, exposure, theta, weight, multiplier, out):  # type: ignore[no-untyped-def]
    """``out[d, m] = Σ_g weight_dg Σ_t saturation(multiplier_m adstock(exposure_g))``."""
    geos, n = exposure.shape
    carried = np.empty((geos, n))
    share, ladder, level, response = np.empty(NODES), np.empty(NODES), np.empty(NODES), np.empty(NODES)
    place, nothing = np.empty(n), np.empty(0)
    no_rows, none = np.empty((0, n)), np.empty((0, NODES))
    # The largest exposure is a node that has two more above it.
    for k in range(NODES):
        ladder[k] = math.exp((k - (NODES - 3)) / PER_UNIT)
    for d in range(theta.shape[0]):
        highest = 0.0
        for g in range(geos):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, carried[g], no_rows)
            for t in range(n):
                highest = max(highest, carried[g, t])
        out[d] = 0.0
        if highest <= 0.0:
            continue
        share[:] = 0.0
        origin = NODES - 3 - PER_UNIT * math.log(highest)
        for g in range(geos):
            for t in range(n):
                place[t] = origin + PER_UNIT * log(max(carried[g, t], TINY))
            w = weight[d, g]
            for t in range(n):
                if carried[g, t] <= 0.0:
                    continue
                # What is below the lowest node counts as that one.
                at = min(max(place[t], 1.0), NODES - 3.0)
                k = int(at)
                f = at - k
                before, after, beyond = f + 1.0, f - 1.0, f - 2.0
                share[k - 1] -= w * f * after * beyond / 6.0
                share[k] += w * before * after * beyond / 2.0
                share[k + 1] -= w * before * f * beyond / 2.0
                share[k + 2] += w * before * f * after / 6.0
        for m in range(multiplier.size):
            reach = multiplier[m] * highest
            for k in range(NODES):
                level[k] = reach * ladder[k]
            call_saturation(saturation, level, theta[d, n_adstock:], response, nothing, none)
            total = 0.0
            for k in range(NODES):
                total += share[k] * response[k]
            out[d, m] = total
