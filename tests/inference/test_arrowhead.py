"""The kernels of the panel's linear block against NumPy, for all small sizes.

Sizes matter: the kernels work in blocks of rows with remainders. Matrices that a caller leaves as
they are (the unused triangle) hold NaN here, so that reading them would show.
"""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.inference import arrowhead
from mediamix.inference.lanes import LANES, lanes_view

sizes = st.integers(1, 9)
lengths = st.integers(1, 70)
seeds = st.integers(0, 10_000)
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def spd(rng: np.random.Generator, n: int) -> np.ndarray:
    """Symmetric, positive definite, not too ill-conditioned."""
    root = rng.normal(size=(n, n + 2))
    return np.eye(n) + root @ root.T


@given(n=sizes, m=sizes, length=lengths, seed=seeds)
def test_gram_is_the_product_with_the_transpose(n, m, length, seed):
    rng = np.random.default_rng(seed)
    a, b, out = rng.normal(size=(n, length)), rng.normal(size=(m, length)), np.full((n, m), np.nan)
    arrowhead.gram(a, b, out)
    np.testing.assert_allclose(out, a @ b.T, **CLOSE)


@given(n=sizes, m=sizes, extra=st.integers(0, 3), length=lengths, seed=seeds)
def test_gram_fills_a_part_of_a_larger_matrix(n, m, extra, length, seed):
    """As the panel's density uses it: columns of a wider result, nothing beside them touched."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, length)), rng.normal(size=(m, length))
    whole = np.full((n, extra + m + extra), 7.0)
    arrowhead.gram(a, b, whole[:, extra : extra + m])
    np.testing.assert_allclose(whole[:, extra : extra + m], a @ b.T, **CLOSE)
    assert (np.delete(whole, np.s_[extra : extra + m], axis=1) == 7.0).all()


@given(n=sizes, m=sizes, length=lengths, seed=seeds)
def test_combine_adds_the_weighted_rows(n, m, length, seed):
    rng = np.random.default_rng(seed)
    weight, b, before = rng.normal(size=(n, m)), rng.normal(size=(m, length)), rng.normal(size=(n, length))
    out = before.copy()
    arrowhead.combine(weight, b, out)
    np.testing.assert_allclose(out, before + weight @ b, **CLOSE)


def half(a: np.ndarray) -> np.ndarray:
    """Only the lower triangle is given."""
    return np.where(np.tri(len(a), dtype=bool), a, np.nan)


@given(n=sizes, seed=seeds)
def test_cholesky_is_that_of_numpy(n, seed):
    a = spd(np.random.default_rng(seed), n)
    factor = half(a)
    arrowhead.cholesky(factor)
    np.testing.assert_allclose(np.tril(factor), np.linalg.cholesky(a), **CLOSE)


@given(n=sizes, m=sizes, seed=seeds)
def test_triangular_solves_are_those_of_numpy(n, m, seed):
    rng = np.random.default_rng(seed)
    lower = np.linalg.cholesky(spd(rng, n))
    b, x, given_half = rng.normal(size=(n, m)), rng.normal(size=n), half(lower)
    for solve, factor, right in [
        (arrowhead.solve_lower, lower, b),
        (arrowhead.solve_upper, lower.T, b),
        (arrowhead.solve_lower_vector, lower, x),
        (arrowhead.solve_upper_vector, lower.T, x),
    ]:
        found = right.copy()
        solve(given_half, found)
        np.testing.assert_allclose(found, np.linalg.solve(factor, right), **CLOSE)


@given(n=sizes, seed=seeds)
def test_the_inverse_is_that_of_the_factorised_matrix(n, seed):
    a = spd(np.random.default_rng(seed), n)
    out = np.full((n, n), np.nan)
    arrowhead.inverse(half(np.linalg.cholesky(a)), out)
    np.testing.assert_allclose(out, np.linalg.inv(a), **CLOSE)


def arrow(rng: np.random.Generator, geos: int, p: int, f: int) -> tuple[np.ndarray, ...]:
    """A precision of (z_1 … z_G, v), and a right side, as blocks A, B, a, C, c."""
    a, b, x = np.empty((geos, p, p)), np.empty((geos, p, f)), np.empty((geos, p))
    shared, shared_x = np.eye(f), np.zeros(f)
    for g in range(geos):
        own, common = rng.normal(size=(12, p)), rng.normal(size=(12, f))
        y, omega = rng.normal(size=12), rng.uniform(0.2, 3.0)
        a[g] = np.eye(p) + omega * own.T @ own
        b[g], x[g] = omega * own.T @ common, omega * own.T @ y
        shared += omega * common.T @ common
        shared_x += omega * common.T @ y
    return a, b, x, shared, shared_x


def dense(a: np.ndarray, b: np.ndarray, x: np.ndarray, shared: np.ndarray, shared_x: np.ndarray) -> tuple:
    """The same as one matrix and one vector, geos first."""
    geos, p, f = b.shape
    matrix, right = np.zeros((geos * p + f, geos * p + f)), np.concatenate([x.ravel(), shared_x])
    for g in range(geos):
        at = slice(g * p, (g + 1) * p)
        matrix[at, at], matrix[at, geos * p :], matrix[geos * p :, at] = a[g], b[g], b[g].T
    matrix[geos * p :, geos * p :] = shared
    return matrix, right


@given(geos=st.integers(1, 4), p=sizes, f=sizes, seed=seeds)
def test_elimination_solves_the_arrowhead_system(geos, p, f, seed):
    """log determinant, v̂, ẑ and all covariances are those of the dense system."""
    a, b, x, shared, shared_x = arrow(np.random.default_rng(seed), geos, p, f)
    matrix, right = dense(a, b, x, shared, shared_x)
    # As the density calls it: A's upper triangle is filled too, C's is not needed.
    reduced, factor, w, own_x = half(shared), a.copy(), b.copy(), x.copy()
    for g in range(geos):
        arrowhead.eliminate(factor[g], w[g], own_x[g], reduced, shared_x)
    arrowhead.cholesky(reduced)
    diagonal = np.concatenate([*np.diagonal(factor, axis1=1, axis2=2), np.diag(reduced)])
    assert 2 * np.log(diagonal).sum() == pytest.approx(np.linalg.slogdet(matrix)[1], abs=1e-8)

    inverse = np.linalg.inv(matrix)
    expected = inverse @ right
    arrowhead.solve_lower_vector(reduced, shared_x)
    arrowhead.solve_upper_vector(reduced, shared_x)
    np.testing.assert_allclose(shared_x, expected[geos * p :], **CLOSE)
    inverse_shared = np.empty((f, f))
    arrowhead.inverse(reduced, inverse_shared)
    np.testing.assert_allclose(inverse_shared, inverse[geos * p :, geos * p :], **CLOSE)
    own, cross = np.full((p, p), np.nan), np.full((p, f), np.nan)
    for g in range(geos):
        at = slice(g * p, (g + 1) * p)
        z = own_x[g] - w[g] @ shared_x
        arrowhead.solve_upper_vector(factor[g], z)
        np.testing.assert_allclose(z, expected[at], **CLOSE)
        arrowhead.covariance(factor[g], w[g], inverse_shared, own, cross)
        np.testing.assert_allclose(np.tril(own), np.tril(inverse[at, at]), **CLOSE)
        np.testing.assert_allclose(cross, inverse[at, geos * p :], **CLOSE)


@numba.njit
def in_lanes(a, b, x, inverse_shared, shared, shared_x, own, cross):
    p, f = b.shape[:2]
    factor, w = lanes_view(a.ravel(), (p, p)), lanes_view(b.ravel(), (p, f))
    right, c = lanes_view(x.ravel(), (p,)), lanes_view(shared_x.ravel(), (f,))
    arrowhead.eliminate(factor, w, right, lanes_view(shared.ravel(), (f, f)), c)
    arrowhead.covariance(
        factor, w, inverse_shared, lanes_view(own.ravel(), (p, p)), lanes_view(cross.ravel(), (p, f))
    )


def lanes_last(blocks: np.ndarray) -> np.ndarray:
    return np.moveaxis(blocks, 0, -1).copy()


@settings(max_examples=20)
@given(p=sizes, f=sizes, seed=seeds)
def test_eight_systems_in_lanes_are_eight_systems(p, f, seed):
    rng = np.random.default_rng(seed)
    a, b, x, *_ = arrow(rng, LANES, p, f)
    inverse_shared = np.linalg.inv(spd(rng, f))
    shared, shared_x = np.zeros((LANES, f, f)), np.zeros((LANES, f))
    own, cross = np.empty((LANES, p, p)), np.empty((LANES, p, f))
    together = [lanes_last(array) for array in (a, b, x)]
    filled = [lanes_last(array) for array in (shared, shared_x, own, cross)]
    in_lanes(*together, inverse_shared, *filled)
    for g in range(LANES):
        arrowhead.eliminate(a[g], b[g], x[g], shared[g], shared_x[g])
        arrowhead.covariance(a[g], b[g], inverse_shared, own[g], cross[g])
    apart = (a, b, x, shared, shared_x, own, cross)
    for found, expected in zip((*together, *filled), apart, strict=True):
        np.testing.assert_allclose(found, lanes_last(expected), **CLOSE)
