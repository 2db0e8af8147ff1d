"""Sums of a channel's response with their derivatives, in native code: what a lift is made of.

It is inlined into the densities with experiments. Numba's cache watches their files only: touch them after
an edit here.
"""

from __future__ import annotations

import numba

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import INNER
from mediamix.transforms.order import respond_once

#: Numbers of scratch memory per step: carried, slope, response, and a row per parameter of the channel.
ROWS = 3


@numba.njit(**INNER)
def add_response(info, theta, exposure, weight, first, factor, slope, along, work):  # type: ignore[no-untyped-def]
    """``factor Σ_{s ≥ first} weight_s h_s``; adds its derivatives to `slope` and `along`.

    Args:
        info: Of `models.experiments.channel_codes`.
        theta: All parameters.
        exposure: Of the channel, as it enters the adstock.
        weight: What multiplies the response of each step: 1, or how effects vary over time.
        first: Step from which on the response counts.
        factor: Of the sum.
        slope: Derivatives in the parameters of adstock and saturation.
        along: Derivatives in the logs of the weights, per step; empty: not wanted.
        work: Scratch memory: (`ROWS` + parameters) × steps.
    """
    n = exposure.size
    begin, split, end = info[0] + 1, info[2], info[2] + info[5]
    carried, room, response = work[:n], work[n : 2 * n], work[2 * n : 3 * n]
    rows = work[3 * n : (3 + end) * n].reshape((end, n))
    own = theta[begin : begin + end]
    if info[3] >= 0:
        call_adstock(info[1], exposure, own[:split], info[3], carried, rows[:split])
        call_saturation(info[4], carried, own[split:], response, room, rows[split:])
    else:
        respond_once(info[1], info[4], split, info[3], exposure, exposure, own, carried, room, response, rows)
    total = 0.0
    for s in range(first, n):
        total += weight[s] * response[s]
    if along.size > 0:
        for s in range(first, n):
            along[s] += factor * weight[s] * response[s]
    for j in range(end):
        part = 0.0
        if j < split:
            for s in range(first, n):
                part += weight[s] * rows[j, s] * room[s]
        else:
            for s in range(first, n):
                part += weight[s] * rows[j, s]
        slope[j] += factor * part
    return factor * total
