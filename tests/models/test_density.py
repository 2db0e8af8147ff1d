"""The native log posterior and its gradient, for every pair of components.

Oracles: the model restated plainly with SciPy's multivariate normal, and finite differences.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.problem import pose
from mediamix.transforms.base import adstocks, saturations
from models_panels import reached
from oracle import plain

HOLDOUT = 8
PAIRS = [
    (adstock, saturation, max_lag, order)
    for adstock, saturation in itertools.product(adstocks(), saturations())
    for max_lag, order in ((None, "adstock_first"), (5, "adstock_first"), (None, "saturation_first"))
    if max_lag is None or adstock != "none"
]
pairs = pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p[0]}-{p[1]}-{p[2] or 'own'}-{p[3]}")


def spec_of(dataset: Dataset, pair: tuple[str, str, int | None, str]) -> Spec:
    adstock, saturation, max_lag, order = pair
    choice = {"adstock": {"kind": adstock, "max_lag": max_lag}, "saturation": {"kind": saturation}}
    choice |= {"order": order}
    return parse_spec(
        {"channels": dict.fromkeys(dataset.channel_names, choice), "holdout": {"last": HOLDOUT}}
    )


def points(dimension: int, n: int = 3) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


def log_posterior(model: plain.Plain, u: np.ndarray) -> float:
    """Standard normals and a multivariate normal with the baseline in its covariance."""
    theta = model.natural(np, u)
    rows = model.design[model.trained] * model.sd
    covariance = theta["sigma"] ** 2 * np.eye(len(rows)) + rows @ rows.T
    mean = model.media(np, theta)[model.trained]
    return float(multivariate_normal.logpdf(model.outcome, mean, covariance) - 0.5 * u @ u)


@pairs
def test_value_is_the_plain_log_posterior(mixed, pair):
    """With an organic channel, missing outcomes and a holdout."""
    problem = pose(mixed, spec_of(mixed, pair))
    density = problem.model.density()
    model = plain.state(mixed, dict.fromkeys(mixed.channel_names, pair), HOLDOUT)
    assert density.dimension == len(model.names())
    for u in points(density.dimension):
        assert density(u)[0] == pytest.approx(log_posterior(model, u), rel=1e-9)


@pairs
def test_gradient_is_the_slope_of_the_value(mixed, pair):
    density = pose(mixed, spec_of(mixed, pair)).model.density()
    h = 1e-3
    for u in points(density.dimension):
        _, gradient = density(u)
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("components", [("geometric", "hill", 6), ("weibull_pdf", "power", None)])
def test_reach_and_frequency_is_the_plain_posterior(mixed, components):
    """Value and gradient with a channel of reach & frequency at the end, one channel in the other order."""
    data = reached(mixed)
    choice = {"video": components, "tv": ("delayed", "tanh", None, "saturation_first")}
    spec = parse_spec(
        {
            "holdout": {"last": HOLDOUT},
            "channels": {
                name: {"adstock": {"kind": a, "max_lag": lag}, "saturation": {"kind": s}}
                | dict(zip(["order"], order, strict=False))
                for name, (a, s, lag, *order) in choice.items()
            },
        }
    )
    density, model = pose(data, spec).model.density(), plain.state(data, choice, HOLDOUT)
    for u in points(density.dimension):
        value, gradient = density(u)
        assert value == pytest.approx(log_posterior(model, u), rel=1e-9)
        h = 1e-3
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            slope = (8 * near - far) / (12 * h)
            assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6 * np.abs(gradient).max())


def test_channels_may_differ(mixed, mixed_spec):
    problem = pose(mixed, mixed_spec)
    density = problem.model.density()
    choice = {"tv": ("delayed", "hill", None), "search": ("geometric", "logistic", None)}
    choice["social"] = ("geometric", "hill", 8)
    model = plain.state(mixed, choice, HOLDOUT)
    for u in points(density.dimension):
        assert density(u)[0] == pytest.approx(log_posterior(model, u), rel=1e-9)


def test_the_scratch_of_one_call_does_not_reach_the_next(mixed, mixed_spec):
    density = pose(mixed, mixed_spec).model.density()
    u, other = points(density.dimension, 2)
    value, gradient = density(u)
    density(other)
    again, gradient_again = density(u)
    assert again == value
    np.testing.assert_array_equal(gradient_again, gradient)


def test_missing_and_held_out_outcomes_do_not_enter(mixed, mixed_spec):
    """Whatever stands in the held-out rows, the density is the same to the bit."""
    outcome = mixed.outcome_gt.copy()
    outcome[0, -HOLDOUT:] = 1e9
    u = points(len(pose(mixed, mixed_spec).model.priors), 1)[0]
    values = [pose(d, mixed_spec).model.density()(u)[0] for d in (mixed, replace(mixed, outcome_gt=outcome))]
    assert values[0] == values[1]
