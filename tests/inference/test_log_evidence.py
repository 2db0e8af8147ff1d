"""Laplace's evidence: exact for a normal, near what importance sampling says of a real posterior."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.inference.evidence import log_evidence
from mediamix.models.problem import pose


class Normal:
    """An unnormalised normal, as a density is called."""

    def __init__(self, precision: np.ndarray, centre: np.ndarray) -> None:
        self.precision, self.centre, self.dimension = precision, centre, len(centre)

    def __call__(self, u: np.ndarray) -> tuple[float, np.ndarray]:
        away = u - self.centre
        return float(-0.5 * away @ self.precision @ away), -self.precision @ away


def test_a_normal_has_its_own_constant() -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(4, 4))
    precision, centre = root @ root.T + np.eye(4), rng.normal(size=4)
    seen = log_evidence(Normal(precision, centre), [np.zeros(4)])  # type: ignore[arg-type]
    assert seen is not None
    value, mode = seen
    np.testing.assert_allclose(mode, centre, atol=1e-4)
    np.testing.assert_allclose(value, -0.5 * np.log(np.linalg.det(precision)), atol=1e-4)


def test_differences_are_those_of_importance_sampling(weekly: Dataset) -> None:
    """Of two trends and two seasons; the weights' mean needs no Laplace, but points to weigh."""
    rng = np.random.default_rng(5)
    found = []
    for spec in (Spec(), Spec(trend={"every": 8}), Spec(seasonality={"yearly": 4})):
        density = pose(weekly, spec).model.density()
        seen = log_evidence(density, [np.zeros(density.dimension)])
        assert seen is not None
        value, mode = seen
        step = 1e-4 * np.eye(len(mode))
        slopes = [(density(mode + s)[1] - density(mode - s)[1]) / 2e-4 for s in step]
        spread = np.linalg.inv(-(np.array(slopes) + np.array(slopes).T) / 2)
        points = multivariate_t(mode, 1.3 * spread, df=10, seed=rng)
        u = points.rvs(40_000)
        log_w = np.array([density(one)[0] for one in u]) - points.logpdf(u)
        found.append((value, logsumexp(log_w)))
    laplace, sampled = np.array(found).T
    np.testing.assert_allclose(laplace - laplace[0], sampled - sampled[0], atol=0.5)
    assert np.ptp(sampled) > 1.0
