"""Every component against SciPy or the published formula: no code shared with the kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.special import expit
from scipy.stats import norm, weibull_min

from mediamix.transforms.base import adstocks, pick_adstock, saturations


def geometric_weights(theta, lags):
    return 0.5 ** (np.arange(lags) / theta[0])


def delayed_weights(theta, lags):
    return norm.pdf(np.arange(lags), loc=theta[0], scale=theta[1])


def binomial_weights(theta, lags):
    return (1 - np.arange(lags) / lags) ** (1 / theta[0] - 1)


def weibull_pdf_weights(theta, lags):
    # The logarithms less their largest: all densities of a narrow one may underflow.
    logs = weibull_min.logpdf(np.arange(1, lags + 1), theta[0], scale=theta[1])
    return np.exp(logs - logs.max())


def weibull_cdf_weights(theta, lags):
    # As Robyn and PyMC-Marketing have it: survival of the first lags, cumulated.
    shape, fade = theta
    log_scale = ((shape + 1) * np.log(fade) - np.log(shape + 1)) / shape
    survival = np.exp(-np.exp(shape * (np.log(np.arange(1, lags)) - log_scale)))
    return np.cumprod(np.concatenate([[1.0], survival]))


#: Adstock → unnormalised weights by formula. A component without a row fails the suite.
WEIGHTS = {
    "geometric": geometric_weights,
    "delayed": delayed_weights,
    "binomial": binomial_weights,
    "weibull_pdf": weibull_pdf_weights,
    "weibull_cdf": weibull_cdf_weights,
    "none": lambda theta, lags: np.eye(1, lags)[0],
}

#: Saturation → value by formula.
CURVES = {
    "hill": lambda x, theta: x ** theta[1] / (x ** theta[1] + theta[0] ** theta[1]),
    # (1 − e^(−λx)) / (1 + e^(−λx)) = 2 expit(λx) − 1, one half at x = half_effect
    "logistic": lambda x, theta: 2 * expit(np.log(3) / theta[0] * x) - 1,
    "michaelis_menten": lambda x, theta: 1 - theta[0] / (x + theta[0]),
    "tanh": lambda x, theta: np.tanh(np.arctanh(0.5) * x / theta[0]),
    "power": lambda x, theta: x ** theta[0],
    "log": lambda x, theta: np.log1p(x / theta[0]),
    "none": lambda x, theta: x,
}

RANGES = {
    "half_life": st.floats(0.05, 80.0),
    "delay": st.floats(0.0, 20.0),
    "spread": st.floats(0.6, 15.0),
    "half_effect": st.floats(0.02, 30.0),
    "slope": st.floats(0.2, 5.0),
    "alpha": st.floats(0.01, 0.99),
    "weibull_shape": st.floats(0.2, 6.0),
    "weibull_scale": st.floats(0.3, 30.0),
    "fade": st.floats(0.5, 30.0),
    "exponent": st.floats(0.02, 0.98),
    "half_return": st.floats(0.02, 30.0),
}
seeds = st.integers(0, 2**32 - 1)


def thetas(component):
    return st.tuples(*(RANGES[p.name] for p in component.parameters)).map(np.array)


def test_every_component_has_its_oracle():
    assert set(WEIGHTS) == set(adstocks())
    assert set(CURVES) == set(saturations())


@pytest.mark.parametrize("name", sorted(WEIGHTS))
@given(data=st.data(), seed=seeds, max_lag=st.integers(1, 30))
def test_adstock_is_the_convolution_with_its_published_weights(name, data, seed, max_lag):
    component = adstocks()[name]
    theta = data.draw(thetas(component))
    x = np.random.default_rng(seed).gamma(1.0, 1.0, 50)
    weights = WEIGHTS[name](theta, max_lag)
    want = np.convolve(x, weights / weights.sum())[:50]
    np.testing.assert_allclose(component(x, theta, max_lag), want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(WEIGHTS))
@given(data=st.data(), seed=seeds)
def test_adstock_without_truncation_uses_every_lag(name, data, seed):
    component = adstocks()[name]
    theta = data.draw(thetas(component))
    x = np.random.default_rng(seed).gamma(1.0, 1.0, 50)
    # A component with a bounded reach normalises over the series; an unbounded one over all lags.
    weights = WEIGHTS[name](theta, 50 if component.max_lag_days else 5000)
    want = np.convolve(x, weights / weights.sum())[:50]
    np.testing.assert_allclose(component(x, theta), want, rtol=1e-9, atol=1e-12)


@given(half_life=RANGES["half_life"], seed=seeds)
def test_geometric_adstock_is_a_first_order_filter(half_life, seed):
    x = np.random.default_rng(seed).gamma(1.0, 1.0, 200)
    alpha = 0.5 ** (1 / half_life)
    want = lfilter([1 - alpha], [1, -alpha], x)
    np.testing.assert_allclose(pick_adstock("geometric")(x, np.array([half_life])), want, rtol=1e-10)


def test_delayed_adstock_peaks_where_it_says_and_survives_a_bump_between_lags():
    delayed = pick_adstock("delayed")
    pulse = np.zeros(14)
    pulse[0] = 1.0
    assert np.argmax(delayed(pulse, np.array([3.0, 1.5]), 13)) == 3
    # A spread so narrow that the density underflows at every lag: the nearest lag takes it all.
    narrow = delayed(pulse, np.array([2.4, 1e-3]), 13)
    np.testing.assert_allclose(narrow, np.eye(14)[2], atol=1e-12)
    # A peak beyond the last lag piles up at the end.
    assert np.argmax(delayed(pulse, np.array([100.0, 2.0]), 13)) == 12


@pytest.mark.parametrize("name", sorted(CURVES))
@given(data=st.data(), x=st.lists(st.floats(0.0, 1e4), min_size=1, max_size=20))
def test_saturation_is_its_published_formula(name, data, x):
    component = saturations()[name]
    theta = data.draw(thetas(component))
    x = np.array(x)
    np.testing.assert_allclose(component(x, theta), CURVES[name](x, theta), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("component", saturations().values(), ids=lambda c: c.name)
@given(data=st.data())
def test_half_of_the_effect_is_reached_at_half_effect(component, data):
    theta = data.draw(thetas(component))
    # Where there is a largest effect there is a half one, and it is the first parameter.
    first = tuple(p.name for p in component.parameters[:1])
    assert component.bounded == (first == ("half_effect",))
    if component.bounded:
        assert component(theta[:1], theta)[0] == pytest.approx(0.5, rel=1e-12)


@given(half_return=RANGES["half_return"])
def test_half_of_the_first_return_is_left_at_half_return(half_return):
    slopes, _ = saturations()["log"].derivatives(np.array([0.0, half_return]), np.array([half_return]))
    assert slopes[1] == pytest.approx(0.5 * slopes[0], rel=1e-12)


@given(shape=RANGES["weibull_shape"], fade=st.floats(5.0, 12.0))
def test_weibull_cdf_has_faded_to_a_third_after_fade_whatever_the_period(shape, fade):
    pulse = np.zeros(90)
    pulse[0] = 1.0
    fades = []
    for times in (1, 7):
        weights = pick_adstock("weibull_cdf")(pulse[: 90 // (8 - times)], np.array([shape, fade * times / 7]))
        weights = weights[weights > 1e-30]
        # The middle of a period is where its weight belongs; the first period's is the reference.
        fades.append((np.interp(1.0, -np.log(weights / weights[0]), np.arange(len(weights))) + 0.5) / times)
    assert fades[1] * 7 == pytest.approx(fade, rel=0.12)
