"""One pass over the responses gives what each question would give by itself."""

from __future__ import annotations

import numpy as np

from mediamix.measure import thinning
from mediamix.measure.contribution import decompose
from mediamix.measure.interval import bands
from mediamix.measure.survey import survey

STEP = 1e-4


def test_the_survey_holds_the_sums_of_the_contributions(panel_fit):
    found = survey(panel_fit)
    media = [c for c in decompose(panel_fit) if c.kind == "media"]
    np.testing.assert_allclose(found.media_dt, sum(c.draws_dt for c in media), rtol=1e-9)
    for c, component in enumerate(media):
        np.testing.assert_allclose(found.total_dc[:, c], component.draws_dt.sum(axis=1), rtol=1e-9)
        for name, values in bands(component.draws_dt).items():
            np.testing.assert_allclose(found.bands_c[c][name], values, rtol=1e-9)
    for g in range(len(panel_fit.dataset.geos)):
        own = [c.draws_dt for c in decompose(panel_fit, g) if c.kind == "media"]
        np.testing.assert_allclose(found.media_grt[g], sum(own), rtol=1e-6, atol=1e-6)
        total = np.column_stack([draws_dt.sum(axis=1) for draws_dt in own])
        np.testing.assert_allclose(found.total_rgc[:, g], total, rtol=1e-9, atol=1e-9)


def test_slopes_are_those_of_the_response_curves(panel_fit, mixed_fit):
    for fit in (panel_fit, mixed_fit):
        found = survey(fit)
        for c, effect in enumerate(fit.channels):
            exposure_gt = fit.dataset.exposure_gtc[:, :, c]
            ends = np.array([1 - STEP, 1 + STEP])
            for geo in (None, 0):
                low, high = effect.response(exposure_gt, np.zeros_like(exposure_gt), ends, geo).T
                slope = found.slope_dc[:, c] if geo is None else found.slope_rgc[:, geo, c]
                np.testing.assert_allclose(slope, (high - low) / (2 * STEP), rtol=1e-5, atol=1e-6)


def test_what_is_carried_in_is_no_slope_and_no_doing_of_the_window(panel_fit):
    """Exposure from before the window, by the transform's own response to it alone."""
    effect, n_before = panel_fit.channels[0], 6
    exposure_gt = panel_fit.dataset.exposure_gtc[:, :, 0]
    found = effect.responses(exposure_gt, n_before)
    alone_gt, own_gt = exposure_gt.copy(), exposure_gt.copy()
    alone_gt[:, n_before:], own_gt[:, :n_before] = 0.0, 0.0
    for g in range(len(exposure_gt)):
        whole = effect.contribution(exposure_gt, g)[:, n_before:].sum(axis=1)
        alone = effect.contribution(alone_gt, g)[:, n_before:].sum(axis=1)
        np.testing.assert_allclose(found.total_dg[:, g], whole, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.carried_dg[:, g], alone, rtol=1e-9, atol=1e-9)
        ends = [
            effect.contribution(alone_gt + factor * own_gt, g)[:, n_before:].sum(axis=1)
            for factor in (1 - STEP, 1 + STEP)
        ]
        slope = (ends[1] - ends[0]) / (2 * STEP)
        np.testing.assert_allclose(found.slope_dg[:, g], slope, rtol=1e-5, atol=1e-6)


def test_it_is_made_once_and_its_geos_of_as_many_draws_as_theirs(panel_fit, monkeypatch):
    assert survey(panel_fit) is survey(panel_fit)
    whole = survey(panel_fit)
    monkeypatch.setattr(thinning, "EVALUATIONS", 150 * panel_fit.dataset.exposure_gtc.size)
    few = survey(panel_fit)
    assert few.total_rgc.shape[0] == few.media_grt.shape[1] == 150
    np.testing.assert_array_equal(few.total_dc, whole.total_dc)
    np.testing.assert_array_equal(few.media_grt, whole.media_grt[:, few.rows])
    np.testing.assert_array_equal(few.slope_rgc, whole.slope_rgc[few.rows])
