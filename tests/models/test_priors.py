"""Priors say what was asked: the median and the 95 % point, and refuse what can't be."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_ndtr
from scipy.stats import norm, weibull_min

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec, PriorSpec, Spec
from mediamix.core.types import Every
from mediamix.models import links
from mediamix.models.links import log_exponential
from mediamix.models.priors import (
    ROI,
    Prior,
    effect_prior,
    linear_sd,
    parameter_prior,
)
from mediamix.models.stated import applying
from mediamix.transforms.base import Parameter
from mediamix.transforms.basis import Block

beliefs = st.tuples(st.floats(1e-4, 1e4), st.floats(1.01, 100.0)).map(
    lambda pair: PriorSpec(median=pair[0], p95=pair[0] * pair[1])
)
shares = st.tuples(st.floats(0.01, 0.9), st.floats(0.05, 0.95)).map(
    lambda pair: PriorSpec(median=pair[0], p95=pair[0] + pair[1] * (1 - pair[0]) * 0.99)
)
BY_SUPPORT = {"positive": beliefs, "unit": shares}


FORMS = pytest.mark.parametrize(
    ("support", "family"), [("positive", "lognormal"), ("positive", "weibull"), ("unit", "lognormal")]
)


@FORMS
@given(data=st.data())
def test_half_lies_below_the_median_and_95_percent_below_p95(support, family, data):
    belief = data.draw(BY_SUPPORT[support])
    prior = Prior.of("x", support, belief, family)
    quantiles = prior.natural(norm.ppf(np.array([0.5, 0.95])))
    np.testing.assert_allclose(quantiles, [belief.median, belief.p95], rtol=1e-9)


@FORMS
@given(data=st.data(), u=st.lists(st.floats(-4, 4), min_size=1, max_size=5))
def test_the_change_of_variables_has_its_way_back(support, family, data, u):
    prior = Prior.of("x", support, data.draw(BY_SUPPORT[support]), family)
    # Near one a logit loses digits; four standard deviations of a wide prior get there.
    u = np.array(u) / (1 + prior.scale)
    np.testing.assert_allclose(prior.standard(prior.natural(u)), u, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("family", ["lognormal", "weibull"])
def test_draws_of_a_prior_have_its_quantiles(family):
    """Shares of 10,000 draws below the two points: binomial, four standard errors (6e-5)."""
    prior = Prior.of("roi", "positive", PriorSpec(median=1.2, p95=5.0), family)
    drawn = prior.natural(np.random.default_rng(1).standard_normal(10_000))
    assert abs((drawn < 1.2).mean() - 0.5) < 4 * np.sqrt(0.25 / 10_000)
    assert abs((drawn < 5.0).mean() - 0.95) < 4 * np.sqrt(0.0475 / 10_000)


@given(belief=beliefs, u=st.floats(-5, 5))
def test_the_weibull_prior_is_that_of_scipy(belief, u):
    prior = Prior.of("roi", "positive", belief, "weibull")
    scipy_s = weibull_min(1.0 / prior.scale, scale=np.exp(prior.location))
    theta = float(prior.natural(np.array(u)))
    # The smaller of the two probabilities has all digits.
    if u < 0:
        assert scipy_s.cdf(theta) == pytest.approx(norm.cdf(u), rel=1e-9)
    else:
        assert scipy_s.sf(theta) == pytest.approx(norm.sf(u), rel=1e-9)
    assert scipy_s.median() == pytest.approx(belief.median)


@pytest.mark.parametrize("family", ["lognormal", "weibull"])
def test_moments_of_the_logarithm(family):
    """By quadrature over the standard normal."""
    prior = Prior.of("roi", "positive", PriorSpec(median=1.2, p95=5.0), family)
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    logs, weights = np.log(prior.natural(nodes)), weights / weights.sum()
    assert prior.log_mean == pytest.approx(weights @ logs, abs=1e-6)
    assert prior.log_sd == pytest.approx(np.sqrt(weights @ (logs - weights @ logs) ** 2), rel=1e-6)


@pytest.mark.parametrize("u", [-300.0, -30.5, -29.5, -8.0, -0.3, 0.0, 0.3, 8.0, 29.5, 30.5, 300.0])
def test_the_log_of_an_exponential_variable_and_its_slope_are_right_far_out(u):
    """``log(−log Φ(−u))`` by SciPy's own logarithm of Φ; to the left −log Φ(−u) is Φ(u) to 1e-16."""
    g, slope = log_exponential(u)
    assert g == pytest.approx(log_ndtr(u) if u < -8 else np.log(-log_ndtr(-u)), rel=1e-10)
    step = 1e-4 * max(1.0, abs(u))
    difference = (log_exponential(u + step)[0] - log_exponential(u - step)[0]) / (2 * step)
    assert slope == pytest.approx(difference, rel=1e-5)


@numba.njit
def call_natural(u, location, scale, link, theta, d_theta):
    """The kernel has no name for Python."""
    return links.natural(u, location, scale, link, theta, d_theta)


def test_native_and_plain_priors_agree():
    beliefs_of = PriorSpec(median=0.3, p95=0.9)
    forms = [("positive", "lognormal"), ("unit", "lognormal"), ("positive", "weibull")]
    priors = [Prior.of("x", support, beliefs_of, family) for support, family in forms]
    priors.append(Prior.normal("w", 0.7))
    u = np.array([-1.3, 0.4, 2.1, -0.6])
    location, scale = (np.array([getattr(p, name) for p in priors]) for name in ("location", "scale"))
    link = np.array([p.link for p in priors])
    theta, d_theta = np.empty(4), np.empty(4)
    value = call_natural(u, location, scale, link, theta, d_theta)
    assert value == pytest.approx(-0.5 * u @ u)
    for i, prior in enumerate(priors):
        assert theta[i] == pytest.approx(float(prior.natural(u[i : i + 1])[0]))
        assert u[i] == pytest.approx(float(prior.standard(theta[i : i + 1])[0]))
        low, high = prior.natural(u[i] + np.array([-1e-6, 1e-6]))
        rise = (high - low) / 2e-6
        assert d_theta[i] == pytest.approx(rise, rel=1e-6)


def test_a_family_is_the_belief_s_own_and_not_for_shares_of_one():
    own = ChannelSpec(prior={"roi": PriorSpec(median=2.0, p95=3.0, family="lognormal")})
    assert effect_prior(own, has_roi=True, spend_fraction=0.3).family == "lognormal"
    assert effect_prior(ChannelSpec(), has_roi=True, spend_fraction=0.3).family == "weibull"
    with pytest.raises(SpecError, match="no family"):
        Prior.of("carry", "unit", PriorSpec(median=0.5, p95=0.8, family="weibull"))


def test_nothing_has_room_under_the_default():
    """A log-normal with the same two points leaves a ninth of that below a ROI of 0.1."""
    found = effect_prior(ChannelSpec(), has_roi=True, spend_fraction=0.3)
    below = norm.cdf(float(found.standard(np.array(0.1))))
    assert 0.04 < below < 0.15
    narrow = Prior.of("roi", "positive", ROI, "lognormal")
    assert norm.cdf(float(narrow.standard(np.array(0.1)))) < 0.01


def test_days_become_periods_and_overrides_are_taken_as_they_are():
    parameter = Parameter("half_life", "positive", 7.0, 28.0, "days")
    assert float(parameter_prior(parameter, ChannelSpec(), Every.DAY).natural(np.zeros(()))) == pytest.approx(
        7
    )
    weekly = parameter_prior(parameter, ChannelSpec(), Every.WEEK)
    assert float(weekly.natural(np.zeros(()))) == pytest.approx(1)
    own = ChannelSpec(prior={"half_life": PriorSpec(median=3, p95=9)})
    assert float(parameter_prior(parameter, own, Every.WEEK).natural(np.zeros(()))) == pytest.approx(3)


def test_a_share_of_one_that_reaches_one_is_refused():
    with pytest.raises(SpecError, match="the parameter lies between 0 and 1"):
        Prior.of("carry", "unit", PriorSpec(median=0.5, p95=1.0))


def test_which_effect_a_channel_has():
    roi = effect_prior(ChannelSpec(), has_roi=True, spend_fraction=0.3)
    assert (roi.name, float(roi.natural(np.zeros(())))) == ("roi", pytest.approx(1.0))
    paid = effect_prior(ChannelSpec(), has_roi=False, spend_fraction=0.4)
    assert (paid.name, float(paid.natural(np.zeros(())))) == ("share", pytest.approx(0.25 * 0.4))
    assert paid.scale == pytest.approx(roi.scale)
    organic = effect_prior(ChannelSpec(), has_roi=False, spend_fraction=0.0)
    assert (organic.name, float(organic.natural(np.zeros(())))) == ("share", pytest.approx(0.03))
    own = ChannelSpec(prior={"share": PriorSpec(median=0.1, p95=0.2)})
    assert effect_prior(own, has_roi=True, spend_fraction=0.3).name == "share"


def test_a_roi_prior_without_a_roi_is_refused():
    own = ChannelSpec(prior={"roi": PriorSpec(median=1, p95=2)})
    with pytest.raises(SpecError, match="a prior on 'roi' needs spend and an outcome in money"):
        effect_prior(own, has_roi=False, spend_fraction=0.0)


def test_unknown_parameters_are_refused_with_the_nearest_known():
    own = Spec(channels={"tv": {"prior": {"half_lief": {"median": 1, "p95": 2}}}})
    parameters = (Parameter("half_life", "positive", 7.0, 28.0, "days"),)
    with pytest.raises(SpecError, match="did you mean 'half_life'") as error:
        applying(own, "tv", parameters, panel=False, has_roi=True)
    assert "channels.tv.prior" in str(error.value)


def test_the_baseline_is_as_wide_as_it_says():
    rng = np.random.default_rng(0)
    t = np.ones((50, 1))
    assert linear_sd(Block.shared("intercept", ("intercept",), t), 3.0).tolist() == [1.0]
    assert linear_sd(Block.shared("trend", ("slope",), t), 3.0).tolist() == [0.5]
    # A random walk of k steps over y years moves by 14 % times the root of y, whatever k.
    for k in (2, 6, 11):
        names = tuple(f"step {i}" for i in range(k))
        steps = linear_sd(Block.shared("trend", names, np.ones((50, k))), 3.0)
        assert np.sqrt((steps**2).sum()) == pytest.approx(0.14 * np.sqrt(3))
    season = linear_sd(
        Block.shared("seasonality", ("sin 1", "cos 1", "sin 2", "cos 2"), np.ones((50, 4))), 3.0
    )
    np.testing.assert_allclose(season, [0.2, 0.2, 0.1, 0.1])
    controls = np.column_stack([100 * rng.normal(size=50), np.full(50, 7.0)])
    sd = linear_sd(Block.shared("controls", ("price", "constant"), controls), 3.0)
    np.testing.assert_allclose(sd, [0.15 / controls[:, 0].std(), 0.15])
