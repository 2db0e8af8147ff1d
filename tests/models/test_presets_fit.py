"""Each preset fits a small market, and what was said for each channel holds in the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import SpecError
from mediamix.core.presets import presets
from mediamix.core.spec import Spec
from mediamix.models import bayes
from mediamix.models.priors import Prior
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate
from models_panels import organic, panel

DATA = simulate(Scenario(periods=104, channels=3, every="week", seed=3)).dataset
SHORT = {"chains": 2, "draws": 100, "tune": 100, "heal": False}


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_fits_a_small_market(name):
    fit = bayes.fit(DATA, Spec(preset=name, sampler=SHORT))
    roi_dc = fit.posterior.stacked("roi" if "roi" in fit.posterior else "share")
    assert np.isfinite(roi_dc).all()
    assert {e.transform.saturation.name for e in fit.channels} == {
        presets()[name].spec["each_channel"]["saturation"]["kind"]
    }


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_poses_panels_and_counts_and_organic_channels(name):
    pose(panel(geos=3, periods=52), Spec(preset=name, geo={}))
    counts = replace(organic(panel(geos=1, periods=52)), unit="count")
    effects = [prior.name for prior in pose(counts, Spec(preset=name)).model.priors]
    assert "roi" not in effects
    assert effects.count("share") == 3


def prior_of(spec: Spec, data, channel: int, name: str) -> Prior:
    model = pose(data, spec).model
    own = model.priors[model.starts[channel] : model.starts[channel + 1]]
    return next(prior for prior in own if prior.name == name)


def test_what_is_said_for_each_channel_is_in_the_model():
    first, second, _ = DATA.channel_names
    spec = Spec(
        each_channel={
            "prior": {"roi": {"median": 2, "p95": 3}, "half_life": {"median": 21, "p95": 50, "unit": "days"}}
        },
        channels={first: {"prior": {"roi": {"median": 4, "p95": 5}}}},
    )
    zero = np.zeros(())
    assert float(prior_of(spec, DATA, 0, "roi").natural(zero)) == pytest.approx(4)
    assert float(prior_of(spec, DATA, 1, "roi").natural(zero)) == pytest.approx(2)
    assert float(prior_of(spec, DATA, 0, "half_life").natural(zero)) == pytest.approx(3)
    other = Spec(each_channel=spec.each_channel, channels={second: {"adstock": {"kind": "delayed"}}})
    assert [p.name for p in pose(DATA, other).model.priors].count("half_life") == 2


def test_a_half_effect_in_money_is_spend_per_period_of_all_geos():
    data = panel(geos=4, periods=60)
    spec = Spec(
        geo={}, each_channel={"prior": {"half_effect": {"median": 1000, "p95": 3000, "unit": "money"}}}
    )
    problem = pose(data, spec)
    found = prior_of(spec, data, 0, "half_effect")
    exposure_per_head = float(found.natural(np.zeros(()))) * problem.exposure.reference_c[0]
    # So much exposure per head in every geo costs, at the channel's mean price, that money.
    exposure = float((exposure_per_head * problem.size_g).sum())
    price = data.spend_gtc[..., 0].sum() / data.exposure_gtc[..., 0].sum()
    assert exposure * price == pytest.approx(1000)


def test_a_prior_that_no_channel_has_is_refused_but_not_a_preset_s():
    with pytest.raises(SpecError, match=r"each_channel\.prior: no channel has delay"):
        pose(DATA, Spec(each_channel={"prior": {"delay": {"median": 1, "p95": 2}}}))
    pose(DATA, Spec(preset="robyn", each_channel={"adstock": {"kind": "weibull_cdf"}}))


def test_a_lag_said_for_each_channel_is_not_for_one_without_carry_over():
    name = DATA.channel_names[0]
    model = pose(DATA, Spec(preset="meridian", channels={name: {"adstock": {"kind": "none"}}})).model
    assert [t.max_lag for t in model.transforms] == [1, 9, 9]
