"""What a channel brings, and what a little more spend would bring more, in native code with derivatives.

It is part of `returns_density` and of `beliefs.mroi_density`: touch those after an edit here.
"""

from __future__ import annotations

import numba

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import INNER
from mediamix.transforms.order import FREQUENCY, respond_once

#: Integers per channel: index of its effect, addresses and parameter counts, maximal lag and order in one
#: code.
PER_CHANNEL = 6
#: A marginal return is what so many times the spend more brings.
STEP = 0.01


@numba.njit(**INNER)
def _sums(series, t):  # type: ignore[no-untyped-def]
    """Of the first t numbers, and of the others."""
    inside, after = 0.0, 0.0
    for s in range(t):
        inside += series[s]
    for s in range(t, series.size):
        after += series[s]
    return inside, after


@numba.njit(**INNER)
def rise_of(i, info, theta, own, before, size, step, t, carried_in, series, matrices, d_total, d_rise):  # type: ignore[no-untyped-def]
    """``Σ h`` over the data, and ``H(1 + δ) − H(1)`` with the carry-over after the data.

    Args:
        i: Position of the channel in `own` and `before`.
        info: `PER_CHANNEL` integers.
        theta: All parameters.
        own: Exposure that is multiplied [geo, row, period]: of the data, then of the periods after. Rows are
            those of channels, then of frequencies (`order.part_of`).
        before: Exposure that is there beside it [geo, row, period].
        size: Of the geos.
        step: δ.
        t: Periods of the data.
        carried_in: Whether there is any beside it; if not, the second of `series` and `matrices` are zero.
        series: Scratch [6, period].
        matrices: Scratch [3, parameter, period].
        d_total: The derivatives of the first are added [parameter].
        d_rise: The derivatives of the second are added [parameter].
    """
    level_own, level_in, level, response, slope = series[0], series[1], series[2], series[3], series[4]
    jacobian_own, jacobian_in, jacobian = matrices[0], matrices[1], matrices[2]
    first = info[0] + 1
    middle = first + info[2]
    last = middle + info[5]
    total, rise, length = 0.0, 0.0, level.size
    for g in range(size.size):
        if info[3] >= 0:
            call_adstock(
                info[1], own[g, i], theta[first:middle], info[3], level_own, jacobian_own[first:middle]
            )
            if carried_in:
                call_adstock(
                    info[1], before[g, i], theta[first:middle], info[3], level_in, jacobian_in[first:middle]
                )
        for m in range(2):
            multiple, sign = 1.0 + m * step, 2.0 * m - 1.0
            if info[3] >= 0:
                for s in range(length):
                    level[s] = level_in[s] + multiple * level_own[s]
                call_saturation(info[4], level, theta[middle:last], response, slope, jacobian[middle:last])
                for j in range(first, middle):
                    for s in range(length):
                        jacobian[j, s] = slope[s] * (jacobian_in[j, s] + multiple * jacobian_own[j, s])
            else:
                for s in range(length):
                    level[s] = before[g, i, s] + multiple * own[g, i, s]
                row, often = (-1 - info[3]) // FREQUENCY, series[5]
                for s in range(length):
                    often[s] = before[g, row, s] + own[g, row, s]
                respond_once(
                    info[1], info[4], info[2], info[3], level, often, theta[first:last], level_own, slope,
                    response, jacobian[first:last],
                )  # fmt: skip
            # Over the data, for the effect's total, today only; the rise counts the carry-over out too.
            inside, after = _sums(response, t)
            total += size[g] * (1 - m) * inside
            rise += size[g] * sign * (inside + after)
            for j in range(first, last):
                inside, after = _sums(jacobian[j], t)
                d_total[j] += size[g] * (1 - m) * inside
                d_rise[j] += size[g] * sign * (inside + after)
    # A curve that is flat in double precision has no marginal return to speak of.
    return total, max(rise, 1e-300)
