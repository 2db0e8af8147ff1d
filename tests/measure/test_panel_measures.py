"""Measures of a panel: totals against the definition in plain NumPy, and geos that add up to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.measure import thinning
from mediamix.measure.contribution import (
    contributions,
    decompose,
    outcome_total,
    roi,
    total_baseline,
    total_contributions,
)
from mediamix.measure.geos import measure_geos, quality_by_geo
from mediamix.measure.panel import outcome_of_geos
from mediamix.measure.quality import fitted, quality, seen
from mediamix.measure.response import observed_multipliers, response_curves, response_draws
from mediamix.measure.summary import summarise
from mediamix.measure.thinning import for_geos
from mediamix.models.bayes import fit

GEOS = range(6)
LATE, GONE, WITHOUT_SEARCH = 1, 4, 3


def plain_media(panel_fit, d: int) -> np.ndarray:
    """Contribution of every geo, period and channel in draw `d`, from the named draws and the formulas."""
    data, draws = panel_fit.dataset, panel_fit.posterior
    size = data.population_g / data.population_g.mean()
    out = np.zeros(data.exposure_gtc.shape)
    for c in range(len(data.channels)):
        half_life, half, slope = (draws.stacked(n)[d, c] for n in ("half_life", "half_effect", "slope"))
        alpha = 0.5 ** (1 / half_life)
        for g in range(len(data.geos)):
            carried = 0.0
            for t, x in enumerate(data.exposure_gtc[g, :, c] / size[g]):
                carried = alpha * carried + (1 - alpha) * x
                if carried > 0:
                    hill = carried**slope / (carried**slope + half**slope)
                    out[g, t, c] = draws.stacked("beta_geo")[d, g, c] * hill
    return out


def plain_controls(panel_fit, d: int) -> np.ndarray:
    """Contribution of the controls per geo and period in draw `d`."""
    data, draws = panel_fit.dataset, panel_fit.posterior
    size = data.population_g / data.population_g.mean()
    out = np.zeros(data.outcome_gt.shape)
    for g in range(len(data.geos)):
        there = data.present_gt[g]
        own = draws.stacked("controls")[d] + draws.stacked("controls_geo")[d, g]
        centred = data.controls_gtk[g] - data.controls_gtk[g, there].mean(axis=0)
        out[g] = size[g] * there * (centred @ own)
    return out


@pytest.mark.parametrize("d", [0, 77, 199])
def test_totals_and_geos_are_what_the_definition_says(panel_fit, d):
    media, controls = plain_media(panel_fit, d), plain_controls(panel_fit, d)
    total = {c.name: c.draws_dt[d] for c in decompose(panel_fit)}
    for c, name in enumerate(panel_fit.dataset.channel_names):
        np.testing.assert_allclose(total[name], media[..., c].sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(total["controls"], controls.sum(axis=0), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(total_contributions(panel_fit)[d], media.sum(axis=(0, 1)), rtol=1e-9)
    for g in GEOS:
        own = {c.name: c.draws_dt[d] for c in decompose(panel_fit, g)}
        np.testing.assert_allclose(own["controls"], controls[g], rtol=1e-9, atol=1e-6)
        for c, name in enumerate(panel_fit.dataset.channel_names):
            np.testing.assert_allclose(own[name], media[g, :, c], rtol=1e-9, atol=1e-9)


def test_geos_add_up_to_the_total_in_every_draw(panel_fit):
    total = {c.name: c.draws_dt for c in decompose(panel_fit)}
    parts = [{c.name: c.draws_dt for c in decompose(panel_fit, g)} for g in GEOS]
    for name, draws_dt in total.items():
        summed = sum(part[name] for part in parts)
        np.testing.assert_allclose(summed, draws_dt, rtol=1e-9, atol=1e-9 * np.abs(draws_dt).max())
    grid = np.linspace(0, 2, 5)
    curves = sum(response_draws(panel_fit, grid, geo=g) for g in GEOS)
    np.testing.assert_allclose(curves, response_draws(panel_fit, grid), rtol=1e-9, atol=1e-6)
    baseline = sum(total_baseline(panel_fit, g) for g in GEOS)
    np.testing.assert_allclose(baseline, total_baseline(panel_fit), rtol=1e-9)
    terms = sum(c.draws_dt.sum(axis=1) for c in decompose(panel_fit) if c.kind == "baseline")
    np.testing.assert_allclose(baseline, terms, rtol=1e-9)
    media = sum(total_contributions(panel_fit, g) for g in GEOS)
    np.testing.assert_allclose(media, total_contributions(panel_fit), rtol=1e-9)


def test_tables_by_geo_are_tidy_and_add_up(panel_fit):
    data = panel_fit.dataset
    whole, parts = contributions(panel_fit), contributions(panel_fit, by="geo")
    assert list(parts.columns) == ["geo", *whole.columns]
    assert len(parts) == len(GEOS) * len(whole)
    summed = parts.groupby(["date", "component", "kind"], sort=False)["mean"].sum().to_numpy()
    wanted = whole.groupby(["date", "component", "kind"], sort=False)["mean"].sum().to_numpy()
    np.testing.assert_allclose(summed, wanted, rtol=1e-9, atol=1e-6)

    by_channel, by_geo = roi(panel_fit).set_index("channel"), roi(panel_fit, by="geo")
    assert by_geo["geo"].tolist() == [geo for geo in data.geos for _ in data.channels]
    for column in ("spend", "contribution_mean"):
        summed = by_geo.groupby("channel", sort=False)[column].sum()
        np.testing.assert_allclose(summed, by_channel[column], rtol=1e-9)
    nothing = by_geo[(by_geo["geo"] == data.geos[WITHOUT_SEARCH]) & (by_geo["spend"] == 0)]
    assert nothing["channel"].tolist() == ["search"]
    assert nothing["contribution_mean"].tolist() == [0.0]
    assert nothing[["roi_mean", "mroi_mean"]].isna().all(axis=None)

    curves = response_curves(panel_fit, points=3, by="geo")
    assert list(curves.columns[:3]) == ["geo", "channel", "multiplier"]
    today = curves[curves["multiplier"] == 1.0]
    np.testing.assert_allclose(today["mean"], by_geo["contribution_mean"], rtol=1e-9, atol=1e-6)


def test_only_geos_can_be_tabulated_by(panel_fit):
    with pytest.raises(SpecError, match="by=None or by='geo'"):
        contributions(panel_fit, by="region")


def test_one_geo_is_the_national_model(weekly, quick_spec):
    raw = quick_spec.model_dump(exclude={"geo"})
    national, one = fit(weekly, quick_spec), fit(weekly, parse_spec({**raw, "geo": {}}))
    assert contributions(one).equals(contributions(national))
    assert roi(one, by="geo").drop(columns="geo").equals(roi(national))
    assert (
        response_curves(one, points=5, by="geo")
        .drop(columns="geo")
        .equals(response_curves(national, points=5))
    )
    assert quality(one, geo=0).trained.r2 == quality(national).trained.r2
    assert summarise(one).to_dict()["channels"] == summarise(national).to_dict()["channels"]
    assert "geos" not in summarise(one).to_dict()
    assert measure_geos(one) is None


# --- outcome, noise, quality ---------------------------------------------------------------------


def test_the_outcome_total_fills_holes_of_geos_that_are_there(panel_fit):
    data = panel_fit.dataset
    fitted_mean = {g: fitted(panel_fit, g).mean_t for g in (0, 2)}
    holes = fitted_mean[0][5] + fitted_mean[2][[30, 31]].sum()
    assert outcome_total(panel_fit) == pytest.approx(np.nansum(data.outcome_gt) + holes, rel=1e-12)
    own = outcome_of_geos(panel_fit)
    # a geo that isn't there yet, or no more, has no outcome to fill in
    for g in (LATE, GONE):
        assert own[g] == pytest.approx(np.nansum(data.outcome_gt[g]), rel=1e-12)


def test_the_noise_of_a_sum_is_that_of_the_geos_that_are_there(panel_fit):
    sigma_dg, present = panel_fit.sigma_dg, panel_fit.dataset.present_gt
    assert (np.ptp(sigma_dg / sigma_dg[:, :1], axis=0)[1:] > 0).all()  # unequal noise, else the test is empty
    expected = sum(c.draws_dt for c in decompose(panel_fit))
    noise = fitted(panel_fit).predictive_dt - expected
    for t in (3, 40, 55):
        there = [g for g in GEOS if present[g, t]]
        assert len(there) == (5 if t != 40 else 6)
        wanted = np.array([np.sqrt(sum(sigma_dg[d, g] ** 2 for g in there)) for d in range(len(sigma_dg))])
        # the same random numbers scaled: their ratio to the wanted scale is standard normal
        z = noise[:, t] / wanted
        assert abs(z.mean()) < 4 / np.sqrt(len(z))
        assert z.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(z)))
    for g in GEOS:
        own = fitted(panel_fit, g).predictive_dt - sum(c.draws_dt for c in decompose(panel_fit, g))
        z = (own / sigma_dg[:, [g]])[:, present[g]]
        assert z.std() == pytest.approx(1, abs=5 / np.sqrt(2 * z.size))
        np.testing.assert_allclose(own[:, ~present[g]], 0.0, atol=1e-6)


def test_periods_in_which_a_geo_is_missing_are_not_scored(panel_fit):
    known = seen(panel_fit)
    assert np.flatnonzero(np.isnan(known.outcome_t)).tolist() == [5, 30, 31]
    assert known.outcome_t[50] == pytest.approx(np.nansum(panel_fit.dataset.outcome_gt[:, 50]))
    scores = quality(panel_fit)
    assert scores.trained.periods == 60 - 6 - 3
    assert scores.holdout is not None
    assert scores.holdout.periods == 6
    assert quality(panel_fit, geo=LATE).trained.periods == 60 - 6 - 17
    assert quality(panel_fit, geo=GONE).holdout is None


def test_a_total_that_is_never_known_has_no_score_but_a_summary(panel_fit):
    data = panel_fit.dataset
    outcome = data.outcome_gt.copy()
    outcome[0, ::2], outcome[2, 1::2] = np.nan, np.nan
    holes = replace(
        panel_fit,
        dataset=replace(data, outcome_gt=outcome),
        trained_gt=panel_fit.trained_gt & np.isfinite(outcome),
    )
    assert quality(holes).trained.periods == 0
    record = summarise(holes).to_dict()
    assert record["fit"]["r2"] is None
    assert record["geos"][data.geos[3]]["r2"] > 0


def test_the_quality_table_has_the_worst_first(panel_fit):
    table = quality_by_geo(panel_fit)
    assert sorted(table["geo"]) == sorted(panel_fit.dataset.geos)
    assert table["wmape"].is_monotonic_decreasing
    row = table.set_index("geo").loc[panel_fit.dataset.geos[2]]
    score = quality(panel_fit, geo=2).trained
    assert (row["r2"], row["coverage90"]) == pytest.approx((score.r2, score.coverage90), rel=1e-9)
    assert row["periods"] == score.periods


# --- all geos in one record ----------------------------------------------------------------------


def test_the_summary_has_every_geo(panel_fit):
    data, record = panel_fit.dataset, summarise(panel_fit).to_dict()
    assert list(record["geos"]) == list(data.geos)
    table = roi(panel_fit, by="geo").set_index(["geo", "channel"])
    for geo in data.geos:
        for name, channel in record["geos"][geo]["channels"].items():
            row = table.loc[(geo, name)]
            assert channel["spend"] == row["spend"]
            assert channel["contribution"]["p5"] == row["contribution_p5"]
            assert (channel["roi"] is None) == np.isnan(row["roi_mean"])
    total = sum(geo["outcome"] for geo in record["geos"].values())
    assert record["outcome"]["total"] == pytest.approx(total, rel=1e-12)


def test_the_chance_to_be_above_average_is_counted_over_draws(panel_fit):
    found = measure_geos(panel_fit)
    assert found is not None
    spend = panel_fit.dataset.spend_gtc.sum(axis=1)
    whole = total_contributions(panel_fit) / panel_fit.dataset.spend_c
    for g in GEOS:
        own = total_contributions(panel_fit, g)
        for c, channel in enumerate(found.geos[g].channels):
            if (g, c) == (WITHOUT_SEARCH, 1):
                assert np.isnan(channel.better)
                continue
            assert channel.better == pytest.approx(np.mean(own[:, c] / spend[g, c] > whole[:, c]))
    assert set(found.spread) == set(panel_fit.dataset.channel_names)
    tv = panel_fit.posterior["geo_spread"][..., 0]
    assert found.spread["tv"].mean == pytest.approx(tv.mean())


def test_large_panels_are_measured_on_fewer_draws_and_say_so(panel_fit, monkeypatch):
    assert for_geos(panel_fit) == (panel_fit, "")
    monkeypatch.setattr(thinning, "EVALUATIONS", 150 * panel_fit.dataset.exposure_gtc.size)
    few, note = for_geos(panel_fit)
    assert few.n_draws == 150
    assert note == "numbers per geo are of 150 evenly thinned draws of 200"
    assert contributions(panel_fit, by="geo").attrs["note"] == note
    assert summarise(panel_fit).to_dict()["geos_note"] == note
    assert "note" not in contributions(panel_fit).attrs


def test_what_was_seen_is_per_head_over_all_geos(panel_fit):
    data = panel_fit.dataset
    size = data.population_g / data.population_g.mean()
    for c, (low, high) in enumerate(observed_multipliers(panel_fit)):
        x = (data.exposure_gtc[..., c] / size[:, None]).ravel()
        x = x[x > 0]
        assert low == pytest.approx(min(1.0, np.percentile(x, 5) / x.mean()))
        assert high == pytest.approx(max(1.0, np.percentile(x, 95) / x.mean()))
    assert observed_multipliers(panel_fit, WITHOUT_SEARCH)[1] == (0.0, 0.0)


def test_a_plan_is_for_the_money_of_all_geos(panel_fit):
    plan = mm.optimize(panel_fit, anyway=True)
    assert plan.budget == pytest.approx(panel_fit.dataset.spend_c.sum())
