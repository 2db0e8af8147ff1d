r"""Experiments in a panel's density: rows that couple geos, by a correction of low rank.

With x = (v, z_1 … z_G) the coefficients that are integrated out, M their precision given the outcome and
x̂ their mean (`inference.arrowhead`), experiment e of channel c is the row

    lift_e = β_c D_e + a_eᵀ x + ε_e,   D_e = Σ_g size_g d_eg,   a_e = size_g κ_c d_eg at the effect of geo g,
    d_eg = Σ_t (h_gct(x) − h_gct(x⁰_e)),   ε_e ~ N(0, s_e²)

With X = M⁻¹Aᵀ, K = S + A X, δ = lift − β D − A x̂ and q = K⁻¹ δ, the posterior with the experiments has the
mean x̂ + X q and the covariance M⁻¹ − X K⁻¹ Xᵀ (Woodbury), and the log density grows by
``−½ Σ s_e² q_e² − ½ log |K| − E/2 log 2π`` where its quadratic form is taken at the new mean. So all that is
made of means and covariances, the gradient in the rows included, stays as it is; new are

    ∂/∂d_eg = size_g (E b_gc q_e − κ_c Y_(gc)e),   Y = X K⁻¹,   ∂/∂log β_c = Σ_e q_e β_c D_e

A draw of x becomes one that knows the experiments by ``x + X K⁻¹ (lift − β D − A x − ε)``.

Source: Woodbury (1950); Matheron's rule, e.g. Doucet (2010), A note on efficient conditional simulation of
Gaussian distributions.
"""

from __future__ import annotations

import math

import numba

from mediamix.inference.arrowhead import cholesky, inverse, solve_lower_vector, solve_upper_vector
from mediamix.inference.lanes import LANES, lane, lanes_view, spread, sum_lanes
from mediamix.models.experiment_response import add_response
from mediamix.transforms.native import INNER

LOG_2PI = math.log(2 * math.pi)


@numba.njit(**INNER)
def _rows(n, data, memory, tests):  # type: ignore[no-untyped-def]
    """d_eg with its derivatives, D and a."""
    theta, kappa = memory.theta[0], memory.beta[1]
    case, at = 0, 0
    for e in range(tests.info.shape[0]):
        info, own = tests.info[e], tests.a_number[e]
        steps, first = info[8], info[9]
        weight = tests.weight[:steps]
        own[:] = 0.0
        tests.q[1, e] = 0.0
        for _case in range(info[7]):
            slope, geo = tests.slope[case], tests.geo[case]
            slope[:] = 0.0
            shown, absent = tests.series[at : at + steps], tests.series[at + steps : at + 2 * steps]
            moved = add_response(info[1:7], theta, shown, weight, first, 1.0, slope, tests.work)
            moved += add_response(info[1:7], theta, absent, weight, first, -1.0, slope, tests.work)
            size = data.geo[0, geo]
            tests.moved[case] = moved
            tests.q[1, e] += size * moved
            own[geo] = size * kappa[info[0]] * moved
            case += 1
            at += 2 * steps


@numba.njit(**INNER)
def _solve(n, memory, tests):  # type: ignore[no-untyped-def]
    """X and K, from the factorised system and C⁻¹."""
    inverse_shared, zero = memory.shared[1], spread(0.0)
    trials = tests.info.shape[0]
    for e in range(trials):
        at = n.local + tests.info[e, 0]
        x_shared = tests.x_shared[e]
        met = tests.y_shared[e]  # Wᵀ L⁻¹ a for the moment
        met[:] = 0.0
        for i in range(n.blocks):
            w, own = memory.w[i], tests.w[e, i]
            for j in range(n.block):
                own[j] = zero
            own[at] = tests.a[e, i]
            solve_lower_vector(memory.factor[i], own)
            for k in range(n.fixed):
                total = zero
                for j in range(at, n.block):
                    total += w[j, k] * own[j]
                met[k] += sum_lanes(total)
        for k in range(n.fixed):
            total_k = 0.0
            for j in range(n.fixed):
                total_k -= inverse_shared[k, j] * met[j]
            x_shared[k] = total_k
        for i in range(n.blocks):
            w, x = memory.w[i], tests.x[e, i]
            for j in range(n.block):
                rest = tests.w[e, i, j]
                for k in range(n.fixed):
                    rest -= w[j, k] * x_shared[k]
                x[j] = rest
            solve_upper_vector(memory.factor[i], x)
    for e in range(trials):
        at = n.local + tests.info[e, 0]
        for f in range(trials):
            total = zero
            for i in range(n.blocks):
                total += tests.a[e, i] * tests.x[f, i, at]
            tests.k[0, e, f] = sum_lanes(total)
        tests.k[0, e, e] += tests.row[e, 1] * tests.row[e, 1]
    cholesky(tests.k[0])
    inverse(tests.k[0], tests.k[1])


@numba.njit(**INNER)
def _weigh(tests):  # type: ignore[no-untyped-def]
    """``q = K⁻¹ δ``, from the δ that is there."""
    solve_lower_vector(tests.k[0], tests.q[0])
    solve_upper_vector(tests.k[0], tests.q[0])


@numba.njit(**INNER)
def add_tests(n, data, memory, tests):  # type: ignore[no-untyped-def]
    """Take the experiments into the means of a factorised system.

    The shared ones are changed where they are; those of a block follow from them and from its w, which is
    changed, too.

    Returns:
        What is added to the log density, what to the dimensions that the data tell, and the quadratic form
        of the shared means.
    """
    v, trials, zero = memory.shared_x, tests.info.shape[0], spread(0.0)
    _rows(n, data, memory, tests)
    _solve(n, memory, tests)
    value, dimensions, quadratic = -0.5 * LOG_2PI * trials, -1.0 * trials, 0.0
    for e in range(trials):
        # A x̂ = Σ (L⁻¹a) w − (Wᵀ L⁻¹ a) v̂
        total = zero
        for i in range(n.blocks):
            for j in range(n.block):
                total += tests.w[e, i, j] * memory.own_w[i, j]
        known = sum_lanes(total)
        for k in range(n.fixed):
            known -= tests.y_shared[e, k] * v[k]
        tests.q[0, e] = tests.row[e, 0] - memory.beta[0, tests.info[e, 0]] * tests.q[1, e] - known
    _weigh(tests)
    for e in range(trials):
        error, q = tests.row[e, 1], tests.q[0, e]
        value -= 0.5 * error * error * q * q + math.log(tests.k[0, e, e])
        dimensions += error * error * tests.k[1, e, e]
        for k in range(n.fixed):
            v[k] += q * tests.x_shared[e, k]
        for i in range(n.blocks):
            for j in range(n.block):
                memory.own_w[i, j] += q * tests.w[e, i, j]
    for e in range(trials):
        for k in range(n.fixed):
            total_k = 0.0
            for f in range(trials):
                total_k += tests.k[1, e, f] * tests.x_shared[f, k]
            tests.y_shared[e, k] = total_k
            dimensions += total_k * tests.x_shared[e, k]
        for i in range(n.blocks):
            for j in range(n.block):
                total = zero
                for f in range(trials):
                    total += tests.k[1, e, f] * tests.x[f, i, j]
                tests.y[e, i, j] = total
    for k in range(n.fixed):
        quadratic += v[k] * v[k]
    if n.unequal == 1:
        for i in range(n.blocks):
            tests.less[i] = _less(i, n, data, memory, tests)
    return value, dimensions, quadratic


@numba.njit(**INNER)
def _less(i, n, data, memory, tests):  # type: ignore[no-untyped-def]
    """Of ``ω tr(Cov RᵀR)`` of block i's rows R, what experiments take beyond `narrow`.

    Per experiment ``Y_z a + Y_vᵀ ω FᵀF X_v + (W Y_v)(L⁻¹a − W X_v)``.
    """
    omega, w = lanes_view(memory.omega, (n.blocks,))[i], memory.w[i]
    less = spread(0.0)
    for e in range(tests.info.shape[0]):
        x_shared, y_shared = tests.x_shared[e], tests.y_shared[e]
        less += tests.y[e, i, n.local + tests.info[e, 0]] * tests.a[e, i]
        for j in range(n.fixed):
            for k in range(n.fixed):
                less += omega * data.fixed[i, j, k] * (y_shared[j] * x_shared[k])
        for j in range(n.block):
            one, other = spread(0.0), tests.w[e, i, j]
            for k in range(n.fixed):
                one += w[j, k] * y_shared[k]
                other -= w[j, k] * x_shared[k]
            less += one * other
    return less


@numba.njit(**INNER)
def narrow(i, n, memory, tests):  # type: ignore[no-untyped-def]
    """Covariances of block i with the experiments: ``− Y Xᵀ``."""
    own, cross = memory.own, memory.cross
    for e in range(tests.info.shape[0]):
        x, y, x_shared = tests.x[e, i], tests.y[e, i], tests.x_shared[e]
        for j in range(n.block):
            for k in range(j + 1):
                own[j, k] -= y[j] * x[k]
            for k in range(n.fixed):
                cross[j, k] -= y[j] * x_shared[k]


@numba.njit(**INNER)
def pull_tests(i, n, data, memory, tests, gradient):  # type: ignore[no-untyped-def]
    """Gradient of the experiments in block i: through the responses, and in log β."""
    case = 0
    beta, kappa = memory.beta[0], memory.beta[1]
    for e in range(tests.info.shape[0]):
        info, q = tests.info[e], tests.q[0, e]
        c = info[0]
        for _case in range(info[7]):
            geo = tests.geo[case]
            if geo // LANES == i:
                member, size = geo % LANES, data.geo[0, geo]
                z = lane(memory.z[n.local + c], member)
                covered = lane(tests.y[e, i, n.local + c], member)
                pull = size * ((beta[c] + kappa[c] * z) * q - kappa[c] * covered)
                for r in range(info[3] + info[6]):
                    gradient[info[1] + 1 + r] += pull * tests.slope[case, r]
                memory.beta[3, c] += q * beta[c] * size * tests.moved[case]
            case += 1


@numba.njit(**INNER)
def know_tests(normals, n, data, memory, tests, v, z):  # type: ignore[no-untyped-def]
    """Turn a draw of v and z, given the outcome, into one that knows the experiments.

    Args:
        normals: A standard normal per experiment.
        n: Sizes.
        data: The model's arrays.
        memory: With the factorised system.
        tests: The experiments.
        v: Shared coefficients, changed where they are.
        z: Of the geos, one after the other; changed, too.
    """
    trials, p = tests.info.shape[0], n.block
    inverse(memory.shared[0], memory.shared[1])
    _rows(n, data, memory, tests)
    _solve(n, memory, tests)
    for e in range(trials):
        c = tests.info[e, 0]
        rest = tests.row[e, 0] - memory.beta[0, c] * tests.q[1, e] - tests.row[e, 1] * normals[e]
        for g in range(n.geos):
            rest -= tests.a_number[e, g] * z[g * p + n.local + c]
        tests.q[0, e] = rest
    _weigh(tests)
    for e in range(trials):
        q = tests.q[0, e]
        for k in range(n.fixed):
            v[k] += q * tests.x_shared[e, k]
        for g in range(n.geos):
            for j in range(p):
                z[g * p + j] += q * lane(tests.x[e, g // LANES, j], g % LANES)
