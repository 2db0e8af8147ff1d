"""Responses where the saturation comes before the adstock: ``adstock(saturation(exposure))``.

Adstock is linear: the derivative in a factor on the exposure is the adstock of the saturation's
derivatives, and geos are summed before they carry over. All is exact: `gridded` is for the other order.

Used where a channel's `order` asks for it; the kernels for the other order are in `media`.
"""

from __future__ import annotations

import numba
import numpy as np

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import REORDERED

_V, _M, _INT = numba.float64[::1], numba.float64[:, ::1], numba.int64
_OUT, _SUMS = numba.types.UniTuple(_M, 4), numba.float64[:, :, ::1]


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _V, _M, _M), **REORDERED)
def respond(adstock, saturation, n_adstock, max_lag, exposure, theta, out):  # type: ignore[no-untyped-def]
    """``out[d] = adstock(saturation(exposure))``."""
    n = exposure.size
    level, nothing, no_rows = np.empty(n), np.empty(0), np.empty((0, n))
    for d in range(theta.shape[0]):
        call_saturation(saturation, exposure, theta[d, n_adstock:], level, nothing, no_rows)
        call_adstock(adstock, level, theta[d, :n_adstock], max_lag, out[d], no_rows)


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M), **REORDERED)
def respond_sum(adstock, saturation, n_adstock, max_lag, exposure, theta, weight, out):  # type: ignore[no-untyped-def]
    """``out[d] = adstock(Σ_g weight_dg saturation(exposure_g))``."""
    geos, n = exposure.shape
    level, total, nothing, no_rows = np.empty(n), np.empty(n), np.empty(0), np.empty((0, n))
    for d in range(theta.shape[0]):
        total[:] = 0.0
        for g in range(geos):
            call_saturation(saturation, exposure[g], theta[d, n_adstock:], level, nothing, no_rows)
            for t in range(n):
                total[t] += weight[d, g] * level[t]
        call_adstock(adstock, total, theta[d, :n_adstock], max_lag, out[d], no_rows)


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _INT, _M, _M, _INT[::1], _OUT, _SUMS), **REORDERED)
def respond_geos(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, begin, theta, weight, row, out, apart
):
    """What `ChannelTransform.respond_geos` asks for; the first `begin` periods only carry over."""
    over_time, total, slope, alone = out
    geos, n = exposure.shape
    level, d_x, response, carried = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    no_rows = np.empty((0, n))
    # Derivatives in the parameters come with the one that is wanted.
    unused = np.empty((theta.shape[1] - n_adstock, n))
    for d in range(theta.shape[0]):
        over_time[d] = 0.0
        own = theta[d, :n_adstock]
        for g in range(geos):
            w, whole, steep, left = weight[d, g], 0.0, 0.0, 0.0
            call_saturation(saturation, exposure[g], theta[d, n_adstock:], level, d_x, unused)
            call_adstock(adstock, level, own, max_lag, response, no_rows)
            for t in range(begin):
                d_x[t] = 0.0
            for t in range(begin, n):
                d_x[t] *= exposure[g, t]
                level[t] = 0.0
            if begin > 0:
                call_adstock(adstock, level, own, max_lag, carried, no_rows)
                for t in range(begin, n):
                    left += carried[t]
            call_adstock(adstock, d_x, own, max_lag, carried, no_rows)
            for t in range(begin, n):
                over_time[d, t - begin] += w * response[t]
                whole += response[t]
                steep += carried[t]
            total[d, g] = w * whole
            slope[d, g] = w * steep
            alone[d, g] = w * left
            if row[d] >= 0:
                sums = apart[g, row[d]]
                for t in range(begin, n):
                    sums[t - begin] += w * response[t]


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M, _V, _M), **REORDERED)
def respond_scaled(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, carried, theta, weight, multiplier, out
):
    """``out[d, m] = Σ_g weight_dg Σ_t adstock(saturation(carried_g + multiplier_m exposure_g))``."""
    geos, n = exposure.shape
    level, response, total = np.empty(n), np.empty(n), np.empty(n)
    nothing, no_rows = np.empty(0), np.empty((0, n))
    for d in range(theta.shape[0]):
        for m in range(multiplier.size):
            total[:] = 0.0
            for g in range(geos):
                for t in range(n):
                    level[t] = carried[g, t] + multiplier[m] * exposure[g, t]
                call_saturation(saturation, level, theta[d, n_adstock:], response, nothing, no_rows)
                for t in range(n):
                    total[t] += weight[d, g] * response[t]
            call_adstock(adstock, total, theta[d, :n_adstock], max_lag, response, no_rows)
            out[d, m] = response.sum()
