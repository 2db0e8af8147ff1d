"""Markets with structures: what stays as it was, and each structure's formula, written out once more."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kurtosis, weibull_min

from mediamix.core.errors import BudgetError
from mediamix.simulate import (
    ChannelTruth,
    EventTruth,
    Scenario,
    Simulation,
    Structure,
    simulate,
    write_simulation,
)
from mediamix.simulate.curves import saturate, weights_of

WEEKLY = Scenario.weekly(1)
PANEL = replace(Scenario.geo_panel(2), geos=4, periods=60, late_geos=0.3)
STRUCTURES = {
    "nothing": Structure(),
    "delayed": Structure(adstock="delayed"),
    "binomial": Structure(adstock="binomial"),
    "weibull_pdf": Structure(adstock="weibull_pdf"),
    "weibull_cdf": Structure(adstock="weibull_cdf"),
    "logistic": Structure(saturation="logistic"),
    "michaelis_menten": Structure(saturation="michaelis_menten"),
    "power": Structure(saturation="power"),
    "log": Structure(saturation="log"),
    "none": Structure(saturation="none"),
    "order": Structure(order="saturation_first"),
    "ar1": Structure(noise_ar1=0.6),
    "student": Structure(noise_df=3.0),
    "drift": Structure(effect_drift=0.4),
    "demand": Structure(effect_demand=-0.3),
    "synergy": Structure(synergy=(("tv", "search", 0.2), ("tv", "social", 0.1))),
    "reach_frequency": Structure(reach_frequency=("tv",)),
    "events": Structure(event_lead=14, event_lag=7),
    "many": Structure(
        adstock="weibull_pdf", noise_ar1=0.3, effect_drift=0.2, synergy=(("search", "display", 0.3),)
    ),
}


@pytest.fixture(scope="module", params=["national", "panel"])
def plain(request: pytest.FixtureRequest) -> Simulation:
    return simulate(WEEKLY if request.param == "national" else PANEL)


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_leaves_spend_controls_and_contributions_over_the_window(
    name: str, plain: Simulation
) -> None:
    structured = simulate(replace(plain.truth.scenario, structure=STRUCTURES[name]))
    np.testing.assert_array_equal(structured.dataset.spend_gtc, plain.dataset.spend_gtc)
    np.testing.assert_array_equal(structured.dataset.controls_gtk, plain.dataset.controls_gtk)
    assert structured.truth.contribution == pytest.approx(plain.truth.contribution, rel=1e-9)
    assert structured.truth.share == pytest.approx(plain.truth.share, abs=1e-6)
    truth = structured.truth
    total = truth.baseline_gtp.sum(axis=2) + truth.contribution_gtc.sum(axis=2) + truth.noise_gt
    np.testing.assert_allclose(total, structured.truth.outcome_gt, rtol=0, atol=1e-9 * total.max())
    known = structured.dataset.observed_gt
    np.testing.assert_allclose(total[known], structured.dataset.outcome_gt[known], rtol=1e-12)


def test_without_any_structure_the_general_formulas_give_what_the_plain_ones_do(plain: Simulation) -> None:
    """Two ways of writing it: odds of Hill curves, and what any path of spend does."""
    general = simulate(replace(plain.truth.scenario, structure=Structure()))
    scale = plain.truth.contribution_gtc.max()
    np.testing.assert_allclose(
        general.truth.contribution_gtc, plain.truth.contribution_gtc, atol=1e-13 * scale
    )
    np.testing.assert_allclose(
        plain.truth.effects.contribution(plain.dataset.spend_gtc),
        plain.truth.contribution_gtc,
        atol=1e-13 * scale,
    )
    for multiple in (0.0, 0.5, 1.0, 2.0):
        for ours, theirs in zip(
            general.truth.response(multiple), plain.truth.response(multiple), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_markets_without_structures_are_the_same_files_as_ever(tmp_path: Path) -> None:
    """Hashes of the rows that were written before there were structures; cents are the same anywhere."""
    written = {
        "weekly": (Scenario.weekly(4), "9ac28fbca068d9c3", "49fde30d117ce68e"),
        "panel": (
            replace(Scenario.geo_panel(4), periods=30, geos=3, late_geos=0.4),
            "2e6f5d037fe288a7",
            "6c00fa11e11af621",
        ),
    }
    for name, (scenario, media, outcome) in written.items():
        paths = write_simulation(simulate(scenario), tmp_path / name)
        found = [hashlib.sha256(paths[f].read_bytes()).hexdigest()[:16] for f in ("media.csv", "outcome.csv")]
        assert found == [media, outcome], name
        said = json.loads(paths["truth.json"].read_text())
        assert "structures" not in said
        assert "structure" not in said["scenario"]
    own = replace(Scenario.weekly(4), periods=40, channels=(ChannelTruth("tv"),))
    assert not {"shape", "saturation", "order"} & set(own.to_dict()["channels"][0])


def test_weights_are_their_formulas() -> None:
    lag = np.arange(13)
    late = weights_of(ChannelTruth("x", half_life=2.0, adstock="weibull_pdf", shape=2.0))
    density = weibull_min(2.0, scale=3.0 / np.log(2) ** 0.5).pdf(lag + 1)
    np.testing.assert_allclose(late, density / density.sum())
    assert weibull_min(2.0, scale=3.0 / np.log(2) ** 0.5).median() == pytest.approx(3.0)
    surviving = weights_of(ChannelTruth("x", half_life=2.0, adstock="weibull_cdf", shape=1.0))
    scale, weight, product = 2.0**2 / (np.log(2) * 2), [], 1.0
    for i in lag:
        product *= weibull_min(1.0, scale=scale).sf(i)
        weight.append(product)
    np.testing.assert_allclose(surviving, np.array(weight) / np.sum(weight))
    falling = weights_of(ChannelTruth("x", half_life=2.0, adstock="binomial"))
    p = np.log(falling[1] / falling[0]) / np.log(1 - 1 / 13)
    np.testing.assert_allclose(falling / falling[0], (1 - lag / 13) ** p)
    assert 1 - (1 - 2.0 / 13) ** (p + 1) == pytest.approx(0.5)
    np.testing.assert_array_equal(weights_of(ChannelTruth("x", half_life=0.0, adstock="binomial")), [1.0])


def test_curves_are_their_formulas() -> None:
    x = np.array([0.0, 1.0, 2.0, 5.0])
    for kind, wanted in {
        "hill": x**1.5 / (x**1.5 + 2.0**1.5),
        "logistic": np.tanh(np.arctanh(0.5) * x / 2.0),
        "michaelis_menten": x / (x + 2.0),
        "log": np.log1p(x / 2.0),
        "none": x / 2.0,
    }.items():
        channel = ChannelTruth("x", saturation=kind, slope=1.5)  # type: ignore[arg-type]
        np.testing.assert_allclose(saturate(x, channel, 2.0), wanted, err_msg=kind)
    power = ChannelTruth("x", saturation="power", slope=0.4)
    np.testing.assert_allclose(saturate(x, power, 2.0), (x / 2.0) ** 0.4)


@pytest.mark.parametrize("order", ["adstock_first", "saturation_first"])
def test_a_channel_in_either_order_is_its_formula_in_plain_loops(order: str) -> None:
    channel = ChannelTruth(
        "tv", half_life=1.5, adstock="binomial", saturation="logistic", order=order, max_lag=6
    )  # type: ignore[arg-type]
    market = simulate(Scenario(seed=7, every="week", periods=30, channels=(channel,)))
    truth, weights = market.truth, weights_of(channel)
    spend_t, half = market.dataset.spend_gtc[0, :, 0], truth.half_effect_c[0]
    for t in (0, 3, 29):
        lagged = [(weights[lag], spend_t[t - lag]) for lag in range(min(6, t + 1))]
        if order == "adstock_first":
            h = np.tanh(np.arctanh(0.5) * sum(w * x for w, x in lagged) / half)
        else:
            h = sum(w * np.tanh(np.arctanh(0.5) * x / half) for w, x in lagged)
        assert truth.contribution_gtc[0, t, 0] == pytest.approx(truth.beta_gc[0, 0] * h)


def test_noise_hangs_together_as_much_as_it_says_and_is_as_large() -> None:
    long = replace(WEEKLY, periods=3000, channels=1, noise=0.02, trend=0.0)
    normal, kept = simulate(long), simulate(replace(long, structure=Structure(noise_ar1=0.6)))
    noise_t = kept.truth.noise_gt[0]
    assert np.corrcoef(noise_t[1:], noise_t[:-1])[0, 1] == pytest.approx(0.6, abs=0.05)
    assert np.corrcoef(noise_t[2:], noise_t[:-2])[0, 1] == pytest.approx(0.36, abs=0.06)
    assert noise_t.std() == pytest.approx(normal.truth.noise_gt.std(), rel=0.1)
    assert noise_t.mean() == pytest.approx(0.0, abs=0.01 * noise_t.std())


def test_heavy_tails_have_the_scale_of_the_normal_noise() -> None:
    long = replace(WEEKLY, periods=3000, channels=1, noise=0.01, trend=0.0)
    normal, heavy = simulate(long), simulate(replace(long, structure=Structure(noise_df=3.0)))
    # Half of Student's t with 3 degrees of freedom lies within 0.765 scales, of the normal within 0.674.
    ratio = np.median(np.abs(heavy.truth.noise_gt)) / np.median(np.abs(normal.truth.noise_gt))
    assert ratio == pytest.approx(0.7649 / 0.6745, rel=0.05)
    assert kurtosis(heavy.truth.noise_gt[0]) > 3 > kurtosis(normal.truth.noise_gt[0])


def test_effects_drift_slowly_around_one_each_channel_by_itself() -> None:
    long = replace(WEEKLY, periods=2600, trend=0.0, structure=Structure(effect_drift=0.3))
    factor_tc = simulate(long).truth.effects.factor_tc
    np.testing.assert_allclose(factor_tc.mean(axis=0), 1.0)
    log_tc = np.log(factor_tc)
    assert log_tc.std(axis=0).mean() == pytest.approx(0.3, rel=0.25)
    # The covariance of the process: exp(−½) after a length scale, nothing after four.
    for lag, wanted in ((26, np.exp(-0.5)), (104, 0.0)):
        found = [np.corrcoef(log_tc[lag:, c], log_tc[:-lag, c])[0, 1] for c in range(5)]
        assert np.mean(found) == pytest.approx(wanted, abs=0.2)
    assert abs(np.corrcoef(log_tc.T) - np.eye(5)).max() < 0.5


def test_effects_scale_with_the_season() -> None:
    market = simulate(replace(WEEKLY, structure=Structure(effect_demand=0.4)))
    log_t = np.log(market.truth.effects.factor_tc[:, 2])
    season_t = market.truth.baseline_gtp[0, :, market.truth.baseline_names.index("seasonality")]
    z_t = (season_t - season_t.mean()) / season_t.std()
    np.testing.assert_allclose(log_t - log_t.mean(), 0.4 * z_t, atol=1e-9)
    without = simulate(WEEKLY).truth.contribution_gtc
    ratio = market.truth.contribution_gtc[0, 10:, 1] / without[0, 10:, 1]
    np.testing.assert_allclose(ratio / ratio[0], np.exp(0.4 * (z_t[10:] - z_t[10])), rtol=1e-9)


def test_synergy_is_half_of_each_and_gone_without_the_other() -> None:
    size = 0.25
    truth = simulate(replace(WEEKLY, structure=Structure(synergy=(("tv", "search", size),)))).truth
    both = truth.contribution["tv"] + truth.contribution["search"]
    (said,) = truth.to_dict()["structures"]["synergy"]
    assert said == {"channels": ["tv", "search"], "contribution": pytest.approx(size * both)}
    dark = truth.media_outcome({"tv": 0.0})
    lost = truth.media_outcome() - dark
    assert lost == pytest.approx(truth.contribution["tv"] + size * both / 2)
    alone, _ = truth.response(np.array([0.0, 1, 1, 1, 1]))
    assert alone[1] == pytest.approx(truth.contribution["search"] - size * both / 2)
    # The next unit of spend has the whole of the synergy, whoever it is given to.
    step = 1e-4
    up, down = (truth.media_outcome({"tv": 1 + sign * step}) for sign in (1, -1))
    assert truth.mroi["tv"] * truth.spend["tv"] == pytest.approx((up - down) / (2 * step), rel=1e-6)
    with pytest.raises(BudgetError, match="market with synergy"):
        truth.best()
    assert truth.to_dict()["optimal"] is None


def test_events_build_up_and_fade_in_straight_lines() -> None:
    event = EventTruth("sale", 0.4, days=14, at=0.5)
    scenario = replace(WEEKLY, events=(event,), structure=Structure(event_lead=14, event_lag=7))
    market, plain = simulate(scenario), simulate(replace(scenario, structure=None))
    (row,) = market.dataset.events
    assert (row,) == plain.dataset.events
    part = market.truth.baseline_names.index("events")
    size = market.truth.event_effects["sale"]
    begin = int(np.searchsorted(market.dataset.dates, row.start))
    found = market.truth.baseline_gtp[0, begin - 3 : begin + 5, part] / size
    np.testing.assert_allclose(found, [0, 1 / 3, 2 / 3, 1, 1, 1 / 2, 0, 0], atol=1e-12)


def test_reach_and_frequency_are_in_the_rows_and_explain_the_contribution() -> None:
    market = simulate(replace(WEEKLY, structure=Structure(reach_frequency=("tv",))))
    rows = market.tables.media
    tv, other = rows[rows["channel"] == "tv"], rows[rows["channel"] != "tv"]
    assert other[["reach", "frequency"]].isna().all(axis=None)
    reached = tv[tv["reach"] > 0]
    assert (reached["frequency"] >= 1).all()
    assert reached["frequency"].nunique() > 20
    np.testing.assert_allclose(tv["impressions"], tv["reach"] * tv["frequency"], atol=0.5)
    channel, truth = market.truth.channels[0], market.truth
    cost = tv["spend"].sum() / tv["impressions"].sum() * 1000
    assert cost == pytest.approx(channel.cost_per_thousand, rel=1e-4)
    # β · adstock(reach · saturation(frequency)), from the rows.
    half = truth.to_dict()["structures"]["contacts_at_half_effect"]["tv"]
    seen_t = (tv["reach"] / (1 + (half / tv["frequency"].clip(lower=1)) ** channel.slope)).to_numpy()
    alpha, carried, result = 2.0 ** (-1.0 / channel.half_life), 0.0, []
    for x in seen_t:
        carried = alpha * carried + (1 - alpha) * x
        result.append(carried)
    result_t = np.array(result) * truth.contribution["tv"] / np.sum(result)
    # Reach is rounded to whole people.
    np.testing.assert_allclose(truth.contribution_gtc[0, :, 0], result_t, atol=1e-5 * result_t.max())
