"""Adstock and saturation of the simulator against SciPy, NumPy's convolution and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.simulate import ChannelTruth
from mediamix.simulate.curves import (
    adstock,
    delayed_adstock,
    delayed_weights,
    geometric_adstock,
    half_life_of,
    hill_odds,
)

EXPOSURE = np.random.default_rng(5).gamma(1.0, 100.0, (3, 60))


@pytest.mark.parametrize("half_life", [0.2, 1.0, 3.7, 40.0])
def test_geometric_adstock_is_scipys_recursive_filter(half_life: float) -> None:
    from scipy.signal import lfilter

    alpha = 0.5 ** (1 / half_life)
    expected = lfilter([1 - alpha], [1, -alpha], EXPOSURE, axis=1)
    np.testing.assert_allclose(geometric_adstock(EXPOSURE, half_life), expected, rtol=1e-10)


def test_half_of_a_pulse_is_gone_after_the_half_life() -> None:
    pulse = np.zeros((1, 30))
    pulse[0, 0] = 1.0
    carried = geometric_adstock(pulse, 6.0)[0]
    assert carried[6] == pytest.approx(carried[0] / 2)
    assert carried[12] == pytest.approx(carried[0] / 4)


def test_no_half_life_is_no_carry_over() -> None:
    np.testing.assert_array_equal(geometric_adstock(EXPOSURE, 0.0), EXPOSURE)


def test_delayed_adstock_is_a_convolution_with_its_written_out_weights() -> None:
    raw = np.array([0.6 ** ((lag - 2.5) ** 2) for lag in range(9)])
    weights = delayed_weights(0.6, 2.5, 9)
    np.testing.assert_allclose(weights, raw / raw.sum(), rtol=1e-12)
    for geo in range(3):
        expected = np.convolve(EXPOSURE[geo], raw / raw.sum())[:60]
        np.testing.assert_allclose(delayed_adstock(EXPOSURE, weights)[geo], expected, rtol=1e-10)


def test_delayed_adstock_survives_a_peak_beyond_its_lags_and_a_window_shorter_than_them() -> None:
    channel = ChannelTruth("late", adstock="delayed", retention=0.01, peak=60.0, max_lag=20)
    carried = adstock(EXPOSURE[:, :8], channel)
    np.testing.assert_allclose(carried, 0.0, atol=1e-3)
    assert half_life_of(channel) == pytest.approx(19.5, abs=0.01)


def test_half_life_of_delayed_adstock_is_the_median_lag() -> None:
    symmetric = ChannelTruth("x", adstock="delayed", retention=0.5, peak=4.0, max_lag=9)
    # Nine weights around lag 4, each spread over its period: half has come in the middle of it.
    assert half_life_of(symmetric) == pytest.approx(4.5)


@settings(max_examples=50, deadline=None)
@given(
    exposure=st.just(0.0) | st.floats(1e-6, 1e6),
    half_effect=st.floats(1e-2, 1e6),
    slope=st.floats(0.3, 6),
)
def test_hill_odds_are_those_of_the_hill_curve(exposure: float, half_effect: float, slope: float) -> None:
    odds = float(hill_odds(np.array([exposure]), np.array(half_effect), slope)[0])
    powered, half = np.longdouble(exposure) ** slope, np.longdouble(half_effect) ** slope
    assert odds / (1 + odds) == pytest.approx(float(powered / (powered + half)), rel=1e-9, abs=1e-300)


def test_hill_is_one_half_at_the_half_effect_and_zero_at_zero() -> None:
    odds = hill_odds(np.array([0.0, 70.0]), np.array(70.0), 2.3)
    np.testing.assert_allclose(odds / (1 + odds), [0.0, 0.5])
