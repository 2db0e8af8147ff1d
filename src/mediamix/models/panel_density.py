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
"""

from __future__ import annotations

import math
from typing import Any

import numba

from mediamix.inference.arrowhead import (
    cholesky,
    combine,
    covariance,
    eliminate,
    gram,
    inverse_lower,
    solve_lower_vector,
    solve_upper_vector,
)
from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.transforms.base import call_adstock, call_saturation

LOG_2PI = math.log(2 * math.pi)
#: Leading integers: geos, padded periods, periods, channels, own columns, local ones of them,
#: common columns, parameters, parameters of transforms, unequal noise.
HEADER = 10
#: Integers per channel: first parameter, first row of its derivatives, addresses and parameter
#: counts of adstock and saturation, maximal lag.
PER_CHANNEL = 7

_KERNEL: Any = {
    "cache": True,
    "nogil": True,
    "fastmath": {"reassoc", "contract"},
    "error_model": "numpy",
}


def scratch_size(g: int, length: int, c: int, own: int, local: int, common: int, k: int, derived: int) -> int:
    """Numbers of scratch memory for one evaluation."""
    fixed, p, columns = own + common, local + c, c + own + 1 + common
    per_geo = (c + derived) * length + c * columns + p * p + p * fixed + p + 1
    shared = 3 * k + 4 * c + local + derived + 3 * fixed * fixed + fixed
    work = 2 * length + c * length + c * columns + 2 * p * fixed + p * p + p + fixed
    return g * per_geo + shared + work


@numba.njit(**_KERNEL)
def _take(memory, at, rows, columns):  # type: ignore[no-untyped-def]
    """The next matrix of a memory, and where the memory goes on."""
    stop = at + rows * columns
    return memory[at:stop].reshape((rows, columns)), stop


@numba.njit(**_KERNEL)
def _take3(memory, at, blocks, rows, columns):  # type: ignore[no-untyped-def]
    stop = at + blocks * rows * columns
    return memory[at:stop].reshape((blocks, rows, columns)), stop


@numba.njit(**_KERNEL)
def _data(integers, numbers):  # type: ignore[no-untyped-def]
    """The model's constant arrays."""
    g, length, c = integers[0], integers[1], integers[3]
    own, local, common, k = integers[4], integers[5], integers[6], integers[7]
    fixed = own + common
    link, at = _take(numbers, 0, 2, k)
    effect_scale, at = _take(numbers, at, 1, c)
    geo, at = _take(numbers, at, 3, g)
    own_sd, at = _take(numbers, at, 1, local)
    fixed_gram, at = _take3(numbers, at, g, fixed + 1, fixed)
    common_rows, at = _take(numbers, at, common, length)
    own_rows, at = _take3(numbers, at, g, own + 1, length)
    exposure, at = _take3(numbers, at, g, c, length)
    mask, at = _take(numbers, at, g, length)
    return link, effect_scale[0], geo, own_sd[0], fixed_gram, common_rows, own_rows, exposure, mask


@numba.njit(**_KERNEL)
def _memory(integers, scratch):  # type: ignore[no-untyped-def]
    """The arrays that outlive a pass over the geos."""
    g, length, c = integers[0], integers[1], integers[3]
    own, local, common, k, derived = integers[4], integers[5], integers[6], integers[7], integers[8]
    fixed, p, columns = own + common, local + c, c + own + 1 + common
    theta, at = _take(scratch, 0, 3, k)
    effect, at = _take(scratch, at, 4, c)
    spread, at = _take(scratch, at, 1, local)
    d_total, at = _take(scratch, at, 1, derived)
    response, at = _take3(scratch, at, g, c, length)
    jacobian, at = _take3(scratch, at, g, derived, length)
    products, at = _take3(scratch, at, g, c, columns)
    factor, at = _take3(scratch, at, g, p, p)
    w, at = _take3(scratch, at, g, p, fixed)
    own_w, at = _take(scratch, at, g, p)
    shared, at = _take3(scratch, at, 3, fixed, fixed)
    shared_w, at = _take(scratch, at, 1, fixed)
    omega, at = _take(scratch, at, 1, g)
    return (
        theta,
        effect,
        spread[0],
        d_total[0],
        response,
        jacobian,
        products,
        factor,
        w,
        own_w,
        shared,
        shared_w[0],
        omega[0],
        at,
    )


@numba.njit(**_KERNEL)
def _parameters(u, integers, link, theta):  # type: ignore[no-untyped-def]
    """θ, and its slope in u, from the links; the log prior."""
    c, k = integers[3], integers[7]
    links = integers[HEADER + PER_CHANNEL * c :]
    value = 0.0
    for i in range(k):
        z = link[0, i] + link[1, i] * u[i]
        if links[i] == 1:
            theta[0, i] = 1.0 / (1.0 + math.exp(-z))
            theta[1, i] = link[1, i] * theta[0, i] * (1.0 - theta[0, i])
        else:
            theta[0, i] = math.exp(z)
            theta[1, i] = link[1, i] * theta[0, i]
        value -= 0.5 * u[i] * u[i]
    return value


@numba.njit(**_KERNEL)
def _respond(integers, theta, size, exposure, mask, total, d_total, response, jacobian, scratch):  # type: ignore[no-untyped-def]
    """Responses of one geo with their derivatives; its part of the channels' totals."""
    length, t, c = integers[1], integers[2], integers[3]
    carried, d_x = scratch[:length], scratch[length : 2 * length]
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        first = info[0] + 1
        middle = first + info[3]
        last = middle + info[6]
        row = info[1]
        split, end = row + info[3], row + info[3] + info[6]
        call_adstock(info[2], exposure[i], theta[first:middle], info[4], carried, jacobian[row:split])
        call_saturation(info[5], carried, theta[middle:last], response[i], d_x, jacobian[split:end])
        h = response[i]
        for j in range(row, split):
            slope = jacobian[j]
            for s in range(length):
                slope[s] *= d_x[s]
        part = 0.0
        for s in range(t):
            part += h[s]
        total[i] += size * part
        for j in range(row, end):
            slope = jacobian[j]
            part = 0.0
            for s in range(t):
                part += slope[s]
            d_total[j] += size * part
        for s in range(length):
            h[s] *= mask[s]


@numba.njit(**_KERNEL)
def _products(c, own, common, response, own_rows, common_rows, out):  # type: ignore[no-untyped-def]
    """Inner products of one geo's responses with responses, own columns, outcome, common columns."""
    gram(response, response, out[:, :c])
    gram(response, own_rows, out[:, c : c + own + 1])
    gram(response, common_rows, out[:, c + own + 1 :])


@numba.njit(**_KERNEL)
def _system(integers, omega, beta, kappa, spread, products, fixed_gram, a, b, x, shared, shared_x):  # type: ignore[no-untyped-def]
    """A, B, a of one geo; adds its part to C and c."""
    c, own, local, common = integers[3], integers[4], integers[5], integers[6]
    fixed = own + common
    # The residual is y − Hβ: what it shares with the fixed columns and the responses.
    for i in range(fixed):
        at = c + i if i < own else c + 1 + i
        explained = 0.0
        for j in range(c):
            explained += beta[j] * products[j, at]
        shared_i = omega * (fixed_gram[fixed, i] - explained)
        shared_x[i] += shared_i
        if i < local:
            x[i] = spread[i] * shared_i
            for j in range(local):
                a[i, j] = omega * spread[i] * spread[j] * fixed_gram[i, j]
            a[i, i] += 1.0
            for j in range(fixed):
                b[i, j] = omega * spread[i] * fixed_gram[i, j]
        row = shared[i]
        for j in range(i + 1):
            row[j] += omega * fixed_gram[i, j]
    for i in range(c):
        scale = omega * kappa[i]
        explained = 0.0
        for j in range(c):
            explained += beta[j] * products[i, j]
        x[local + i] = scale * (products[i, c + own] - explained)
        for j in range(local):
            a[local + i, j] = scale * spread[j] * products[i, c + j]
            a[j, local + i] = a[local + i, j]
        for j in range(c):
            a[local + i, local + j] = scale * kappa[j] * products[i, j]
        a[local + i, local + i] += 1.0
        for j in range(fixed):
            b[local + i, j] = scale * products[i, c + j if j < own else c + 1 + j]


@numba.njit(**_KERNEL)
def _factorise(u, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """From u to the factorised arrowhead system; the log density without its quadratic form."""
    link, effect_scale, geo, own_sd, fixed_gram, common_rows, own_rows, exposure, mask = _data(
        integers, numbers
    )
    (
        theta,
        effect,
        spread,
        d_total,
        response,
        jacobian,
        products,
        factor,
        w,
        own_w,
        shared,
        shared_w,
        omega_g,
        at,
    ) = _memory(integers, scratch)
    g, c, own, local = integers[0], integers[3], integers[4], integers[5]
    common, k, unequal = integers[6], integers[7], integers[9]
    beta, kappa, total = effect[0], effect[1], effect[2]
    value = _parameters(u, integers, link, theta)
    total[:] = 0.0
    d_total[:] = 0.0
    for i in range(g):
        _respond(
            integers,
            theta[0],
            geo[0, i],
            exposure[i],
            mask[i],
            total,
            d_total,
            response[i],
            jacobian[i],
            scratch[at:],
        )
        _products(c, own, common, response[i], own_rows[i], common_rows, products[i])
    # After the channels' parameters: spreads of effects, spreads of own columns, noise.
    after = k - 1 - c - local - unequal * g
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i]
        beta[i] = theta[0, info] * effect_scale[i] / total[i]
        kappa[i] = beta[i] * theta[0, after + i]
    for i in range(local):
        spread[i] = theta[0, after + c + i] / own_sd[i]
    sigma = theta[0, after + c + local]
    shared[:] = 0.0
    shared_w[:] = 0.0
    for i in range(g):
        own_sigma = sigma * theta[0, k - g + i] if unequal == 1 else sigma
        omega_g[i] = 1.0 / (own_sigma * own_sigma)
        value -= geo[1, i] * (math.log(own_sigma) + 0.5 * LOG_2PI)
        _system(
            integers,
            omega_g[i],
            beta,
            kappa,
            spread,
            products[i],
            fixed_gram[i],
            factor[i],
            w[i],
            own_w[i],
            shared[0],
            shared_w,
        )
        value -= 0.5 * eliminate(factor[i], w[i], own_w[i], shared[0], shared_w)
    for i in range(shared_w.size):
        shared[0, i, i] += 1.0
    value -= 0.5 * cholesky(shared[0])
    return value


@numba.njit(DENSITY_SIGNATURE, **_KERNEL)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    value = _factorise(u, integers, numbers, scratch)
    _link, _effect_scale, geo, _own_sd, fixed_gram, common_rows, own_rows, _exposure, mask = _data(
        integers, numbers
    )
    (
        theta,
        effect,
        spread,
        d_total,
        response,
        jacobian,
        products,
        factor,
        w,
        own_w,
        shared,
        shared_w,
        omega_g,
        at,
    ) = _memory(integers, scratch)
    g, length, t, c, own, local = (
        integers[0],
        integers[1],
        integers[2],
        integers[3],
        integers[4],
        integers[5],
    )
    common, k, _derived, unequal = integers[6], integers[7], integers[8], integers[9]
    fixed, p, columns = own + common, local + c, c + own + 1 + common
    beta, kappa, total, d_log_beta = effect[0], effect[1], effect[2], effect[3]
    pull_, at = _take(scratch, at, c, length)
    weight, at = _take(scratch, at, c, columns)
    y, at = _take(scratch, at, p, fixed)
    cross, at = _take(scratch, at, p, fixed)
    own_covariance, at = _take(scratch, at, p, p)
    z, at = _take(scratch, at, 1, p)
    phi, at = _take(scratch, at, 1, fixed)
    z, phi = z[0], phi[0]

    # v̂, and what of log|M| and the noise belongs to the shared block.
    inverse_shared = shared[1]
    inverse_lower(shared[0], inverse_shared)
    solve_lower_vector(shared[0], shared_w)
    solve_upper_vector(shared[0], shared_w)
    v = shared_w
    explained_dims = float(fixed)
    for i in range(fixed):
        value -= 0.5 * v[i] * v[i]
        for j in range(i + 1):
            explained_dims -= inverse_shared[i, j] * inverse_shared[i, j]

    if unequal == 1:
        # C⁻¹ = L⁻ᵀ L⁻¹
        shared[2] = 0.0
        for q in range(fixed):
            for s in range(q + 1):
                for r in range(q + 1):
                    shared[2, s, r] += inverse_shared[q, s] * inverse_shared[q, r]

    after = k - 1 - c - local - unequal * g
    gradient[:] = 0.0
    for i in range(c):
        d_log_beta[i] = 0.0
    slopes = theta[2]
    slopes[:] = 0.0
    sigma_pull = 0.0
    for i in range(g):
        omega, gram_i, product = omega_g[i], fixed_gram[i], products[i]
        # ẑ = L⁻ᵀ (w − W v̂)
        for j in range(p):
            rest = own_w[i, j]
            for s in range(fixed):
                rest -= w[i, j, s] * v[s]
            z[j] = rest
        solve_upper_vector(factor[i], z)
        dims = 0.0
        if unequal == 1:
            # tr(D V Dᵀ) ω of this geo, the part that W knows.
            for j in range(p):
                for s in range(fixed):
                    dot = 0.0
                    for r in range(s + 1):
                        dot += inverse_shared[s, r] * w[i, j, r]
                    dims -= dot * dot
            for s in range(fixed):
                for r in range(fixed):
                    dims += omega * gram_i[s, r] * shared[2, s, r]
        covariance(factor[i], w[i], inverse_shared, y, own_covariance, cross)
        dims += p
        for j in range(p):
            value -= 0.5 * z[j] * z[j]
            dims -= own_covariance[j, j]
            second = z[j] * z[j] + own_covariance[j, j] - 1.0
            if j < local:
                slopes[after + c + j] += second
            else:
                slopes[after + j - local] += second
                d_log_beta[j - local] += second
        for j in range(fixed):
            phi[j] = v[j] + (spread[j] * z[j] if j < local else 0.0)
        # Weights of the rows: −E(b b'), −E(b φ), b̂ for the outcome; all times ω.
        for j in range(c):
            b_j = beta[j] + kappa[j] * z[local + j]
            for s in range(c):
                b_s = beta[s] + kappa[s] * z[local + s]
                weight[j, s] = -omega * (
                    b_j * b_s + kappa[j] * kappa[s] * own_covariance[local + j, local + s]
                )
            for s in range(fixed):
                moment = b_j * phi[s] + kappa[j] * cross[local + j, s]
                if s < local:
                    moment += kappa[j] * spread[s] * own_covariance[local + j, s]
                weight[j, c + s if s < own else c + 1 + s] = -omega * moment
            weight[j, c + own] = omega * b_j
        # Squared residual of the posterior means, and its pull on β, from the products alone.
        square = geo[2, i]
        for s in range(fixed):
            fitted = 0.0
            for r in range(fixed):
                fitted += phi[r] * gram_i[s, r]
            square += phi[s] * (fitted - 2.0 * gram_i[fixed, s])
        for j in range(c):
            b_j = beta[j] + kappa[j] * z[local + j]
            rest = product[j, c + own]
            for s in range(c):
                rest -= product[j, s] * (beta[s] + kappa[s] * z[local + s])
            half = rest
            for s in range(fixed):
                half -= product[j, c + s if s < own else c + 1 + s] * phi[s]
            d_log_beta[j] += omega * beta[j] * half
            # −2 b'Hy + b'HHb + 2 b'HFφ = −b' (Hᵀ(y − Hb − Fφ)) − b' (Hᵀ(y − Fφ))
            cross_fit = half - rest
            square -= b_j * (rest + 2.0 * cross_fit + product[j, c + own])
        value -= 0.5 * omega * square
        residual = omega * square + dims - geo[1, i]
        sigma_pull += residual
        if unequal == 1:
            slopes[k - g + i] = residual
        # Back to the rows.
        pull_[:, :] = 0.0
        combine(weight[:, :c], response[i], pull_)
        combine(weight[:, c : c + own + 1], own_rows[i], pull_)
        combine(weight[:, c + own + 1 :], common_rows, pull_)
        for j in range(c):
            info = integers[HEADER + PER_CHANNEL * j : HEADER + PER_CHANNEL * (j + 1)]
            slope = pull_[j]
            if geo[1, i] < t:
                for s in range(length):
                    slope[s] *= mask[i, s]
            for r in range(info[3] + info[6]):
                row = jacobian[i, info[1] + r]
                push = 0.0
                for s in range(t):
                    push += slope[s] * row[s]
                gradient[info[0] + 1 + r] += push
    if unequal == 0:
        sigma_pull += explained_dims
    slopes[after + c + local] = sigma_pull
    for j in range(c):
        info = integers[HEADER + PER_CHANNEL * j : HEADER + PER_CHANNEL * (j + 1)]
        slopes[info[0]] = d_log_beta[j]
        for r in range(info[3] + info[6]):
            gradient[info[0] + 1 + r] -= d_log_beta[j] * d_total[info[1] + r] / total[j]
    for i in range(k):
        # `slopes` are derivatives in log θ, `gradient` so far those in θ.
        gradient[i] = (gradient[i] + slopes[i] / theta[0, i]) * theta[1, i] - u[i]
    return value


_V = numba.float64[::1]


@numba.njit(numba.void(_V, _V, numba.int64[::1], _V, _V, _V), **_KERNEL)
def draw_linear(u, normals, integers, numbers, scratch, out):  # type: ignore[no-untyped-def]
    """β, and one exact draw of v and z given θ.

    Args:
        u: Standard-normal coordinates of θ.
        normals: Standard normals, one per entry of v and of z.
        integers: As for `log_posterior`.
        numbers: As for `log_posterior`.
        scratch: As for `log_posterior`.
        out: Receives β (channels), v (fixed columns, scaled), z (geo by geo).
    """
    _factorise(u, integers, numbers, scratch)
    memory = _memory(integers, scratch)
    effect, factor, w, own_w, shared, shared_w = (
        memory[1],
        memory[7],
        memory[8],
        memory[9],
        memory[10],
        memory[11],
    )
    g, c = integers[0], integers[3]
    p, fixed = w.shape[1], w.shape[2]
    out[:c] = effect[0]
    v = out[c : c + fixed]
    solve_lower_vector(shared[0], shared_w)
    for j in range(fixed):
        v[j] = shared_w[j] + normals[j]
    solve_upper_vector(shared[0], v)
    for i in range(g):
        z = out[c + fixed + i * p : c + fixed + (i + 1) * p]
        for j in range(p):
            rest = own_w[i, j] + normals[fixed + i * p + j]
            for s in range(fixed):
                rest -= w[i, j, s] * v[s]
            z[j] = rest
        solve_upper_vector(factor[i], z)
