"""A shock of each period that all geos of a panel share: rows of the panel's density.

    y_gt = … + s_t + ε_gt,   s_t ~ N(0, ω²)   per unit of a geo's size

Given s the panel's density is what it was, of the outcome less s, so that a shock costs a few more
passes over the rows, while integrating s out would couple all geos with one another. Its coordinates are
chosen so that the sampler needs hardly more steps. G geos tell s_t up to ±σ/√G, which is much less than ω;
but along the columns that all geos have in common only the sum of shock and baseline is told. With Q an
orthogonal matrix whose first r columns span those (a product of r reflections, I − v vᵀ each), and standard
normal u where the data say nothing,

    s = Q x,    x_i = ω u_i                        for i ≤ r
                x_i = ρ m_i + u_i / √q             for the others
    q = n/σ² + 1/ω²,   ρ = (n/σ²)/q,   m = Qᵀ r̄,   r̄_t = mean_g (y_gt − Σ_c β_c h_gct)

with n the mean number of geos seen in a period. Were all geos alike and always seen, x given everything else
were N(ρ m, 1/q): u is near N(0, 1) for every θ, with few shocks and with large ones. The density is exact
whatever n, r̄ and Q are: its Jacobian is that of an affine map. With a = ∂/∂x of the likelihood, d = a − x/ω²:

    ∂/∂u_i = ω a_i − u_i,  d_i/√q        ∂/∂m = ρ d
    ∂/∂log σ = Σ_{i>r} [ d (ρ u/√q − 2ρ(1−ρ) m) + ρ ]
    ∂/∂log ω = Σ_{i≤r} a ω u + Σ_{i>r} [ d ((1−ρ) u/√q + 2ρ(1−ρ) m) − ρ + x²/ω² ]

Source: Papaspiliopoulos, Roberts & Sköld (2007), A general framework for the parametrization of
hierarchical models, Statistical Science 22(1), for coordinates between centred and non-centred.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba

from mediamix.inference.lanes import LANES, lane, lanes_view
from mediamix.models.panel_memory import Data, own_size, shock_size
from mediamix.transforms.native import INNER


class Shock(NamedTuple):
    """Constants and working memory of the shocks, over the periods that have one.

    Args:
        periods: Where they are in a row.
        reflections: v of each reflection.
        outcome: Mean outcome of the geos seen.
        share: One over their number.
        seen: n.
        fixed_y: Products of fixed columns with what the shocks leave of the outcome.
        square: The same with itself, per geo.
        kept: Weights of the products in the gradient, per block: rows are pulled last, with r̄'s part.
        weight: Noise precision of the geos seen, summed, per row.
        pull: Gradient of the likelihood along s, per row.
        response: Of each channel, summed over geos, per row.
        s: The shocks, per row.
        m: See the module.
        x: See the module.
        a: See the module.
        weights: Of the rows of a geo.
    """

    periods: Any
    reflections: Any
    outcome: Any
    share: Any
    seen: Any
    fixed_y: Any
    square: Any
    kept: Any
    weight: Any
    pull: Any
    response: Any
    s: Any
    m: Any
    x: Any
    a: Any
    weights: Any


@numba.njit(**INNER)
def shock_of(n, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Constants and memory of the shocks, of size 0 without them.

    Constants lie at the end; memory behind the panel's own, as others' may follow (`beliefs.layout`).
    """
    t, r, c = n.shocks, n.directions, n.channels
    tail = numbers[numbers.size - (t * (r + 2) + 1) * min(t, 1) :]
    begin = own_size(n)
    memory = scratch[begin : begin + shock_size(n)]
    length = n.length * min(t, 1)
    blocks = n.blocks * min(t, 1)
    square = blocks * LANES * n.fixed
    kept = square + blocks * LANES
    rows = kept + blocks * LANES * c * n.columns
    work = rows + (3 + c) * length
    return Shock(
        integers[integers.size - t :],
        tail[: r * t].reshape((r, t)),
        tail[r * t : (r + 1) * t],
        tail[(r + 1) * t : (r + 2) * t],
        tail[(r + 2) * t :],
        memory[:square].reshape((blocks, n.fixed, LANES)),
        memory[square:kept],
        memory[kept:rows].reshape((blocks, c, n.columns, LANES)),
        memory[rows : rows + length],
        memory[rows + length : rows + 2 * length],
        memory[rows + 2 * length : rows + (2 + c) * length].reshape((c, length)),
        memory[work - length : work],
        memory[work : work + t],
        memory[work + t : work + 2 * t],
        memory[work + 2 * t : work + 3 * t],
        memory[work + 3 * t :],
    )


@numba.njit(**INNER)
def less_shock(n, data, shock):  # type: ignore[no-untyped-def]
    """The data with products of what `place` leaves of the outcome."""
    return Data(
        data.fixed, lanes_view(shock.fixed_y.ravel(), (n.blocks, n.fixed)), data.common_rows, data.own_rows,
        data.exposure, data.mask, data.geo, shock.square, data.link, data.effect_scale, data.own_sd,
        data.columns, data.tables, data.squares, data.steps,
    )  # fmt: skip


@numba.njit(**INNER)
def _add(weights, rows, out):  # type: ignore[no-untyped-def]
    """``out += weights · rows``; four rows share the loads of `out`."""
    n, length = rows.shape
    for j in range(0, n - n % 4, 4):
        r0, r1, r2, r3 = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        w0, w1, w2, w3 = weights[j], weights[j + 1], weights[j + 2], weights[j + 3]
        for t in range(length):
            out[t] += w0 * r0[t] + w1 * r1[t] + w2 * r2[t] + w3 * r3[t]
    for j in range(n - n % 4, n):
        r0, w0 = rows[j], weights[j]
        for t in range(length):
            out[t] += w0 * r0[t]


@numba.njit(**INNER)
def _along(rows, x, out):  # type: ignore[no-untyped-def]
    """``out = rows · x``; four rows share the loads of `x`."""
    n, length = rows.shape
    for j in range(0, n - n % 4, 4):
        r0, r1, r2, r3 = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        p0 = p1 = p2 = p3 = 0.0
        for t in range(length):
            p0 += r0[t] * x[t]
            p1 += r1[t] * x[t]
            p2 += r2[t] * x[t]
            p3 += r3[t] * x[t]
        out[j], out[j + 1], out[j + 2], out[j + 3] = p0, p1, p2, p3
    for j in range(n - n % 4, n):
        r0, p0 = rows[j], 0.0
        for t in range(length):
            p0 += r0[t] * x[t]
        out[j] = p0


@numba.njit(**INNER)
def add_response(i, n, memory, shock):  # type: ignore[no-untyped-def]
    """Responses of geo i to the sums over geos."""
    for c in range(n.channels):
        total, h = shock.response[c], memory.response[i, c]
        for t in range(n.length):
            total[t] += h[t]


@numba.njit(**INNER)
def _reflect(reflections, x, back):  # type: ignore[no-untyped-def]
    """``x ← Qᵀ x``, or ``Q x`` if `back`."""
    for i in range(reflections.shape[0]):
        v = reflections[reflections.shape[0] - 1 - i] if back else reflections[i]
        along = 0.0
        for t in range(x.size):
            along += v[t] * x[t]
        for t in range(x.size):
            x[t] -= along * v[t]


@numba.njit(**INNER)
def _scales(n, memory):  # type: ignore[no-untyped-def]
    """σ and ω."""
    noise = n.after + n.channels + n.local
    return memory.theta[0, noise], memory.theta[0, noise + 1]


@numba.njit(**INNER)
def place(u, n, data, memory, shock):  # type: ignore[no-untyped-def]
    """From coordinates to shocks, and what they leave of all products with the outcome.

    Args:
        u: Coordinates.
        n: Sizes.
        data: As packed: with the whole outcome.
        memory: With responses and β.
        shock: Receives the shocks.

    Returns:
        Log density of the coordinates.
    """
    sigma, omega = _scales(n, memory)
    told, s, m, x, a = shock.seen[0] / (sigma * sigma), shock.s, shock.m, shock.x, shock.a
    q = told + 1.0 / (omega * omega)
    rho, scale = told / q, 1.0 / math.sqrt(q)
    s[:] = 0.0
    _add(memory.beta[0], shock.response, s)
    for t in range(n.shocks):
        m[t] = shock.outcome[t] - shock.share[t] * s[shock.periods[t]]
    _reflect(shock.reflections, m, False)
    value = -(n.shocks - n.directions) * (math.log(omega) + 0.5 * math.log(q))
    for t in range(n.shocks):
        own = u[n.parameters + t]
        if t < n.directions:
            x[t] = omega * own
            value -= 0.5 * own * own
        else:
            x[t] = rho * m[t] + scale * own
            value -= 0.5 * (x[t] / omega) * (x[t] / omega)
        a[t] = x[t]
    _reflect(shock.reflections, a, True)
    s[:] = 0.0
    for t in range(n.shocks):
        s[shock.periods[t]] = a[t]
    _leave(n, data, memory, shock)
    return value


@numba.njit(**INNER)
def _leave(n, data, memory, shock):  # type: ignore[no-untyped-def]
    """Products with the outcome less the shocks."""
    s, masked, common, outcome = shock.s, shock.weight, n.fixed - n.common, n.channels + n.own
    # Free until the shared means are solved for.
    everywhere, along, square = memory.shared_x, shock.weights, 0.0
    rest = lanes_view(shock.fixed_y.ravel(), (n.blocks, n.fixed))
    for i in range(n.blocks):
        for j in range(n.fixed):
            rest[i, j] = data.fixed_y[i, j]
    for i in range(shock.square.size):
        shock.square[i] = 0.0
    _along(data.common_rows, s, everywhere)
    for t in range(n.length):
        square += s[t] * s[t]
    for i in range(n.geos):
        block, member, own = i // LANES, i % LANES, data.own_rows[i]
        _along(memory.response[i], s, along)
        for c in range(n.channels):
            memory.products[block, c, outcome, member] -= along[c]
        _along(own, s, along)
        for j in range(common):
            shock.fixed_y[block, j, member] -= along[j]
        shock.square[i] = data.square[i] - 2.0 * along[n.own]
        if data.geo[1, i] == n.shocks:
            shock.square[i] += square
            for j in range(n.common):
                shock.fixed_y[block, common + j, member] -= everywhere[j]
        else:
            mask, met = data.mask[i], 0.0
            for t in range(n.length):
                masked[t] = mask[t] * s[t]
                met += masked[t] * s[t]
            shock.square[i] += met
            _along(data.common_rows, masked, along)
            for j in range(n.common):
                shock.fixed_y[block, common + j, member] -= along[j]


@numba.njit(**INNER)
def clear(n, shock):  # type: ignore[no-untyped-def]
    """Before `gather_shock`."""
    for t in range(n.length):
        shock.pull[t] = 0.0
        shock.weight[t] = 0.0


@numba.njit(**INNER)
def gather_shock(i, n, data, memory, shock):  # type: ignore[no-untyped-def]
    """Expected residual of geo i as far as it is its own, times ω, towards the gradient along s."""
    member, mask, omega, weights = i % LANES, data.mask[i], memory.omega[i], shock.weights
    for t in range(n.length):
        shock.weight[t] += omega * mask[t]
    for j in range(n.own):
        weights[j] = -1.0 * omega * lane(memory.phi[j], member)
    weights[n.own] = omega
    _add(weights, data.own_rows[i], shock.pull)
    for c in range(n.channels):
        weights[c] = -1.0 * memory.weight[c, n.channels + n.own, member]
    _add(weights, memory.response[i], shock.pull)


@numba.njit(**INNER)
def keep_weights(block, n, memory, shock):  # type: ignore[no-untyped-def]
    """Weights of a block, for `begin_pull` and the rows."""
    for c in range(n.channels):
        for j in range(n.columns):
            for member in range(LANES):
                shock.kept[block, c, j, member] = memory.weight[c, j, member]


@numba.njit(**INNER)
def begin_pull(i, n, memory, shock):  # type: ignore[no-untyped-def]
    """The pull of geo i's rows as far as it is the shocks': the outcome's is of all of it, and r̄ has them.

    Where the geo has no outcome the caller takes it away.
    """
    s, along = shock.s, shock.pull
    for c in range(n.channels):
        slope, coefficient = memory.pull[c], -1.0 * shock.kept[i // LANES, c, n.channels + n.own, i % LANES]
        beta = memory.beta[0, c]
        for t in range(n.length):
            slope[t] = coefficient * s[t] - beta * along[t]


@numba.njit(**INNER)
def push(u, n, data, memory, shock, gradient):  # type: ignore[no-untyped-def]
    """The gradient along the shocks' coordinates, and along r̄ for `begin_pull`."""
    sigma, omega = _scales(n, memory)
    slopes, pull, a, m, x = memory.theta[2], shock.pull, shock.a, shock.m, shock.x
    told = shock.seen[0] / (sigma * sigma)
    q = told + 1.0 / (omega * omega)
    rho, scale, k = told / q, 1.0 / math.sqrt(q), n.parameters
    noise = n.after + n.channels + n.local
    # What all geos have in common of the expected residual, where the pull of rows will be.
    rest = memory.pull[0]
    for t in range(n.length):
        rest[t] = shock.s[t]
    _add(memory.shared_x[n.fixed - n.common :], data.common_rows, rest)
    for t in range(n.shocks):
        at = shock.periods[t]
        a[t] = pull[at] - shock.weight[at] * rest[at]
    _reflect(shock.reflections, a, False)
    along_sigma = along_omega = 0.0
    for t in range(n.shocks):
        own = u[k + t]
        if t < n.directions:
            gradient[k + t] = omega * a[t] - own
            along_omega += omega * a[t] * own
            a[t] = 0.0
        else:
            d = a[t] - x[t] / (omega * omega)
            gradient[k + t] = scale * d
            shrunk = 2.0 * rho * (1.0 - rho) * m[t]
            along_sigma += d * (rho * scale * own - shrunk) + rho
            along_omega += d * ((1.0 - rho) * scale * own + shrunk) - rho + (x[t] / omega) * (x[t] / omega)
            a[t] = rho * d
    slopes[noise] += along_sigma
    slopes[noise + 1] = along_omega
    _reflect(shock.reflections, a, True)
    for t in range(n.length):
        pull[t] = 0.0
    for t in range(n.shocks):
        pull[shock.periods[t]] = shock.share[t] * a[t]
    _along(shock.response, pull, shock.weights)
    for c in range(n.channels):
        memory.beta[3, c] -= memory.beta[0, c] * shock.weights[c]


@numba.njit(**INNER)
def read(n, shock, out):  # type: ignore[no-untyped-def]
    """The shocks, to the end of `out`."""
    for t in range(n.shocks):
        out[out.size - n.shocks + t] = shock.s[shock.periods[t]]
