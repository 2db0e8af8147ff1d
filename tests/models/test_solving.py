"""A prior from two statements has these points, or these moments, by SciPy's own distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import lognorm, norm, weibull_min

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec, PriorSpec, Spec
from mediamix.core.types import Every
from mediamix.models.priors import Amounts, Prior, parameter_prior
from mediamix.transforms.base import Parameter

PERCENT = {"p1": 0.01, "p5": 0.05, "p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9,
           "p95": 0.95, "p99": 0.99}  # fmt: skip
pairs = st.lists(st.sampled_from(list(PERCENT)), min_size=2, max_size=2, unique=True).map(
    lambda names: sorted(names, key=PERCENT.__getitem__)
)


def distribution(prior: Prior):
    """SciPy's distribution of a positive prior."""
    if prior.family == "weibull":
        return weibull_min(1.0 / prior.scale, scale=np.exp(prior.location))
    return lognorm(prior.scale, scale=np.exp(prior.location))


@pytest.mark.parametrize("family", ["lognormal", "weibull"])
@given(names=pairs, low=st.floats(1e-3, 1e3), times=st.floats(1.05, 50.0))
def test_any_two_points_are_met(family, names, low, times):
    prior = Prior.of("x", "positive", PriorSpec(**{names[0]: low, names[1]: low * times}), family)
    found = distribution(prior).ppf([PERCENT[name] for name in names])
    np.testing.assert_allclose(found, [low, low * times], rtol=1e-8)


@given(names=pairs, low=st.floats(0.01, 0.9), part=st.floats(0.05, 0.95))
def test_any_two_points_between_0_and_1_are_met(names, low, part):
    high = low + part * (0.99 - low)
    prior = Prior.of("x", "unit", PriorSpec(**{names[0]: low, names[1]: high}))
    found = expit(prior.location + prior.scale * norm.ppf([PERCENT[name] for name in names]))
    np.testing.assert_allclose(found, [low, high], rtol=1e-8)


@pytest.mark.parametrize("family", ["lognormal", "weibull"])
@given(mean=st.floats(1e-3, 1e3), relative=st.floats(0.02, 10.0))
def test_mean_and_sd_are_met(family, mean, relative):
    prior = Prior.of("x", "positive", PriorSpec(mean=mean, sd=mean * relative), family)
    assert distribution(prior).mean() == pytest.approx(mean, rel=1e-8)
    assert distribution(prior).std() == pytest.approx(mean * relative, rel=1e-8)


@given(mean=st.floats(0.02, 0.98), part=st.floats(0.02, 0.8))
def test_mean_and_sd_between_0_and_1_are_met(mean, part):
    sd = part * np.sqrt(mean * (1 - mean))
    prior = Prior.of("x", "unit", PriorSpec(mean=mean, sd=sd))

    def moment(power: int, about: float) -> float:
        def integrand(z: float) -> float:
            return (expit(prior.location + prior.scale * z) - about) ** power * norm.pdf(z)

        middle = float(np.clip(-prior.location / prior.scale, -8, 8))
        return quad(integrand, -12, 12, points=[middle], limit=400, epsabs=1e-12)[0]

    assert moment(1, 0.0) == pytest.approx(mean, rel=1e-4)
    assert np.sqrt(moment(2, mean)) == pytest.approx(sd, rel=1e-3)


def test_median_and_p95_are_solved_to_the_bit_as_before():
    prior = Prior.of("x", "positive", PriorSpec(median=1.7, p95=6.1))
    assert prior.location == np.log(1.7)
    assert prior.scale == (np.log(6.1) - np.log(1.7)) / 1.6448536269514722
    weibull = Prior.of("x", "positive", PriorSpec(median=1.7, p95=6.1), "weibull")
    scale = (np.log(6.1) - np.log(1.7)) / (np.log(np.log(20.0)) - np.log(np.log(2.0)))
    assert weibull.scale == scale
    assert weibull.location == np.log(1.7) - scale * np.log(np.log(2.0))
    assert Prior.of("x", "unit", PriorSpec(median=0.3, p95=0.9)).location == pytest.approx(
        logit(0.3), rel=1e-15
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "got nothing"),
        ({"median": 1.0}, "one point says nothing of the width"),
        ({"p5": 1.0, "median": 2.0, "p95": 3.0}, "three points seldom have a solution"),
        ({"p5": 2.0, "p95": 1.0}, "p95 must be larger than p5, got 1 and 2"),
        ({"p90": 2.0, "median": 2.0}, "p90 must be larger than median"),
        ({"mean": 1.0}, "mean and sd belong together"),
        ({"mean": 1.0, "sd": 1.0, "p95": 4.0}, "not both"),
        ({"median": 1.0, "p95": 2.0, "unit": "hours"}, "'days', 'weeks', 'periods', 'money' or 'exposure'"),
    ],
)
def test_statements_that_are_no_prior_are_refused(said, words):
    with pytest.raises(SpecError, match=words):
        Spec(channels={"tv": {"prior": {"half_life": said}}})


@pytest.mark.parametrize(
    ("support", "said", "family", "words"),
    [
        ("unit", {"p5": 0.2, "p95": 1.0}, "lognormal", "between 0 and 1"),
        ("unit", {"mean": 0.5, "sd": 0.5}, "lognormal", "sd below 0.5"),
        ("unit", {"mean": 1.5, "sd": 0.1}, "lognormal", "a mean below 1"),
        ("positive", {"mean": 1.0, "sd": 1e-12}, "lognormal", "sd is zero"),
        ("positive", {"mean": 1.0, "sd": 1e-3}, "weibull", "family: lognormal"),
        ("positive", {"median": 1.0, "p95": 2.0, "unit": "days"}, "weibull", "no unit"),
    ],
)
def test_statements_without_a_solution_say_why_and_what_would_have_one(support, said, family, words):
    with pytest.raises(SpecError, match=words):
        Prior.of("x", support, PriorSpec(**said), family)


HALF_LIFE = Parameter("half_life", "positive", 5.0, 30.0, "days")
HALF_EFFECT = Parameter("half_effect", "positive", 1.0, 4.0, "exposure")
SLOPE = Parameter("slope", "positive", 1.5, 2.5)


def half(parameter: Parameter, said: dict, every: Every, amounts: Amounts | None = None) -> float:
    spec = ChannelSpec(prior={parameter.name: PriorSpec(**said)})
    return float(parameter_prior(parameter, spec, every, amounts).natural(np.zeros(())))


def test_a_length_may_be_said_in_days_weeks_or_periods():
    said = {"median": 14, "p95": 40}
    assert half(HALF_LIFE, {**said, "unit": "days"}, Every.WEEK) == pytest.approx(2)
    assert half(HALF_LIFE, {**said, "unit": "weeks"}, Every.DAY) == pytest.approx(98)
    assert half(HALF_LIFE, {**said, "unit": "periods"}, Every.DAY) == half(HALF_LIFE, said, Every.DAY)
    assert half(HALF_LIFE, {"mean": 14, "sd": 7, "unit": "days"}, Every.WEEK) == pytest.approx(
        half(HALF_LIFE, {"mean": 2, "sd": 1}, Every.WEEK)
    )


def test_a_half_effect_may_be_said_in_money_or_exposure_per_period():
    # One in model units is an exposure of 500 a period, of all geos together, at 0.02 each.
    amounts = Amounts(exposure=500.0, price=0.02)
    assert half(
        HALF_EFFECT, {"median": 30, "p95": 90, "unit": "money"}, Every.WEEK, amounts
    ) == pytest.approx(3)
    said = {"median": 1500, "p95": 9000, "unit": "exposure"}
    assert half(HALF_EFFECT, said, Every.WEEK, amounts) == pytest.approx(3)


@pytest.mark.parametrize(
    ("parameter", "unit", "words"),
    [
        (HALF_LIFE, "money", "one of days, weeks, periods"),
        (SLOPE, "days", "no unit"),
        (HALF_EFFECT, "weeks", "one of exposure, money"),
    ],
)
def test_a_unit_that_the_parameter_has_not_is_refused(parameter, unit, words):
    with pytest.raises(SpecError, match=words):
        half(parameter, {"median": 1, "p95": 2, "unit": unit}, Every.WEEK, Amounts(500.0, 0.02))


def test_money_for_a_channel_without_spend_is_refused():
    with pytest.raises(SpecError, match="one of exposure"):
        half(HALF_EFFECT, {"median": 1, "p95": 2, "unit": "money"}, Every.WEEK, Amounts(500.0, None))


def test_a_spec_with_other_points_is_written_short_and_read_back():
    spec = Spec(channels={"tv": {"prior": {"roi": {"p5": 0.2, "p95": 5.0}}}})
    assert "p75" not in spec.to_yaml()
    again = Spec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.hash == spec.hash
    assert spec.hash != Spec(channels={"tv": {"prior": {"roi": {"p10": 0.2, "p95": 5.0}}}}).hash
