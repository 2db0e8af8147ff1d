"""One channel over many draws: composition, scaling, threads, half-lives."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from mediamix.transforms.base import adstocks, pick_adstock, pick_saturation, saturations
from mediamix.transforms.media import ChannelTransform

GEOMETRIC_HILL = ChannelTransform(pick_adstock("geometric"), pick_saturation("hill"))


def draws_of(transform: ChannelTransform, n: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.lognormal(0.3, 0.4, (n, len(transform.parameters)))


def exposure(n: int = 90, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.gamma(1.5, 1.0, n) * (rng.random(n) < 0.7)


def every_pair():
    return [
        ChannelTransform(a, s, lag)
        for a in adstocks().values()
        for s in saturations().values()
        for lag in ((13,) if a.max_lag_days else (0, 6))
    ]


@pytest.mark.parametrize("transform", every_pair(), ids=lambda t: f"{t.adstock.name}-{t.saturation.name}")
def test_respond_is_saturation_after_adstock(transform):
    theta, x = draws_of(transform, 9), exposure()
    k = len(transform.adstock.parameters)
    want = [transform.saturation(transform.adstock(x, row[:k], transform.max_lag), row[k:]) for row in theta]
    np.testing.assert_allclose(transform.respond(x, theta), want, rtol=1e-12)


def test_respond_against_scipy():
    x = exposure()
    theta = draws_of(GEOMETRIC_HILL, 5)
    for row, (half_life, half_effect, slope) in zip(GEOMETRIC_HILL.respond(x, theta), theta, strict=True):
        alpha = 0.5 ** (1 / half_life)
        carried = lfilter([1 - alpha], [1, -alpha], x)
        want = carried**slope / (carried**slope + half_effect**slope)
        np.testing.assert_allclose(row, want, rtol=1e-10)


def test_threads_give_what_one_thread_gives(monkeypatch):
    theta, x = draws_of(GEOMETRIC_HILL, 401), exposure()
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    shared = GEOMETRIC_HILL.respond(x, theta)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    np.testing.assert_array_equal(GEOMETRIC_HILL.respond(x, theta), shared)


@pytest.mark.parametrize("transform", every_pair(), ids=lambda t: f"{t.adstock.name}-{t.saturation.name}")
@given(multiplier=st.floats(0.0, 5.0))
def test_scaled_response_is_the_response_to_scaled_exposure(transform, multiplier):
    theta = draws_of(transform, 3)
    own = np.stack([exposure(seed=1), exposure(seed=3)])
    before = np.stack([exposure(seed=2), exposure(seed=4)])
    weight = np.array([[1.0, 0.5], [2.0, 0.0], [0.3, 3.0]])
    got = transform.respond_scaled(own, before, theta, weight, np.array([multiplier]))
    geos = [transform.respond(before[g] + multiplier * own[g], theta).sum(axis=1) for g in range(2)]
    np.testing.assert_allclose(got[:, 0], (weight * np.transpose(geos)).sum(axis=1), rtol=1e-9)


def test_scaled_response_in_threads():
    theta, own = draws_of(GEOMETRIC_HILL, 300), exposure()[None]
    grid, nothing, weight = np.array([0.0, 0.5, 1.0]), np.zeros_like(own), np.ones((300, 1))
    together = GEOMETRIC_HILL.respond_scaled(own, nothing, theta, weight, grid)
    alone = [
        GEOMETRIC_HILL.respond_scaled(own, nothing, theta[d : d + 1], weight[:1], grid)[0] for d in range(300)
    ]
    np.testing.assert_array_equal(together, alone)
    assert not together[:, 0].any()


@given(seed=st.integers(0, 100))
def test_the_sum_over_geos_is_the_sum_of_their_responses(seed):
    rng = np.random.default_rng(seed)
    theta, own = draws_of(GEOMETRIC_HILL, 3), np.stack([exposure(seed=1), exposure(seed=2)])
    weight = rng.uniform(0.0, 2.0, (3, 2))
    want = sum(weight[:, [g]] * GEOMETRIC_HILL.respond(own[g], theta) for g in range(2))
    np.testing.assert_allclose(GEOMETRIC_HILL.respond_sum(own, theta, weight), want, rtol=1e-12)


@given(half_life=st.floats(0.1, 40.0))
def test_half_life_of_a_geometric_adstock_is_its_parameter(half_life):
    theta = np.array([[half_life, 1.0, 1.0]])
    assert GEOMETRIC_HILL.half_life(theta, horizon=60)[0] == pytest.approx(half_life, rel=1e-6)


def test_half_life_beyond_the_horizon_is_the_horizon():
    theta = np.array([[500.0, 1.0, 1.0]])
    assert GEOMETRIC_HILL.half_life(theta, horizon=52)[0] == 52


@given(delay=st.floats(0.0, 9.0), spread=st.floats(0.8, 4.0))
def test_half_life_of_a_delayed_adstock_brackets_the_median_lag(delay, spread):
    transform = ChannelTransform(pick_adstock("delayed"), pick_saturation("hill"), 13)
    weights = np.exp(-0.5 * ((np.arange(13) - delay) / spread) ** 2)
    arrived = np.cumsum(weights / weights.sum())
    median_lag = int(np.argmax(arrived >= 0.5 - 1e-12))
    got = transform.half_life(np.array([[delay, spread, 1.0, 1.0]]), horizon=52)[0]
    assert median_lag - 1e-6 <= got <= median_lag + 1 + 1e-6
