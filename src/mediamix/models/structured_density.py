"""The log posterior density of a national model whose media are more than a sum of curves, with its gradient.

    m_t = Σ_c β_c r_ct + Σ_p b_p r_at r_bt,   r_ct = f_ct h_ct(θ),   f_ct = exp(a_c Σ_k φ_ck(t) w_ck)
    β_c = effect_c · scale_c / Σ_t r_ct,      b_p = γ_p · size / Σ_t r_at r_bt,   γ_p = s ω_p

f is the course of a channel's effect over time (`models.varying`), p = (a, b) pairs of channels that work
together (`models.synergy`) and bring the share γ of the outcome. The baseline is integrated out as in
`models.density`, and the chain rule goes the same way: with g = ∂ log p/∂m and bars for weighted means,

    G_ct = ∂ log p/∂r_ct = β_c (g_t − ḡ_c) + Σ_p b_p (g_t − ḡ_p) r_other,t
    ∂/∂θ = Σ_t G_ct f_ct ∂h_ct/∂θ    ∂/∂w_ck = a_c Σ_t G_ct r_ct φ_ck(t)    ∂/∂a_c = Σ_t G_ct r_ct Σ_k φ_ck w_ck

It is compiled for who needs it only.
"""

from __future__ import annotations

import numba

from mediamix.inference.density import DENSITY_SIGNATURE
from mediamix.inference.linear import log_marginal
from mediamix.models.links import natural
from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.elementary import exp
from mediamix.transforms.native import INNER, REORDERED
from mediamix.transforms.order import respond_once

#: Leading integers: channels, periods, rows, rank, parameters, index of sigma, pairs, index of the size of
#: synergies, columns of all courses.
HEADER = 9
#: Integers per channel: first parameter, addresses and parameter counts, maximal lag and order in one code;
#: then of its course: columns, index of the first weight, index of its size (−1: there is none), first
#: column.
PER_CHANNEL = 10


@numba.njit(**INNER)
def _respond(info, exposure, theta, carried, d_x, response, jacobian):  # type: ignore[no-untyped-def]
    """h of one channel and its derivatives."""
    first = info[0] + 1
    middle = first + info[2]
    last = middle + info[5]
    if info[3] < 0:
        respond_once(
            info[1], info[4], info[2], -1 - info[3], exposure, theta[first:last], carried, d_x, response,
            jacobian[first:last],
        )  # fmt: skip
    else:
        call_adstock(info[1], exposure, theta[first:middle], info[3], carried, jacobian[first:middle])
        call_saturation(info[4], carried, theta[middle:last], response, d_x, jacobian[middle:last])
    for j in range(first, middle):
        for s in range(exposure.size):
            jacobian[j, s] *= d_x[s]


@numba.njit(**INNER)
def _follow(info, columns, theta, course, response, jacobian):  # type: ignore[no-untyped-def]
    """r = f h and its derivatives; `course` becomes log f."""
    size = theta[info[8]] if info[8] >= 0 else 1.0
    for s in range(course.size):
        course[s] = 0.0
    for k in range(info[6]):
        weight, row = size * theta[info[7] + k], columns[info[9] + k]
        for s in range(course.size):
            course[s] += weight * row[s]
    for s in range(course.size):
        factor = exp(course[s])
        response[s] *= factor
        for j in range(info[0] + 1, info[0] + 1 + info[2] + info[5]):
            jacobian[j, s] *= factor


@numba.njit(**INNER)
def _follow_back(info, columns, theta, course, slope, response, gradient):  # type: ignore[no-untyped-def]
    """Derivatives in a course's weights and size; `slope` is that in r, and becomes that times r."""
    size = theta[info[8]] if info[8] >= 0 else 1.0
    for s in range(slope.size):
        slope[s] *= response[s]
    for k in range(info[6]):
        row, push = columns[info[9] + k], 0.0
        for s in range(slope.size):
            push += slope[s] * row[s]
        gradient[info[7] + k] = size * push
    if info[8] >= 0:
        push = 0.0
        for s in range(slope.size):
            push += slope[s] * course[s]
        gradient[info[8]] = push / size


@numba.njit(**INNER)
def _mean_pull(slope, along):  # type: ignore[no-untyped-def]
    """``Σ g r``, and ``Σ g r / Σ r``."""
    pull, total = 0.0, 0.0
    for s in range(slope.size):
        pull += slope[s] * along[s]
        total += along[s]
    return pull, pull / total


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_posterior(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    c, t, n, rank, k = integers[0], integers[1], integers[2], integers[3], integers[4]
    sigma, pairs, spread, waves = integers[5], integers[6], integers[7], integers[8]
    at = HEADER + PER_CHANNEL * c
    pair = integers[at : at + 2 * pairs]
    links = integers[at + 2 * pairs : at + 2 * pairs + k]
    rows = integers[at + 2 * pairs + k :]
    location, scale = numbers[:k], numbers[k : 2 * k]
    at = 2 * k
    effect_scale, size = numbers[at : at + c], numbers[at + c]
    at += c + 1
    singular = numbers[at : at + rank]
    outcome = numbers[at + rank : at + rank + n]
    at += rank + n
    left = numbers[at : at + n * rank].reshape((rank, n))
    at += n * rank
    exposure = numbers[at : at + c * t].reshape((c, t))
    columns = numbers[at + c * t :].reshape((waves, t))

    theta, d_theta = scratch[:k], scratch[k : 2 * k]
    at = 2 * k
    beta = scratch[at : at + c]
    both = scratch[at + c : at + c + pairs]
    at += c + pairs
    response = scratch[at : at + c * t].reshape((c, t))
    course = scratch[at + c * t : at + 2 * c * t].reshape((c, t))
    at += 2 * c * t
    product = scratch[at : at + pairs * t].reshape((pairs, t))
    at += pairs * t
    jacobian = scratch[at : at + k * t].reshape((k, t))
    at += k * t
    carried, d_x = scratch[at : at + t], scratch[at + t : at + 2 * t]
    slope, own = scratch[at + 2 * t : at + 3 * t], scratch[at + 3 * t : at + 4 * t]
    at += 4 * t
    residual, slope_rows, q = scratch[at : at + n], scratch[at + n : at + 2 * n], scratch[at + 2 * n :]

    value = natural(u, location, scale, links, theta, d_theta)

    # Forward: responses with their derivatives, then the mean.
    for s in range(n):  # a slice assigned to a slice takes four seconds to compile
        residual[s] = outcome[s]
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        _respond(info, exposure[i], theta, carried, d_x, response[i], jacobian)
        if info[6] > 0:
            _follow(info, columns, theta, course[i], response[i], jacobian)
        total = 0.0
        for s in range(t):
            total += response[i, s]
        beta[i] = theta[info[0]] * effect_scale[i] / total
        for s in range(n):
            residual[s] -= beta[i] * response[i, rows[s]]
    for p in range(pairs):
        one, other, total = response[pair[2 * p]], response[pair[2 * p + 1]], 0.0
        for s in range(t):
            product[p, s] = one[s] * other[s]
            total += product[p, s]
        both[p] = theta[spread] * theta[spread + 1 + p] * size / total
        for s in range(n):
            residual[s] -= both[p] * product[p, rows[s]]

    marginal, d_sigma = log_marginal(residual, left, singular, theta[sigma], q, slope_rows)
    value += marginal
    for s in range(t):
        slope[s] = 0.0
    for s in range(n):
        slope[rows[s]] = slope_rows[s]

    # Backward.
    gradient[:] = 0.0
    gradient[sigma] = d_sigma
    for p in range(pairs):
        pull, both_pull = _mean_pull(slope, product[p])
        weight = theta[spread + 1 + p]
        # b = s ω size / Σ q: its derivatives are those of its logarithm, times b Σ g q.
        per_weight = pull * both[p] / (theta[spread] * weight) if weight != 0.0 else 0.0
        gradient[spread] += per_weight * weight
        gradient[spread + 1 + p] = per_weight * theta[spread]
        for s in range(t):
            product[p, s] = both[p] * (slope[s] - both_pull)
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        pull, mean_pull = _mean_pull(slope, response[i])
        gradient[info[0]] = pull * beta[i] / theta[info[0]]
        for s in range(t):
            own[s] = beta[i] * (slope[s] - mean_pull)
        for p in range(pairs):
            if pair[2 * p] == i or pair[2 * p + 1] == i:
                other = response[pair[2 * p + 1] if pair[2 * p] == i else pair[2 * p]]
                for s in range(t):
                    own[s] += product[p, s] * other[s]
        for j in range(info[0] + 1, info[0] + 1 + info[2] + info[5]):
            push = 0.0
            for s in range(t):
                push += own[s] * jacobian[j, s]
            gradient[j] = push
        if info[6] > 0:
            _follow_back(info, columns, theta, course[i], own, response[i], gradient)
    for i in range(k):
        gradient[i] = gradient[i] * d_theta[i] - u[i]
    return value
