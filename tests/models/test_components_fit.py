"""Components and orders through a whole fit: what a fit says in its own units is what the model learnt."""

from __future__ import annotations

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Window
from mediamix.data.future import read_future
from mediamix.decide.flighting.question import flighting
from mediamix.decide.flighting.rules import Flighting
from mediamix.measure.contribution import half_lives
from mediamix.measure.forecast import look_ahead
from mediamix.measure.survey import survey
from mediamix.models import bayes
from mediamix.models.again import weighed
from mediamix.models.base import Fit
from mediamix.models.problem import pose
from mediamix.models.returns import alike_of
from mediamix.simulate import Scenario, simulate
from models_panels import panel

CHANNELS = {
    0: {"adstock": {"kind": "none"}, "saturation": {"kind": "none"}},
    1: {"adstock": {"kind": "weibull_pdf"}, "saturation": {"kind": "power"}, "order": "saturation_first"},
    2: {"adstock": {"kind": "binomial"}, "saturation": {"kind": "power"}},
    3: {"adstock": {"kind": "geometric"}, "saturation": {"kind": "hill"}, "order": "saturation_first"},
}


def spec_of(names: tuple[str, ...], geo: bool = False) -> Spec:
    channels = {names[c]: choice for c, choice in CHANNELS.items() if c < len(names)}
    return parse_spec({"channels": channels} | ({"geo": {}} if geo else {}))


@pytest.fixture(scope="module")
def national() -> Fit:
    data = simulate(Scenario(periods=80, channels=4, every="week", seed=3)).dataset
    return bayes.fit(data, spec_of(data.channel_names), quick=True)


@pytest.fixture(scope="module")
def several() -> Fit:
    data = panel(geos=3, periods=50, channels=4)
    return bayes.fit(data, spec_of(data.channel_names, geo=True), quick=True)


@pytest.mark.parametrize("which", ["national", "several"])
def test_contributions_in_the_exposures_unit_are_what_the_roi_promises(which, request):
    fit = request.getfixturevalue(which)
    spend_c = fit.dataset.spend_c
    roi_dc = fit.posterior.stacked("roi")
    total_dc = survey(fit).total_dc
    if which == "national":
        np.testing.assert_allclose(total_dc, roi_dc * spend_c, rtol=1e-6)
    else:
        # Of a panel the ROI is that at the geos' common effects: an eighth away, and not a factor.
        assert (np.abs(np.median(total_dc / (roi_dc * spend_c), axis=0) - 1) < 0.25).all()


def test_it_is_read_back_as_it_was(national, tmp_path):
    mm.save(national, tmp_path / "fit")
    again = mm.load(tmp_path / "fit")
    for one, other in zip(national.channels, again.channels, strict=True):
        assert one.transform == other.transform
        np.testing.assert_array_equal(one.theta_dk, other.theta_dk)
        np.testing.assert_array_equal(one.beta_dg, other.beta_dg)


def test_a_forecast_carries_over_what_was(national):
    """The first periods without spend: only what was carried over, by the components themselves."""
    future = read_future(national.dataset, periods=4, spec=national.spec)
    found = look_ahead(national, future, max_draws=national.n_draws)
    want = 0.0
    for c, effect in enumerate(national.channels):
        series = np.concatenate([national.dataset.exposure_gtc[0, :, c], future.exposure_gtc[0, :, c]])
        k = len(effect.transform.adstock.parameters)
        a, h, lag = effect.transform.adstock, effect.transform.saturation, effect.transform.max_lag
        made = []
        for theta in effect.theta_dk[[0, 7]]:
            if effect.transform.order == "adstock_first":
                made.append(h(a(series, theta[:k], lag), theta[k:]))
            else:
                made.append(a(h(series, theta[k:]), theta[:k], lag))
        want = want + effect.beta_dg[[0, 7]] * np.array(made)[:, -4:]
    np.testing.assert_allclose(found.part("media")[[0, 7]], want, rtol=1e-9)


def test_half_lives_of_no_carry_over_are_next_to_nothing(national):
    lives = half_lives(national)
    assert lives[0].mean < 0.1
    assert all(0.1 < life.mean < 20 for life in lives[1:])


@pytest.mark.parametrize("weeks", [None, 20])
def test_marginal_returns_weigh_with_the_right_gradient(national, weeks):
    channels, n = [0, 1, 2, 3], national.dataset.n_periods
    window = Window(0 if weeks is None else n - weeks, n)
    problem = pose(national.dataset, national.spec)
    density = weighed(problem, channels, alike_of(national, channels), window)
    for u in 0.5 * np.random.default_rng(1).standard_normal((2, density.dimension)):
        gradient = density(u)[1]
        step = 1e-5 * np.eye(len(u))
        numeric = np.array([(density(u + e)[0] - density(u - e)[0]) / 2e-5 for e in step])
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-5 * np.abs(gradient).max())


def test_a_plan_is_made_with_either_order(national):
    plan = mm.optimize(national, anyway=True)
    assert sum(plan.allocation.values()) == pytest.approx(national.dataset.spend_c.sum(), rel=1e-6)


def test_flighting_refuses_the_other_order_by_its_key(national):
    names = national.dataset.channel_names
    with pytest.raises(SpecError, match=rf"channels\.{names[1]}\.order") as refused:
        flighting(national, Flighting(periods=4), anyway=True)
    assert f"{names[1]}, {names[3]}" in str(refused.value)


def test_a_length_that_cannot_be_is_refused(national):
    data = national.dataset
    name, other = data.channel_names[:2]
    wrong = {name: {"adstock": {"kind": "none", "max_lag": 3}}, other: {"adstock": {"max_lag": 81}}}
    with pytest.raises(SpecError) as refused:
        pose(data, parse_spec({"channels": wrong}))
    said, key = str(refused.value), "adstock.max_lag"
    assert f"channels.{name}.{key}: the adstock 'none' has no length" in said
    assert f"channels.{other}.{key}: the carry-over would be longer than the data" in said
    pose(data, parse_spec({"channels": {other: {"adstock": {"max_lag": 80}}}}))


def test_a_spec_without_an_order_has_the_hash_it_had():
    plain = parse_spec({"channels": {"tv": {"adstock": {"kind": "delayed"}}}})
    usual = parse_spec({"channels": {"tv": {"adstock": {"kind": "delayed"}, "order": "adstock_first"}}})
    other = parse_spec({"channels": {"tv": {"adstock": {"kind": "delayed"}, "order": "saturation_first"}}})
    assert plain.hash == usual.hash == "13a1cad594b5b81b"
    assert other.hash != plain.hash
    assert parse_spec(other.model_dump(mode="json")) == other
