"""Forecasts of a panel: the sum over the geos that go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.errors import DataError
from mediamix.core.types import Channel
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.measure.forecast import forecast, look_ahead
from mediamix.models.base import Fit

WEEKS = 26
GONE, LATE = 4, 1


@pytest.fixture(scope="module")
def ahead(panel_fit: Fit) -> Dataset:
    return read_future(panel_fit.dataset, periods=WEEKS, spec=panel_fit.spec)


def silent(data: Dataset) -> Dataset:
    nothing = np.zeros_like(data.spend_gtc)
    return replace(data, spend_gtc=nothing, exposure_gtc=nothing.copy())


def test_without_media_before_and_after_the_forecast_is_the_baseline(panel_fit: Fit, ahead: Dataset) -> None:
    history = replace(panel_fit.dataset, exposure_gtc=np.zeros_like(panel_fit.dataset.exposure_gtc))
    made = look_ahead(replace(panel_fit, dataset=history), silent(ahead))
    assert not made.part("media").any()
    table = made.table()
    np.testing.assert_allclose(table["mean"], table["baseline"], rtol=1e-9)
    # intercepts of the geos that go on: their sizes times what they share and differ by
    draws, size = panel_fit.posterior, panel_fit.channels[0].size_g
    (intercept,) = [c.draws_dt for c in made.components if c.name == "intercept"]
    going = [g for g in range(6) if g != GONE]
    own = draws.stacked("intercept")[:, None] + draws.stacked("intercept_geo")
    np.testing.assert_allclose(intercept[:, 7], (own * size)[:, going].sum(axis=1), rtol=1e-9)


def test_a_geo_that_left_is_not_forecast(panel_fit: Fit, ahead: Dataset) -> None:
    more = ahead.exposure_gtc.copy()
    more[GONE] = 1e6
    spend = ahead.spend_gtc.copy()
    spend[GONE, :, 0] = 100.0
    asked = look_ahead(panel_fit, replace(ahead, exposure_gtc=more, spend_gtc=spend))
    np.testing.assert_array_equal(asked.predictive_dt, look_ahead(panel_fit, ahead).predictive_dt)
    (about,) = [f for f in asked.findings if f.check == "left_geo"]
    assert about.severity == "warning"
    assert panel_fit.dataset.geos[GONE] in about.where
    assert "2,600 EUR" in about.message


def test_media_of_a_geo_act_in_that_geo(panel_fit: Fit, ahead: Dataset) -> None:
    """One geo's exposure doubled: the difference is its own effect's, whatever the others do."""
    exposure = ahead.exposure_gtc.copy()
    exposure[2, :, 0] *= 2
    more = look_ahead(panel_fit, replace(ahead, exposure_gtc=exposure)).part("media")
    effect, n = panel_fit.channels[0], panel_fit.dataset.n_periods
    series = [
        np.concatenate([panel_fit.dataset.exposure_gtc[..., 0], future[..., 0]], axis=1)
        for future in (exposure, ahead.exposure_gtc)
    ]
    doubled, plain = (effect.contribution(x_gt, 2)[:, n:] for x_gt in series)
    wanted = doubled - plain
    got = more - look_ahead(panel_fit, ahead).part("media")
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max())


def test_the_noise_is_that_of_the_geos_that_go_on(panel_fit: Fit, ahead: Dataset) -> None:
    made = look_ahead(panel_fit, ahead)
    noise = made.predictive_dt - made.part("baseline") - made.part("media")
    going = [g for g in range(6) if g != GONE]
    sd = np.sqrt((panel_fit.sigma_dg[:, going] ** 2).sum(axis=1))
    # 200 draws x 26 weeks: the standard error of the ratio is 1 %
    assert (noise / sd[:, None]).std() == pytest.approx(1.0, abs=0.05)


def test_the_trend_walks_for_all_geos_at_once(panel_fit: Fit, ahead: Dataset) -> None:
    made = look_ahead(panel_fit, ahead)
    (trend,) = [c.draws_dt for c in made.components if c.name == "trend"]
    data, trained = panel_fit.dataset, panel_fit.trained_gt
    size = panel_fit.channels[0].size_g
    per_size = data.outcome_gt[trained].sum() / (size[:, None] * trained).sum()
    years = data.n_periods / (365.25 / 7)
    step = 0.14 * per_size * np.delete(size, GONE).sum() * np.sqrt(years / (data.n_periods - 1))
    # 200 draws x 25 steps: the standard error of a standard deviation is 1 %
    assert np.diff(trend, axis=1).std() == pytest.approx(step, rel=0.05)


def test_the_year_before_is_repeated_per_geo(panel_fit: Fit, ahead: Dataset) -> None:
    history = panel_fit.dataset
    for g in range(6):
        wanted = 0 * history.spend_gtc[g, 8:34] if g == GONE else history.spend_gtc[g, 8:34]
        np.testing.assert_array_equal(ahead.spend_gtc[g], wanted)
    (new,) = [f for f in ahead.findings if "began within the last year" in f.message]
    assert history.geos[LATE] in new.where


def test_a_national_future_is_refused_with_the_way_out(panel_fit: Fit, ahead: Dataset) -> None:
    dates = pd.to_datetime(ahead.dates[:4])
    media = pd.concat(
        [pd.DataFrame({"date": dates, "channel": name, "spend": 1000.0}) for name in ahead.channel_names]
    )
    controls = pd.DataFrame({"date": dates, **dict.fromkeys(ahead.control_names, 1.0)})
    with pytest.raises(DataError, match="the rows have no `geo`, and the fit has 6 geos"):
        read_future(panel_fit.dataset, media, controls, spec=panel_fit.spec)
    with pytest.raises(DataError, match="give media rows with a column `geo`"):
        forecast(panel_fit, ahead.national(), anyway=True)
    names = {name: f"{name}s" for name in panel_fit.dataset.geos[:1]}
    renamed = replace(ahead, geos=tuple(names.get(geo, geo) for geo in ahead.geos))
    with pytest.raises(DataError, match="new geo_01s, missing geo_01"):
        forecast(panel_fit, renamed, anyway=True)


def test_tables_with_geos_are_read_and_a_geo_without_rows_has_no_media(panel_fit: Fit) -> None:
    history = panel_fit.dataset
    dates = pd.to_datetime(history.dates[-1] + np.timedelta64(7, "D") * np.arange(1, 4))
    rows = [(d, geo, c, 500.0) for d in dates for geo in history.geos[:4] for c in history.channel_names]
    media = pd.DataFrame(rows, columns=["date", "geo", "channel", "spend"])
    controls = pd.DataFrame({"date": dates, **dict.fromkeys(history.control_names, 0.5)})
    future = mm.read_future(history, media, controls, spec=panel_fit.spec)
    assert (future.spend_gtc[:4] == 500).all()
    assert not future.spend_gtc[4:].any()
    assert (future.controls_gtk == 0.5).all()
    (idle,) = [f for f in future.findings if f.check == "no_rows"]
    assert idle.where == f"media: {history.geos[4]}, {history.geos[5]}"
    assert len(mm.forecast(panel_fit, future, anyway=True)) == 3


def test_exposure_is_judged_by_the_size_of_the_geo(panel_fit: Fit, ahead: Dataset) -> None:
    history, size = panel_fit.dataset, panel_fit.channels[0].size_g
    assert isinstance(history.channels[0], Channel)
    most = (history.exposure_gtc[..., 0] / size[:, None]).max()
    small = int(np.argmin(np.where(np.arange(6) == GONE, np.inf, size)))
    for factor, found in ((0.99, False), (1.01, True)):
        exposure = ahead.exposure_gtc.copy()
        exposure[small, 3, 0] = factor * most * size[small]
        made = look_ahead(panel_fit, replace(ahead, exposure_gtc=exposure))
        about = [
            f for f in made.findings if f.check == "extrapolation" and f.where == history.channel_names[0]
        ]
        assert bool(about) == found
        assert all(history.geos[small] in f.message for f in about)
