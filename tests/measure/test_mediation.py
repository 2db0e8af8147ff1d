"""What is told of mediated effects, how they fade, and what planner and forecast make of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from funnels import CHAIN, ONE, market, spec
from mediamix.core.errors import DataError, SpecError
from mediamix.decide.fitted.history import with_history
from mediamix.decide.flighting.response import outlook
from mediamix.measure import ahead
from mediamix.measure.channel import prior_return, still_to_come
from mediamix.measure.contribution import half_lives, total_contributions
from mediamix.measure.forecast import look_ahead
from mediamix.measure.gather import gather
from mediamix.measure.mediation import PriorOfPaths, mediation
from mediamix.measure.response import response_draws
from mediamix.models.bayes import fit

PANEL = {**CHAIN, "clicks": {**CHAIN["clicks"], "scale": "total"}}


@pytest.fixture(scope="module")
def chain():
    return fit(market(), spec(CHAIN))


@pytest.fixture(scope="module")
def panel():
    return fit(market(geos=3, periods=60), spec(PANEL, geo={}))


@pytest.fixture(params=["chain", "panel"])
def found(request):
    return request.getfixturevalue(request.param)


def test_direct_and_mediated_are_the_total_draw_by_draw(found):
    table = mediation(found).set_index(["channel", "path"])
    total = dict(zip(found.dataset.channel_names, total_contributions(found).mean(axis=0), strict=True))
    assert set(table.index.get_level_values(0)) == {"tv", "search"}
    for channel in ("tv", "search"):
        own = table.loc[channel]["contribution_mean"]
        assert own["total"] == pytest.approx(total[channel], rel=1e-9)
        assert own["direct"] + own[[p for p in own.index if p.startswith("via")]].sum() == pytest.approx(
            own["total"], rel=1e-9
        )
        assert table.loc[channel, "total"]["share_mean"] == pytest.approx(1.0)
    assert {"direct", "via awareness", "via awareness, clicks", "mediated", "total"} == set(
        table.loc["tv"].index
    )
    roi = mm.roi(found).set_index("channel")["roi_mean"]
    assert table.loc["tv", "total"]["roi_mean"] == pytest.approx(roi["tv"], rel=1e-9)


def test_a_fit_without_mediators_has_no_such_table(mixed_fit):
    with pytest.raises(SpecError, match="the fit has no mediators"):
        mediation(mixed_fit)


def test_an_effect_fades_as_its_paths_do_together(chain):
    """A mixture of the paths' carry-over, weighed by what they bring, written with plain loops."""
    c = chain.dataset.channel_names.index("tv")
    effect, exposure = chain.channels[c], chain.dataset.exposure_gtc[:, :, c]
    brings = np.stack([np.maximum(p.contribution(exposure).sum(axis=1), 0) for p in effect.paths])
    left = np.zeros((chain.n_draws, 9))
    for path, part in zip(effect.paths, brings / brings.sum(axis=0), strict=True):
        alpha = 0.5 ** (1 / path.theta_dk[:, 0])
        left += part[:, None] * alpha[:, None] ** np.arange(9)
    np.testing.assert_allclose(still_to_come(chain, c, 8)["mean"], left.mean(axis=0), rtol=1e-6)
    lives = [path.theta_dk[:, 0] for path in effect.paths]
    assert min(map(np.min, lives)) <= half_lives(chain)[c].mean <= max(map(np.max, lives))


def test_the_planner_sees_the_total(chain):
    curves = mm.curves_of(chain, history=False, draws=chain.n_draws)
    c = chain.dataset.channel_names.index("tv")
    assert curves.current["tv"] == pytest.approx(chain.dataset.spend_c[c])
    at = np.searchsorted(curves.spend["tv"], curves.current["tv"] * (1 - 1e-9))
    expected = response_draws(chain, np.array([1.0]), carry_out=True)[c, :, 0]
    np.testing.assert_allclose(curves.contribution["tv"][:, at], expected, rtol=1e-9)
    total = curves.baseline + sum(
        curves.contribution[n][:, np.searchsorted(curves.spend[n], curves.current[n] * (1 - 1e-9))]
        for n in curves.current
    )
    assert total.mean() == pytest.approx(float(np.nansum(chain.dataset.outcome_gt)), rel=0.05)
    # A mediator is no lever: nobody sets it.
    assert set(curves.levers) == {"price", "competitor", "promotion"}


def test_flighting_sees_the_total_in_every_period(chain):
    """Against the effect's own contribution of the same future exposure."""
    data, n, horizon = chain.dataset, chain.dataset.n_periods, 6
    c = data.channel_names.index("tv")
    ahead_of = outlook(chain, [c], np.ones((1, horizon)), np.zeros(1), chain.n_draws)
    x = np.linspace(1.0, 3.0, horizon) * data.exposure_gtc[0, :, c].mean()
    tail = ahead_of.channels[0].periods - horizon
    future = np.concatenate([data.exposure_gtc[:, :, c], x[None], np.zeros((1, tail))], axis=1)
    nothing = np.concatenate([data.exposure_gtc[:, :, c], np.zeros((1, horizon + tail))], axis=1)
    expected = chain.channels[c].contribution(future) - chain.channels[c].contribution(nothing)
    np.testing.assert_allclose(
        ahead_of.draws(x[None])[0], expected[:, n:], rtol=1e-6, atol=1e-9 * expected.max()
    )


def test_flighting_refuses_paths_that_saturate_otherwise():
    kinds = {"awareness": {**ONE["awareness"], "channels": {"tv": {"saturation": {"kind": "logistic"}}}}}
    found = fit(market(), spec(kinds))
    assert found.channels[0].paths[1].transform.saturation.name == "logistic"
    with pytest.raises(SpecError, match=r"mediators\.awareness\.channels\.tv: flighting plans"):
        outlook(found, [0], np.ones((1, 4)), np.zeros(1), 50)


def test_todays_split_is_evidence_for_channels_without_mediators_only(chain):
    _, rows, evidence = with_history(chain, 50)
    assert evidence is None  # one such channel: nothing to compare
    assert len(rows) == 50


def test_the_prior_of_a_total_is_that_of_its_parts(chain):
    """Its quantiles, from the formulas of the priors: a Weibull effect, and normals times Weibull shares."""
    data = chain.dataset
    c = data.channel_names.index("search")
    found = PriorOfPaths.of(chain).total(chain.channels[c])
    rng, n = np.random.default_rng(5), 200_000
    # Median 1, 95 % below 5; the exponent of a Weibull with these two points.
    shape = np.log(np.log(20) / np.log(2)) / np.log(5)
    direct = (rng.exponential(size=n) / np.log(2)) ** (1 / shape)
    clicks = data.controls_gtk[0, :, list(data.control_names).index("clicks")]
    # The only channel of its stage has all of its spend: a quarter of the clicks, a priori.
    moved = 0.25 * (rng.exponential(size=n) / np.log(2)) ** (1 / shape) * clicks.sum()
    gamma = 0.3 * np.nanmean(data.outcome_gt) / clicks.std() * rng.standard_normal(n)
    expected = direct + gamma * moved / data.spend_c[c]
    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.mean(found < np.quantile(expected, q)) == pytest.approx(q, abs=0.03)
    assert prior_return(chain, c).p50 == pytest.approx(np.median(found))


def test_what_is_judged_of_a_channel_is_its_total(chain):
    judged = {one.name: one for one in gather(chain).channels}
    total = total_contributions(chain)
    for c, name in enumerate(chain.dataset.channel_names):
        expected = np.median(total[:, c]) / chain.dataset.spend_c[c]
        assert judged[name].effect.median == pytest.approx(expected, rel=1e-6)
    assert judged["tv"].free is None
    assert judged["social"].free is not None


def test_a_future_needs_no_mediators_and_says_so_where_they_are_given(chain):
    future = mm.read_future(chain.dataset, periods=5, spec=chain.spec)
    assert future.control_names == ("price", "competitor", "promotion")
    dates = pd.date_range(str(future.dates[0]), periods=5, freq="7D")
    rows = dict.fromkeys(chain.dataset.control_names, 1.0)
    given = mm.read_future(
        chain.dataset, controls=pd.DataFrame({"date": dates, **rows}), periods=5, spec=chain.spec
    )
    told = [f for f in given.findings if f.check == "given_mediator"]
    assert len(told) == 1
    assert "awareness" in told[0].where
    with pytest.raises(DataError, match="the controls are"):
        look_ahead(chain, replace(given, controls_gtk=given.controls_gtk[..., :1], control_names=("price",)))


def calm_ahead(monkeypatch):
    """A future without shocks."""
    monkeypatch.setattr(ahead, "shocks", lambda rng, sd, periods: np.zeros((len(sd), periods)))
    monkeypatch.setattr(ahead, "noise_ahead", lambda fit, rows, periods, *_: np.zeros((len(rows), periods)))


def season(dates, pairs):
    """Sines and cosines of the year, as `transforms.basis` documents them."""
    from mediamix.transforms.basis import fourier

    return fourier(dates, pairs).matrix


def test_a_mediator_of_the_future_is_what_its_own_model_says(chain, monkeypatch):
    """Without shocks it is a sum of named draws; written out for the chain."""
    calm_ahead(monkeypatch)
    future = mm.read_future(chain.dataset, periods=6, spec=chain.spec)
    made = look_ahead(chain, future, max_draws=chain.n_draws)
    course, names = {}, list(chain.dataset.control_names)
    for one in chain.mediators:
        draws = one.posterior
        pairs = draws.stacked("seasonality").shape[1] // 2
        total = draws.stacked("intercept")[:, None] + draws.stacked("trend").sum(axis=1, keepdims=True)
        total = total + draws.stacked("seasonality") @ season(future.dates, pairs).T
        labels = list(draws.coords["controls_term"])
        for name in labels:
            seen = chain.dataset.controls_gtk[0, :, names.index(name)]
            level = future.controls_gtk[0, :, future.control_names.index(name)] - seen.mean()
            total = total + draws.stacked("controls")[:, [labels.index(name)]] * level
        if "mediators" in draws:
            total = total + draws.stacked("mediators")[:, :1] * course["awareness"]
        own = one.dataset.outcome_name
        course[own] = total - chain.dataset.controls_gtk[0, :, names.index(own)].mean()
    gamma, labels = chain.posterior.stacked("mediators"), list(chain.posterior.coords["mediators_term"])
    expected = sum(gamma[:, [labels.index(name)]] * course[name] for name in course)
    (part,) = [one for one in made.components if one.name == "mediators"]
    known = {t.names for one in chain.mediators for t in one.baseline if t.component == "events"}
    assert not {name for names in known for name in names} & {event.name for event in future.events}
    np.testing.assert_allclose(part.draws_dt, expected, rtol=1e-7, atol=1e-7 * np.abs(expected).max())


def test_a_forecast_counts_all_paths_of_more_media(found):
    """Twice the media of a channel: the outcome rises by its contribution, the rest stays."""
    future = mm.read_future(found.dataset, periods=6, spec=found.spec)
    more_gtc = future.exposure_gtc.copy()
    c = found.dataset.channel_names.index("tv")
    more_gtc[:, :, c] *= 2
    one, two = (look_ahead(found, f) for f in (future, replace(future, exposure_gtc=more_gtc)))
    np.testing.assert_array_equal(one.part("baseline"), two.part("baseline"))
    n = found.dataset.n_periods
    expected = [
        found.channels[c].contribution(np.concatenate([found.dataset.exposure_gtc, f], axis=1)[:, :, c])[
            :, n:
        ]
        for f in (future.exposure_gtc, more_gtc)
    ]
    np.testing.assert_allclose(
        two.part("media") - one.part("media"), expected[1] - expected[0], rtol=1e-6, atol=1e-6
    )


def test_an_unknown_mediator_makes_a_forecast_less_sure(chain, monkeypatch):
    """By its own noise and walk, times its coefficient; of 200 draws a variance is known to a tenth."""
    future = mm.read_future(chain.dataset, periods=26, spec=chain.spec)
    noisy = look_ahead(chain, future, max_draws=chain.n_draws)
    calm_ahead(monkeypatch)
    calm = look_ahead(chain, future, max_draws=chain.n_draws)
    pair = [next(p.draws_dt for p in made.components if p.name == "mediators") for made in (noisy, calm)]
    awareness, clicks = chain.mediators
    gamma = chain.posterior.stacked("mediators")
    labels = list(chain.posterior.coords["mediators_term"])
    between = clicks.posterior.stacked("mediators")[:, 0]
    on_clicks = gamma[:, labels.index("clicks")]
    on_awareness = gamma[:, labels.index("awareness")] + on_clicks * between
    sds = [awareness.sigma_dg[:, 0], clicks.sigma_dg[:, 0]]
    at_least = np.mean((on_awareness * sds[0]) ** 2 + (on_clicks * sds[1]) ** 2)
    spread = (pair[0] - pair[1]).var(axis=0)
    assert (spread > 0.5 * at_least).all()
    assert spread[0] < 2.2 * at_least
    assert spread[-1] > spread[0]
