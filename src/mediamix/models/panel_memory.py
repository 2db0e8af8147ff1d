"""The memory of a panel's density: its constant arrays and its working arrays, by name.

All data travel in one array of integers and one of numbers, and all temporary arrays lie in one
scratch memory (`inference.density`); here they are cut into arrays. Those of lanes and of rows come
first, so that they start at borders of cache lines.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from mediamix.inference.lanes import LANES, lanes_view
from mediamix.transforms.native import INNER

#: Leading integers: geos, padded periods, periods, channels, own columns, local ones of them,
#: common columns, parameters, parameters of transforms, unequal noise, parameters of courses, their columns,
#: where experiments start, distances of rows whose noise lasts (0: it doesn't), where their integers begin,
#: rows of exposure, periods with a shared shock, directions that these share with the baseline.
HEADER = 18
#: Integers per channel: first parameter, first row of its derivatives, addresses and parameter
#: counts of adstock and saturation, maximal lag and order in one code.
PER_CHANNEL = 7


class Sizes(NamedTuple):
    """Of one model.

    Args:
        geos: How many.
        blocks: Of eight geos each, the last one filled up.
        length: Numbers in a row: periods, padded with zeros.
        periods: How many.
        channels: How many.
        own: Fixed columns that differ between geos, and have coefficients that all share.
        local: Those of them whose coefficients differ between geos as well: the first ones.
        common: Fixed columns that are the same in all geos.
        fixed: Own and common ones.
        block: Coefficients of a geo's own: local columns, then channels.
        columns: What responses are multiplied with: responses, own columns, outcome, common ones.
        parameters: Sampled.
        derived: Parameters of the channels' transforms.
        after: First parameter after the channels': spreads of effects, spreads of local columns,
            noise, how it lasts, of shocks; then noise factors; then those of courses.
        unequal: 1 if every geo has a noise factor.
        factors: First of those.
        waves: Columns of courses; 0: there are none.
        tests: Integer with which experiments start; 0: there are none.
        lags: Distances between rows whose noise lasts (`models.panel_noise`); 0: it doesn't.
        lasting: Where its integers begin.
        exposures: Rows of exposure: one per channel, then those of frequencies.
        shocks: Periods with a shock that all geos share; 0: none is in the model.
        directions: Of shocks that look like baseline (`models.panel_shock`).
    """

    geos: int
    blocks: int
    length: int
    periods: int
    channels: int
    own: int
    local: int
    common: int
    fixed: int
    block: int
    columns: int
    parameters: int
    derived: int
    after: int
    unequal: int
    factors: int
    waves: int
    tests: int
    lags: int
    lasting: int
    exposures: int
    shocks: int
    directions: int


class Data(NamedTuple):
    """The model's constant arrays; see `PanelModel`. `fixed`, `fixed_y` and `tables` hold lanes.

    `fixed_y` and `square` are products with the outcome: where geos share a shock, with what it leaves.
    """

    fixed: Any
    fixed_y: Any
    common_rows: Any
    own_rows: Any
    exposure: Any
    mask: Any
    geo: Any
    square: Any
    link: Any
    effect_scale: Any
    own_sd: Any
    columns: Any
    tables: Any
    squares: Any
    steps: Any


class Memory(NamedTuple):
    """What one evaluation works on.

    Args:
        response: Per geo and channel.
        jacobian: Their derivatives, in single precision: they are written and read once per evaluation,
            from and to memory, and that is most of their cost. A sum over them is good to nine digits.
        products: Per block, of responses with columns, as numbers: the last axis is the lane.
        weight: The same products' weights in the gradient, of one block.
        factor: A, then its factor, per block; lanes from here on.
        w: B, then W, per block.
        own_w: a, then w, per block.
        omega: 1 / σ² per geo, as numbers.
        own: Covariance of a block's own coefficients.
        cross: Theirs with the shared ones.
        z: Posterior means of a block's own coefficients.
        phi: Posterior means of the fixed columns' coefficients, in a block.
        shared_lanes: C before lanes are summed.
        shared_x_lanes: c before lanes are summed.
        slope_lanes: Second moments less one, per own coefficient.
        pull: Gradient in one geo's responses.
        carried: Scratch for one channel's rows.
        rows: Scratch for its derivatives.
        shared: C, then its factor; its inverse.
        shared_x: c, then v̂.
        theta: θ, its slope in u, derivatives in log θ.
        beta: β, κ, totals of responses, derivatives in log β.
        spread: Of local columns, over their prior's scale.
        d_total: Derivatives of the totals.
        course: Of courses, per channel: log f, f, derivatives in log f, sums of f h over geos.
        noise: Of noise that lasts, per distance: w, c and their slopes in ρ; then the slope in ρ.
        fixed: Its products of fixed columns, as in the data.
        fixed_y: The same with the outcome.
        square: And of the outcome.
        white: Q times the responses of a geo.
    """

    response: Any
    jacobian: Any
    products: Any
    weight: Any
    factor: Any
    w: Any
    own_w: Any
    omega: Any
    own: Any
    cross: Any
    z: Any
    phi: Any
    shared_lanes: Any
    shared_x_lanes: Any
    slope_lanes: Any
    pull: Any
    carried: Any
    rows: Any
    shared: Any
    shared_x: Any
    theta: Any
    beta: Any
    spread: Any
    d_total: Any
    course: Any
    noise: Any
    fixed: Any
    fixed_y: Any
    square: Any
    white: Any


@numba.njit(**INNER)
def sizes_of(integers):  # type: ignore[no-untyped-def]
    """The sizes that the leading integers tell."""
    geos, length, periods, c = integers[0], integers[1], integers[2], integers[3]
    own, local, common, k, derived, unequal, extra = (
        integers[4],
        integers[5],
        integers[6],
        integers[7],
        integers[8],
        integers[9],
        integers[10],
    )
    return Sizes(
        geos,
        (geos + LANES - 1) // LANES,
        length,
        periods,
        c,
        own,
        local,
        common,
        own + common,
        local + c,
        c + own + 1 + common,
        k,
        derived,
        c + derived,
        unequal,
        k - extra - unequal * geos,
        integers[11],
        integers[12],
        integers[13],
        integers[14],
        integers[15],
        integers[16],
        integers[17],
    )


@numba.njit(**INNER)
def shock_size(n):  # type: ignore[no-untyped-def]
    """Numbers of scratch memory that shared shocks take; it lies behind all else."""
    if n.shocks == 0:
        return 0
    weights = n.channels + n.own + 1 + n.common
    lanes = n.blocks * LANES * (n.fixed + 1 + n.channels * n.columns)
    return lanes + (3 + n.channels) * n.length + 3 * n.shocks + weights


def scratch_size(integers: np.ndarray) -> int:
    """Numbers of scratch memory for one evaluation."""
    n = sizes_of.py_func(integers)
    return int(own_size.py_func(n) + shock_size.py_func(n))


@numba.njit(**INNER)
def own_size(n):  # type: ignore[no-untyped-def]
    """Numbers of scratch memory that `memory_of` cuts."""
    fixed, p, c = n.fixed, n.block, n.channels
    # Derivatives take half a number each.
    rows = (n.geos * c + n.geos * n.derived // 2 + 1 + n.derived + c + 2) * n.length
    blocks = n.blocks * (c * n.columns + p * p + p * fixed + p + 1)
    work = c * n.columns + p * p + p * fixed + 2 * p + 2 * fixed + fixed * fixed
    shared = 2 * fixed * fixed + fixed + 3 * n.parameters + 4 * c + n.local + n.derived
    courses = 4 * c * min(n.waves, 1) * n.length
    noise = 0
    if n.lags > 0:
        noise = LANES * n.blocks * (n.fixed * (n.fixed + 1) + 1) + 5 * n.lags + c * n.length
    return rows + LANES * (blocks + work) + shared + courses + noise


@numba.njit(**INNER)
def _take(memory, at, shape):  # type: ignore[no-untyped-def]
    """The next array of a memory, and where the memory goes on."""
    size = 1
    for extent in shape:
        size *= extent
    return memory[at : at + size].reshape(shape), at + size


@numba.njit(**INNER)
def _take_single(memory, at, shape):  # type: ignore[no-untyped-def]
    size = 1
    for extent in shape:
        size *= extent
    stop = at + (size + 1) // 2
    return memory[at:stop].view(np.float32)[:size].reshape(shape), stop


@numba.njit(**INNER)
def _take_lanes(memory, at, shape):  # type: ignore[no-untyped-def]
    size = LANES
    for extent in shape:
        size *= extent
    return lanes_view(memory[at : at + size], shape), at + size


@numba.njit(**INNER)
def data_of(n, numbers):  # type: ignore[no-untyped-def]
    """The numbers, as `PanelModel` packs them, cut into arrays."""
    fixed, at = _take_lanes(numbers, 0, (n.blocks, n.fixed, n.fixed))
    fixed_y, at = _take_lanes(numbers, at, (n.blocks, n.fixed))
    tables, at = _take_lanes(numbers, at, (2 * n.lags * n.blocks, n.fixed + 1, n.fixed))
    squares, at = _take(numbers, at, (2 * n.lags, n.blocks * LANES))
    common_rows, at = _take(numbers, at, (n.common, n.length))
    own_rows, at = _take(numbers, at, (n.geos, n.own + 1, n.length))
    exposure, at = _take(numbers, at, (n.geos, n.exposures, n.length))
    mask, at = _take(numbers, at, (n.geos, n.length))
    geo, at = _take(numbers, at, (2, n.blocks * LANES))
    square, at = _take(numbers, at, (n.blocks * LANES,))
    link, at = _take(numbers, at, (2, n.parameters))
    effect_scale, at = _take(numbers, at, (n.channels,))
    own_sd, at = _take(numbers, at, (n.local,))
    columns, at = _take(numbers, at, (n.waves, n.length))
    steps, at = _take(numbers, at, (n.geos * min(n.lags, 1), n.length))
    return Data(
        fixed,
        fixed_y,
        common_rows,
        own_rows,
        exposure,
        mask,
        geo,
        square,
        link,
        effect_scale,
        own_sd,
        columns,
        tables,
        squares,
        steps,
    )


@numba.njit(**INNER)
def memory_of(n, scratch):  # type: ignore[no-untyped-def]
    """Scratch memory of `scratch_size` numbers, cut into arrays."""
    c, p = n.channels, n.block
    response, at = _take(scratch, 0, (n.geos, c, n.length))
    jacobian, at = _take_single(scratch, at, (n.geos, n.derived, n.length))
    products, at = _take(scratch, at, (n.blocks, c, n.columns, LANES))
    weight, at = _take(scratch, at, (c, n.columns, LANES))
    factor, at = _take_lanes(scratch, at, (n.blocks, p, p))
    w, at = _take_lanes(scratch, at, (n.blocks, p, n.fixed))
    own_w, at = _take_lanes(scratch, at, (n.blocks, p))
    omega, at = _take(scratch, at, (n.blocks * LANES,))
    own, at = _take_lanes(scratch, at, (p, p))
    cross, at = _take_lanes(scratch, at, (p, n.fixed))
    z, at = _take_lanes(scratch, at, (p,))
    phi, at = _take_lanes(scratch, at, (n.fixed,))
    shared_lanes, at = _take_lanes(scratch, at, (n.fixed, n.fixed))
    shared_x_lanes, at = _take_lanes(scratch, at, (n.fixed,))
    slope_lanes, at = _take_lanes(scratch, at, (p,))
    some = min(n.lags, 1)
    lasting_fixed, at = _take_lanes(scratch, at, (some * n.blocks, n.fixed, n.fixed))
    lasting_y, at = _take_lanes(scratch, at, (some * n.blocks, n.fixed))
    lasting_square, at = _take(scratch, at, (some * n.blocks * LANES,))
    pull, at = _take(scratch, at, (c, n.length))
    carried, at = _take(scratch, at, (2, n.length))
    rows, at = _take(scratch, at, (n.derived, n.length))
    shared, at = _take(scratch, at, (2, n.fixed, n.fixed))
    shared_x, at = _take(scratch, at, (n.fixed,))
    theta, at = _take(scratch, at, (3, n.parameters))
    beta, at = _take(scratch, at, (4, c))
    own_spread, at = _take(scratch, at, (n.local,))
    d_total, at = _take(scratch, at, (n.derived,))
    course, at = _take(scratch, at, (4, c * min(n.waves, 1), n.length))
    noise, at = _take(scratch, at, (5, n.lags))
    white, at = _take(scratch, at, (c * some, n.length))
    return Memory(
        response,
        jacobian,
        products,
        weight,
        factor,
        w,
        own_w,
        omega,
        own,
        cross,
        z,
        phi,
        shared_lanes,
        shared_x_lanes,
        slope_lanes,
        pull,
        carried,
        rows,
        shared,
        shared_x,
        theta,
        beta,
        own_spread,
        d_total,
        course,
        noise,
        lasting_fixed,
        lasting_y,
        lasting_square,
        white,
    )
