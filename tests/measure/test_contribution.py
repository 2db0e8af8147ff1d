"""Laws of contributions, ROI and response curves, on a quick fit of every kind of component."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mediamix.core.types import Window
from mediamix.measure.contribution import (
    contributions,
    decompose,
    measure_channels,
    outcome_total,
    roi,
    total_baseline,
    total_contributions,
)
from mediamix.measure.interval import Interval, bands
from mediamix.measure.quality import fitted
from mediamix.measure.response import observed_multipliers, response_curves, response_draws
from mediamix.measure.thinning import thinned_rows


def test_the_parts_add_up_to_the_fitted_outcome_in_every_draw(mixed_fit):
    """Each part recomputed from the posterior's named draws with NumPy alone."""
    parts = {c.name: c.draws_dt for c in decompose(mixed_fit)}
    total = sum(parts.values())
    posterior = mixed_fit.posterior
    rebuilt = posterior.stacked("intercept")[:, None]
    for term in mixed_fit.baseline:
        if term.component != "intercept":
            rebuilt = rebuilt + posterior.stacked(term.component) @ term.block.matrix.T
    for c, effect in enumerate(mixed_fit.channels):
        response = effect.transform.respond(mixed_fit.dataset.exposure_gtc[0, :, c], effect.theta_dk)
        rebuilt = rebuilt + posterior.stacked("beta")[:, c, None] * response
    np.testing.assert_allclose(total, rebuilt, rtol=1e-9)
    np.testing.assert_allclose(fitted(mixed_fit).mean_t, rebuilt.mean(axis=0), rtol=1e-9)
    summed = total_contributions(mixed_fit).sum(axis=1) + total_baseline(mixed_fit)
    np.testing.assert_allclose(summed, rebuilt.sum(axis=1), rtol=1e-9)


def test_the_baseline_of_a_window_is_the_sum_of_its_periods(mixed_fit):
    for window in (slice(None), slice(3, 17), slice(20, None)):
        by_period = sum(term.contribution()[:, window].sum(axis=1) for term in mixed_fit.baseline)
        np.testing.assert_allclose(total_baseline(mixed_fit, window=window), by_period, rtol=1e-12)


def test_contributions_over_time_are_tidy_and_add_up_in_the_mean(mixed_fit):
    table = contributions(mixed_fit)
    n = mixed_fit.dataset.n_periods
    means = table.pivot(index="date", columns="component", values="mean")
    media = table.loc[table["kind"] == "media", "component"].unique().tolist()
    terms = table.loc[table["kind"] == "baseline", "component"].unique().tolist()
    assert media == list(mixed_fit.dataset.channel_names)
    assert len(table) == n * (len(media) + len(terms) + 2)
    np.testing.assert_allclose(means[terms].sum(axis=1), means["baseline"], rtol=1e-9)
    np.testing.assert_allclose(means[media].sum(axis=1) + means["baseline"], means["fitted"], rtol=1e-9)
    assert (table["p5"] <= table["p50"]).all()
    assert (table["p50"] <= table["p95"]).all()
    assert table.loc[table["kind"] == "media", "p5"].ge(0).all()


def test_roi_times_spend_is_the_contribution_in_every_draw(mixed_fit):
    """The sampled ROI defines β: Σ_t β h = ROI · spend, whatever θ; a share: share · outcome mean · T."""
    total = total_contributions(mixed_fit)
    data, posterior = mixed_fit.dataset, mixed_fit.posterior
    want = posterior.stacked("roi") * data.spend_c[:-1]
    np.testing.assert_allclose(total[:, :-1], want, rtol=1e-9)
    trained = data.outcome_gt[mixed_fit.trained_gt]
    share = posterior.stacked("share")[:, 0]
    np.testing.assert_allclose(total[:, -1], share * trained.mean() * data.n_periods, rtol=1e-9)


def test_measures_of_a_channel_agree_with_its_draws(mixed_fit):
    measures = measure_channels(mixed_fit)
    total = total_contributions(mixed_fit)
    for c, m in enumerate(measures[:-1]):
        assert m.contribution.mean == pytest.approx(total[:, c].mean(), rel=1e-9)
        assert m.contribution.p95 == pytest.approx(np.percentile(total[:, c], 95), rel=1e-9)
        assert m.roi is not None
        assert m.roi.mean == pytest.approx(mixed_fit.posterior["roi"][..., c].mean(), rel=1e-9)
        assert m.share.mean == pytest.approx(m.contribution.mean / outcome_total(mixed_fit), rel=1e-9)
        assert m.cost_per_unit is None
    organic = measures[-1]
    assert (organic.name, organic.kind, organic.spend) == ("newsletter", "organic", 0.0)
    assert organic.roi is None
    assert organic.mroi is None
    assert organic.contribution.mean > 0


def test_marginal_roi_is_the_slope_of_the_response_curve(mixed_fit):
    """Against a difference of another step, through another function (relative 1e-3)."""
    grid = np.array([0.98, 1.02])
    curves = response_draws(mixed_fit, grid)
    for c, m in enumerate(measure_channels(mixed_fit)[:-1]):
        slope = (curves[c, :, 1] - curves[c, :, 0]) / (0.04 * m.spend)
        assert m.mroi is not None
        assert m.mroi.mean == pytest.approx(slope.mean(), rel=1e-3)
        assert m.mroi.p5 == pytest.approx(np.percentile(slope, 5), rel=5e-3)


def test_half_life_of_a_geometric_channel_is_its_parameter(mixed_fit):
    measures = {m.name: m for m in measure_channels(mixed_fit)}
    half_life = mixed_fit.posterior.columns()["half_life[search]"]
    inside = half_life[half_life < 52]
    assert len(inside) == half_life.size
    assert measures["search"].half_life.mean == pytest.approx(half_life.mean(), rel=1e-6)


def test_the_table_of_returns_has_holes_where_there_is_no_spend(mixed_fit):
    table = roi(mixed_fit).set_index("channel")
    assert table.index.tolist() == list(mixed_fit.dataset.channel_names)
    assert table.loc["newsletter", ["roi_mean", "mroi_p5", "cost_per_unit_mean"]].isna().all()
    assert table.drop(index="newsletter")[["roi_mean", "mroi_mean", "half_life_p95"]].notna().all(axis=None)


# --- response curves ----------------------------------------------------------------------------


def test_a_curve_starts_at_zero_passes_through_today_and_never_falls(mixed_fit):
    grid = np.linspace(0, 2, 21)
    curves = response_draws(mixed_fit, grid)
    assert not curves[:, :, 0].any()
    np.testing.assert_allclose(curves[:, :, 10].T, total_contributions(mixed_fit), rtol=1e-9)
    assert (np.diff(curves, axis=2) >= -1e-9 * curves[:, :, -1:]).all()


def test_the_curve_table_has_units_and_says_what_was_seen(mixed_fit):
    table = response_curves(mixed_fit, points=5, upto=2.0, max_draws=60)
    assert len(table) == 5 * len(mixed_fit.channels)
    today = table[table["multiplier"] == 1.0]
    np.testing.assert_allclose(today["spend"], mixed_fit.dataset.spend_c)
    np.testing.assert_allclose(today["exposure"], mixed_fit.dataset.exposure_gtc.sum(axis=(0, 1)))
    assert today["observed"].all()
    assert not table.loc[table["multiplier"] == 0, "observed"].any()
    rows = thinned_rows(mixed_fit.n_draws, 60)
    np.testing.assert_allclose(today["mean"], total_contributions(mixed_fit)[rows].mean(axis=0), rtol=1e-9)


def test_observed_multipliers_contain_today(mixed_fit):
    for low, high in observed_multipliers(mixed_fit):
        assert 0 <= low <= 1 <= high


def test_windows_that_follow_each_other_add_up_with_what_they_carry_out(mixed_fit):
    """The sum over consecutive windows telescopes to the whole, exactly where the carry-over ends.

    Window k counts f(exposure up to its stop) − f(exposure up to its start). Where the carry-over
    has no end, half a year after a window cuts off a rest: the sum can only fall short.
    """
    n = mixed_fit.dataset.n_periods
    one = np.array([1.0])
    windows = [Window(low, high) for low, high in pairwise([0, 40, 41, 100, n])]
    parts = sum(response_draws(mixed_fit, one, window=w, carry_out=True) for w in windows)
    whole = response_draws(mixed_fit, one, carry_out=True)
    for c, effect in enumerate(mixed_fit.channels):
        if effect.transform.max_lag:
            # Not to the last bit: a running sum leaves 1e-17, and Hill's 1e-17^slope is more.
            np.testing.assert_allclose(parts[c], whole[c], rtol=1e-7)
        else:
            assert (parts[c] <= whole[c] * (1 + 1e-9)).all()
            assert np.median(parts[c] / whole[c]) > 0.9
    without = response_draws(mixed_fit, one)
    assert (whole >= without * (1 - 1e-12)).all()
    assert (whole > without).any()


def test_a_window_counts_only_its_own_effect(mixed_fit):
    """Without carry-out: with minus without the window's exposure, up to the window's end."""
    window = Window(60, 80)
    got = response_draws(mixed_fit, np.array([0.0, 0.7, 1.0]), window=window)
    assert not got[:, :, 0].any()
    for c, effect in enumerate(mixed_fit.channels):
        x = mixed_fit.dataset.exposure_gtc[:, :80, c].copy()
        scaled, without = x.copy(), x.copy()
        scaled[:, 60:] *= 0.7
        without[:, 60:] = 0.0
        want = effect.contribution(scaled).sum(axis=1) - effect.contribution(without).sum(axis=1)
        np.testing.assert_allclose(got[c, :, 1], want, rtol=1e-9, atol=1e-6)


def test_thinning_is_even_and_keeps_the_ends():
    assert thinned_rows(10, None).tolist() == list(range(10))
    assert thinned_rows(10, 20).tolist() == list(range(10))
    assert thinned_rows(10, 4).tolist() == [0, 3, 6, 9]


def test_an_interval_is_mean_and_quantiles():
    values = np.arange(101.0)
    assert Interval.of(values).to_dict() == {"mean": 50.0, "p5": 5.0, "p50": 50.0, "p95": 95.0}
    stacked = bands(np.column_stack([values, 2 * values]))
    assert {name: band.tolist() for name, band in stacked.items()} == {
        "mean": [50, 100],
        "p5": [5, 10],
        "p50": [50, 100],
        "p95": [95, 190],
    }
