"""What the priors say before any data, against draws that are made here, and the warnings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, weibull_min

import mediamix as mm
from mediamix.core.spec import Spec
from mediamix.measure.beforehand import prior_check
from mediamix.models.before import prior_of
from mediamix.models.priors import linear_sd
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate
from models_panels import panel

NATIONAL = simulate(Scenario(periods=104, channels=4, every="week", seed=3)).dataset
PANEL = panel(geos=3, periods=52, channels=2)


def weibull(median: float, p95: float):
    shape = (np.log(np.log(20)) - np.log(np.log(2))) / np.log(p95 / median)
    return weibull_min(shape, scale=median / np.log(2) ** (1 / shape))


@pytest.mark.parametrize(("data", "more"), [(NATIONAL, {}), (PANEL, {"geo": {}})])
def test_what_channels_bring_is_what_the_priors_say(data, more):
    check = prior_check(data, Spec(**more))
    belief = weibull(1.0, 5.0)
    # Of 2,000 draws: four standard errors of a quantile.
    for m in check.channels:
        for found, p in ((m.roi.p50, 0.5), (m.roi.p95, 0.95)):
            density = belief.pdf(belief.ppf(p))
            error = np.sqrt(p * (1 - p) / check.fit.n_draws) / density
            # In a panel the ROI is over geos that differ.
            assert abs(found - belief.ppf(p)) < 4 * error + 0.03 * found
    roi_dc = np.column_stack([belief.rvs(20_000, random_state=c) for c in range(len(data.channels))])
    share_d = roi_dc @ data.spend_c / np.nansum(data.outcome_gt)
    assert check.media_share.p50 == pytest.approx(np.median(share_d), rel=0.08)
    p = (share_d > 1).mean()
    error = np.sqrt(p * (1 - p) * (1 / check.fit.n_draws + 1 / len(share_d)))
    assert check.above_one == pytest.approx(p, abs=5 * error + 0.004)


@pytest.mark.parametrize(("data", "more"), [(NATIONAL, {}), (PANEL, {"geo": {}})])
def test_the_baseline_is_drawn_as_wide_as_its_columns(data, more):
    """Its standard deviation over draws in each period, by the columns and their prior scales."""
    spec = Spec(**more)
    fit, problem = prior_of(data, spec), pose(data, spec)
    drawn_dt = sum(term.contribution() for term in fit.baseline)
    years = data.n_periods / data.every.per_year
    variance_t = np.zeros(data.n_periods)
    for block in problem.blocks:
        columns = np.broadcast_to(block.matrix_gtp, (len(data.geos), *block.matrix_gtp.shape[1:]))
        total_tp = (problem.weight_gt[:, :, None] * columns).sum(axis=0)
        variance_t += (total_tp**2) @ linear_sd(block, years) ** 2
    expected_t = np.sqrt(variance_t) * problem.outcome.mean
    found_t = drawn_dt.std(axis=0)
    if len(data.geos) == 1:
        np.testing.assert_allclose(found_t, expected_t, rtol=0.08)
    else:
        # Geos' own deviations come on top; of 2,000 draws a deviation is known to 1.6 %.
        assert (found_t > 0.9 * expected_t).all()
    mean_d = drawn_dt.mean(axis=1)
    error = mean_d.std() / np.sqrt(len(mean_d))
    assert abs(mean_d.mean() - data.outcome_gt.sum(axis=0).mean()) < 5 * error


def test_default_priors_rule_nothing_out_and_the_card_says_what_they_imply():
    check = mm.prior_check(NATIONAL, Spec())
    assert check.findings == ()
    words = repr(check)
    assert "Before any data" in words
    assert all(name in words for name in NATIONAL.channel_names)
    told = check.to_dict()
    # A median of 2,000 draws is known to 3 %.
    assert set(told["outcome"]) == {"mean", "sd", "lowest", "highest", "half_change"}
    assert told["channels"][NATIONAL.channel_names[0]]["roi"]["p50"] == pytest.approx(1.0, rel=0.2)


def test_the_same_seed_gives_the_same_draws():
    assert prior_check(NATIONAL, Spec()).to_dict() == prior_check(NATIONAL, Spec()).to_dict()
    other = prior_check(NATIONAL, Spec(sampler={"seed": 2}))
    assert other.to_dict() != prior_check(NATIONAL, Spec()).to_dict()


def test_priors_that_rule_out_what_was_observed_are_told():
    """Each channel thirty times its spend: the outcome is far above any that was seen."""
    much = Spec(each_channel={"prior": {"roi": {"median": 60, "p95": 70}}})
    found = prior_check(NATIONAL, much)
    told = {finding.where for finding in found.findings}
    assert told == {"outcome", "media"}
    assert found.above_one == 1.0
    assert any("mean of a period" in finding.message for finding in found.findings)


def test_a_stiff_trend_is_told_where_the_outcome_has_doubled():
    grown = NATIONAL.outcome_gt * np.where(np.arange(NATIONAL.n_periods) < 52, 0.02, 1.98)
    stiff = Spec(trend={"kind": "none"}, seasonality={"yearly": 0})
    found = prior_check(
        replace(NATIONAL, outcome_gt=grown, control_names=(), controls_gtk=NATIONAL.controls_gtk[..., :0]),
        stiff,
    )
    assert any("first to the second half" in finding.message for finding in found.findings)


def test_with_a_belief_about_all_media_the_share_is_that_belief():
    spec = Spec(media={"prior": {"share": {"median": 0.1, "p95": 0.2}}, "pooled": True})
    share = prior_check(NATIONAL, spec).media_share
    scale = np.log(2.0) / norm.ppf(0.95)
    assert share.p50 == pytest.approx(0.1, rel=0.06)
    assert share.p5 == pytest.approx(0.1 * np.exp(-scale * norm.ppf(0.95)), rel=0.1)
