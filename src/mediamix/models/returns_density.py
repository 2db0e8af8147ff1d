"""A density with a belief about marginal returns on top of it, in one native pass.

    log p(u) + f(S),   S = Σ_c (x_c − x̄)²
    x_c = log effect_c − log Σ h_c + log(H_c(1 + δ) − H_c(1)) + const

where ``H_c(m)`` is the response to m times the exposure of the planned window, its carry-over out of
the window included, and Σ h_c the response over the data, to which the effect refers. f is
`returns.Alike`: a sum over spreads. Any density will do underneath: it is called by its address.
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.density import DENSITY_SIGNATURE, call_density
from mediamix.models.alike import log_alike
from mediamix.models.links import natural
from mediamix.models.rises import PER_CHANNEL, rise_of
from mediamix.transforms.native import REORDERED

#: Leading integers: address of the density underneath, its integers, numbers and scratch numbers;
#: parameters, channels, geos, periods of the data, periods with the carry-over out of the window, spreads,
#: whether exposure before the window is carried into it, numbers of the belief's tables.
HEADER = 12


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_weighed(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    inner, held = numbers[: integers[2]], integers[2] + (-integers[2]) % 8
    k, c, geos, t, length, spreads = (
        integers[4], integers[5], integers[6], integers[7], integers[8], integers[9]
    )  # fmt: skip
    carried_in = integers[10] == 1
    channels = integers[HEADER : HEADER + PER_CHANNEL * c]
    sizes = integers[HEADER + PER_CHANNEL * c : HEADER + PER_CHANNEL * c + spreads]
    links = integers[HEADER + PER_CHANNEL * c + spreads : HEADER + PER_CHANNEL * c + spreads + k]
    below = integers[HEADER + PER_CHANNEL * c + spreads + k :]
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    constant, tables = numbers[at : at + c], numbers[at + c : at + c + integers[11]]
    at += c + integers[11]
    step = numbers[at]
    size = numbers[at + 1 : at + 1 + geos]
    at += 1 + geos
    rows = (numbers.size - at) // (2 * geos * length)
    own = numbers[at : at + geos * rows * length].reshape((geos, rows, length))
    before = numbers[at + geos * rows * length :].reshape((geos, rows, length))

    value = call_density(integers[0], u, gradient, below, inner, scratch)

    at = integers[3] + (-integers[3]) % 8
    theta, d_theta = scratch[at : at + k], scratch[at + k : at + 2 * k]
    d_total, d_rise = scratch[at + 2 * k : at + 3 * k], scratch[at + 3 * k : at + 4 * k]
    at += 4 * k
    x, total, rise = scratch[at : at + c], scratch[at + c : at + 2 * c], scratch[at + 2 * c : at + 3 * c]
    at += 3 * c
    slope_x, part_k = scratch[at : at + c], scratch[at + c : at + c + spreads]
    at += c + spreads
    needed = (1 + 2 * c) * sizes.max()
    for_belief = scratch[at : at + needed]
    at += needed
    series = scratch[at : at + 6 * length].reshape((6, length))
    at += 6 * length
    matrices = scratch[at : at + 3 * k * length].reshape((3, k, length))

    natural(u[:k], location, scale, links, theta, d_theta)
    d_total[:] = 0.0
    d_rise[:] = 0.0

    # Forward: totals and rises of all channels, with their derivatives.
    if not carried_in:
        for s in range(length):
            series[1, s] = 0.0
            for j in range(k):
                matrices[1, j, s] = 0.0
    for i in range(c):
        info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        total[i], rise[i] = rise_of(
            i, info, theta, own, before, size, step, t, carried_in, series, matrices, d_total, d_rise
        )
        x[i] = math.log(theta[info[0]]) - math.log(total[i]) + math.log(rise[i]) + constant[i]

    value += log_alike(x, slope_x, part_k, sizes, tables, for_belief)

    # Backward.
    for i in range(c):
        info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        along = slope_x[i]
        gradient[info[0]] += along * d_theta[info[0]] / theta[info[0]]
        for j in range(info[0] + 1, info[0] + 1 + info[2] + info[5]):
            gradient[j] += along * d_theta[j] * (d_rise[j] / rise[i] - d_total[j] / total[i])
    return value
