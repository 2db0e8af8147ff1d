"""Priors say what was asked: the median and the 95 % point, and refuse what can't be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec, PriorSpec
from mediamix.core.types import Every
from mediamix.models.priors import (
    Prior,
    effect_prior,
    linear_sd,
    parameter_prior,
    refuse_unknown_priors,
)
from mediamix.transforms.base import Parameter
from mediamix.transforms.basis import Block

beliefs = st.tuples(st.floats(1e-4, 1e4), st.floats(1.01, 100.0)).map(
    lambda pair: PriorSpec(median=pair[0], p95=pair[0] * pair[1])
)
shares = st.tuples(st.floats(0.01, 0.9), st.floats(0.05, 0.95)).map(
    lambda pair: PriorSpec(median=pair[0], p95=pair[0] + pair[1] * (1 - pair[0]) * 0.99)
)
BY_SUPPORT = {"positive": beliefs, "unit": shares}


@pytest.mark.parametrize("support", ["positive", "unit"])
@given(data=st.data())
def test_half_lies_below_the_median_and_95_percent_below_p95(support, data):
    belief = data.draw(BY_SUPPORT[support])
    prior = Prior.of("x", support, belief)
    quantiles = prior.natural(norm.ppf(np.array([0.5, 0.95])))
    np.testing.assert_allclose(quantiles, [belief.median, belief.p95], rtol=1e-9)


@pytest.mark.parametrize("support", ["positive", "unit"])
@given(data=st.data(), u=st.lists(st.floats(-4, 4), min_size=1, max_size=5))
def test_the_change_of_variables_has_its_way_back(support, data, u):
    prior = Prior.of("x", support, data.draw(BY_SUPPORT[support]))
    # Near one a logit loses digits; four standard deviations of a wide prior get there.
    u = np.array(u) / (1 + prior.scale)
    np.testing.assert_allclose(prior.standard(prior.natural(u)), u, rtol=1e-6, atol=1e-6)


def test_draws_of_a_prior_have_its_quantiles():
    """Shares of 10,000 draws below the two points: binomial, four standard errors (6e-5)."""
    prior = Prior.of("roi", "positive", PriorSpec(median=1.2, p95=5.0))
    drawn = prior.natural(np.random.default_rng(1).standard_normal(10_000))
    assert abs((drawn < 1.2).mean() - 0.5) < 4 * np.sqrt(0.25 / 10_000)
    assert abs((drawn < 5.0).mean() - 0.95) < 4 * np.sqrt(0.0475 / 10_000)


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
    assert (roi.name, float(roi.natural(np.zeros(())))) == ("roi", pytest.approx(1.2))
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
    own = ChannelSpec(prior={"half_lief": PriorSpec(median=1, p95=2)})
    parameters = (Parameter("half_life", "positive", 7.0, 28.0, "days"),)
    with pytest.raises(SpecError, match="did you mean 'half_life'") as error:
        refuse_unknown_priors("tv", own, parameters, panel=False)
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
