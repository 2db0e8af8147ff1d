"""Effects that vary over time: density, draws, and what they mean downstream.

Oracles: SciPy's multivariate normal with media from `oracle.plain`, finite differences, the Matérn formula.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.decide.flighting.response import outlook
from mediamix.measure.contribution import total_contributions
from mediamix.measure.response import response_draws
from mediamix.measure.survey import survey
from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.bayes import fit, restore
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from mediamix.models.varying_effect import VaryingEffect
from mediamix.transforms import hsgp
from oracle import plain
from short import QUICK

HOLDOUT = 8
VARYING = {
    "tv": {"varying": {"by": "time", "length": 20}},
    "search": {"varying": {"by": "season"}},
    "social": {"varying": {"by": "price", "spread": 0.4}},
}


def spec_of(**more: object):
    return parse_spec({"channels": VARYING, "holdout": {"last": HOLDOUT}, **more})


@pytest.fixture(scope="module")
def varied(weekly: Dataset) -> Fit:
    return fit(weekly, spec_of(sampler=QUICK))


def matern(distance: np.ndarray, length: float) -> np.ndarray:
    scaled = np.sqrt(5.0) * distance / length
    return (1.0 + scaled + scaled**2 / 3.0) * np.exp(-scaled)


@pytest.mark.parametrize("length", [8.0, 26.0, 80.0])
def test_columns_of_a_process_have_its_covariance(length: float) -> None:
    t = np.arange(157.0)
    columns = hsgp.course_columns(t, 157, length)
    made = columns @ columns.T
    wanted = matern(np.abs(t[:, None] - t), length)
    assert np.abs(made - wanted).max() < 0.05


def log_posterior(problem, u: np.ndarray) -> float:
    """As `test_density`, with the factors of the courses stated a second time."""
    model, data = problem.model, problem.dataset
    state = plain.state(data, {}, HOLDOUT)
    named = len(state.names())
    theta, rest = state.natural(np, u[:named]), u[named:]
    tv, search, social = (model.courses.each[c].matrix_sk for c in range(3))
    size = 0.15 * np.exp(np.log(4.0) / plain.Z95 * rest[0])
    logs = [
        size * tv @ rest[1 : 1 + tv.shape[1]],
        search @ rest[1 + tv.shape[1] : 1 + tv.shape[1] + 4],
        social[:, 0] * rest[-1],
    ]
    mean = np.zeros(data.n_periods)
    for c, (channel, h) in enumerate(zip(state.channels, state.responses(np, theta), strict=True)):
        r = h * np.exp(logs[c]) if c < 3 else h
        mean += theta[f"{channel.effect}[{channel.name}]"] * channel.scale / r.sum() * r
    rows = state.design[state.trained] * state.sd
    covariance = theta["sigma"] ** 2 * np.eye(len(rows)) + rows @ rows.T
    return float(multivariate_normal.logpdf(state.outcome, mean[state.trained], covariance) - 0.5 * u @ u)


def test_the_density_is_the_plain_one_and_its_gradient_the_difference(weekly: Dataset) -> None:
    problem = pose(weekly, spec_of())
    density = problem.model.density()
    rng = np.random.default_rng(3)
    for _ in range(3):
        u = 0.7 * rng.standard_normal(density.dimension)
        value, gradient = density(u)
        assert value == pytest.approx(log_posterior(problem, u), rel=1e-9)
        steps = 1e-5 * np.eye(len(u))
        slopes = np.array([(density(u + s)[0] - density(u - s)[0]) / 2e-5 for s in steps])
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-6 * np.abs(slopes).max())


def test_an_effect_is_about_the_window_as_a_whole(varied: Fit) -> None:
    """Per draw ROI × spend is what the channel brings, whatever its course."""
    roi = varied.posterior.stacked("roi")
    np.testing.assert_allclose(total_contributions(varied), roi * varied.dataset.spend_c, rtol=1e-9)


def test_without_a_course_a_varying_effect_is_a_plain_one(varied: Fit) -> None:
    data = varied.dataset
    for c, effect in enumerate(varied.channels[:3]):
        assert isinstance(effect, VaryingEffect)
        still = replace(effect, weight_dk=np.zeros_like(effect.weight_dk))
        parts = {k: v for k, v in vars(effect).items() if k not in ("course", "weight_dk")}
        same = ChannelEffect(**parts)
        series = data.series_gtc[:, :, c]
        mine, theirs = still.responses(series, 4), same.responses(series, 4)
        for name in ("over_time_dt", "total_dg", "carried_dg"):
            np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(mine.slope_dg, theirs.slope_dg, rtol=1e-6)
        own, before = np.where(np.arange(series.shape[1]) < 100, 0, series), np.zeros_like(series)
        points = np.array([0.0, 0.7, 1.4])
        np.testing.assert_allclose(still.response(own, before, points), same.response(own, before, points))


def test_curves_at_today_s_spend_are_the_contribution(varied: Fit) -> None:
    curves = response_draws(varied, np.array([1.0]))[..., 0].T
    np.testing.assert_allclose(curves, survey(varied).total_dc, rtol=1e-9)


def test_stored_draws_make_the_same_fit_and_lead_back_to_the_sampler(varied: Fit) -> None:
    back = restore(varied.dataset, varied.spec, varied.posterior, varied.stats, varied.run)
    np.testing.assert_allclose(survey(back).media_dt, survey(varied).media_dt, rtol=1e-12)
    problem = pose(varied.dataset, varied.spec)
    u = coordinates(problem, varied, np.array([0, 7]))
    density = problem.model.density()
    theta = np.column_stack([p.natural(u[:, k]) for k, p in enumerate(problem.model.priors)])
    weights = problem.model.courses.weights(theta)
    assert weights[0] is not None
    effect = varied.channels[0]
    assert isinstance(effect, VaryingEffect)
    np.testing.assert_allclose(weights[0], effect.weight_dk[[0, 7]], rtol=1e-9)
    assert all(np.isfinite(density(row)[0]) for row in u)


def test_a_forecast_follows_the_control_and_a_plan_the_forecast(varied: Fit) -> None:
    """What a plan brings is the forecast with its spend minus that without, draw by draw."""
    future = mm.read_future(varied.dataset, periods=6, spec=varied.spec)
    controls = future.controls_gtk.copy()
    price = varied.dataset.control_names.index("price")
    known = varied.dataset.controls_gtk[0, :, price]
    controls[0, :, price] = known.mean() + 2.0 * known.std()
    dear = replace(future, controls_gtk=controls)
    social = varied.dataset.channel_names.index("social")
    effect = varied.channels[social]
    assert isinstance(effect, VaryingEffect)
    rate = np.ones((1, 6))
    ahead = outlook(varied, [social], rate, np.zeros(1), varied.n_draws, dear)
    x = np.full((1, 6), float(varied.dataset.exposure_gtc[0, :, social].mean()))
    draws = ahead.draws(x)[0][:, :6]
    # Twice a standard deviation at 0.4 each: the factor stated by hand.
    factor = np.exp(2.0 * 0.4 * (effect.weight_dk[:, :1] / 1.0))
    n = varied.dataset.n_periods
    plain_effect = ChannelEffect(
        **{k: v for k, v in vars(effect).items() if k not in ("course", "weight_dk")}
    )
    series = np.concatenate([varied.dataset.exposure_gtc[:, :, social], x], axis=1)
    nothing = np.concatenate([varied.dataset.exposure_gtc[:, :, social], 0 * x], axis=1)
    without = plain_effect.contribution(nothing)[:, n:]
    wanted = (plain_effect.contribution(series)[:, n:] - without) * factor
    np.testing.assert_allclose(draws, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("varying", "words"),
    [
        ({"by": "prise"}, "price"),
        ({"by": "time", "length": 2000}, "longer than the data"),
        ({"by": "season", "length": 4}, "belongs to"),
    ],
)
def test_a_course_that_can_t_be_is_refused(weekly: Dataset, varying: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        pose(weekly, parse_spec({"channels": {"tv": {"varying": varying}}}))


def test_a_control_that_never_moves_is_no_course(weekly: Dataset) -> None:
    still = weekly.controls_gtk.copy()
    still[..., 0] = 3.0
    with pytest.raises(SpecError, match="the same all the time"):
        pose(
            replace(weekly, controls_gtk=still),
            parse_spec({"channels": {"tv": {"varying": {"by": weekly.control_names[0]}}}}),
        )
