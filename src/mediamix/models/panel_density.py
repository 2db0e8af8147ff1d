"""The log posterior density of the panel model with its gradient, in native passes over the geos.

    y_g = Σ_c (β_c + κ_c z_gc) h_gc(θ) + F_g v + S z_g + ε_g,   κ_c = β_c η_c,   ε_g ~ N(0, σ_g²)

per unit of a geo's size. β_c follows from the channel's effect as in the national model, with
``Σ_g size_g Σ_t h_gct`` for its total. v and z are integrated out by `inference.arrowhead`. All that
the likelihood needs of the rows are products of columns: one pass over the rows fills them, and a
second one takes the gradient back to the rows. With posterior means b̂, φ̂ of the coefficients of
h and of the fixed columns x, and ω = 1/σ²,

    ∂/∂h_c(t) = ω [ b̂_c y_t − Σ_c' E(b_c b_c') h_c'(t) − Σ_j E(b_c φ_j) x_j(t) ]
    ∂/∂log s  = Σ_g (E z_g² − 1)      for the scale s of a coefficient s z
    ∂/∂log σ  = ω E‖ε‖² − n

Rows are worked on geo by geo; the small matrices of eight geos at once, one per lane
(`inference.lanes`). Lanes without a geo hold zeros, which add nothing to any sum. Parameters come from
the sampler's coordinates by `models.links`, compiled into this module.
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.arrowhead import (
    cholesky,
    combine,
    covariance,
    eliminate,
    gram,
    gram_own,
    inverse,
    solve_lower_vector,
    solve_upper_vector,
)
from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.inference.lanes import LANES, lane, lanes_view, spread, sum_lanes
from mediamix.models.links import natural
from mediamix.models.panel_courses import back, courses_of, follow, gather
from mediamix.models.panel_experiment_memory import tests_of
from mediamix.models.panel_experiments import add_tests, know_tests, narrow, pull_tests
from mediamix.models.panel_memory import HEADER, PER_CHANNEL, data_of, memory_of, sizes_of
from mediamix.models.panel_noise import (
    remember,
    slope_of_fixed,
    slope_of_rows,
    whiten,
    whiten_responses,
    with_memory,
)
from mediamix.models.panel_shock import (
    add_response,
    begin_pull,
    clear,
    gather_shock,
    keep_weights,
    less_shock,
    place,
    push,
    read,
    shock_of,
)
from mediamix.transforms.native import INNER, REORDERED
from mediamix.transforms.order import respond

LOG_2PI = math.log(2 * math.pi)


@numba.njit(**INNER)
def _respond(i, integers, n, data, memory):  # type: ignore[no-untyped-def]
    """Responses of geo i with their derivatives; its part of the channels' totals."""
    theta, total, size = memory.theta[0], memory.beta[2], data.geo[0, i]
    carried, d_x = memory.carried[0], memory.carried[1]
    jacobian, rows, mask = memory.jacobian[i], memory.rows, data.mask[i]
    for c in range(n.channels):
        info = integers[HEADER + PER_CHANNEL * c : HEADER + PER_CHANNEL * (c + 1)]
        first = info[0] + 1
        last = first + info[3] + info[6]
        row, split, end = info[1], info[3], info[3] + info[6]
        h = memory.response[i, c]
        respond(
            info[2], info[5], split, info[4], data.exposure[i], c, theta[first:last], carried, d_x, h,
            rows[:end],
        )  # fmt: skip
        # What is carried into the padding doesn't count.
        h[n.periods :] = 0.0
        rows[:end, n.periods :] = 0.0
        if n.waves > 0:
            follow(c, size, n, memory, h, rows[:end])
        part = 0.0
        for t in range(n.length):
            part += h[t]
        total[c] += size * part
        for j in range(end):
            slope, kept = rows[j], jacobian[row + j]
            part = 0.0
            if j < split:
                for t in range(n.length):
                    along = slope[t] * d_x[t]
                    part += along
                    kept[t] = along
            else:
                for t in range(n.length):
                    part += slope[t]
                    kept[t] = slope[t]
            memory.d_total[row + j] += size * part
        if data.geo[1, i] < n.periods:
            for t in range(n.length):
                h[t] *= mask[t]


@numba.njit(**INNER)
def _products(i, integers, n, data, memory):  # type: ignore[no-untyped-def]
    """Products of geo i's responses with responses, own columns, outcome, common columns."""
    response = memory.response[i]
    out = memory.products[i // LANES, :, :, i % LANES]
    c, common = n.channels, n.columns - n.common
    if n.lags > 0:
        whiten_responses(i, integers, n, data, memory)
        gram(memory.white, response, out[:, :c])
        response = memory.white
    else:
        gram_own(response, out[:, :c])
    gram(response, data.own_rows[i], out[:, c:common])
    gram(response, data.common_rows, out[:, common:])


@numba.njit(**INNER)
def _column(n, i):  # type: ignore[no-untyped-def]
    """Where fixed column i is among `Sizes.columns`."""
    return n.channels + i if i < n.own else n.channels + 1 + i


@numba.njit(**INNER)
def _lanes_of(i, n, memory):  # type: ignore[no-untyped-def]
    """Noise precision and products of block i, as lanes."""
    omega = lanes_view(memory.omega, (n.blocks,))[i]
    return omega, lanes_view(memory.products[i].ravel(), (n.channels, n.columns))


@numba.njit(**INNER)
def _system(i, n, data, memory):  # type: ignore[no-untyped-def]
    """A, B, a of block i; adds its part to C and c."""
    omega, products = _lanes_of(i, n, memory)
    fixed, outcome = data.fixed[i], data.fixed_y[i]
    a, b, x = memory.factor[i], memory.w[i], memory.own_w[i]
    shared, shared_x = memory.shared_lanes, memory.shared_x_lanes
    beta, kappa, scale = memory.beta[0], memory.beta[1], memory.spread
    c, local = n.channels, n.local
    # The residual is y − Hβ: what it shares with the fixed columns and the responses.
    for j in range(n.fixed):
        at = _column(n, j)
        rest = outcome[j]
        for k in range(c):
            rest -= beta[k] * products[k, at]
        rest *= omega
        shared_x[j] += rest
        for k in range(j + 1):
            shared[j, k] += omega * fixed[j, k]
        if j < local:
            x[j] = scale[j] * rest
            for k in range(local):
                a[j, k] = omega * (scale[j] * scale[k]) * fixed[j, k]
            a[j, j] += 1.0
            for k in range(n.fixed):
                b[j, k] = omega * scale[j] * fixed[j, k]
    for j in range(c):
        weight = omega * kappa[j]
        rest = products[j, c + n.own]
        for k in range(c):
            rest -= beta[k] * products[j, k]
        x[local + j] = weight * rest
        for k in range(local):
            a[local + j, k] = weight * scale[k] * products[j, c + k]
            a[k, local + j] = a[local + j, k]
        for k in range(c):
            a[local + j, local + k] = weight * kappa[k] * products[j, k]
        a[local + j, local + j] += 1.0
        for k in range(n.fixed):
            b[local + j, k] = weight * products[j, _column(n, k)]


@numba.njit(**INNER)
def _noise(n, data, memory):  # type: ignore[no-untyped-def]
    """Precision of every geo's noise; its part of the log density."""
    theta, value = memory.theta[0], 0.0
    sigma = theta[n.after + n.channels + n.local]
    omega = memory.omega
    for i in range(omega.size):
        own = sigma * theta[n.factors + i] if n.unequal == 1 and i < n.geos else sigma
        omega[i] = 1.0 / (own * own)
        value -= data.geo[1, i] * (math.log(own) + 0.5 * LOG_2PI)
    return value


@numba.njit(**INNER)
def _factorise(u, integers, n, plain, memory, shock):  # type: ignore[no-untyped-def]
    """From u to the factorised arrowhead system; the log density without its quadratic form."""
    data = with_memory(n, plain, memory)
    theta, beta, kappa, total = memory.theta[0], memory.beta[0], memory.beta[1], memory.beta[2]
    links = integers[HEADER + PER_CHANNEL * n.channels :]
    value = natural(u[: n.parameters], data.link[0], data.link[1], links, theta, memory.theta[1])
    if n.lags > 0:
        value += remember(integers, n, plain, memory)
    total[:] = 0.0
    memory.d_total[:] = 0.0
    shock.response[:, :] = 0.0
    if n.geos % LANES:
        memory.products[n.blocks - 1] = 0.0
    if n.waves > 0:
        courses_of(integers, n, data, memory)
    for i in range(n.geos):
        _respond(i, integers, n, data, memory)
        _products(i, integers, n, data, memory)
        if n.shocks > 0:
            add_response(i, n, memory, shock)
    for c in range(n.channels):
        first = integers[HEADER + PER_CHANNEL * c]
        beta[c] = theta[first] * data.effect_scale[c] / total[c]
        kappa[c] = beta[c] * theta[n.after + c]
    for j in range(n.local):
        memory.spread[j] = theta[n.after + n.channels + j] / data.own_sd[j]
    value += _noise(n, data, memory)
    if n.shocks > 0:
        value += place(u, n, data, memory, shock)
        data = less_shock(n, data, shock)
    zero = spread(0.0)
    for j in range(n.fixed):
        memory.shared_x_lanes[j] = zero
        for k in range(n.fixed):
            memory.shared_lanes[j, k] = zero
    for i in range(n.blocks):
        factor = memory.factor[i]
        _system(i, n, data, memory)
        eliminate(factor, memory.w[i], memory.own_w[i], memory.shared_lanes, memory.shared_x_lanes)
        for j in range(n.block):
            for member in range(LANES):
                value -= math.log(lane(factor[j, j], member))
    shared = memory.shared[0]
    for j in range(n.fixed):
        memory.shared_x[j] = sum_lanes(memory.shared_x_lanes[j])
        for k in range(j + 1):
            shared[j, k] = sum_lanes(memory.shared_lanes[j, k])
        shared[j, j] += 1.0
    cholesky(shared)
    for j in range(n.fixed):
        value -= math.log(shared[j, j])
    return value


@numba.njit(**INNER)
def _moments(i, n, data, memory, tests):  # type: ignore[no-untyped-def]
    """Posterior means and covariances of block i's coefficients.

    Returns:
        What the posterior's spread adds to ``ω ‖ε‖²``, beyond what is the same for all blocks.
    """
    factor, w, own_w, z = memory.factor[i], memory.w[i], memory.own_w[i], memory.z
    v, inverse_shared = memory.shared_x, memory.shared[1]
    # ẑ = L⁻ᵀ (w − W v̂)
    for j in range(n.block):
        rest = own_w[j]
        for k in range(n.fixed):
            rest -= w[j, k] * v[k]
        z[j] = rest
    solve_upper_vector(factor, z)
    spreading = spread(0.0)
    if n.unequal == 1:
        omega = lanes_view(memory.omega, (n.blocks,))[i]
        for j in range(n.fixed):
            for k in range(n.fixed):
                met = omega * data.fixed[i, j, k]
                for s in range(n.block):
                    met -= w[s, j] * w[s, k]
                spreading += met * inverse_shared[j, k]
        if n.tests > 0:
            spreading -= tests.less[i]
    covariance(factor, w, inverse_shared, memory.own, memory.cross)
    if n.tests > 0:
        narrow(i, n, memory, tests)
    for j in range(n.block):
        second = z[j] * z[j] + memory.own[j, j] - 1.0
        spreading += 1.0 - memory.own[j, j]
        memory.slope_lanes[j] += second
    for j in range(n.fixed):
        memory.phi[j] = spread(v[j])
        if j < n.local:
            memory.phi[j] += memory.spread[j] * z[j]
    return spreading


@numba.njit(**INNER)
def _weigh(i, n, memory):  # type: ignore[no-untyped-def]
    """Weights of the rows: −E(b b'), −E(b φ), and b̂ for the outcome; all times ω."""
    omega, _products_of_block = _lanes_of(i, n, memory)
    weight = lanes_view(memory.weight.ravel(), (n.channels, n.columns))
    beta, kappa, scale = memory.beta[0], memory.beta[1], memory.spread
    own, cross, z, phi, c, local = memory.own, memory.cross, memory.z, memory.phi, n.channels, n.local
    for j in range(c):
        b_j = beta[j] + kappa[j] * z[local + j]
        weight[j, c + n.own] = omega * b_j
        for k in range(j + 1):
            b_k = beta[k] + kappa[k] * z[local + k]
            weight[j, k] = -1.0 * omega * (b_j * b_k + kappa[j] * kappa[k] * own[local + j, local + k])
            weight[k, j] = weight[j, k]
        for k in range(n.fixed):
            moment = b_j * phi[k] + kappa[j] * cross[local + j, k]
            if k < local:
                moment += kappa[j] * scale[k] * own[local + j, k]
            weight[j, _column(n, k)] = -1.0 * omega * moment


@numba.njit(**INNER)
def _residual(i, n, data, memory):  # type: ignore[no-untyped-def]
    """Squared residuals of the posterior means, from the products alone; their pull on β."""
    omega, products = _lanes_of(i, n, memory)
    fixed, phi, z, c = data.fixed[i], memory.phi, memory.z, n.channels
    beta, kappa, d_log_beta = memory.beta[0], memory.beta[1], memory.beta[3]
    square = lanes_view(data.square, (n.blocks,))[i]
    for j in range(n.fixed):
        fitted = -2.0 * data.fixed_y[i, j]
        for k in range(n.fixed):
            fitted += phi[k] * fixed[j, k]
        square += phi[j] * fitted
    for j in range(c):
        outcome = products[j, c + n.own]
        own = outcome
        for k in range(c):
            own -= products[j, k] * (beta[k] + kappa[k] * z[n.local + k])
        rest = own
        for k in range(n.fixed):
            rest -= products[j, _column(n, k)] * phi[k]
        d_log_beta[j] += beta[j] * sum_lanes(omega * rest)
        # −2 b'Hy + b'HHb + 2 b'HFφ = −b' (Hᵀ(y − Hb − Fφ)) − b' (Hᵀ(y − Fφ))
        square -= (beta[j] + kappa[j] * z[n.local + j]) * (2.0 * rest - own + outcome)
    return omega * square


@numba.njit(**INNER)
def _pull(i, weights, integers, n, data, memory, shock, gradient):  # type: ignore[no-untyped-def]
    """Back to the rows of geo i, and through the derivatives of its responses."""
    pull, response = memory.pull, memory.response[i]
    weight = weights[:, :, i % LANES]
    c, common = n.channels, n.columns - n.common
    if n.shocks > 0:
        begin_pull(i, n, memory, shock)
    else:
        pull[:, :] = 0.0
    combine(weight[:, :c], response, pull)
    if n.lags > 0:
        # Products of two responses are met from both sides.
        slope_of_rows(i, integers, n, data, memory, -0.5)
    combine(weight[:, c:common], data.own_rows[i], pull)
    combine(weight[:, common:], data.common_rows, pull)
    if n.lags > 0:
        slope_of_rows(i, integers, n, data, memory, 1.0)
    for j in range(c):
        info = integers[HEADER + PER_CHANNEL * j : HEADER + PER_CHANNEL * (j + 1)]
        slope = pull[j]
        if data.geo[1, i] < n.periods:
            mask = data.mask[i]
            for t in range(n.length):
                slope[t] *= mask[t]
        if n.lags > 0:
            whiten(i, integers, n, data, memory, slope, memory.white[j])
            slope = memory.white[j]
        if n.waves > 0:
            gather(j, n, memory, slope, response[j])
        for r in range(info[3] + info[6]):
            row = memory.jacobian[i, info[1] + r]
            push = 0.0
            for t in range(n.length):
                push += slope[t] * row[t]
            gradient[info[0] + 1 + r] += push


@numba.njit(**INNER)
def _shared_means(n, memory):  # type: ignore[no-untyped-def]
    """v̂ and C⁻¹; of how many dimensions the data tell, and the quadratic form."""
    factor, inverse_shared, v = memory.shared[0], memory.shared[1], memory.shared_x
    inverse(factor, inverse_shared)
    solve_lower_vector(factor, v)
    solve_upper_vector(factor, v)
    dimensions, quadratic = float(n.fixed), 0.0
    for j in range(n.fixed):
        quadratic += v[j] * v[j]
        dimensions -= inverse_shared[j, j]
    return dimensions, quadratic


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    n = sizes_of(integers)
    plain, memory = data_of(n, numbers), memory_of(n, scratch)
    shock = shock_of(n, integers, numbers, scratch)
    value = _factorise(u, integers, n, plain, memory, shock)
    data = with_memory(n, plain, memory)
    dimensions, quadratic = _shared_means(n, memory)
    tests = tests_of(integers, n, numbers, scratch)
    if n.tests > 0:
        added, told, quadratic = add_tests(n, data, memory, tests)
        value += added
        dimensions += told
    value -= 0.5 * quadratic
    theta, slopes, total, d_log_beta = memory.theta, memory.theta[2], memory.beta[2], memory.beta[3]
    c, after, noise = n.channels, n.after, n.after + n.channels + n.local
    gradient[:] = 0.0
    slopes[:] = 0.0
    d_log_beta[:] = 0.0
    for j in range(n.block):
        memory.slope_lanes[j] = spread(0.0)
    if n.unequal == 0:
        slopes[noise] = dimensions
    if n.shocks > 0:
        clear(n, shock)
        data = less_shock(n, data, shock)
    for i in range(n.blocks):
        spreading = _moments(i, n, data, memory, tests)
        if n.lags > 0:
            slope_of_fixed(i, n, data, memory, tests)
        _weigh(i, n, memory)
        square = _residual(i, n, data, memory)
        for j in range(n.block):
            value -= 0.5 * sum_lanes(memory.z[j] * memory.z[j])
        value -= 0.5 * sum_lanes(square)
        residual = square + spreading - lanes_view(data.geo[1], (n.blocks,))[i]
        slopes[noise] += sum_lanes(residual)
        for member in range(min(LANES, n.geos - i * LANES)):
            if n.unequal == 1:
                slopes[n.factors + i * LANES + member] = lane(residual, member)
            if n.shocks > 0:
                gather_shock(i * LANES + member, n, data, memory, shock)
            else:
                _pull(i * LANES + member, memory.weight, integers, n, data, memory, shock, gradient)
        if n.shocks > 0:
            keep_weights(i, n, memory, shock)
        if n.tests > 0:
            pull_tests(i, n, data, memory, tests, gradient)
    if n.shocks > 0:
        push(u, n, data, memory, shock, gradient)
        for i in range(n.geos):
            _pull(i, shock.kept[i // LANES], integers, n, data, memory, shock, gradient)
    for j in range(n.local):
        slopes[after + c + j] = sum_lanes(memory.slope_lanes[j])
    for j in range(c):
        second = sum_lanes(memory.slope_lanes[n.local + j])
        slopes[after + j] = second
        d_log_beta[j] += second
        info = integers[HEADER + PER_CHANNEL * j : HEADER + PER_CHANNEL * (j + 1)]
        slopes[info[0]] = d_log_beta[j]
        for r in range(info[3] + info[6]):
            gradient[info[0] + 1 + r] -= d_log_beta[j] * memory.d_total[info[1] + r] / total[j]
    if n.lags > 0:
        gradient[noise + 1] = memory.noise[4, 0]
    if n.waves > 0:
        back(integers, n, data, memory, gradient)
    for i in range(n.parameters):
        # `slopes` are derivatives in log θ, `gradient` so far those in θ.
        along = slopes[i] / theta[0, i] if slopes[i] != 0.0 else 0.0
        gradient[i] = (gradient[i] + along) * theta[1, i] - u[i]
    return value


_V = numba.float64[::1]


@numba.njit(numba.void(_V, _V, numba.int64[::1], _V, _V, _V), **REORDERED)
def draw_linear(u, normals, integers, numbers, scratch, out):  # type: ignore[no-untyped-def]
    """β, and one exact draw of v and z given θ.

    Args:
        u: Standard-normal coordinates of θ.
        normals: Standard normals, one per entry of v and of z, and one per experiment.
        integers: As for `log_posterior`.
        numbers: As for `log_posterior`.
        scratch: As for `log_posterior`.
        out: Receives β (channels), v (fixed columns, scaled), z (geo by geo), shared shocks.
    """
    n = sizes_of(integers)
    data, memory = data_of(n, numbers), memory_of(n, scratch)
    shock = shock_of(n, integers, numbers, scratch)
    _factorise(u, integers, n, data, memory, shock)
    c, fixed, p = n.channels, n.fixed, n.block
    factor, w, own_w, shared = memory.factor, memory.w, memory.own_w, memory.shared[0]
    for j in range(c):  # a slice assigned to a slice takes four seconds to compile
        out[j] = memory.beta[0, j]
    v = out[c : c + fixed]
    solve_lower_vector(shared, memory.shared_x)
    for j in range(fixed):
        v[j] = memory.shared_x[j] + normals[j]
    solve_upper_vector(shared, v)
    for i in range(n.geos):
        block, member = i // LANES, i % LANES
        z = out[c + fixed + i * p : c + fixed + (i + 1) * p]
        for j in range(p):
            rest = lane(own_w[block, j], member) + normals[fixed + i * p + j]
            for k in range(fixed):
                rest -= lane(w[block, j, k], member) * v[k]
            z[j] = rest
        # z ← L⁻ᵀ z
        for j in range(p - 1, -1, -1):
            rest = z[j]
            for k in range(j + 1, p):
                rest -= lane(factor[block, k, j], member) * z[k]
            z[j] = rest / lane(factor[block, j, j], member)
    if n.tests > 0:
        tests = tests_of(integers, n, numbers, scratch)
        know_tests(normals[fixed + n.geos * p :], n, data, memory, tests, v, out[c + fixed :])
    if n.shocks > 0:
        read(n, shock, out)
