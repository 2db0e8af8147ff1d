"""The native log posterior of national models with other noise, and with effects over time beside it.

Oracles: the model restated plainly with SciPy's distributions, and finite differences.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, t

from mediamix.core.spec import Spec, parse_spec
from mediamix.models.density import MediaModel
from mediamix.models.media_rows import media_residual
from mediamix.models.problem import pose
from oracle import plain

HOLDOUT = 8
kinds = pytest.mark.parametrize("kind", ["ar1", "student"])


def spec_of(kind: str, **changes) -> Spec:
    return parse_spec({"noise": {"kind": kind}, "holdout": {"last": HOLDOUT}, **changes})


def points(dimension: int, n: int = 3) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


def lasting(model: plain.Plain, u: np.ndarray) -> float:
    """A multivariate normal with the baseline and ρ to the power of the distance in its covariance."""
    theta = model.natural(np, u)
    rows, at = model.design[model.trained] * model.sd, np.flatnonzero(model.trained)
    correlation = theta["rho"] ** np.abs(at[:, None] - at)
    mean = model.media(np, theta)[model.trained]
    covariance = theta["sigma"] ** 2 * correlation + rows @ rows.T
    return float(multivariate_normal.logpdf(model.outcome, mean, covariance) - 0.5 * u @ u)


def heavy(model: plain.Plain, u: np.ndarray, v: np.ndarray) -> float:
    """Student's t around media and baseline, and normal priors; v per prior standard deviation."""
    theta = model.natural(np, u)
    mean = (model.media(np, theta) + (model.design * model.sd) @ v)[model.trained]
    return float(t.logpdf(model.outcome, theta["nu"], mean, theta["sigma"]).sum() - 0.5 * (u @ u + v @ v))


def test_noise_that_remembers_is_the_plain_log_posterior(mixed):
    """With an organic channel, missing outcomes and a holdout: rows one, two and three weeks apart."""
    problem = pose(mixed, spec_of("ar1"))
    density, model = problem.model.density(), plain.state(mixed, {}, HOLDOUT, "ar1")
    assert density.dimension == len(model.names())
    for u in points(density.dimension):
        assert density(u)[0] == pytest.approx(lasting(model, u), rel=1e-9)


def test_heavy_tails_are_the_plain_log_posterior(mixed):
    """In the coordinates z it is that of the coefficients, and the determinant of what leads to them."""
    problem = pose(mixed, spec_of("student"))
    posed = problem.model
    assert isinstance(posed, MediaModel)
    density, model, likelihood = (
        posed.density(),
        plain.state(mixed, {}, HOLDOUT, "student"),
        posed.likelihood(),
    )
    k, rank = len(posed.priors), likelihood.coordinates
    assert density.dimension == len(model.names()) + rank
    assert rank == len(model.sd)
    differences = []
    for u in points(density.dimension, 5):
        theta = np.column_stack([prior.natural(u[None, i]) for i, prior in enumerate(posed.priors)])
        residual, noise = media_residual(posed, theta), theta[:, posed.sigma : posed.sigma + 2]
        (v,) = likelihood.draw(residual, noise, u[None, k:], np.random.default_rng(0))
        # The change of variables: each l_j of the documented formula, from the singular values.
        variance = noise[0, 0] ** 2 * (noise[0, 1] + 5) / (noise[0, 1] + 3)
        scales = np.sqrt(variance / (posed.linear.s_p**2 + variance))
        differences.append(density(u)[0] - heavy(model, u[:k], v / model.sd) - np.log(scales).sum())
    np.testing.assert_allclose(differences, 0.0, atol=1e-6)


@kinds
@pytest.mark.parametrize("varying", [False, True])
def test_gradient_is_the_slope_of_the_value(mixed, kind, varying):
    """Effects over time are media: any noise may lie under them."""
    more = {"channels": {"tv": {"varying": {"by": "time"}}}} if varying else {}
    density = pose(mixed, spec_of(kind, **more)).model.density()
    h = 1e-3
    for u in points(density.dimension, 2):
        _, gradient = density(u)
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(gradient, numeric, rtol=2e-6, atol=2e-6 * np.abs(gradient).max())


@kinds
def test_the_scratch_of_one_call_does_not_reach_the_next(mixed, kind):
    density = pose(mixed, spec_of(kind)).model.density()
    u, other = points(density.dimension, 2)
    value, gradient = density(u)
    density(other)
    again, gradient_again = density(u)
    assert again == value
    np.testing.assert_array_equal(gradient_again, gradient)


def test_priors_of_the_noise_are_the_ones_that_are_asked_for(mixed):
    asked = {"sigma": {"median": 0.1, "p95": 0.2}, "nu": {"median": 5, "p95": 12}}
    model = pose(mixed, parse_spec({"noise": {"kind": "student", "prior": asked}})).model
    sigma, nu = model.priors[-2:]
    assert [float(sigma.natural(np.array(u))) for u in (0.0, plain.Z95)] == pytest.approx([0.1, 0.2])
    assert [2 + float(nu.natural(np.array(u))) for u in (0.0, plain.Z95)] == pytest.approx([5, 12])
    rho = {"rho": {"median": 0.5, "p95": 0.9}}
    model = pose(mixed, parse_spec({"noise": {"kind": "ar1", "prior": rho}})).model
    assert [float(model.priors[-1].natural(np.array(u))) for u in (0.0, plain.Z95)] == pytest.approx(
        [0.5, 0.9]
    )
