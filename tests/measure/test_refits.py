"""Cheap refits: what they show of data whose trend breaks, and that they stay with the fit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import Spec
from mediamix.core.types import Every
from mediamix.measure.gains import PARETO_K
from mediamix.measure.gather import gather
from mediamix.measure.refitting import LEFT_OUT, compared, refit
from mediamix.measure.summary import summarise
from mediamix.measure.trust import order
from mediamix.models.refits import Gain, Peak, Refits
from mediamix.pipeline import fit_model, load, save
from mediamix.simulate import Scenario, simulate

SHORT = Spec(sampler={"chains": 2, "draws": 150, "tune": 150})


@pytest.fixture(scope="module")
def broken():
    """A fit of 120 weeks whose level rises and falls by 40 % of the mean within half a year, twice."""
    made = simulate(replace(Scenario.weekly(3), every=Every.WEEK, periods=120, channels=2))
    outcome = made.dataset.outcome_gt.copy()
    week = np.arange(120)
    for middle in (39.7, 79.3):
        outcome += 0.4 * outcome.mean() * np.clip(1 - np.abs(week - middle) / 13.2, 0.0, None)
    return fit_model(replace(made.dataset, outcome_gt=outcome), SHORT)


def test_closer_knots_predict_a_broken_trend_better(broken):
    """Two hills of over ten noise deviations between the fit's knots: dozens of nats, whatever the draws."""
    gain = broken.run.refits.gain("closer_knots")
    assert gain.gain > 10
    assert gain.words == "trend: {every: 13}"
    told = [f for f in summarise(broken).model_findings if f.check == "closer_knots"]
    # In one seed of ten one row's weights can't be trusted: the others say the same.
    assert gain.pareto_k <= PARETO_K
    assert [f.advice for f in told] == ["try `trend: {every: 13}`"]


@pytest.mark.parametrize(("bad", "left"), [(0, 100), (4, 96), (int(100 * LEFT_OUT) + 1, 100)])
def test_few_rows_without_trusted_weights_are_left_out_of_a_gain(bad, left):
    better, k = np.full(100, 0.25), np.zeros(100)
    better[:bad], k[:bad] = -50.0, 3.0
    nothing = (np.zeros(100), np.zeros(100))
    for one, other, sign in (((better, k), nothing, 1), (nothing, (better, k), -1)):
        gain, error, worst = compared(one, other)
        used = better[100 - left :]
        assert gain == pytest.approx(sign * used.sum())
        assert error == pytest.approx(math.sqrt(left) * used.std())
        assert worst == (3.0 if left == 100 and bad else 0.0)


def test_a_fit_that_is_loaded_says_the_same(broken, tmp_path):
    said = save(broken, tmp_path / "fit")
    again = load(tmp_path / "fit")
    assert again.run.refits == broken.run.refits
    assert summarise(again).model_findings == said.model_findings
    assert summarise(again).evidence == said.evidence


def test_checks_can_be_left_out(broken):
    plain = fit_model(broken.dataset, SHORT, checks=False)
    assert plain.run.refits is None
    assert "checks_s" not in plain.run.seconds
    names = {f.check for f in summarise(plain).model_findings}
    assert "closer_knots" not in names


def test_a_panel_is_not_refitted_and_its_channels_have_no_free_sign():
    made = simulate(replace(Scenario.geo_panel(1), geos=3, periods=60, channels=2))
    panel = fit_model(made.dataset, Spec(geo={}, sampler={"chains": 2, "draws": 60, "tune": 60}))
    assert refit(panel) is None
    found = gather(panel)
    assert found.panel
    assert found.residual_gt.shape == (3, 60)
    assert all(channel.free is None and channel.drift is None for channel in found.channels)


def test_residuals_are_those_of_the_posterior_mean(broken):
    found = gather(broken)
    expected = sum(term.contribution() for term in broken.baseline)
    for c, effect in enumerate(broken.channels):
        expected = expected + effect.contribution(broken.dataset.exposure_gtc[:, :, c])
    residual = (broken.dataset.outcome_gt[0] - expected.mean(axis=0)) / broken.sigma_dg.mean()
    np.testing.assert_allclose(found.total_t, residual, rtol=1e-6, atol=1e-9)


def test_the_record_survives_json():
    made = Refits(
        (Gain("season", "words", 1.5, 0.5, math.inf),), (Peak(1.0, 0.2, {"roi of tv": (1.0, 3.0)}),), 0.7
    )
    assert Refits.of(made.to_dict()) == made
    assert made.to_dict()["gains"][0]["pareto_k"] is None


def test_the_other_order_is_tried_where_something_carries_over():
    data = simulate(replace(Scenario.weekly(3), periods=60, channels=2)).dataset
    first, second = data.channel_names
    made = order.variant(data, Spec(channels={first: {"adstock": {"kind": "none"}}}))
    assert made is not None
    _, spec, words = made
    assert words == f"channels: {{{second}: {{order: saturation_first}}, …}}"
    assert (spec.channel(first).order, spec.channel(second).order) == ("adstock_first", "saturation_first")
    nothing = {first: {"adstock": {"kind": "none"}}, second: {"order": "saturation_first"}}
    assert order.variant(data, Spec(channels=nothing)) is None
