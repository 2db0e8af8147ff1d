"""A density with beliefs about marginal returns in the place of the priors of effects, in one native pass.

    x_c = log effect_c − log Σ h_c + log(H_c(1 + δ) − H_c(1)) + const_c

is the log of what the next money brings (`models.rises`). Given a channel's shape it moves with the log of
its effect one to one, so that ``p(effect | shape) = q(x)`` for the belief's density q has no Jacobian:

    log p(u) + Σ_c [ ½ u_c² + log q(x_c) ]

u_c, of a log-normal prior, is the coordinate of the effect; its own prior is taken out.
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.density import DENSITY_SIGNATURE, call_density
from mediamix.models.beliefs.layout import HEADER
from mediamix.models.links import natural
from mediamix.models.rises import PER_CHANNEL, rise_of
from mediamix.transforms.native import REORDERED

#: Own integers before those of the channels: channels, geos, periods of the data, periods with the carry-over
#: after them, whether exposure is carried in.
OWN = 5
#: Own numbers before the geos': δ.
STEP_AT = 0


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_believed(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    k, end = integers[4], integers.size - integers[1]
    links, own = integers[HEADER : HEADER + k], integers[HEADER + k : end]
    c, geos, t, length, carried_in = own[0], own[1], own[2], own[3], own[4] == 1
    channels, forms = own[OWN : OWN + PER_CHANNEL * c], own[OWN + PER_CHANNEL * c :]
    held = integers[2] + (-integers[2]) % 8
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    step, size = numbers[at], numbers[at + 1 : at + 1 + geos]
    at += 1 + geos
    constant, middle, width = (
        numbers[at : at + c],
        numbers[at + c : at + 2 * c],
        numbers[at + 2 * c : at + 3 * c],
    )
    at += 3 * c
    rows = (numbers.size - at) // (2 * geos * length)
    exposure = numbers[at : at + geos * rows * length].reshape((geos, rows, length))
    before = numbers[at + geos * rows * length :].reshape((geos, rows, length))

    value = call_density(integers[0], u, gradient, integers[end:], numbers[: integers[2]], scratch)

    at = integers[3] + (-integers[3]) % 8
    theta, d_theta = scratch[at : at + k], scratch[at + k : at + 2 * k]
    d_total, d_rise = scratch[at + 2 * k : at + 3 * k], scratch[at + 3 * k : at + 4 * k]
    at += 4 * k
    series = scratch[at : at + 6 * length].reshape((6, length))
    at += 6 * length
    matrices = scratch[at : at + 3 * k * length].reshape((3, k, length))

    natural(u[:k], location, scale, links, theta, d_theta)
    d_total[:] = 0.0
    d_rise[:] = 0.0
    if not carried_in:
        for s in range(length):
            series[1, s] = 0.0
            for j in range(k):
                matrices[1, j, s] = 0.0
    for i in range(c):
        info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
        total, rise = rise_of(
            i, info, theta, exposure, before, size, step, t, carried_in, series, matrices, d_total, d_rise
        )
        effect = info[0]
        x = math.log(theta[effect]) - math.log(total) + math.log(rise) + constant[i]
        z = (x - middle[i]) / width[i]
        if forms[i] == 2:
            value += z - math.exp(z)
            along = (1.0 - math.exp(z)) / width[i]
        else:
            value -= 0.5 * z * z
            along = -z / width[i]
        value += 0.5 * u[effect] * u[effect]
        gradient[effect] += u[effect] + along * d_theta[effect] / theta[effect]
        for j in range(effect + 1, effect + 1 + info[2] + info[5]):
            gradient[j] += along * d_theta[j] * (d_rise[j] / rise - d_total[j] / total)
    return value


_I, _V, _M = numba.int64[::1], numba.float64[::1], numba.float64[:, ::1]


@numba.njit(
    numba.void(_M, _I, _V, numba.float64, numba.int64, numba.boolean, numba.float64[:, :, ::1],
               numba.float64[:, :, ::1], _V, numba.float64[:, :, ::1], _M, _M),
    **REORDERED,
)  # fmt: skip
def log_multiples(theta, channels, size, step, t, carried_in, exposure, before, series, matrices, d, out):  # type: ignore[no-untyped-def]
    """``log(H(1 + δ) − H(1)) − log Σ h`` per draw and channel, into `out`.

    Args:
        theta: All parameters [draw, parameter].
        channels: As `rise_of` takes them, one after the other.
        size: Of the geos.
        step: δ.
        t: Periods of the data.
        carried_in: See `rise_of`.
        exposure: See `rise_of`.
        before: See `rise_of`.
        series: Scratch, six times the periods, zeros.
        matrices: Scratch [3, parameter, period], zeros.
        d: Scratch [2, parameter].
        out: Filled [draw, channel].
    """
    rows = series.reshape((6, series.size // 6))
    for r in range(theta.shape[0]):
        for i in range(out.shape[1]):
            info = channels[PER_CHANNEL * i : PER_CHANNEL * (i + 1)]
            total, rise = rise_of(
                i, info, theta[r], exposure, before, size, step, t, carried_in, rows, matrices, d[0], d[1]
            )
            out[r, i] = math.log(rise) - math.log(total)
