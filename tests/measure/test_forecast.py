"""Forecasts against the fit's own view of held-out periods, and against what was simulated."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mediamix.core.errors import DataError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Channel, Event, Every
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import decompose
from mediamix.measure.forecast import Forecast, look_ahead
from mediamix.measure.forecast import forecast as forecast_of
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

#: Of fits so short that their verdict may be "failed".
forecast = partial(forecast_of, anyway=True)

HELD_OUT = 8
SAMPLER = {"chains": 2, "draws": 150, "tune": 150, "seed": 3}
WEEK = np.timedelta64(7, "D")


def spec_of(trend: str, holdout: int = HELD_OUT):
    return parse_spec({"trend": {"kind": trend}, "holdout": {"last": holdout}, "sampler": SAMPLER})


def periods(data: Dataset, start: int, stop: int) -> Dataset:
    """A part of a dataset's time axis; events stay."""
    return replace(
        data,
        dates=data.dates[start:stop].copy(),
        outcome_gt=data.outcome_gt[:, start:stop].copy(),
        spend_gtc=data.spend_gtc[:, start:stop].copy(),
        exposure_gtc=data.exposure_gtc[:, start:stop].copy(),
        controls_gtk=data.controls_gtk[:, start:stop].copy(),
    )


def cut(whole: Fit, n: int) -> Fit:
    """The same draws, as if the data had ended after `n` periods, with the same means of the controls."""
    data = periods(whole.dataset, 0, n)
    mean = [part.controls_gtk.mean(axis=1, keepdims=True) for part in (whole.dataset, data)]
    return replace(
        whole,
        dataset=replace(data, controls_gtk=data.controls_gtk + mean[0] - mean[1]),
        baseline=tuple(
            replace(
                term,
                block=replace(term.block, matrix_gtp=term.block.matrix_gtp[:, :n]),
                weight_gt=term.weight_gt[:, :n],
            )
            for term in whole.baseline
        ),
        trained_gt=whole.trained_gt[:, :n],
    )


def monthly() -> Dataset:
    """Five years of months with two channels and one control: the simulator knows none."""
    rng = np.random.default_rng(4)
    n = 60
    dates = (np.datetime64("2019-03", "M") + np.arange(n)).astype("datetime64[D]")
    spend, price = rng.gamma(3.0, 400.0, (1, n, 2)), rng.normal(5.0, 1.0, (1, n, 1))
    season = np.sin(2 * np.pi * np.arange(n) / 12)
    outcome = 20_000 + 3000 * season + 2 * spend[0].sum(axis=1) - 800 * price[0, :, 0] + rng.normal(0, 500, n)
    return Dataset(
        dates=dates,
        every=Every.MONTH,
        geos=("national",),
        channels=(Channel("tv"), Channel("search")),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=outcome[None],
        spend_gtc=spend,
        exposure_gtc=spend.copy(),
        controls_gtk=price,
        control_names=("price",),
        events=(Event("fair", np.datetime64("2023-12-10"), np.datetime64("2024-01-20")),),
    )


def market(every: str) -> Dataset:
    if every == "month":
        return monthly()
    scenario = Scenario.weekly(1) if every == "week" else Scenario(periods=355, channels=2)
    return simulate(scenario).dataset


@pytest.fixture(scope="module")
def weekly_data() -> Dataset:
    return market("week")


@pytest.fixture(scope="module")
def linear(weekly_data: Dataset) -> Fit:
    return fit(weekly_data, spec_of("linear"))


@pytest.fixture(scope="module")
def knots(weekly_data: Dataset) -> Fit:
    return fit(weekly_data, spec_of("knots", 0))


def after(data: Dataset, n: int) -> Dataset:
    """`n` weeks that follow `data`: its last ones again, without events."""
    again = periods(data, data.n_periods - n, data.n_periods)
    return replace(again, dates=again.dates + n * WEEK, events=())


def draws_of(ahead: Forecast, name: str) -> np.ndarray:
    (found,) = [c.draws_dt for c in ahead.components if c.name == name]
    return found


@pytest.mark.parametrize("every", ["day", "week", "month"])
@pytest.mark.parametrize("trend", ["none", "linear"])
def test_a_forecast_is_what_the_fit_itself_says_of_held_out_periods(every: str, trend: str) -> None:
    data = market(every)
    n = data.n_periods - HELD_OUT
    whole = fit(data, spec_of(trend))
    ahead = look_ahead(cut(whole, n), periods(data, n, data.n_periods))
    components = list(decompose(whole))
    assert [c.name for c in ahead.components] == [c.name for c in components]
    for got, wanted in zip(ahead.components, components, strict=True):
        size = np.abs(wanted.draws_dt).max() + 1e-9
        np.testing.assert_allclose(
            got.draws_dt / size, wanted.draws_dt[:, n:] / size, atol=1e-9, err_msg=got.name
        )
    assert draws_of(ahead, "events").any()  # else the law is empty for events


def test_a_trend_of_knots_stays_and_walks(knots: Fit) -> None:
    ahead = look_ahead(knots, after(knots.dataset, 26))
    trend = next(term for term in knots.baseline if term.component == "trend")
    level_d = trend.coefficient_dp.sum(axis=1)
    drawn = draws_of(ahead, "trend")
    np.testing.assert_allclose(drawn.mean(axis=0), level_d.mean(), rtol=1e-9)
    steps = np.diff(np.column_stack([level_d, drawn]), axis=1)
    # 14 % of the mean outcome in a year, spread over its weeks
    years = knots.dataset.n_periods / (365.25 / 7)
    wanted = 0.14 * knots.dataset.outcome_gt.mean() * np.sqrt(years / (knots.dataset.n_periods - 1))
    # 300 draws × 26 steps: the standard error of a standard deviation is 0.8 %
    assert steps.std() == pytest.approx(wanted, rel=0.04)
    assert abs(np.corrcoef(steps[:, :-1].ravel(), steps[:, 1:].ravel())[0, 1]) < 0.05


def test_predictive_intervals_hold_what_comes() -> None:
    inside, widths = [], []
    for seed in range(11, 17):
        data = simulate(Scenario.weekly(seed)).dataset
        n = data.n_periods - 13
        known = fit(periods(data, 0, n), spec_of("knots", 0))
        table = forecast(known, periods(data, n, data.n_periods))
        truth = data.outcome_gt[0, n:]
        inside.append((truth >= table["p5"]) & (truth <= table["p95"]))
        widths.append((table["p95"] - table["p5"]).mean() / truth.mean())
    # 78 dependent periods under intervals of 90 %
    assert np.mean(inside) >= 0.85
    # noise of 3 % alone makes 10 %; a useful forecast isn't wide enough to hold anything
    assert 0.12 < np.mean(widths) < 0.30


def test_the_parts_add_up_and_the_mean_is_the_expectation(linear: Fit) -> None:
    ahead = look_ahead(linear, after(linear.dataset, 6))
    table = ahead.table()
    channels = list(linear.dataset.channel_names)
    fixed = ["date", "mean", "p5", "p50", "p95", "expected_mean", "baseline", "media"]
    assert list(table.columns) == fixed + channels
    np.testing.assert_allclose(table["mean"], table["expected_mean"], rtol=1e-9)
    np.testing.assert_allclose(table["media"], table[channels].sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(table["expected_mean"], table["baseline"] + table["media"], rtol=1e-9)
    assert (table["p5"] < table["p50"]).all()
    assert (table["p50"] < table["p95"]).all()
    totals = ahead.totals().set_index("part")
    assert totals.loc["outcome", "mean"] == pytest.approx(table["mean"].sum())
    assert totals.loc["tv", "mean"] == pytest.approx(table["tv"].sum())
    # errors of the periods are not all alike: the sum is surer than its parts together
    assert totals.loc["outcome", "p95"] < table["p95"].sum()


def test_exposure_of_the_history_is_carried_over(linear: Fit) -> None:
    ahead = after(linear.dataset, 30)
    silent = replace(
        ahead, spend_gtc=np.zeros_like(ahead.spend_gtc), exposure_gtc=np.zeros_like(ahead.spend_gtc)
    )
    media = look_ahead(linear, silent).part("media")
    assert media[:, 0].min() > 0
    assert (np.diff(media, axis=1) <= 0).all()  # geometric carry-over only falls
    nothing = replace(linear.dataset, exposure_gtc=np.zeros_like(linear.dataset.exposure_gtc))
    assert not look_ahead(replace(linear, dataset=nothing), silent).part("media").any()


def test_controls_are_deviations_from_the_means_of_the_fit(linear: Fit) -> None:
    ahead = after(linear.dataset, 5)
    mean = np.broadcast_to(linear.dataset.controls_gtk.mean(axis=1), ahead.controls_gtk.shape[1:])
    usual = look_ahead(linear, replace(ahead, controls_gtk=mean[None].copy()))
    size = linear.dataset.outcome_gt.mean()
    np.testing.assert_allclose(draws_of(usual, "controls") / size, 0.0, atol=1e-9)
    (k,) = [k for k, name in enumerate(linear.dataset.control_names) if name == "price"]
    dearer = mean[None].copy()
    dearer[0, :, k] += 2.0
    term = next(t for t in linear.baseline if t.component == "controls")
    moved = draws_of(look_ahead(linear, replace(ahead, controls_gtk=dearer)), "controls")
    np.testing.assert_allclose(moved[:, 0] / size, 2.0 * term.coefficient_dp[:, k] / size, atol=1e-9)


def test_an_event_that_was_never_seen_counts_nothing_and_is_named(linear: Fit) -> None:
    ahead = after(linear.dataset, 6)
    day = ahead.dates[2]
    landing = replace(ahead, events=(Event("moon landing", day, day + 6),))
    seen = replace(ahead, events=(Event("black_friday", day, day + 6),))
    plain, strange, sale = (look_ahead(linear, future) for future in (ahead, landing, seen))
    assert [f.where for f in strange.findings if f.check == "unseen_event"] == ["events: moon landing"]
    assert not [f for f in sale.findings if f.check == "unseen_event"]
    np.testing.assert_array_equal(strange.predictive_dt, plain.predictive_dt)
    lift = sale.predictive_dt - plain.predictive_dt
    term = next(t for t in linear.baseline if t.component == "events")
    wanted = term.coefficient_dp[:, term.names.index("black_friday")]
    np.testing.assert_allclose(lift[:, 2], wanted, rtol=1e-6)  # the noise is the same: it cancels
    np.testing.assert_allclose(np.delete(lift, 2, axis=1), 0.0, atol=1e-6)


def test_an_event_across_the_border_counts_once(linear: Fit) -> None:
    ahead = after(linear.dataset, 6)
    start, end = linear.dataset.dates[-1], ahead.dates[0] + np.timedelta64(2, "D")
    history = replace(linear.dataset, events=(*linear.dataset.events, Event("black_friday", start, end)))
    spanning = replace(linear, dataset=history)
    term = next(t for t in linear.baseline if t.component == "events")
    effect = term.coefficient_dp[:, term.names.index("black_friday")]
    # known from the history, and given again with the future: in full, or its rest
    for events in ((), (Event("black_friday", start, end),), (Event("black_friday", ahead.dates[0], end),)):
        drawn = draws_of(look_ahead(spanning, replace(ahead, events=events)), "events")
        np.testing.assert_allclose(drawn[:, 0], effect * 3 / 7, rtol=1e-9)


def test_more_exposure_than_was_ever_seen_is_said(linear: Fit) -> None:
    ahead = after(linear.dataset, 6)
    assert not look_ahead(linear, ahead).findings
    more = ahead.exposure_gtc.copy()
    more[0, 3, 1] = 2 * linear.dataset.exposure_gtc[0, :, 1].max()
    found = look_ahead(linear, replace(ahead, exposure_gtc=more)).findings
    assert [(f.check, f.where) for f in found] == [("extrapolation", linear.dataset.channel_names[1])]


def test_geos_of_the_future_are_summed_for_a_national_fit(linear: Fit) -> None:
    ahead = after(linear.dataset, 6)
    halves = replace(
        ahead,
        geos=("north", "south"),
        outcome_gt=np.full((2, 6), np.nan),
        spend_gtc=np.concatenate([ahead.spend_gtc / 4, ahead.spend_gtc * 3 / 4]),
        exposure_gtc=np.concatenate([ahead.exposure_gtc / 4, ahead.exposure_gtc * 3 / 4]),
        controls_gtk=np.concatenate([ahead.controls_gtk, ahead.controls_gtk]),
    )
    np.testing.assert_allclose(
        look_ahead(linear, halves).predictive_dt, look_ahead(linear, ahead).predictive_dt, rtol=1e-9
    )


def test_fewer_draws_and_a_channel_that_is_called_like_a_column(linear: Fit) -> None:
    ahead = after(linear.dataset, 3)
    assert look_ahead(linear, ahead, max_draws=50).predictive_dt.shape == (50, 3)
    renamed = Channel("mean")
    data = replace(linear.dataset, channels=(renamed, *linear.dataset.channels[1:]))
    effects = (replace(linear.channels[0], channel=renamed), *linear.channels[1:])
    table = forecast(replace(linear, dataset=data, channels=effects), replace(ahead, channels=data.channels))
    np.testing.assert_array_equal(
        table["channel mean"], forecast(linear, ahead)[linear.channels[0].channel.name]
    )


def test_what_is_no_continuation_is_refused_with_all_reasons(linear: Fit) -> None:
    ahead = after(linear.dataset, 6)
    wrong = replace(
        ahead,
        dates=ahead.dates + WEEK,
        channels=(Channel("tvv"), *ahead.channels[1:]),
        control_names=("prize", *ahead.control_names[1:]),
        currency="USD",
    )
    with pytest.raises(DataError, match="doesn't continue the data of the fit") as caught:
        forecast(linear, wrong)
    text = caught.value.message
    for part in ("the channels are ('tvv'", "'prize'", "'USD', in the fit 'EUR'", "the history goes on at"):
        assert part in text
    holes = ahead.controls_gtk.copy()
    holes[0, 1, 0] = np.nan
    with pytest.raises(DataError, match="1 values of controls are missing"):
        forecast(linear, replace(ahead, controls_gtk=holes))
    skipping = ahead.dates.copy()
    skipping[3:] += WEEK
    with pytest.raises(DataError, match="the dates are not every week"):
        forecast(linear, replace(ahead, dates=skipping))
