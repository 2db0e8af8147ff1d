"""Media from before the first outcome: carried over into the window, part of no period of it.

Oracles: the plain models, whose lag matrices begin before the window; and the laws that the measures
of a fit with such media must keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.core.types import Channel, Every, Window
from mediamix.data.dataset import Dataset
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.fitted.history import marginal_returns
from mediamix.decide.flighting.response import outlook
from mediamix.inference.nuts import Sample
from mediamix.measure.contribution import (
    carried_in,
    contributions,
    measure_channels,
    roi,
    total_baseline,
    total_contributions,
)
from mediamix.measure.forecast import look_ahead
from mediamix.measure.response import response_draws
from mediamix.models.again import weighed
from mediamix.models.base import Fit
from mediamix.models.bayes import fit as fit_model
from mediamix.models.bayes import to_fit
from mediamix.models.problem import pose
from mediamix.models.returns import alike_of
from mediamix.models.store import load_fit, save_fit
from models_panels import absent, later, missing, organic, panel
from oracle import plain, plain_panel

HISTORY = 20
MIXED: dict[str, tuple[str, str, int | None]] = {
    "tv": ("delayed", "hill", None),
    "search": ("geometric", "logistic", None),
    "social": ("geometric", "hill", 8),
}


def points(dimension: int, n: int = 3) -> np.ndarray:
    return 0.7 * np.random.default_rng(8).standard_normal((n, dimension))


def slopes(density, u: np.ndarray) -> np.ndarray:
    h = 1e-3
    numeric = np.empty_like(u)
    for i, step in enumerate(h * np.eye(len(u))):
        near = density(u + step)[0] - density(u - step)[0]
        far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
        numeric[i] = (8 * near - far) / (12 * h)
    return numeric


def plain_value(model: plain.Plain, u: np.ndarray) -> float:
    from scipy.stats import multivariate_normal

    theta = model.natural(np, u)
    rows = model.design[model.trained] * model.sd
    covariance = theta["sigma"] ** 2 * np.eye(len(rows)) + rows @ rows.T
    mean = model.media(np, theta)[model.trained]
    return float(multivariate_normal.logpdf(model.outcome, mean, covariance) - 0.5 * u @ u)


def test_the_national_density_is_the_plain_one_with_a_longer_past(mixed, mixed_spec) -> None:
    """Delayed, truncated and endless carry-over, an organic channel, missing outcomes, a holdout."""
    data = later(mixed, HISTORY)
    density = pose(data, mixed_spec).model.density()
    model = plain.state(data, MIXED, mixed_spec.holdout.last)
    for u in points(density.dimension):
        value, gradient = density(u)
        assert value == pytest.approx(plain_value(model, u), rel=1e-9)
        np.testing.assert_allclose(
            gradient, slopes(density, u), rtol=1e-6, atol=1e-6 * np.abs(gradient).max()
        )
    forgotten = replace(data, before_exposure_gtc=None, before_spend_gtc=None)
    u = points(density.dimension, 1)[0]
    assert abs(pose(forgotten, mixed_spec).model.density()(u)[0] - density(u)[0]) > 0.1


PANELS: dict[str, Callable[[], Dataset]] = {
    "plain": panel,
    "late geos, holes": lambda: missing(absent(panel(), 1, slice(0, 33)), (3, slice(15, 30))),
    "organic": lambda: organic(panel()),
    "counts": lambda: panel(unit="count", value_per_unit=40.0),
    "days": lambda: panel(geos=3, every="day", periods=130),
}


@pytest.mark.parametrize("make", PANELS.values(), ids=PANELS)
def test_the_panels_density_is_the_plain_one_with_a_longer_past(make) -> None:
    data = later(make(), 13)
    spec = parse_spec({"geo": {"noise": "equal"}, "holdout": {"last": 5}})
    density, model = pose(data, spec).model.density(), plain_panel.state(data, {}, 5)
    for u in points(density.dimension, 2):
        value, gradient = density(u)
        assert value == pytest.approx(model.log_posterior(u), rel=1e-9, abs=1e-7)
        np.testing.assert_allclose(
            gradient, slopes(density, u), rtol=1e-5, atol=1e-6 * np.abs(gradient).max()
        )


def test_no_history_and_a_history_of_nothing_are_the_fit_of_today(weekly, quick_spec) -> None:
    """To the bit without rows; of rows of zeros all that differs is where a sum begins."""
    today = fit_model(weekly, quick_spec)
    g, _, c = weekly.spend_gtc.shape
    for n in (0, 9):
        zeros = {name: np.zeros((g, n, c)) for name in ("before_spend_gtc", "before_exposure_gtc")}
        data = replace(weekly, **zeros)
        u = points(len(pose(data, quick_spec).model.priors))
        densities = [pose(d, quick_spec).model.density() for d in (weekly, data)]
        for point in u:
            assert densities[0](point)[0] == pytest.approx(densities[1](point)[0], rel=1e-12)
        if n == 0:
            again = fit_model(data, quick_spec)
            np.testing.assert_array_equal(again.sigma_dg, today.sigma_dg)
            np.testing.assert_array_equal(roi(again)["roi_mean"], roi(today)["roi_mean"])


@pytest.fixture(scope="module")
def late_fits(mixed, mixed_spec) -> dict[str, Fit]:
    """A national fit and one of a panel, both with media from before the first outcome."""
    geo = {"geo": {}, "sampler": {"chains": 2, "draws": 100, "tune": 150, "seed": 7}}
    return {
        "national": fit_model(later(mixed, HISTORY), mixed_spec),
        "panel": fit_model(later(missing(panel(channels=3), (1, slice(20, 24))), 12), parse_spec(geo)),
    }


which = pytest.mark.parametrize("which", ["national", "panel"])


@which
def test_measures_add_up_and_carry_in_is_no_return_of_the_windows_money(late_fits, which) -> None:
    fit = late_fits[which]
    data, total, carried = fit.dataset, total_contributions(fit), carried_in(fit)
    assert (carried >= 0).all()
    assert (carried.mean(axis=0) > 0).all()
    assert (carried < total).all()
    parts = contributions(fit)
    media = parts[parts["kind"] == "media"].groupby("component", sort=False)["mean"].sum()
    np.testing.assert_allclose(media, total.mean(axis=0), rtol=1e-9)
    fitted = parts[parts["component"] == "fitted"]["mean"].sum()
    np.testing.assert_allclose(fitted, (total_baseline(fit) + total.sum(axis=1)).mean(), rtol=1e-9)
    for c, measure in enumerate(measure_channels(fit)):
        assert measure.contribution.mean == pytest.approx(total[:, c].mean(), rel=1e-9)
        if measure.roi is not None:
            own = (total - carried)[:, c] / data.spend_c[c]
            assert measure.roi.mean == pytest.approx(own.mean(), rel=1e-9)
    by_geo = sum(total_contributions(fit, g) for g in range(len(data.geos)))
    np.testing.assert_allclose(by_geo, total, rtol=1e-9)
    curve = response_draws(fit, np.array([0.0, 1.0]))
    np.testing.assert_allclose(curve[:, :, 0], 0.0, atol=1e-6 * np.abs(curve).max())
    np.testing.assert_allclose(curve[:, :, 1].T, total - carried, rtol=1e-6, atol=1e-9 * total.max())


@which
def test_a_contribution_is_that_of_the_whole_series_cut_to_the_window(late_fits, which) -> None:
    fit = late_fits[which]
    data = fit.dataset
    for c, effect in enumerate(fit.channels):
        whole = effect.contribution(data.series_gtc[:, :, c])[:, data.n_before :]
        np.testing.assert_allclose(whole.sum(axis=1), total_contributions(fit)[:, c], rtol=1e-9)


@which
def test_forecasts_and_flights_go_on_from_the_whole_series(late_fits, which) -> None:
    """A long carry-over reaches from before the first outcome to after the last one."""
    fit = late_fits[which]
    slow = replace(
        fit,
        channels=tuple(
            replace(e, theta_dk=np.column_stack([np.full(fit.n_draws, 60.0), e.theta_dk[:, 1:]]))
            for e in fit.channels
        ),
    )
    data = slow.dataset
    n = 6
    future = replace(
        data,
        dates=data.dates[-1] + 7 * np.arange(1, n + 1).astype("timedelta64[D]"),
        events=(),
        before_spend_gtc=None,
        before_exposure_gtc=None,
        **{
            name: getattr(data, name)[:, -n:].copy()
            for name in ("outcome_gt", "spend_gtc", "exposure_gtc", "controls_gtk")
        },
    )
    ahead = look_ahead(slow, future, max_draws=slow.n_draws)
    geometric = [c for c, e in enumerate(slow.channels) if e.transform.adstock.name == "geometric"]
    for c in geometric:
        series = np.concatenate([data.series_gtc[:, :, c], future.exposure_gtc[:, :, c]], axis=1)
        expected = slow.channels[c].contribution(series)[:, -n:]
        found = next(p for p in ahead.components if p.name == data.channel_names[c]).draws_dt
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        view = outlook(slow, [c], np.ones((1, n)), np.zeros(1), slow.n_draws)
        nothing = np.zeros((len(data.geos), n + view.channels[0].periods - n))
        still = slow.channels[c].contribution(np.concatenate([data.series_gtc[:, :, c], nothing], axis=1))
        tail = still[:, -nothing.shape[1] :].sum()
        # Below a millionth of the largest exposure the planner's saturation is straight: where a curve's
        # slope is under one, that shows.
        assert view.channels[0].value(np.zeros(n)) == pytest.approx(tail, rel=1e-4)


def test_the_planners_rest_holds_what_is_carried_in(late_fits) -> None:
    fit = late_fits["national"]
    curves = curves_of(fit, draws=fit.n_draws, history=False)
    paid = fit.dataset.spend_c > 0
    rest = total_baseline(fit) + carried_in(fit)[:, paid].sum(axis=1)
    rest += total_contributions(fit)[:, ~paid].sum(axis=1)
    np.testing.assert_allclose(curves.baseline, rest, rtol=1e-9)


def test_the_belief_about_todays_split_knows_the_carry_in(late_fits) -> None:
    """The kernel against the measures of a fit that has these draws."""
    fit = late_fits["national"]
    window = Window(0, fit.dataset.n_periods)
    channels = [c for c, spend in enumerate(fit.dataset.spend_c) if spend > 0]
    problem, alike = pose(fit.dataset, fit.spec), alike_of(fit, channels)
    density, inner = weighed(problem, channels, alike, window), problem.model.density()
    u = 0.7 * np.random.default_rng(2).standard_normal((1, 6, density.dimension))
    drawn = to_fit(problem, Sample(u, {}, 0.0), fit.run)
    expected = np.log(alike.terms(marginal_returns(drawn, channels, window)).sum(axis=1))
    found = [density(point)[0] - inner(point)[0] for point in u[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@which
def test_a_stored_fit_has_its_history_again(late_fits, which, tmp_path: Path) -> None:
    fit = late_fits[which]
    save_fit(fit, tmp_path, {}, np.zeros((fit.n_draws, fit.dataset.n_periods)))
    again = load_fit(tmp_path)
    assert again.dataset.hash == fit.dataset.hash
    np.testing.assert_array_equal(again.dataset.before_spend_gtc, fit.dataset.before_spend_gtc)
    np.testing.assert_allclose(carried_in(again), carried_in(fit), rtol=1e-9)
    forgotten = replace(fit.dataset, before_exposure_gtc=None, before_spend_gtc=None)
    assert forgotten.hash != fit.dataset.hash


def market(seed: int, periods: int = 156, before: int = 26) -> Dataset:
    """Television that is always on and works for long: half of its effect after eight weeks, ROI 1.5."""
    rng = np.random.default_rng(seed)
    n = periods + before
    spend = np.column_stack([rng.gamma(9.0, 30_000 / 9, n), rng.gamma(3.0, 7_000 / 3, n)])
    effects = np.zeros(n)
    for x, half_life, half, value in zip(spend.T, (8.0, 0.7), (60_000, 14_000), (1.5, 2.0), strict=True):
        alpha = 2 ** (-1 / half_life)
        level = np.array([(1 - alpha) * (alpha ** np.arange(t, -1, -1) * x[: t + 1]).sum() for t in range(n)])
        response = level / (level + half)
        effects += value * x.sum() / response.sum() * response
    season = 9_000 * np.sin(2 * np.pi * np.arange(n) / 52)
    outcome = 130_000 + season + effects + rng.normal(0, 4_000, n)
    whole = Dataset(
        dates=np.datetime64("2021-01-04") + 7 * np.arange(n).astype("timedelta64[D]"),
        every=Every.WEEK,
        geos=("national",),
        channels=(Channel("tv"), Channel("search")),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=outcome[None],
        spend_gtc=spend[None].copy(),
        exposure_gtc=spend[None].copy(),
        controls_gtk=np.zeros((1, n, 0)),
    )
    return later(whole, before)


def test_without_the_earlier_media_a_long_channel_is_worth_too_little() -> None:
    """Means over six markets: 1.3 with them and 0.6 without, of a truth of 1.5, when this was written.

    A mean of six has a standard error of about 0.15 and 0.04: the bounds lie four of them away.
    """
    spec = parse_spec({"sampler": {"chains": 2, "draws": 300, "tune": 300}})
    with_them, without = [], []
    for seed in range(6):
        data = market(seed)
        forgotten = replace(data, before_spend_gtc=None, before_exposure_gtc=None)
        for found, one in ((with_them, data), (without, forgotten)):
            table = roi(fit_model(one, spec)).set_index("channel")
            found.append(table.loc["tv", ["roi_p5", "roi_mean", "roi_p95"]].to_numpy(dtype=float))
    assert 0.9 < np.mean([mean for _, mean, _ in with_them]) < 2.1
    assert np.mean([mean for _, mean, _ in without]) < 0.8
    assert sum(low < 1.5 < high for low, _, high in with_them) >= 5
    assert sum(low < 1.5 < high for low, _, high in without) <= 2
