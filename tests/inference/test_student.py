"""Noise with heavy tails and coefficients in their own coordinates, against a dense evaluation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import psi
from scipy.stats import chi2, t

from mediamix.inference.linear import LinearBlock
from mediamix.inference.student import HeavyTailed, digamma, log_joint

#: Rows and columns: fewer columns than rows, as many, more.
SHAPES = [(40, 6), (12, 12), (15, 40), (5, 1)]
sizes = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}x{s[1]}")


def problem(n: int, p: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    design, sd = rng.normal(size=(n, p)), rng.lognormal(-0.5, 0.8, p)
    return design, sd, rng.standard_t(3, size=n), rng.normal(size=min(n, p))


def evaluate(block: HeavyTailed, residual, sigma, nu, z):
    """Value, ∂/∂σ, ∂/∂ν, ∂/∂m and ∂/∂z."""
    slope, slope_z, linear = np.empty(len(residual)), np.empty(len(z)), block.linear
    s = linear.s_p[: linear.rank].copy()
    found = log_joint(residual, linear.u_pn, s, sigma, nu, z, slope, slope_z, np.empty(block.scratch))
    return (*found, slope, slope_z)


def dense(block: HeavyTailed, design, sd, residual, sigma, nu, z) -> float:
    """The documented density, with the conditional posterior from the normal equations.

    Its mean and a square root of its covariance along the eigenvectors of XᵀX; in directions that no row sees
    b is 0. The determinant of the change of variables is that of this root.
    """
    x = design * sd
    values, vectors = np.linalg.eigh(x.T @ x)
    order = np.argsort(-values)[: len(z)]
    # Signs and order of the directions are the factorisation's, which says nothing of the formula.
    vectors = vectors[:, order]
    theirs = (block.linear.back_pp / sd[:, None])[:, : len(z)]
    vectors = vectors * np.sign(np.sum(vectors * theirs, axis=0))
    variance = sigma**2 * (nu + 3) / (nu + 1)
    spread = np.linalg.inv(np.eye(len(sd)) + x.T @ x / variance)
    root = np.sqrt(np.diag(vectors.T @ spread @ vectors))
    b = vectors @ (vectors.T @ (spread @ x.T @ residual / variance) + root * z)
    return float(t.logpdf(residual - x @ b, nu, scale=sigma).sum() - 0.5 * b @ b + np.log(root).sum())


@sizes
@given(sigma=st.floats(0.05, 5.0), nu=st.floats(2.05, 100.0), seed=st.integers(0, 10_000))
def test_log_joint_is_the_dense_density(shape, sigma, nu, seed):
    design, sd, residual, z = problem(*shape, seed)
    block = HeavyTailed(LinearBlock.of(design, sd))
    want = dense(block, design, sd, residual, sigma, nu, z)
    assert evaluate(block, residual, sigma, nu, z)[0] == pytest.approx(want, rel=1e-8, abs=1e-7)


@sizes
def test_gradient_against_finite_differences(shape):
    design, sd, residual, z = problem(*shape)
    block, sigma, nu, h = HeavyTailed(LinearBlock.of(design, sd)), 0.4, 4.0, 1e-5
    _, d_sigma, d_nu, slope, slope_z = evaluate(block, residual, sigma, nu, z)

    def numeric(up, down):
        return (evaluate(block, *up)[0] - evaluate(block, *down)[0]) / (2 * h)

    along_sigma = numeric((residual, sigma + h, nu, z), (residual, sigma - h, nu, z))
    assert d_sigma == pytest.approx(along_sigma, rel=1e-6, abs=1e-6)
    along_nu = numeric((residual, sigma, nu + h, z), (residual, sigma, nu - h, z))
    assert d_nu == pytest.approx(along_nu, rel=1e-6, abs=1e-6)
    for i, step in enumerate(h * np.eye(len(residual))):
        along = numeric((residual - step, sigma, nu, z), (residual + step, sigma, nu, z))
        assert slope[i] == pytest.approx(along, rel=1e-6, abs=1e-6)
    for j, step in enumerate(h * np.eye(len(z))):
        along = numeric((residual, sigma, nu, z + step), (residual, sigma, nu, z - step))
        assert slope_z[j] == pytest.approx(along, rel=1e-6, abs=1e-6)


def test_the_coordinates_are_standard_normal_where_the_noise_all_but_is():
    """With ν of a million the density in z is that of independent standard normals, whatever the residuals."""
    design, sd, residual, z = problem(40, 6)
    block = HeavyTailed(LinearBlock.of(design, sd))
    _, _, _, _, slope_z = evaluate(block, 0.3 * residual, 0.4, 1e6, z)
    np.testing.assert_allclose(slope_z, -z, atol=1e-3)


def test_coefficients_and_coordinates_lead_to_each_other():
    design, sd, residual, z = problem(40, 6)
    block, sigma, nu = HeavyTailed(LinearBlock.of(design, sd)), np.array([0.4, 0.7]), np.array([3.0, 9.0])
    rows, both = np.stack([residual, -residual]), np.stack([z, 2 * z])
    v = block.coefficients(rows, sigma, nu, both, np.random.default_rng(0))
    np.testing.assert_allclose(block.coordinates(rows, sigma, nu, v), both, atol=1e-9)
    # What is left of the rows is what the density takes for it.
    np.testing.assert_allclose(block.errors(rows, sigma, nu, both), rows - v @ design.T, atol=1e-9)


def test_what_no_row_sees_is_drawn_from_its_prior():
    """30 columns, 5 rows: the 25 other directions are standard normals (χ², 1e-4)."""
    design, sd, residual, z = problem(5, 30)
    block, n = HeavyTailed(LinearBlock.of(design, sd)), 2000
    v = block.coefficients(
        np.tile(residual, (n, 1)),
        np.full(n, 0.4),
        np.full(n, 4.0),
        np.tile(z, (n, 1)),
        np.random.default_rng(1),
    )
    null = np.linalg.svd(design * sd)[2][5:]
    total = float((((v / sd) @ null.T) ** 2).sum())
    assert chi2.ppf(5e-5, 25 * n) < total < chi2.isf(5e-5, 25 * n)


def test_a_row_given_the_draw_has_the_density_of_student():
    design, sd, residual, z = problem(12, 3)
    block, sigma, nu = HeavyTailed(LinearBlock.of(design, sd)), np.array([0.3]), np.array([4.0])
    found = block.conditional(residual[None], sigma, nu, z[None])
    v = block.coefficients(residual[None], sigma, nu, z[None], np.random.default_rng(0))
    np.testing.assert_allclose(found, t.logpdf(residual - v @ design.T, 4.0, scale=0.3), rtol=1e-9)


@given(x=st.floats(0.05, 1e6))
def test_digamma_is_scipys(x):
    assert digamma(x) == pytest.approx(psi(x), rel=1e-12, abs=1e-12)
