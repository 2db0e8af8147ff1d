"""Responses of many cells, by cubics between nodes in place of the saturation itself.

    h(x) ≈ Σ_j c_kj f^j,   f = x / 2^e − node_k   in the interval k that the leading bits of x name

Every octave of exposures has the same number of intervals, so that an interval is found without a
logarithm. The cubic of an interval has the saturation's value and derivative at both ends: its error
is Δ⁴ / 384 of the fourth derivative. The saturation is then evaluated at some hundred nodes per draw,
not at tens of thousands of cells; a cell asks for a few multiplications (`respond_geos`). Where only the sum
is wanted, cells are summed first, for all multipliers m at once (`respond_scaled`):

    Σ_gt w_g h(m a_gt) ≈ Σ_kj c_kj(m) M_kj,   M_kj = Σ_{gt in k} w_g f_gt^j

where c_kj(m) come from h and h' at m × node_k, which are read from one finer table for all m.

Source: piecewise cubic Hermite interpolation, de Boor (1978), A practical guide to splines, ch. IV.
"""

from __future__ import annotations

import numba
import numpy as np

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.cubics import LANES, MANTISSA, ONE, read_eight
from mediamix.transforms.elementary import MANTISSA_BITS, bits_of, double_of
from mediamix.transforms.native import INNER, REORDERED

#: Bits of the mantissa that name an interval: of sums, and of single cells and their slopes.
COARSE, FINE = 4, 5
#: What is so many octaves below the largest exposure counts as none.
OCTAVES = 52
#: Cells from which on nodes cost a fraction of them, and the fewest multipliers of the same cells.
FEW, MANY = 3000, 2

_V, _M, _INT = numba.float64[::1], numba.float64[:, ::1], numba.int64
_OUT, _SUMS = numba.types.UniTuple(_M, 4), numba.float64[:, :, ::1]


def pays(cells: int, multipliers: int) -> bool:
    """Whether sums over cells at so many multipliers take a fraction of the time."""
    return multipliers >= MANY and cells > FEW


def pays_apart(cells: int) -> bool:
    """Whether cells one by one, with their slopes, do."""
    return cells > FEW


@numba.njit(**INNER)
def _octaves(carried, others):  # type: ignore[no-untyped-def]
    """The first octave of all positive exposures, as its exponent, and how many octaves they have."""
    low, high = bits_of(np.inf), 0
    for exposure in (carried, others):
        for g in range(exposure.shape[0]):
            for t in range(exposure.shape[1]):
                bits = bits_of(exposure[g, t])
                high = max(high, bits)
                low = min(low, bits if bits > 0 else low)
    if high == 0:
        return 1, 0
    last = high >> MANTISSA_BITS
    first = max(low >> MANTISSA_BITS, last - OCTAVES + 1, 1)
    return first, last - first + 1


@numba.njit(**INNER)
def _at_nodes(saturation, theta, first, octaves, bits, room):  # type: ignore[no-untyped-def]
    """Value and derivative of h at the nodes from the octave `first` on; `room` is memory for it."""
    nodes, parameters = (octaves << bits) + 1, theta.size
    level, value, slope = room[:nodes], room[nodes : 2 * nodes], room[2 * nodes : 3 * nodes]
    # Derivatives in the parameters come with the one that is wanted.
    unused = room[3 * nodes : (3 + parameters) * nodes].reshape(parameters, nodes)
    for i in range(nodes):
        level[i] = double_of((first << MANTISSA_BITS) + (i << (MANTISSA_BITS - bits)))
    call_saturation(saturation, level, theta, value, slope, unused)
    return value, slope


@numba.njit(**INNER)
def _tabulate(value, slope, first, octaves, bits, table):  # type: ignore[no-untyped-def]
    """The coefficients ``table[1 + k, j]``; interval 0 is for what counts as none."""
    parts = 1 << bits
    table[0] = 0.0
    for octave in range(octaves):
        unit = double_of((first + octave) << MANTISSA_BITS)
        for i in range(octave * parts, (octave + 1) * parts):
            start, end = unit * slope[i], unit * slope[i + 1]
            secant = parts * (value[i + 1] - value[i])
            table[i + 1, 0] = value[i]
            table[i + 1, 1] = start
            table[i + 1, 2] = parts * (3.0 * secant - 2.0 * start - end)
            table[i + 1, 3] = parts * parts * (start + end - 2.0 * secant)


@numba.njit(**INNER)
def _spread(moment, first, octaves, bits, of_value, of_slope):  # type: ignore[no-untyped-def]
    """Moments of cells as weights of the nodes' values and derivatives: `_tabulate`, transposed."""
    parts = 1 << bits
    of_value[: octaves * parts + 1] = 0.0
    of_slope[: octaves * parts + 1] = 0.0
    for octave in range(octaves):
        unit = double_of((first + octave) << MANTISSA_BITS)
        for i in range(octave * parts, (octave + 1) * parts):
            here = moment[0, i + 1], moment[1, i + 1]
            square = parts * (here[0][2] + here[1][2])
            cube = parts * parts * (here[0][3] + here[1][3])
            risen = parts * (3.0 * square - 2.0 * cube)
            of_value[i] += here[0][0] + here[1][0] - risen
            of_value[i + 1] += risen
            of_slope[i] += unit * (here[0][1] + here[1][1] - 2.0 * square + cube)
            of_slope[i + 1] += unit * (cube - square)


@numba.njit(**INNER)
def _widened(first, octaves, multiplier):  # type: ignore[no-untyped-def]
    """The octaves that these exposures have at all multipliers."""
    low, high = 0, 0
    for m in range(multiplier.size):
        if multiplier[m] > 0.0:
            octave = (bits_of(multiplier[m]) >> MANTISSA_BITS) - (ONE >> MANTISSA_BITS)
            low, high = min(low, octave), max(high, octave)
    last = first + octaves + high
    start = max(first + low, last - OCTAVES + 1, 1)
    return start, last - start + 1


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _M, _M, _V, _M), **REORDERED)
def respond_scaled(adstock, saturation, n_adstock, max_lag, exposure, theta, weight, multiplier, out):  # type: ignore[no-untyped-def]
    """``out[d, m] = Σ_g weight_dg Σ_t saturation(multiplier_m adstock(exposure_g))``."""
    geos, n = exposure.shape
    carried, no_rows, no_others = np.empty((geos, n)), np.empty((0, n)), np.empty((0, n))
    shift, fine = MANTISSA_BITS - COARSE, MANTISSA_BITS - FINE
    rest, finest = (1 << shift) - 1, (1 << fine) - 1
    most, finer = (OCTAVES << COARSE) + 1, (OCTAVES << FINE) + 1
    room, table = np.empty((3 + theta.shape[1] - n_adstock) * finer), np.empty((finer, 4))
    # Two sums in turn: neighbours in time fall into the same interval, and would wait for each other.
    moment, of_value, of_slope = np.empty((2, most, 4)), np.empty(most), np.empty(most)
    for d in range(theta.shape[0]):
        for g in range(geos):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, carried[g], no_rows)
        first, octaves = _octaves(carried, no_others)
        before, nodes = (first << COARSE) - 1, (octaves << COARSE) + 1
        moment[:, :nodes] = 0.0
        for g in range(geos):
            w = weight[d, g]
            for t in range(n):
                bits = bits_of(carried[g, t])
                f = double_of((bits & rest) | ONE) - 1.0
                sums = moment[t & 1, max((bits >> shift) - before, 0)]
                wf = w * f
                sums[0] += w
                sums[1] += wf
                sums[2] += wf * f
                sums[3] += wf * f * f
        _spread(moment, first, octaves, COARSE, of_value, of_slope)
        # At all multipliers together the nodes fall so often into each interval that they have a table too.
        start, wide = _widened(first, octaves, multiplier)
        value, slope = _at_nodes(saturation, theta[d, n_adstock:], start, wide, FINE, room)
        _tabulate(value, slope, start, wide, FINE, table)
        level = room[:nodes]
        for i in range(nodes):
            level[i] = double_of((first << MANTISSA_BITS) + (i << shift))
            of_slope[i] /= level[i]
        begin = (start << FINE) - 1
        for m in range(multiplier.size):
            total = 0.0
            for i in range(nodes):
                bits = bits_of(multiplier[m] * level[i])
                k, f = max((bits >> fine) - begin, 0), double_of((bits & finest) | ONE) - 1.0
                linear, square, cube = table[k, 1], table[k, 2], table[k, 3]
                total += of_value[i] * (table[k, 0] + f * (linear + f * (square + f * cube)))
                # x dh/dx: in units of the octave x is its mantissa.
                mantissa = double_of((bits & MANTISSA) | ONE)
                total += of_slope[i] * mantissa * (linear + f * (2.0 * square + 3.0 * f * cube))
            out[d, m] = total


@numba.njit(**INNER)
def _read(level, table, before, value, climb):  # type: ignore[no-untyped-def]
    """`read_eight` of all, on the fine grid."""
    n = level.size
    shift = MANTISSA_BITS - FINE
    eights = n - n % LANES
    for t in range(0, eights, LANES):
        read_eight(level, t, table, shift, before, value, climb)
    for t in range(eights, n):
        bits = bits_of(level[t])
        k, f = max((bits >> shift) - before, 0), double_of((bits & ((1 << shift) - 1)) | ONE) - 1.0
        linear, square, cube = table[k, 1], table[k, 2], table[k, 3]
        value[t] = table[k, 0] + f * (linear + f * (square + f * cube))
        # x dh/dx: in units of the octave x is its mantissa.
        climb[t] = double_of((bits & MANTISSA) | ONE) * (linear + f * (2.0 * square + 3.0 * f * cube))


@numba.njit(numba.void(_INT, _INT, _INT, _INT, _M, _INT, _M, _M, _INT[::1], _OUT, _SUMS), **REORDERED)
def respond_geos(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, max_lag, exposure, begin, theta, weight, row, out, apart
):
    """What `ChannelTransform.respond_geos` asks for; the first `begin` periods only carry over."""
    over_time, total, slope, alone = out
    geos, n = exposure.shape
    periods = n - begin
    carried, no_rows = np.empty((geos, n)), np.empty((0, n))
    response, climb = np.empty(periods), np.empty(periods)
    # Without the window's exposure, and the share of what is carried that the window's is.
    others, own = np.zeros((geos, n)), np.ones(periods)
    early = np.zeros((geos, n))
    for g in range(geos):
        for t in range(begin):  # a slice assigned to a slice takes four seconds to compile
            early[g, t] = exposure[g, t]
    most = (OCTAVES << FINE) + 1
    room, table = np.empty((3 + theta.shape[1] - n_adstock) * most), np.empty((most, 4))
    for d in range(theta.shape[0]):
        for g in range(geos):
            call_adstock(adstock, exposure[g], theta[d, :n_adstock], max_lag, carried[g], no_rows)
        if begin > 0:
            for g in range(geos):
                call_adstock(adstock, early[g], theta[d, :n_adstock], max_lag, others[g], no_rows)
        first, octaves = _octaves(carried, others[: geos if begin > 0 else 0])
        before = (first << FINE) - 1
        value, slopes = _at_nodes(saturation, theta[d, n_adstock:], first, octaves, FINE, room)
        _tabulate(value, slopes, first, octaves, FINE, table)
        over_time[d] = 0.0
        for g in range(geos):
            w, whole, steep, left = weight[d, g], 0.0, 0.0, 0.0
            now = carried[g, begin:]
            if begin > 0:
                rest_of = others[g, begin:]
                _read(rest_of, table, before, response, climb)
                for t in range(periods):
                    left += response[t]
                    own[t] = 1.0 - rest_of[t] / now[t] if now[t] > 0.0 else 0.0
            _read(now, table, before, response, climb)
            for t in range(periods):
                over_time[d, t] += w * response[t]
                whole += response[t]
                steep += own[t] * climb[t]
            total[d, g] = w * whole
            slope[d, g] = w * steep
            alone[d, g] = w * left
            if row[d] >= 0:
                sums = apart[g, row[d]]
                for t in range(periods):
                    sums[t] += w * response[t]
