"""What must hold in every simulated market."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.core.types import Every
from mediamix.simulate import ChannelTruth, ControlTruth, EventTruth, Scenario, Simulation, simulate

EXPLICIT = (
    ChannelTruth("radio", "flighted", half_life=2.0, roi=1.1, spend_share=3.0),
    ChannelTruth("mail", "seasonal", adstock="delayed", retention=0.6, peak=2.0, max_lag=8, roi=0.7),
)
SCENARIOS = {
    "daily": Scenario(),
    "weekly": Scenario.weekly(3),
    "geo_panel": replace(Scenario.geo_panel(2), geos=7),
    "orders": Scenario(seed=4, unit="count", value_per_unit=80.0, periods=400),
    "one_channel": Scenario(channels=1, periods=300),
    "twelve_channels": replace(Scenario.weekly(5), channels=12),
    "27_channels": replace(Scenario.weekly(5), channels=27),
    "explicit": Scenario(channels=EXPLICIT, every="week", periods=120, hidden_demand=0.05),
    "bare": Scenario(controls=(), events=(), seasonality=0, weekday=0, trend=0, noise=0, periods=60),
    "short": Scenario(every="week", periods=8),
}


@pytest.fixture(scope="module", params=SCENARIOS, ids=list(SCENARIOS))
def market(request: pytest.FixtureRequest) -> Simulation:
    return simulate(SCENARIOS[request.param])


def test_parts_sum_to_the_outcome(market: Simulation) -> None:
    truth = market.truth
    total = truth.baseline_gtp.sum(axis=2) + truth.contribution_gtc.sum(axis=2) + truth.noise_gt
    np.testing.assert_allclose(total, market.dataset.outcome_gt, rtol=0, atol=1e-9 * total.max())


def test_media_share_is_as_asked_for(market: Simulation) -> None:
    # Whole orders are rounded, cents nearly not.
    tolerance = 1e-5 if market.dataset.unit == "count" else 1e-7
    assert market.truth.share == pytest.approx(market.truth.scenario.media_share, abs=tolerance)


def test_roi_times_spend_is_the_contribution_at_the_roi_asked_for(market: Simulation) -> None:
    truth = market.truth
    value = truth.scenario.value_per_unit or 1.0
    for channel in truth.channels:
        name = channel.name
        assert truth.roi[name] * truth.spend[name] == pytest.approx(truth.contribution[name], rel=1e-12)
        assert truth.contribution[name] * value == pytest.approx(channel.roi * truth.spend[name], rel=1e-9)


def test_contributions_are_the_written_formula_of_adstock_and_hill(market: Simulation) -> None:
    """Plain loops for one geo and all channels, from spend and `parameters` alone."""
    truth, data = market.truth, market.dataset
    weight = 1.0 if data.population_g is None else data.population_g[0] / data.population_g.sum()
    for c, name in enumerate(truth.channel_names):
        known = truth.parameters[name]
        spend = data.spend_gtc[0, :, c] / weight
        if known["adstock"] == "geometric":
            lags = [(1 - known["alpha"]) * known["alpha"] ** lag for lag in range(len(spend))]
        else:
            raw = [known["alpha"] ** ((lag - known["peak"]) ** 2) for lag in range(known["max_lag"])]
            lags = [weight / sum(raw) for weight in raw]
        carried = np.convolve(spend, lags)[: len(spend)] ** known["slope"]
        effect = carried / (carried + known["half_effect"] ** known["slope"])
        expected = truth.beta_gc[0, c] * effect
        np.testing.assert_allclose(truth.contribution_gtc[0, :, c], expected, rtol=1e-7)


def test_baseline_and_outcome_are_positive_and_spend_is_in_cents(market: Simulation) -> None:
    assert market.truth.baseline_gt.min() > 0
    assert market.dataset.outcome_gt.min() >= 0
    spend = market.dataset.spend_gtc
    assert (spend >= 0).all()
    assert (spend.sum(axis=(0, 1)) > 0).all()
    np.testing.assert_array_equal(spend, np.round(spend, 2))


def test_tables_hold_the_same_rows_as_the_dataset(market: Simulation) -> None:
    data, tables = market.dataset, market.tables
    media = tables.media.pivot(index=["geo", "date"], columns="channel", values="spend")
    g, t, c = data.spend_gtc.shape
    order = media.loc[list(data.geos)][list(data.channel_names)].to_numpy().reshape(g, t, c)
    np.testing.assert_array_equal(order, data.spend_gtc)
    np.testing.assert_array_equal(
        tables.outcome[data.outcome_name].to_numpy(float).reshape(g, t), data.outcome_gt
    )
    assert (tables.controls is None) == (data.control_names == ())
    assert (tables.events is None) == (data.events == ())
    assert (tables.media["clicks"] <= tables.media["impressions"]).all()
    bought = tables.media["spend"] > 1
    assert (tables.media["impressions"][bought] > 0).all()


def test_same_scenario_same_numbers_other_seed_other_numbers() -> None:
    first, again = simulate(Scenario.weekly(9)), simulate(Scenario.weekly(9))
    assert first.dataset.hash == again.dataset.hash
    np.testing.assert_array_equal(first.truth.contribution_gtc, again.truth.contribution_gtc)
    pd.testing.assert_frame_equal(first.tables.media, again.tables.media)
    assert simulate(Scenario.weekly(10)).dataset.hash != first.dataset.hash


def test_noise_leaves_everything_else_as_it_was() -> None:
    calm, loud = simulate(Scenario(noise=0.0)), simulate(Scenario(noise=0.1))
    np.testing.assert_array_equal(calm.dataset.spend_gtc, loud.dataset.spend_gtc)
    np.testing.assert_array_equal(calm.truth.baseline_gtp, loud.truth.baseline_gtp)
    assert calm.truth.noise_gt.std() < 0.01  # rounding to cents
    ratio = loud.truth.noise_gt.std() / loud.dataset.outcome_gt.mean()
    assert ratio == pytest.approx(0.1, rel=0.1)  # 1,095 draws: 4.6 standard errors


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_perfect_model_of_the_default_is_as_good_as_promised(seed: int) -> None:
    market = simulate(Scenario(seed=seed))
    outcome, noise = market.dataset.outcome_gt, market.truth.noise_gt
    assert 1 - noise.var() / outcome.var() >= 0.975
    assert np.mean(np.abs(noise) / outcome) <= 0.024
    assert outcome.std() >= 0.18 * outcome.mean()


def test_the_default_is_the_advertiser_of_the_docs() -> None:
    market = simulate()
    data = market.dataset
    assert data.channel_names == ("tv", "search", "social", "display", "print_ooh")
    assert (data.every, data.n_periods, data.geos) == (Every.DAY, 1095, ("national",))
    assert str(data.dates[0]) == "2023-01-02"
    assert data.outcome_gt.mean() == pytest.approx(250_000, rel=0.001)
    half_life = {name: known["half_life"] for name, known in market.truth.parameters.items()}
    assert half_life["tv"] > half_life["print_ooh"] > half_life["social"] > half_life["display"]
    assert half_life["display"] > half_life["search"]
    assert market.truth.parameters["tv"]["slope"] > 1


@pytest.mark.parametrize("name", ["tv", "search", "social", "display", "print_ooh"])
def test_every_default_channel_is_off_for_a_while_and_bought_at_many_levels(name: str) -> None:
    data = simulate().dataset
    spend = data.spend_gtc[0, :, data.channel_names.index(name)]
    weekly = spend[: 156 * 7].reshape(156, 7).mean(axis=1)
    assert (weekly == 0).sum() >= 8
    bought = weekly[weekly > 0]
    assert bought.std() / bought.mean() > 0.35
    assert np.abs(np.diff(weekly) / bought.mean()).mean() > 0.15


def test_truths_of_weekly_seeds_vary_as_declared() -> None:
    truths = [simulate(Scenario.weekly(seed)).truth for seed in range(200)]
    roi = np.log([c.roi for truth in truths for c in truth.channels])
    slope = np.log([c.slope for truth in truths for c in truth.channels])
    half_effect = np.log([c.half_effect for truth in truths for c in truth.channels])
    tv = np.log([truth.channels[0].half_life for truth in truths])
    # 1,000 draws (200 for tv): bounds at 5 standard errors.
    assert roi.mean() == pytest.approx(np.log(1.4), abs=0.065)
    assert roi.std() == pytest.approx(0.4, abs=0.045)
    assert slope.mean() == pytest.approx(np.log(1.15), abs=0.035)
    assert half_effect.std() == pytest.approx(0.4, abs=0.045)
    assert tv.mean() == pytest.approx(np.log(20 / 7), abs=0.11)
    assert tv.std() == pytest.approx(0.3, abs=0.08)


def test_geo_panel_has_40_geos_that_differ_in_size_and_share_the_totals() -> None:
    market = simulate(Scenario.geo_panel(1))
    data = market.dataset
    assert data.spend_gtc.shape == (40, 156, 6)
    assert data.population_g is not None
    assert data.population_g.max() > 3 * data.population_g.min()
    per_head = data.outcome_gt.sum(axis=1) / data.population_g
    assert 0.05 < per_head.std() / per_head.mean() < 0.4
    assert len(set(market.tables.outcome["geo"])) == 40
    assert list(market.tables.outcome) == ["date", "geo", "revenue", "population"]


def test_collinearity_makes_channels_move_together() -> None:
    def mean_correlation(collinearity: float) -> float:
        spend = simulate(Scenario(collinearity=collinearity, demand_confounding=0)).dataset.spend_gtc[0]
        return float(np.corrcoef(spend.T)[np.triu_indices(5, 1)].mean())

    apart, half, together = mean_correlation(0), mean_correlation(0.6), mean_correlation(1)
    assert abs(apart) < 0.15
    assert apart + 0.2 < half < together
    assert together == pytest.approx(1.0, abs=1e-6)


def test_confounded_spend_follows_season_and_hidden_demand() -> None:
    def correlation(confounding: float) -> float:
        market = simulate(Scenario(demand_confounding=confounding, hidden_demand=0.1))
        parts = dict(zip(market.truth.baseline_names, market.truth.baseline_gtp[0].T, strict=True))
        demand = parts["seasonality"] + parts["hidden_demand"]
        search = market.dataset.channel_names.index("search")
        return float(np.corrcoef(market.dataset.spend_gtc[0, :, search], demand)[0, 1])

    assert abs(correlation(0)) < 0.25
    assert correlation(1) > 0.6


def test_controls_do_to_the_outcome_what_the_truth_says() -> None:
    market = simulate(Scenario(controls=(ControlTruth("price", "price", -0.05),)))
    truth, x = market.truth, market.dataset.controls_gtk[0, :, 0]
    part = truth.baseline_gtp[0, :, truth.baseline_names.index("price")]
    np.testing.assert_allclose(part, truth.control_effects["price"] * (x - 100), rtol=1e-9, atol=1e-6)
    assert truth.control_effects["price"] < 0
    assert part.std() == pytest.approx(0.05 * 0.68 * 250_000, rel=1e-6)


def test_sundays_are_quiet_and_fridays_busy() -> None:
    market = simulate()
    truth = market.truth
    part = truth.baseline_gtp[0, :, truth.baseline_names.index("weekday")]
    by_name = pd.Series(part).groupby(pd.DatetimeIndex(market.dataset.dates).day_name()).agg(["mean", "std"])
    assert by_name["mean"].idxmin() == "Sunday"
    assert by_name["mean"].idxmax() == "Friday"
    assert by_name["std"].max() < 1e-6
    assert by_name["mean"].std(ddof=0) == pytest.approx(0.13 * 0.68 * 250_000, rel=1e-6)


def test_a_control_that_never_moves_stays_finite() -> None:
    """A promotion of one depth all window long: its deviation is rounding error, not a scale."""
    scenario = Scenario(seed=52, periods=27, geos=2, channels=1)
    market = simulate(scenario)
    promotion = market.dataset.control_names.index("promotion")
    assert np.ptp(market.dataset.controls_gtk[:, :, promotion]) == 0
    assert abs(market.truth.control_effects["promotion"]) < market.dataset.outcome_gt.mean()


@pytest.mark.parametrize("every", ["day", "week"])
def test_annual_events_come_every_year_and_one_offs_once(every: str) -> None:
    periods = 1095 if every == "day" else 156
    market = simulate(Scenario(every=every, periods=periods))  # type: ignore[arg-type]
    events, truth = market.dataset.events, market.truth
    assert [event.name for event in events].count("black_friday") == 3
    assert [event.name for event in events].count("launch") == 1
    black_friday = [event for event in events if event.name == "black_friday"]
    for event in black_friday:
        assert (event.end - event.start).astype(int) == 6
        assert abs((event.start - np.datetime64(f"{str(event.start)[:4]}-11-22")).astype(int)) <= 3
    part = truth.baseline_gtp[0, :, truth.baseline_names.index("events")]
    dates = market.dataset.dates
    inside = np.array([any(e.start <= day <= e.end for e in black_friday) for day in dates])
    np.testing.assert_allclose(part[inside], truth.event_effects["black_friday"])
    covered = np.array([any(e.start <= day <= e.end for e in events) for day in dates])
    np.testing.assert_array_equal(part[~covered], 0.0)


def test_an_event_across_the_new_year_reaches_into_the_window() -> None:
    turn = EventTruth("turn", 0.2, days=10, month=12, day=28)
    market = simulate(Scenario(events=(turn,), start="2023-01-02", periods=30))
    assert [(str(e.start), str(e.end)) for e in market.dataset.events] == [("2023-01-02", "2023-01-06")]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    weekly=st.booleans(),
    periods=st.integers(20, 200),
    geos=st.integers(1, 4),
    channels=st.integers(1, 14),
    media_share=st.floats(0.02, 0.7),
    collinearity=st.floats(0, 1),
    confounding=st.floats(0, 1),
)
def test_laws_hold_over_the_knobs(
    seed: int,
    weekly: bool,
    periods: int,
    geos: int,
    channels: int,
    media_share: float,
    collinearity: float,
    confounding: float,
) -> None:
    scenario = Scenario(
        seed=seed,
        every=Every.WEEK if weekly else Every.DAY,
        periods=periods,
        geos=geos,
        channels=channels,
        media_share=media_share,
        collinearity=collinearity,
        demand_confounding=confounding,
    )
    market = simulate(scenario)
    truth = market.truth
    total = truth.baseline_gt + truth.contribution_gtc.sum(axis=2) + truth.noise_gt
    np.testing.assert_allclose(total, market.dataset.outcome_gt, rtol=1e-9)
    assert truth.share == pytest.approx(media_share, abs=1e-6)
    assert (truth.contribution_gtc >= 0).all()
