"""Responses of reach & frequency: ``adstock(reach · saturation(frequency))``.

How often people saw an ad saturates, how many saw it doesn't: the response is linear in the reach. So its
derivative in a factor on the exposure is the response itself, and of a plan that scales the exposure only
two responses have to be known. All is exact.

Used for channels of the kind `reach_frequency`; the kernels for the others are in `media`.
"""

from __future__ import annotations

import numba
import numpy as np
from jaxtyping import Complex, Float

from mediamix.core.delivery import frequency_of, reach_of
from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import REORDERED

_V, _M, _INT = numba.float64[::1], numba.float64[:, ::1], numba.int64
_OUT, _SUMS = numba.types.UniTuple(_M, 4), numba.float64[:, :, ::1]
Code = tuple[int, int, int, int]


def parts(delivery_gt: Complex[np.ndarray, "geo time"]) -> tuple[np.ndarray, np.ndarray]:
    """Reach and frequency, as the kernels take them."""
    return (
        np.require(reach_of(delivery_gt), np.float64, ["C", "W"]),
        np.require(frequency_of(delivery_gt), np.float64, ["C", "W"]),
    )


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _M, _M), **REORDERED)
def respond_sum(adstock, saturation, n_adstock, max_lag, reach, frequency, theta, weight, out):  # type: ignore[no-untyped-def]
    """``out[d] = adstock(Σ_g weight_dg reach_g saturation(frequency_g))``."""
    geos, n = reach.shape
    level, total, nothing, no_rows = np.empty(n), np.empty(n), np.empty(0), np.empty((0, n))
    for d in range(theta.shape[0]):
        total[:] = 0.0
        for g in range(geos):
            call_saturation(saturation, frequency[g], theta[d, n_adstock:], level, nothing, no_rows)
            for t in range(n):
                total[t] += weight[d, g] * reach[g, t] * level[t]
        call_adstock(adstock, total, theta[d, :n_adstock], max_lag, out[d], no_rows)


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _INT, _M, _M, _INT[::1], _OUT, _SUMS), **REORDERED)
def respond_geos(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, reach, frequency, begin, theta, weight, row, out, apart
):
    """What `ChannelTransform.respond_geos` asks for; the first `begin` periods only carry over."""
    over_time, total, slope, alone = out
    geos, n = reach.shape
    level, response, carried = np.empty(n), np.empty(n), np.empty(n)
    nothing, no_rows = np.empty(0), np.empty((0, n))
    for d in range(theta.shape[0]):
        over_time[d] = 0.0
        own = theta[d, :n_adstock]
        for g in range(geos):
            w, whole, left = weight[d, g], 0.0, 0.0
            call_saturation(saturation, frequency[g], theta[d, n_adstock:], level, nothing, no_rows)
            for t in range(n):
                level[t] *= reach[g, t]
            call_adstock(adstock, level, own, max_lag, response, no_rows)
            if begin > 0:
                for t in range(begin, n):
                    level[t] = 0.0
                call_adstock(adstock, level, own, max_lag, carried, no_rows)
                for t in range(begin, n):
                    left += carried[t]
            for t in range(begin, n):
                over_time[d, t - begin] += w * response[t]
                whole += response[t]
            total[d, g] = w * whole
            slope[d, g] = w * (whole - left)
            alone[d, g] = w * left
            if row[d] >= 0:
                sums = apart[g, row[d]]
                for t in range(begin, n):
                    sums[t - begin] += w * response[t]


def respond_scaled(
    code: Code,
    own_gt: Complex[np.ndarray, "geo time"],
    carried_gt: Complex[np.ndarray, "geo time"],
    theta_dk: Float[np.ndarray, "draw parameter"],
    weight_dg: Float[np.ndarray, "draw geo"],
    multiplier_p: Float[np.ndarray, " point"],
) -> Float[np.ndarray, "draw point"]:
    """Response to ``carried + multiplier × own``, summed over time and weighted geos.

    Where both are in one cell its frequency is that of all its impressions.
    """

    def total(delivery_gt: Complex[np.ndarray, "geo time"]) -> Float[np.ndarray, " draw"]:
        out = np.empty((len(theta_dk), delivery_gt.shape[1]))
        respond_sum(*code, *parts(delivery_gt), theta_dk, weight_dg, out)
        return np.asarray(out.sum(axis=1))

    if not ((own_gt != 0) & (carried_gt != 0)).any():
        before_d = total(carried_gt) if carried_gt.any() else np.zeros(len(theta_dk))
        return np.asarray(before_d[:, None] + multiplier_p * total(own_gt)[:, None])
    return np.column_stack([total(carried_gt + m * own_gt) for m in multiplier_p])
