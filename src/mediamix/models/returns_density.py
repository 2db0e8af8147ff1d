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
from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import INNER, REORDERED
from mediamix.transforms.order import respond_once

#: Leading integers: address of the density underneath, its integers, numbers and scratch numbers;
#: parameters, channels, geos, periods of the data, periods with the carry-over out of the window, spreads,
#: whether exposure before the window is carried into it, numbers of the belief's tables.
HEADER = 12
#: Integers per channel: index of its effect, addresses and parameter counts, maximal lag and order in one
#: code.
PER_CHANNEL = 6


@numba.njit(**INNER)
def _sums(series, t):  # type: ignore[no-untyped-def]
    """Of the first t numbers, and of the others."""
    inside, after = 0.0, 0.0
    for s in range(t):
        inside += series[s]
    for s in range(t, series.size):
        after += series[s]
    return inside, after


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
    own = numbers[at : at + geos * c * length].reshape((geos, c, length))
    before = numbers[at + geos * c * length :].reshape((geos, c, length))

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
    level_own, level_in = scratch[at : at + length], scratch[at + length : at + 2 * length]
    level, response = scratch[at + 2 * length : at + 3 * length], scratch[at + 3 * length : at + 4 * length]
    slope = scratch[at + 4 * length : at + 5 * length]
    at += 5 * length
    jacobian_own = scratch[at : at + k * length].reshape((k, length))
    jacobian_in = scratch[at + k * length : at + 2 * k * length].reshape((k, length))
    jacobian = scratch[at + 2 * k * length : at + 3 * k * length].reshape((k, length))

    natural(u[:k], location, scale, links, theta, d_theta)
    d_total[:] = 0.0
    d_rise[:] = 0.0
    total[:] = 0.0
    rise[:] = 0.0
    level_in[:] = 0.0
    jacobian_in[:] = 0.0

    # Forward: totals and rises of all channels, with their derivatives.
    for i in range(c):
        info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        middle = first + info[2]
        last = middle + info[5]
        for g in range(geos):
            if info[3] >= 0:
                call_adstock(
                    info[1], own[g, i], theta[first:middle], info[3], level_own, jacobian_own[first:middle]
                )
            if carried_in and info[3] >= 0:
                call_adstock(
                    info[1], before[g, i], theta[first:middle], info[3], level_in, jacobian_in[first:middle]
                )
            for m in range(2):
                multiple, sign = 1.0 + m * step, 2.0 * m - 1.0
                if info[3] >= 0:
                    for s in range(length):
                        level[s] = level_in[s] + multiple * level_own[s]
                    call_saturation(
                        info[4], level, theta[middle:last], response, slope, jacobian[middle:last]
                    )
                    for j in range(first, middle):
                        for s in range(length):
                            jacobian[j, s] = slope[s] * (jacobian_in[j, s] + multiple * jacobian_own[j, s])
                else:
                    for s in range(length):
                        level[s] = before[g, i, s] + multiple * own[g, i, s]
                    respond_once(
                        info[1], info[4], info[2], -1 - info[3], level, theta[first:last], level_own, slope,
                        response, jacobian[first:last],
                    )  # fmt: skip
                # Over the data, for the effect's total, today only; the rise counts the carry-over out too.
                inside, after = _sums(response, t)
                total[i] += size[g] * (1 - m) * inside
                rise[i] += size[g] * sign * (inside + after)
                for j in range(first, last):
                    inside, after = _sums(jacobian[j], t)
                    d_total[j] += size[g] * (1 - m) * inside
                    d_rise[j] += size[g] * sign * (inside + after)
        # A curve that is flat in double precision has no marginal return to speak of.
        rise[i] = max(rise[i], 1e-300)
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
