"""Saturation before adstock: responses by the components themselves, their sums and slopes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from mediamix.transforms.base import adstocks, saturations
from mediamix.transforms.media import ChannelTransform

PAIRS = [
    ChannelTransform(a, s, lag, "saturation_first")
    for a, s in itertools.product(adstocks().values(), saturations().values())
    for lag in ((13,) if a.max_lag_days else (0, 6))
]
pairs = pytest.mark.parametrize("transform", PAIRS, ids=lambda t: f"{t.adstock.name}-{t.saturation.name}")
WITH_NONE = [t for t in PAIRS if "none" in (t.adstock.name, t.saturation.name)]
pairs_with_none = pytest.mark.parametrize(
    "transform", WITH_NONE, ids=lambda t: f"{t.adstock.name}-{t.saturation.name}"
)
DRAWS, GEOS, PERIODS, BEFORE = 4, 3, 60, 20


def thetas(transform: ChannelTransform, n: int = DRAWS) -> np.ndarray:
    """Around the default medians, half of them for a share."""
    rng = np.random.default_rng(4)
    sizes = [p.median * (0.5 if p.support == "unit" else 1.0) for p in transform.parameters]
    return np.array(sizes) * np.exp(rng.normal(0.0, 0.3, (n, len(sizes))))


def exposures() -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.gamma(1.5, 1.0, (GEOS, PERIODS)) * (rng.random((GEOS, PERIODS)) < 0.7)


def plainly(transform: ChannelTransform, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    k = len(transform.adstock.parameters)
    rows = [transform.adstock(transform.saturation(x, t[k:]), t[:k], transform.max_lag) for t in theta]
    return np.array(rows)


@pairs
def test_the_response_is_adstock_after_saturation(transform):
    theta, x = thetas(transform), exposures()
    np.testing.assert_allclose(transform.respond(x[0], theta), plainly(transform, x[0], theta), rtol=1e-12)


@pairs
def test_sums_are_those_of_single_responses(transform):
    theta, x = thetas(transform), exposures()
    weight = np.random.default_rng(6).normal(1.0, 0.5, (DRAWS, GEOS))
    each = np.stack([plainly(transform, row, theta) for row in x])
    want = np.einsum("dg,gdt->dt", weight, each)
    near = {"rtol": 1e-10, "atol": 1e-12 * np.abs(each).max()}
    np.testing.assert_allclose(transform.respond_sum(x, theta, weight), want, **near)
    rows = np.array([0, 2])
    apart = np.zeros((GEOS, 2, PERIODS - BEFORE))
    made = transform.respond_geos(x, theta, weight, BEFORE, (rows, apart))
    inside = each[:, :, BEFORE:]
    np.testing.assert_allclose(made.over_time_dt, want[:, BEFORE:], **near)
    np.testing.assert_allclose(made.total_dg, weight * inside.sum(axis=2).T, rtol=1e-10)
    np.testing.assert_allclose(apart, weight.T[:, rows, None] * inside[:, rows], **near)
    early = x * (np.arange(PERIODS) < BEFORE)
    alone = np.stack([plainly(transform, row, theta)[:, BEFORE:].sum(axis=1) for row in early])
    np.testing.assert_allclose(made.carried_dg, weight * alone.T, rtol=1e-9, atol=1e-12)


@pairs
def test_scaled_responses_and_their_slope(transform):
    """The slope against central differences of fourth order in the multiplier."""
    theta, x = thetas(transform), exposures()
    weight, window = np.ones((DRAWS, GEOS)), np.arange(PERIODS) >= BEFORE
    own, before = x * window, x * ~window
    h = 1e-3
    grid = np.array([0.0, 1.0, 1 - 2 * h, 1 - h, 1 + h, 1 + 2 * h])
    curve = transform.respond_scaled(own, before, theta, weight, grid)
    x_mgt = before + grid[:, None, None] * own
    whole = [sum(plainly(transform, row, theta).sum(axis=1) for row in x_gt) for x_gt in x_mgt]
    np.testing.assert_allclose(curve, np.transpose(whole), rtol=1e-10)
    # No carry-over out of the window here: what is before it doesn't change with the multiplier.
    made = transform.respond_geos(x, theta, weight, BEFORE)
    slope = (8 * (curve[:, 4] - curve[:, 3]) - (curve[:, 5] - curve[:, 2])) / (12 * h)
    np.testing.assert_allclose(made.slope_dg.sum(axis=1), slope, rtol=1e-7)


@pairs_with_none
def test_without_one_of_both_the_order_is_none(transform):
    theta, x = thetas(transform), exposures()
    other = replace(transform, order="adstock_first")
    np.testing.assert_allclose(transform.respond(x[0], theta), other.respond(x[0], theta), rtol=1e-12)


def test_single_periods_saturate_alone_and_together_once():
    """Two bursts in neighbouring periods add up if each saturates by itself, and don't if their sum does."""
    pair = ChannelTransform(adstocks()["geometric"], saturations()["michaelis_menten"], 0, "saturation_first")
    theta, first, second = np.array([[3.0, 1.0]]), np.eye(20)[4], np.eye(20)[5]
    for transform, adds_up in ((pair, True), (replace(pair, order="adstock_first"), False)):
        apart = transform.respond(first, theta) + transform.respond(second, theta)
        assert np.allclose(transform.respond(first + second, theta), apart, rtol=1e-12) == adds_up
