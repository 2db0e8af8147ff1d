"""Pairs of channels that work together: density, decomposition, curves.

Oracles: SciPy's multivariate normal with media from `oracle.plain`, finite differences, sums.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import decompose, total_contributions
from mediamix.measure.response import response_draws
from mediamix.measure.survey import survey
from mediamix.measure.synergies import removal_effects
from mediamix.models.base import Fit
from mediamix.models.bayes import fit, restore
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from oracle import plain
from short import QUICK

PAIRS = [["tv", "search"], ["search", "display"]]
ORDER = ["tv", "search", "display"].index
CHANNELS = {"search": {"varying": {"by": "season"}}, "display": {"saturation": {"kind": "power"}}}


def spec_of(**more: object):
    return parse_spec({"synergy": {"pairs": PAIRS}, "channels": CHANNELS, **more})


@pytest.fixture(scope="module")
def paired(weekly: Dataset) -> Fit:
    return fit(weekly, spec_of(sampler=QUICK))


def log_posterior(problem, u: np.ndarray) -> float:
    """The formulas a second time: a share of the outcome, spread like the product of the responses."""
    data = problem.dataset
    state = plain.state(data, {"display": ("geometric", "power", None, "adstock_first")}, 0)
    named = len(state.names())
    theta, rest = state.natural(np, u[:named]), u[named:]
    names, responses = data.channel_names, state.responses(np, theta)
    search = names.index("search")
    course = problem.model.courses.each[search].matrix_sk @ rest[:4]
    responses[search] = responses[search] * np.exp(course)
    mean = np.zeros(data.n_periods)
    size = 0.01 * np.exp(np.log(5.0) / plain.Z95 * rest[4])
    for channel, h in zip(state.channels, responses, strict=True):
        brought = theta[f"{channel.effect}[{channel.name}]"] * channel.scale
        for pair, w in zip(PAIRS, rest[5:], strict=True):
            brought -= 0.5 * size * w * data.n_periods * (channel.name in pair)
        mean += brought / h.sum() * h
    for (one, other), w in zip(PAIRS, rest[5:], strict=True):
        product = responses[names.index(one)] * responses[names.index(other)]
        mean += size * w * data.n_periods * product / product.sum()
    rows = state.design[state.trained] * state.sd
    covariance = theta["sigma"] ** 2 * np.eye(len(rows)) + rows @ rows.T
    return float(multivariate_normal.logpdf(state.outcome, mean[state.trained], covariance) - 0.5 * u @ u)


def test_the_density_is_the_plain_one_and_its_gradient_the_difference(weekly: Dataset) -> None:
    problem = pose(weekly, spec_of())
    density = problem.model.density()
    rng = np.random.default_rng(5)
    for _ in range(3):
        u = 0.7 * rng.standard_normal(density.dimension)
        value, gradient = density(u)
        assert value == pytest.approx(log_posterior(problem, u), rel=1e-9)
        steps = 1e-5 * np.eye(len(u))
        slopes = np.array([(density(u + s)[0] - density(u - s)[0]) / 2e-5 for s in steps])
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-6 * np.abs(slopes).max())


def test_a_pair_brings_the_share_that_was_sampled(paired: Fit) -> None:
    table = mm.synergies(paired)
    share = paired.posterior.stacked("synergy").mean(axis=0)
    np.testing.assert_allclose(table["contribution_mean"], share * paired.dataset.outcome_gt.sum(), rtol=1e-9)
    assert list(zip(table["channel"], table["other"], strict=True)) == [tuple(pair) for pair in PAIRS]


def test_an_effect_is_about_all_that_a_channel_brings(paired: Fit) -> None:
    """Per draw ROI × spend is its own part and half of its pairs; nothing is counted twice."""
    data = paired.dataset
    roi = paired.posterior.stacked("roi") * data.spend_c
    np.testing.assert_allclose(total_contributions(paired), roi)
    by_time = sum(part.draws_dt for part in decompose(paired) if part.kind == "media")
    np.testing.assert_allclose(by_time, survey(paired).media_dt, rtol=1e-9)
    alone = [effect.contribution(data.exposure_gtc[:, :, c]) for c, effect in enumerate(paired.channels)]
    pairs = paired.posterior.stacked("synergy").sum(axis=1) * np.nansum(data.outcome_gt)
    np.testing.assert_allclose(np.sum(alone, axis=0).sum(axis=1) + pairs, roi.sum(axis=1))


def test_without_a_channel_its_pairs_are_gone_and_its_curve_says_so(paired: Fit) -> None:
    """The removal effect is media with the channel minus media of data where it was never bought."""
    data, c = paired.dataset, paired.dataset.channel_names.index("search")
    removed = removal_effects(paired)[:, c]
    whole = paired.posterior.stacked("roi")[:, c] * data.spend_c[c]
    pairs = paired.posterior.stacked("synergy") * np.nansum(data.outcome_gt)
    np.testing.assert_allclose(removed, whole + 0.5 * pairs.sum(axis=1))
    np.testing.assert_allclose(response_draws(paired, np.array([1.0]))[c, :, 0], removed)
    slope = response_draws(paired, np.array([1.0 - 1e-4, 1.0 + 1e-4]))[c]
    np.testing.assert_allclose(
        survey(paired).slope_dc[:, c], (slope[:, 1] - slope[:, 0]) / 2e-4, rtol=1e-5, atol=1e-3
    )


def test_stored_draws_make_the_same_fit_and_lead_back_to_the_sampler(paired: Fit) -> None:
    back = restore(paired.dataset, paired.spec, paired.posterior, paired.stats, paired.run)
    np.testing.assert_allclose(survey(back).media_dt, survey(paired).media_dt, rtol=1e-12)
    problem = pose(paired.dataset, paired.spec)
    u = coordinates(problem, paired, np.array([0, 7]))
    theta = np.column_stack([p.natural(u[:, k]) for k, p in enumerate(problem.model.priors)])
    np.testing.assert_allclose(
        problem.model.shares(theta), paired.posterior.stacked("synergy")[[0, 7]], rtol=1e-9
    )


def test_a_forecast_has_the_pairs_of_the_future(paired: Fit) -> None:
    """A channel in a pair has its half of it, others are as ever, and the media are their sum."""
    future = mm.read_future(paired.dataset, periods=5, spec=paired.spec)
    table = mm.forecast(paired, future, max_draws=paired.n_draws, anyway=True)
    series = np.concatenate([paired.dataset.series_gtc, future.exposure_gtc], axis=1)
    n = paired.dataset.n_periods
    parts = table.set_index("date")
    np.testing.assert_allclose(parts["media"], parts[list(paired.dataset.channel_names)].sum(axis=1))
    others = parts["social"] + parts["print_ooh"]
    wanted = sum(
        effect.contribution(series[:, :, c])[:, n:].mean(axis=0)
        for c, effect in enumerate(paired.channels)
        if paired.dataset.channel_names[c] in ("social", "print_ooh")
    )
    np.testing.assert_allclose(others, wanted, rtol=1e-9)
    c = paired.dataset.channel_names.index("tv")
    alone = paired.channels[c].contribution(series[:, :, c])[:, n:].mean(axis=0)
    both = (paired.posterior.stacked("synergy")[:, 0] > 0).mean()
    assert (np.sign(parts["tv"] - alone) == np.sign(both - 0.5)).mean() >= 0.8 or abs(both - 0.5) < 0.2


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([["tv", "tv"]], "with itself"),
        ([["tv", "search"], ["search", "tv"]], "twice"),
        ([["tv", "serch"]], "search"),
        ([], "empty"),
    ],
)
def test_pairs_that_can_t_be_are_refused(weekly: Dataset, pairs: list, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        pose(weekly, parse_spec({"synergy": {"pairs": pairs}}))


def scaled(fit: Fit, multiples: dict[str, float], window: Window) -> Fit:
    """The fit of a market in which a window's media were these multiples, and none came after it."""
    data = fit.dataset
    exposure = data.exposure_gtc.copy()
    for c, name in enumerate(data.channel_names):
        exposure[:, window.slice, c] *= multiples.get(name, 1.0)
    exposure[:, window.stop :] = 0.0
    return replace(fit, dataset=replace(data, exposure_gtc=exposure))


def test_a_plans_outcome_is_the_fits_own_for_its_spend(paired: Fit) -> None:
    """In the window what the decomposition says; after it what the window's media still cause."""
    data, window, tail = paired.dataset, Window(30, 120), 26
    curves = mm.curves_of(paired, window=window, history=False)
    assert [pair.channels for pair in curves.pairs] == [tuple(sorted(p, key=ORDER)) for p in PAIRS]
    names = data.channel_names
    for multiples, close in (
        ({}, 1e-9),
        (dict.fromkeys(names, 0.0), 1e-9),
        ({"tv": 1.5, "search": 0.4, "display": 2.0}, 1e-9),
        ({"tv": 0.33, "search": 1.27, "social": 0.61}, 2e-4),
    ):
        spend = {name: multiples.get(name, 1.0) * curves.current[name] for name in names}
        parts = list(decompose(scaled(paired, multiples, window)))
        without = decompose(scaled(paired, dict.fromkeys(names, 0.0), window))
        after = slice(window.stop, window.stop + tail)
        wanted = sum(part.draws_dt[:, window.slice].sum(axis=1) for part in parts)
        for part, other in zip(parts, without, strict=True):
            wanted = wanted + (part.draws_dt - other.draws_dt)[:, after].sum(axis=1)
        found = curves.outcome_at(spend)
        # Between points, a twentieth of today's spend apart, pairs are bilinear.
        np.testing.assert_allclose(found, wanted, rtol=close)


def test_media_from_before_and_channels_without_spend_work_together_with_what_is_planned(
    paired: Fit,
) -> None:
    """An unplanned partner's part is the planned channel's curve: without its spend it would be gone."""
    data, c = paired.dataset, paired.dataset.channel_names.index("search")
    spend = data.spend_gtc.copy()
    spend[:, :, c] = 0.0
    unpaid = replace(paired, dataset=replace(data, spend_gtc=spend))
    curves = mm.curves_of(unpaid, history=False)
    assert not curves.pairs
    whole = mm.curves_of(paired, history=False)
    spends = {name: 1.5 * curves.current[name] for name in curves.channels}
    at = {**spends, "search": whole.current["search"]}
    # Carry-over of the unpaid channel out of the window, by itself, is nobody's plan.
    alone = whole.contribution_at("search", at["search"]) - unpaid_inside(paired, c)
    np.testing.assert_allclose(curves.outcome_at(spends), whole.outcome_at(at) - alone, rtol=1e-9)


def unpaid_inside(paired: Fit, c: int) -> np.ndarray:
    data = paired.dataset
    return (
        paired.channels[c].contribution(data.exposure_gtc[:, :, c], before_gt=data.before_gt(c)).sum(axis=1)
    )


def test_a_plan_of_channels_that_work_together_is_proved_and_adds_up(paired: Fit) -> None:
    plan = mm.optimize(paired, mm.Budget(), anyway=True)
    assert plan.certificate.status == "optimal"
    assert any("pairs" in note for note in plan.notes)
    bold = mm.optimize(mm.curves_of(paired), mm.Budget(), objective="mean", anyway=True)
    assert bold.certificate.gap <= 1e-4
    curves = mm.curves_of(paired).levels
    parts = sum(part.contribution.mean for part in bold.channels.values())
    assert parts == pytest.approx(bold.outcome.mean - curves.baseline_mean, rel=1e-6)
    today = curves.outcome_at(curves.current).mean()
    assert bold.outcome.mean >= today * (1 - 1e-3)


def test_flighting_refuses_pairs_aloud(paired: Fit) -> None:
    with pytest.raises(SpecError, match="work together") as refused:
        mm.flighting(paired, anyway=True)
    assert "mediamix optimize" in refused.value.next_step
