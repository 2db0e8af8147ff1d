"""The memory of a panel's experiments: their constant arrays and working arrays, by name.

They come after all else that a panel has (`models.panel_memory`); its header says where.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba

from mediamix.inference.lanes import LANES, lanes_view
from mediamix.models.experiment_response import ROWS
from mediamix.transforms.native import INNER

#: Integers of the part: experiments, cases, where its numbers and its scratch memory start, longest series,
#: parameters of the channel with most of them.
HEADER = 6
#: Integers per experiment: its channel, what `add_response` reads (six), cases, steps, first that counts.
PER_TRIAL = 10


class Tests(NamedTuple):
    """A panel's experiments and the memory for them; a case is an experiment in one geo.

    Args:
        info: Per experiment, see `PER_TRIAL`.
        geo: Per case.
        row: Lift and error per experiment.
        series: All exposures with and without the test, case by case.
        weight: Of the response at each step.
        moved: d_eg per case.
        slope: Its derivatives, per case and parameter of the channel.
        a: Per experiment and block; lanes.
        a_number: The same per experiment and geo, as numbers.
        w: L⁻¹a per experiment and block; lanes.
        x: X per experiment and block; lanes.
        y: Y per experiment and block; lanes.
        less: Per block, what experiments take from the spread of its fitted values; lanes.
        x_shared: X of the shared coefficients, per experiment.
        y_shared: Y of them.
        k: K, then its factor; its inverse.
        q: δ, then q; D.
        work: For `add_response`.
    """

    info: Any
    geo: Any
    row: Any
    series: Any
    weight: Any
    moved: Any
    slope: Any
    a: Any
    a_number: Any
    w: Any
    x: Any
    y: Any
    less: Any
    x_shared: Any
    y_shared: Any
    k: Any
    q: Any
    work: Any


def scratch_of(trials: int, cases: int, longest: int, most: int, n: Any) -> int:
    """Numbers of scratch memory for a panel of sizes n."""
    lanes = n.blocks * (trials * (1 + 3 * n.block) + 1)
    rest = cases * (1 + most) + 2 * trials * (n.fixed + trials + 1) + (ROWS + most) * longest
    return int(LANES * lanes + rest)


@numba.njit(**INNER)
def tests_of(integers, n, numbers, scratch):  # type: ignore[no-untyped-def]
    """The experiments of a panel, none of them where its header names none."""
    at = n.tests
    trials, cases, longest, most = 0, 0, 0, 0
    first, begin = 0, 0
    if at > 0:
        trials, cases, first, begin = integers[at], integers[at + 1], integers[at + 2], integers[at + 3]
        longest, most = integers[at + 4], integers[at + 5]
    info = integers[at + HEADER : at + HEADER + PER_TRIAL * trials].reshape((trials, PER_TRIAL))
    geo = integers[at + HEADER + PER_TRIAL * trials : at + HEADER + PER_TRIAL * trials + cases]
    row = numbers[first : first + 2 * trials].reshape((trials, 2))
    weight = numbers[first + 2 * trials : first + 2 * trials + longest]
    series = numbers[first + 2 * trials + longest :]
    one, many = LANES * trials * n.blocks, LANES * trials * n.blocks * n.block
    a = lanes_view(scratch[begin : begin + one], (trials, n.blocks))
    a_number = scratch[begin : begin + one].reshape((trials, n.blocks * LANES))
    begin += one
    w = lanes_view(scratch[begin : begin + many], (trials, n.blocks, n.block))
    begin += many
    x = lanes_view(scratch[begin : begin + many], (trials, n.blocks, n.block))
    begin += many
    y = lanes_view(scratch[begin : begin + many], (trials, n.blocks, n.block))
    begin += many
    used = LANES * n.blocks * min(trials, 1)
    less = lanes_view(scratch[begin : begin + used], (n.blocks * min(trials, 1),))
    begin += used
    moved, begin = scratch[begin : begin + cases], begin + cases
    slope, begin = scratch[begin : begin + cases * most].reshape((cases, most)), begin + cases * most
    f = trials * n.fixed
    x_shared, begin = scratch[begin : begin + f].reshape((trials, n.fixed)), begin + f
    y_shared, begin = scratch[begin : begin + f].reshape((trials, n.fixed)), begin + f
    f = 2 * trials * trials
    k, begin = scratch[begin : begin + f].reshape((2, trials, trials)), begin + f
    q, begin = scratch[begin : begin + 2 * trials].reshape((2, trials)), begin + 2 * trials
    work = scratch[begin : begin + (ROWS + most) * longest]
    return Tests(
        info,
        geo,
        row,
        series,
        weight,
        moved,
        slope,
        a,
        a_number,
        w,
        x,
        y,
        less,
        x_shared,
        y_shared,
        k,
        q,
        work,
    )
