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
from mediamix.models.panel_memory import HEADER, PER_CHANNEL, Data, shock_size
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
        weight: Noise precision of the geos seen, summed, per row.
        pull: Gradient of the likelihood along s, per row.
        response: Of each channel, summed over geos, per row.
        s: The shocks, per row.
        m: See the module.
        x: See the module.
        a: See the module.
    """

    periods: Any
    reflections: Any
    outcome: Any
    share: Any
    seen: Any
    fixed_y: Any
    square: Any
    weight: Any
    pull: Any
    response: Any
    s: Any
    m: Any
    x: Any
    a: Any


@numba.njit(**INNER)
def shock_of(n, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Constants and memory of the shocks, which lie at the end of all; of size 0 without them."""
    t, r, c = n.shocks, n.directions, n.channels
    tail = numbers[numbers.size - (t * (r + 2) + 1) * min(t, 1) :]
    memory = scratch[scratch.size - shock_size(n) :]
    length = n.length * min(t, 1)
    square = n.blocks * LANES * n.fixed * min(t, 1)
    rows = square + n.blocks * LANES * min(t, 1)
    work = rows + (3 + c) * length
    return Shock(
        integers[integers.size - t :],
        tail[: r * t].reshape((r, t)),
        tail[r * t : (r + 1) * t],
        tail[(r + 1) * t : (r + 2) * t],
        tail[(r + 2) * t :],
        memory[:square].reshape((n.blocks * min(t, 1), n.fixed, LANES)),
        memory[square:rows],
        memory[rows : rows + length],
        memory[rows + length : rows + 2 * length],
        memory[rows + 2 * length : rows + (2 + c) * length].reshape((c, length)),
        memory[work - length : work],
        memory[work : work + t],
        memory[work + t : work + 2 * t],
        memory[work + 2 * t : work + 3 * t],
    )


@numba.njit(**INNER)
def less_shock(n, data, shock):  # type: ignore[no-untyped-def]
    """The data with products of what `place` leaves of the outcome."""
    return Data(
        data.fixed, lanes_view(shock.fixed_y.ravel(), (n.blocks, n.fixed)), data.common_rows, data.own_rows,
        data.exposure, data.mask, data.geo, shock.square, data.link, data.effect_scale, data.own_sd,
    )  # fmt: skip


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
    for c in range(n.channels):
        h, beta = shock.response[c], memory.beta[0, c]
        for t in range(n.length):
            s[t] += beta * h[t]
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
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = 0.0
    for t in range(a.size):
        total += a[t] * b[t]
    return total


@numba.njit(**INNER)
def _leave(n, data, memory, shock):  # type: ignore[no-untyped-def]
    """Products with the outcome less the shocks."""
    s, masked, common, outcome = shock.s, shock.weight, n.fixed - n.common, n.channels + n.own
    along_common = memory.shared_x
    shock.fixed_y[:, :, :] = 0.0
    shock.square[:] = 0.0
    for j in range(n.common):
        along_common[j] = _dot(data.common_rows[j], s)
    for i in range(n.geos):
        block, member = i // LANES, i % LANES
        whole, mask, own = data.geo[1, i] == n.shocks, data.mask[i], data.own_rows[i]
        for c in range(n.channels):
            memory.products[block, c, outcome, member] -= _dot(memory.response[i, c], s)
        for j in range(common):
            shock.fixed_y[block, j, member] = lane(data.fixed_y[block, j], member) - _dot(own[j], s)
        for t in range(n.length):
            masked[t] = mask[t] * s[t]
        for j in range(n.common):
            if whole:
                along = along_common[j]
            else:
                along = _dot(data.common_rows[j], masked)
            here = lane(data.fixed_y[block, common + j], member)
            shock.fixed_y[block, common + j, member] = here - along
        met = _dot(masked, s) - 2.0 * _dot(own[n.own], s)
        shock.square[i] = data.square[i] + met


@numba.njit(**INNER)
def clear(shock):  # type: ignore[no-untyped-def]
    """Before `gather`."""
    shock.pull[:] = 0.0
    shock.weight[:] = 0.0


@numba.njit(**INNER)
def gather(i, n, data, memory, shock):  # type: ignore[no-untyped-def]
    """Expected residual of geo i as far as it is its own, times ω, towards the gradient along s."""
    member, pull, own, mask, omega = i % LANES, shock.pull, data.own_rows[i], data.mask[i], memory.omega[i]
    y = own[n.own]
    for t in range(n.length):
        pull[t] += omega * y[t]
        shock.weight[t] += omega * mask[t]
    for j in range(n.own):
        x, coefficient = own[j], omega * lane(memory.phi[j], member)
        for t in range(n.length):
            pull[t] -= coefficient * x[t]
    for c in range(n.channels):
        h, coefficient = memory.response[i, c], memory.weight[c, n.channels + n.own, member]
        for t in range(n.length):
            pull[t] -= coefficient * h[t]


@numba.njit(**INNER)
def less_pull(i, n, memory, shock):  # type: ignore[no-untyped-def]
    """What the shocks take from the pull of geo i's rows: that of the outcome is of all of it."""
    s = shock.s
    for c in range(n.channels):
        slope, coefficient = memory.pull[c], memory.weight[c, n.channels + n.own, i % LANES]
        for t in range(n.length):
            slope[t] -= coefficient * s[t]


@numba.njit(**INNER)
def push(u, integers, n, data, memory, shock, gradient):  # type: ignore[no-untyped-def]
    """The gradient along the shocks' coordinates, and through these along all others."""
    sigma, omega = _scales(n, memory)
    slopes, pull, a, m, x = memory.theta[2], shock.pull, shock.a, shock.m, shock.x
    told = shock.seen[0] / (sigma * sigma)
    q = told + 1.0 / (omega * omega)
    rho, scale, k = told / q, 1.0 / math.sqrt(q), n.parameters
    common = n.fixed - n.common
    noise = n.after + n.channels + n.local
    # What all geos have in common of the expected residual.
    rest = shock.s
    for j in range(n.common):
        row, v = data.common_rows[j], memory.shared_x[common + j]
        for t in range(n.length):
            rest[t] += v * row[t]
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
    pull[:] = 0.0
    for t in range(n.shocks):
        pull[shock.periods[t]] = shock.share[t] * a[t]
    for c in range(n.channels):
        memory.beta[3, c] -= memory.beta[0, c] * _dot(shock.response[c], pull)
    for i in range(n.geos):
        along, whole = shock.pull, data.geo[1, i] == n.shocks
        if not whole:
            along, mask = rest, data.mask[i]
            for t in range(n.length):
                along[t] = mask[t] * pull[t]
        for c in range(n.channels):
            info = integers[HEADER + PER_CHANNEL * c : HEADER + PER_CHANNEL * (c + 1)]
            for r in range(info[3] + info[6]):
                push = _dot(memory.jacobian[i, info[1] + r], along)
                gradient[info[0] + 1 + r] -= memory.beta[0, c] * push


@numba.njit(**INNER)
def read(n, shock, out):  # type: ignore[no-untyped-def]
    """The shocks, to the end of `out`."""
    for t in range(n.shocks):
        out[out.size - n.shocks + t] = shock.s[shock.periods[t]]
