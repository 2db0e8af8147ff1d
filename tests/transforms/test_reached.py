"""Reach & frequency: responses by the components themselves, their sums, slopes and multiples."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mediamix.core.delivery import frequency_of, joined, reach_of
from mediamix.transforms.base import adstocks, saturations
from mediamix.transforms.media import ChannelTransform

PAIRS = [
    ChannelTransform(a, s, lag, reaches=True)
    for a, s in itertools.product(adstocks().values(), saturations().values())
    for lag in ((13,) if a.max_lag_days else (0, 6))
]
pairs = pytest.mark.parametrize("transform", PAIRS, ids=lambda t: f"{t.adstock.name}-{t.saturation.name}")
DRAWS, GEOS, PERIODS, BEFORE = 4, 3, 60, 20


def thetas(transform: ChannelTransform) -> np.ndarray:
    rng = np.random.default_rng(4)
    sizes = [p.median * (0.5 if p.support == "unit" else 1.0) for p in transform.parameters]
    return np.array(sizes) * np.exp(rng.normal(0.0, 0.3, (DRAWS, len(sizes))))


def media() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    reach = rng.gamma(1.5, 1.0, (GEOS, PERIODS)) * (rng.random((GEOS, PERIODS)) < 0.7)
    return reach, np.where(reach > 0, 1.0 + rng.gamma(1.0, 1.0, reach.shape), 0.0)


def plainly(
    transform: ChannelTransform, reach: np.ndarray, often: np.ndarray, theta: np.ndarray
) -> np.ndarray:
    k = len(transform.adstock.parameters)
    rows = [
        transform.adstock(reach * transform.saturation(often, t[k:]), t[:k], transform.max_lag) for t in theta
    ]
    return np.array(rows)


def test_a_delivery_is_reach_and_frequency_and_adds_up():
    reach, often = media()
    delivery = joined(reach, often)
    np.testing.assert_allclose(reach_of(delivery), reach)
    np.testing.assert_allclose(frequency_of(delivery), often, rtol=1e-12)
    np.testing.assert_allclose(frequency_of(3.0 * delivery), often, rtol=1e-12)
    together = (reach * often).sum(axis=0) / np.maximum(reach.sum(axis=0), 1e-300)
    np.testing.assert_allclose(frequency_of(delivery.sum(axis=0)), together, rtol=1e-12)


@pairs
def test_sums_are_those_of_single_responses(transform):
    theta, (reach, often) = thetas(transform), media()
    weight = np.random.default_rng(6).normal(1.0, 0.5, (DRAWS, GEOS))
    each = np.stack([plainly(transform, r, f, theta) for r, f in zip(reach, often, strict=True)])
    want, x = np.einsum("dg,gdt->dt", weight, each), joined(reach, often)
    near = {"rtol": 1e-10, "atol": 1e-12 * np.abs(each).max()}
    np.testing.assert_allclose(transform.respond(x[0], theta), each[0], **near)
    np.testing.assert_allclose(transform.respond_sum(x, theta, weight), want, **near)
    rows, apart = np.array([0, 2]), np.zeros((GEOS, 2, PERIODS - BEFORE))
    made = transform.respond_geos(x, theta, weight, BEFORE, (rows, apart))
    inside = each[:, :, BEFORE:]
    np.testing.assert_allclose(made.over_time_dt, want[:, BEFORE:], **near)
    np.testing.assert_allclose(made.total_dg, weight * inside.sum(axis=2).T, rtol=1e-10)
    np.testing.assert_allclose(apart, weight.T[:, rows, None] * inside[:, rows], **near)
    early = reach * (np.arange(PERIODS) < BEFORE)
    alone = np.stack([plainly(transform, r, f, theta) for r, f in zip(early, often, strict=True)])
    alone = alone[:, :, BEFORE:].sum(axis=2)
    np.testing.assert_allclose(made.carried_dg, weight * alone.T, rtol=1e-9, atol=1e-12)
    # Linear in the reach of the window: the slope in a factor on it is what it brings.
    np.testing.assert_allclose(made.slope_dg, made.total_dg - weight * alone.T, rtol=1e-9, atol=1e-12)


@pairs
def test_multiples_of_a_plan(transform):
    theta, (reach, often) = thetas(transform), media()
    x, weight = joined(reach, often), np.ones((DRAWS, GEOS))
    window, grid = np.arange(PERIODS) >= BEFORE, np.array([0.0, 0.5, 1.0, 3.0])
    curve = transform.respond_scaled(x * window, x * ~window, theta, weight, grid)
    for m, at in zip(grid, curve.T, strict=True):
        scaled = np.where(window, m, 1.0) * reach
        want = sum(plainly(transform, r, f, theta).sum(axis=1) for r, f in zip(scaled, often, strict=True))
        np.testing.assert_allclose(at, want, rtol=1e-10)
    # Where a plan meets what is there, the cell has the frequency of all its impressions.
    other = joined(0.5 * reach, np.where(reach > 0, 1.0, 0.0))
    (met,) = transform.respond_scaled(x, other, theta, weight, np.array([2.0])).T
    both = np.where(reach > 0, (2.0 * often + 0.5) / 2.5, 0.0)
    parts = [plainly(transform, 2.5 * r, f, theta) for r, f in zip(reach, both, strict=True)]
    np.testing.assert_allclose(met, sum(part.sum(axis=1) for part in parts), rtol=1e-10)
