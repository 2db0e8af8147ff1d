"""The model family: refusals, missing and held-out outcomes, seeds, counts, organic channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.inference import nuts
from mediamix.inference.diagnostics import ess_bulk
from mediamix.measure.contribution import decompose, measure_channels, total_contributions
from mediamix.models.base import Fit, RunInfo
from mediamix.models.bayes import fit, to_fit
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

SAMPLER = {"chains": 2, "draws": 60, "tune": 60, "seed": 5}


def quick(**sections: object) -> Spec:
    return parse_spec({"sampler": SAMPLER, **sections})


def same_draws(a: Fit, b: Fit) -> bool:
    return all(np.array_equal(a.posterior[name], b.posterior[name]) for name in a.posterior.arrays)


# --- refusals -----------------------------------------------------------------------------------


def two_geos(data: Dataset) -> Dataset:
    halves = {
        name: np.concatenate([getattr(data, name) * share for share in (0.4, 0.6)])
        for name in ("outcome_gt", "spend_gtc", "exposure_gtc")
    }
    controls = np.concatenate([data.controls_gtk] * 2)
    return replace(data, geos=("north", "south"), controls_gtk=controls, **halves)


def test_geos_are_summed_without_geo_in_the_spec(weekly):
    summed = fit(two_geos(weekly), quick())
    assert summed.dataset.geos == ("national",)
    np.testing.assert_allclose(summed.dataset.outcome_gt, weekly.outcome_gt)


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ({"channels": {"serch": {}}}, "did you mean 'search'"),
        ({"channels": {"tv": {"adstock": {"kind": "geometrc"}}}}, "did you mean 'geometric'"),
        ({"channels": {"tv": {"saturation": {"kind": "hil"}}}}, "there is no saturation called 'hil'"),
        ({"channels": {"tv": {"prior": {"delay": {"median": 1, "p95": 2}}}}}, "unknown parameters: delay"),
        ({"channels": {"newsletter": {"prior": {"roi": {"median": 1, "p95": 2}}}}}, "a prior on 'roi' needs"),
        ({"holdout": {"last": 79}}, "holdout.last leaves 77 of 156 periods"),
    ],
    ids=["channel", "adstock", "saturation", "parameter", "organic roi", "holdout"],
)
def test_what_cannot_be_is_refused_before_sampling(mixed, sections, match):
    with pytest.raises(SpecError, match=match):
        pose(mixed, quick(**sections))


# --- which outcomes enter -----------------------------------------------------------------------


def test_missing_outcomes_leave_the_likelihood(mixed, mixed_fit):
    assert not mixed_fit.trained_gt[0][[4, 50, 51]].any()
    assert mixed_fit.trained_gt[0].sum() == mixed.n_periods - 3 - 8
    for name in mixed_fit.posterior.arrays:
        assert np.isfinite(mixed_fit.posterior[name]).all(), name


def test_a_missing_outcome_is_not_a_zero(weekly):
    """A hole leaves the estimate where it was; a zero in its place would be a shock."""
    outcome = weekly.outcome_gt.copy()
    outcome[0, 80] = np.nan
    with_hole = fit(replace(weekly, outcome_gt=outcome), quick())
    assert with_hole.sigma_dg.mean() < 0.08 * weekly.outcome_gt.mean()
    zero = np.where(np.isnan(outcome), 0.0, outcome)
    with_zero = fit(replace(weekly, outcome_gt=zero), quick())
    assert with_zero.sigma_dg.mean() > 1.5 * with_hole.sigma_dg.mean()


def test_held_out_outcomes_change_nothing(weekly):
    spec = quick(holdout={"last": 8})
    outcome = weekly.outcome_gt.copy()
    outcome[0, -8:] *= np.linspace(0.2, 5.0, 8)
    first, changed = fit(weekly, spec), fit(replace(weekly, outcome_gt=outcome), spec)
    assert same_draws(first, changed)
    np.testing.assert_array_equal(first.trained_gt[0], np.arange(156) < 148)
    # And they did matter where they are not held out.
    assert not same_draws(fit(weekly, quick()), fit(replace(weekly, outcome_gt=outcome), quick()))


def test_the_arrays_of_the_dataset_are_left_as_they_were(mixed, mixed_spec):
    before = mixed.hash
    fit(mixed, mixed_spec.model_copy(update={"sampler": quick().sampler}))
    assert mixed.hash == before


# --- seeds --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_fit_to_the_bit(weekly):
    first, again = fit(weekly, quick()), fit(weekly, quick())
    assert same_draws(first, again)
    other = fit(weekly, parse_spec({"sampler": {**SAMPLER, "seed": 6}}))
    assert not np.array_equal(first.posterior["roi"], other.posterior["roi"])


def test_a_fit_says_what_made_it(weekly):
    result = fit(weekly, quick())
    assert result.run.data_hash == weekly.hash
    assert result.run.spec_hash == quick().hash
    assert result.run.seed == 5
    assert result.run.seconds["sample_s"] > 0


def test_progress_reaches_the_caller_and_its_interrupt_comes_back(weekly):
    def interrupt(progress: nuts.Progress) -> None:
        assert progress.total == 2 * 100_050
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        fit(weekly, parse_spec({"sampler": {"chains": 2, "draws": 100_000, "tune": 50}}), interrupt)


# --- outcomes that are counts -------------------------------------------------------------------


@pytest.fixture(scope="module")
def orders() -> Dataset:
    return simulate(replace(Scenario.weekly(4), unit="count", value_per_unit=40.0)).dataset


def test_a_count_with_a_value_has_a_roi_in_money(orders):
    result = fit(orders, quick())
    assert orders.value_per_unit == 40.0
    for c, m in enumerate(measure_channels(result)):
        assert m.roi is not None
        assert m.cost_per_unit is not None
        units = total_contributions(result)[:, c]
        assert m.roi.mean == pytest.approx((units * 40 / m.spend).mean(), rel=1e-9)
        assert m.roi.mean == pytest.approx(result.posterior["roi"][..., c].mean(), rel=1e-9)
        assert m.cost_per_unit.p50 == pytest.approx(np.median(m.spend / units), rel=1e-9)


def test_a_count_without_a_value_has_shares_and_a_cost_per_unit(orders):
    result = fit(replace(orders, value_per_unit=None), quick())
    assert "roi" not in result.posterior
    assert result.posterior["share"].shape == (2, 60, 5)
    for m in measure_channels(result):
        assert m.roi is None
        assert m.mroi is None
        assert m.cost_per_unit is not None
        assert m.cost_per_unit.mean > 0


def test_the_unit_of_money_does_not_matter(weekly):
    """Outcome and spend in cents: the same ROI, contributions a hundred times as many."""
    cents = replace(
        weekly,
        outcome_gt=weekly.outcome_gt * 100,
        spend_gtc=weekly.spend_gtc * 100,
        exposure_gtc=weekly.exposure_gtc * 100,
    )
    spec = parse_spec({"sampler": {"chains": 2, "draws": 100, "tune": 100}})
    posed = [pose(data, spec) for data in (weekly, cents)]
    # Rounding differs in the last bit, so that chains would part: the same points are asked of both.
    sample = nuts.sample(posed[0].density(), spec.sampler)
    for u in sample.u[0, ::20]:
        (lp, slope), (other, its_slope) = (problem.density()(u) for problem in posed)
        assert other == pytest.approx(lp, rel=1e-9)
        np.testing.assert_allclose(its_slope, slope, rtol=1e-6, atol=1e-6)
    run = RunInfo("made", spec.hash, spec.sampler.seed)
    euros, scaled = (to_fit(problem, sample, run) for problem in posed)
    np.testing.assert_allclose(scaled.posterior.stacked("roi"), euros.posterior.stacked("roi"), rtol=1e-9)
    np.testing.assert_allclose(total_contributions(scaled), 100 * total_contributions(euros), rtol=1e-6)


# --- organic channels ---------------------------------------------------------------------------


def test_an_organic_channel_has_a_share_and_paid_ones_a_roi(mixed, mixed_fit):
    posterior = mixed_fit.posterior
    assert posterior.coords["share_channel"] == ("newsletter",)
    assert tuple(posterior.coords["roi_channel"]) == mixed.channel_names[:-1]
    assert (total_contributions(mixed_fit)[:, -1] > 0).all()


def test_channels_that_never_ran_are_refused_together(weekly):
    """Their effect per unit of response does not exist: the sampler would find no start."""
    exposure = weekly.exposure_gtc.copy()
    exposure[..., [1, 2]] = 0.0
    with pytest.raises(DataError, match="channels without any exposure: search, social"):
        fit(replace(weekly, exposure_gtc=exposure), quick())


def test_a_channel_that_ran_in_the_holdout_only_keeps_its_prior(weekly):
    """Nothing in the likelihood speaks about it: the mean of log ROI is the prior's, within 5 errors."""
    exposure, spend = weekly.exposure_gtc.copy(), weekly.spend_gtc.copy()
    exposure[0, :-8, 2], spend[0, :-8, 2] = 0.0, 0.0
    spec = parse_spec({"sampler": {"chains": 2, "draws": 500, "tune": 300}, "holdout": {"last": 8}})
    result = fit(replace(weekly, exposure_gtc=exposure, spend_gtc=spend), spec)
    drawn = np.log(result.posterior["roi"][..., 2])
    # The log of a Weibull variable with median 1 and 95 % point 5 (Gumbel's distribution of minima).
    shape = np.log(np.log(20.0) / np.log(2.0)) / np.log(5.0)
    sd = np.pi / np.sqrt(6.0) / shape
    mean = -(np.euler_gamma + np.log(np.log(2.0))) / shape
    assert abs(drawn.mean() - mean) < 5 * sd / np.sqrt(ess_bulk(drawn))
    assert drawn.std() == pytest.approx(sd, rel=0.2)


# --- back in natural units ----------------------------------------------------------------------


def test_the_fit_passes_through_the_middle_of_the_outcome(mixed_fit):
    """An intercept with a wide prior leaves no mean residual: 0.1 % is seven Monte Carlo errors."""
    observed = mixed_fit.dataset.outcome_gt[mixed_fit.trained_gt]
    expected = sum(c.draws_dt.mean(axis=0) for c in decompose(mixed_fit))[mixed_fit.trained_gt[0]]
    assert expected.mean() == pytest.approx(observed.mean(), rel=1e-3)
    # And the residuals are as large as the model's own noise.
    residual = observed - expected
    assert residual.std() == pytest.approx(mixed_fit.sigma_dg.mean(), rel=0.2)


def test_what_this_version_has_no_model_for_is_refused(weekly: Dataset, quick_spec: Spec) -> None:
    with pytest.raises(SpecError, match="the data hold no experiments"):
        pose(weekly, quick_spec.model_copy(update={"calibration": "experiments.csv"}))
    price = replace(weekly.channels[0], kind=Kind.TREATMENT)
    with pytest.raises(SpecError, match="a treatment is a control, and this is a channel"):
        pose(replace(weekly, channels=(price, *weekly.channels[1:])), quick_spec)
