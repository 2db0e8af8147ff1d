"""Flighting of a fit: laws of money and time, the forecast as oracle, rules in words, JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediamix.core.errors import BudgetError, DataError, FolderError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Channel
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.decide.flighting.plan import FlightPlan
from mediamix.decide.flighting.problem import resolve
from mediamix.decide.flighting.question import DRAWS, flighting
from mediamix.decide.flighting.response import Expected, outlook
from mediamix.decide.flighting.rules import ChannelRules, Flighting, load_rules
from mediamix.measure.forecast import look_ahead
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from models_panels import reached

WEEKS = 8


@pytest.fixture(scope="module")
def plan(mixed_fit: Fit) -> FlightPlan:
    return flighting(mixed_fit, Flighting(periods=WEEKS), anyway=True)


@pytest.fixture(scope="module")
def ruled(mixed_fit: Fit) -> FlightPlan:
    rules = {
        "tv": ChannelRules(minimum_buy=60_000, burst=2, gap=3),
        "search": ChannelRules(period=(10_000, 90_000)),
        "display": ChannelRules(total=(100_000, 200_000)),
    }
    return flighting(
        mixed_fit, Flighting(periods=WEEKS, channels=rules, period=(150_000, 500_000)), anyway=True
    )


def test_what_a_plan_brings_is_the_forecast_with_it_minus_without(mixed_fit: Fit) -> None:
    plan = flighting(mixed_fit, Flighting(periods=WEEKS, history=False), anyway=True)
    future = read_future(mixed_fit.dataset, periods=WEEKS, spec=mixed_fit.spec)
    planned = [mixed_fit.dataset.channel_names.index(name) for name in plan.names]
    exposure = future.exposure_gtc.copy()
    exposure[:, :, planned] = 0.0
    without = look_ahead(mixed_fit, replace(future, exposure_gtc=exposure.copy()), max_draws=DRAWS)
    exposure[0][:, planned] = plan.exposure_ct.T
    having = look_ahead(mixed_fit, replace(future, exposure_gtc=exposure), max_draws=DRAWS)
    added = having.part("media") - without.part("media")
    np.testing.assert_allclose(plan.contribution_ct.sum(axis=0), added.mean(axis=0), rtol=1e-6)
    inside = plan.contribution.mean - plan.carry_out.mean
    assert inside == pytest.approx(added.sum(axis=1).mean(), rel=1e-6)
    both = having.part("media") + having.part("baseline")
    np.testing.assert_allclose(plan.outcome_t["mean"], both.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(plan.outcome_t["p95"], np.quantile(both, 0.95, axis=0), rtol=1e-6)
    baseline = without.part("media") + without.part("baseline")
    np.testing.assert_allclose(plan.baseline_t, baseline.mean(axis=0), rtol=1e-6)


def test_reach_is_planned_at_the_last_years_frequency(weekly: Dataset) -> None:
    """What a plan brings is the forecast of its reach at that frequency, minus that without."""
    data = reached(weekly)
    sampler = {"chains": 2, "draws": 100, "tune": 200, "seed": 3, "heal": False}
    made = fit(data, parse_spec({"sampler": sampler}))
    plan = flighting(made, Flighting(periods=WEEKS, history=False), anyway=True)
    future = read_future(data, periods=WEEKS, spec=made.spec)
    planned = [data.channel_names.index(name) for name in plan.names]
    assert "video" in plan.names
    reach, often = data.exposure_gtc[0, -52:, -1], data.frequency_gtc[0, -52:, -1]
    frequency = np.zeros(future.exposure_gtc.shape)
    frequency[:, :, -1] = (reach * often).sum() / reach.sum()
    exposure = future.exposure_gtc.copy()
    exposure[:, :, planned] = 0.0
    nothing = replace(future, exposure_gtc=exposure.copy(), frequency_gtc=frequency)
    exposure[0][:, planned] = plan.exposure_ct.T
    without, having = (
        look_ahead(made, one, max_draws=DRAWS) for one in (nothing, replace(nothing, exposure_gtc=exposure))
    )
    added = having.part("media") - without.part("media")
    np.testing.assert_allclose(plan.contribution_ct.sum(axis=0), added.mean(axis=0), rtol=1e-6)


def test_the_plan_spends_the_budget_within_the_bound_and_beats_what_is_allowed(plan: FlightPlan) -> None:
    assert plan.spend == pytest.approx(plan.budget, rel=1e-6)
    assert plan.certificate.upper_bound >= plan.outcome.mean
    gap = (plan.certificate.upper_bound - plan.outcome.mean) / plan.contribution.mean
    assert plan.certificate.gap == pytest.approx(gap, abs=1e-6)
    assert plan.certificate.gap < 0.02
    assert set(plan.comparisons) == {"last_year", "even", "flat"}
    for other in plan.comparisons.values():
        assert sum(other.spend.values()) == pytest.approx(plan.spend)
        assert other.uplift.mean == pytest.approx(plan.outcome.mean - other.outcome.mean, rel=1e-6)
        assert not other.allowed or other.uplift.mean >= 0
    assert plan.comparisons["flat"].allowed


def test_the_same_question_has_the_same_answer(mixed_fit: Fit, plan: FlightPlan) -> None:
    again = flighting(mixed_fit, Flighting(periods=WEEKS), anyway=True)
    np.testing.assert_array_equal(again.spend_ct, plan.spend_ct)
    assert again.to_dict() == plan.to_dict()


def test_rules_are_kept_and_named(ruled: FlightPlan) -> None:
    tv, search, display = (ruled.spend_ct[ruled.names.index(name)] for name in ("tv", "search", "display"))
    on = tv > 1e-6
    assert (tv[on] >= 60_000 * (1 - 1e-6)).all()
    runs = "".join("x" if value else "." for value in on)
    assert "...." not in runs
    assert all(len(run) >= 2 for run in runs.split(".") if run and not runs.startswith(run))
    assert search.min() >= 10_000 * (1 - 1e-6)
    assert search.max() <= 90_000 * (1 + 1e-6)
    assert 100_000 * (1 - 1e-6) <= display.sum() <= 200_000 * (1 + 1e-6)
    period_t = ruled.spend_ct.sum(axis=0)
    assert period_t.min() >= 150_000 * (1 - 1e-6)
    assert period_t.max() <= 500_000 * (1 + 1e-6)
    assert any("the budget of" in words for words in ruled.binding)


def test_a_week_late_in_the_window_is_worth_its_carry_over(mixed_fit: Fit) -> None:
    rules = Flighting(periods=WEEKS, after="stops")
    problem = resolve(mixed_fit, rules, None)
    ahead = outlook(mixed_fit, problem.planned, problem.rate_ct, problem.after_c, 100)
    x = np.zeros(problem.limits.shape)
    x[0, -1] = 50_000.0
    draws = ahead.draws(x)[0]
    inside, after = draws[:, WEEKS - 1].mean(), draws[:, WEEKS:].sum(axis=1).mean()
    assert (draws[:, : WEEKS - 1] == 0).all()
    assert after > 0.2 * inside
    # Nothing is lost at the end: the same spend earlier brings about the same, at other stocks.
    effect = mixed_fit.channels[problem.planned[0]].thinned(
        np.linspace(0, mixed_fit.n_draws - 1, 100).astype(int)
    )
    series = np.concatenate(
        [mixed_fit.dataset.exposure_gtc[:, :, problem.planned[0]], np.zeros((1, 60))], axis=1
    )
    spent = series.copy()
    spent[0, mixed_fit.dataset.n_periods + WEEKS - 1] = 50_000.0 * problem.rate_ct[0, -1]
    gained = effect.contribution(spent) - effect.contribution(series)
    assert Expected.of(ahead).value(x) == pytest.approx(gained.sum(axis=1).mean(), rel=1e-3)


def test_what_follows_the_window_decides_what_is_spent_at_its_end(mixed_fit: Fit) -> None:
    ends = {}
    for after in ("continues", "stops"):
        plan = flighting(mixed_fit, Flighting(periods=20, after=after), anyway=True)  # type: ignore[arg-type]
        period_t = plan.spend_ct.sum(axis=0)
        ends[after] = period_t[-1] / np.median(period_t)
    assert ends["stops"] > 1.5
    assert 0.7 < ends["continues"] < 1.3


def test_the_shadow_price_is_what_more_budget_brings(mixed_fit: Fit) -> None:
    rules = {name: ChannelRules(total=(0, 1e9)) for name in mixed_fit.dataset.channel_names[:5]}
    # What follows the window grows with the budget, too; here nothing follows.
    less, more = (
        flighting(mixed_fit, Flighting(total, 4, channels=rules, after="stops"), anyway=True)
        for total in (9e5, 9.1e5)
    )
    gained = (more.outcome.mean - less.outcome.mean) / 1e4
    prices = less.certificate.shadow_price, more.certificate.shadow_price
    assert min(prices) * 0.97 < gained < max(prices) * 1.03


def test_cheap_periods_get_the_spend(mixed_fit: Fit) -> None:
    costs = np.ones(WEEKS)
    costs[3] = 0.5
    date = "2020-01-01"
    cheap = flighting(
        mixed_fit,
        Flighting(periods=WEEKS, channels={"search": ChannelRules(cost=costs.tolist())}),
        anyway=True,
    )
    search = cheap.spend_ct[cheap.names.index("search")]
    exposure = cheap.exposure_ct[cheap.names.index("search")]
    assert exposure[3] > 1.5 * np.median(exposure)
    np.testing.assert_allclose(exposure, search / costs)
    with pytest.raises(BudgetError, match=r"search: cost: 2020-01-01 is not in the window"):
        flighting(mixed_fit, Flighting(channels={"search": ChannelRules(cost={date: 2.0})}), anyway=True)


def test_costs_come_from_the_last_year_or_its_season(mixed_fit: Fit) -> None:
    data = mixed_fit.dataset
    price = 5.0 + np.sin(2 * np.pi * np.arange(data.n_periods) / 52)
    spend, exposure = data.spend_gtc.copy(), data.exposure_gtc.copy()
    exposure[0, :, 0], spend[0, :, 0] = 1000.0, 1000.0 * price
    exposure[0, -3, 0] = 0.0
    channels = (Channel("tv", exposure="impressions"), *data.channels[1:])
    dataset = replace(data, channels=channels, exposure_gtc=exposure, spend_gtc=spend)
    known = replace(mixed_fit, dataset=dataset)
    mean = resolve(known, Flighting(periods=WEEKS), None).rate_ct[0]
    np.testing.assert_allclose(1 / mean, np.delete(price[-52:], -3).mean())
    season = resolve(known, Flighting(periods=WEEKS, cost="season"), None).rate_ct[0]
    np.testing.assert_allclose(1 / season, price[-52 : -52 + WEEKS], rtol=0.01)


def test_a_plan_is_json_and_tables(plan: FlightPlan) -> None:
    raw = json.loads(json.dumps(plan.to_dict(), allow_nan=False))
    assert {"allocation", "budget", "outcome", "certificate", "comparisons", "warnings"} <= set(raw)
    assert set(raw["allocation"]) == set(plan.names)
    assert len(raw["dates"]) == len(raw["periods"]["mean"]) == WEEKS
    table = plan.table()
    assert len(table) == WEEKS * len(plan.names)
    assert table["spend"].sum() == pytest.approx(plan.spend)
    periods = plan.periods()
    np.testing.assert_allclose(periods[list(plan.names)].sum(axis=1), periods["spend"])
    assert (periods["p5"] < periods["mean"]).all()


def test_a_future_brings_its_own_events_and_controls(mixed_fit: Fit, plan: FlightPlan) -> None:
    future = read_future(mixed_fit.dataset, periods=WEEKS, spec=mixed_fit.spec)
    raised = replace(future, controls_gtk=future.controls_gtk + 1.0)
    other = flighting(mixed_fit, Flighting(), future=raised, anyway=True)
    assert len(other.dates) == WEEKS
    np.testing.assert_allclose(other.spend_ct, plan.spend_ct)
    assert abs(other.outcome.mean - plan.outcome.mean) > 1.0
    with pytest.raises(BudgetError, match="the rules plan 4 periods, the future has 8"):
        flighting(mixed_fit, Flighting(periods=4), future=future, anyway=True)


def test_a_short_history_needs_a_future_and_a_total(weekly: object) -> None:
    market = simulate(Scenario(every="week", periods=40, seed=4))
    short = fit(market.dataset, parse_spec({"sampler": {"chains": 1, "draws": 50, "tune": 80}}))
    with pytest.raises(DataError, match="too short to repeat the year before"):
        flighting(short, Flighting(1e6), anyway=True)


def test_geos_are_planned_as_one(quick_spec: object) -> None:
    market = simulate(Scenario(every="week", periods=70, geos=3, channels=2, seed=4))
    spec = parse_spec(
        {"geo": {"population": "population"}, "sampler": {"chains": 1, "draws": 60, "tune": 100}}
    )
    panel = fit(market.dataset, spec)
    plan = flighting(panel, Flighting(periods=4), anyway=True)
    assert plan.spend == pytest.approx(plan.budget, rel=1e-6)
    assert plan.certificate.upper_bound >= plan.outcome.mean
    planned = [panel.dataset.channel_names.index(name) for name in plan.names]
    problem = resolve(panel, Flighting(periods=4), None)
    ahead = outlook(panel, problem.planned, problem.rate_ct, problem.after_c * 0, panel.n_draws)
    # The effect's own formula, with exposure split as in the last year.
    data, c = panel.dataset, planned[0]
    recent = data.exposure_gtc[:, -52:, c].sum(axis=1)
    share = recent / recent.sum()
    more = np.concatenate([data.exposure_gtc[:, :, c], share[:, None] * plan.exposure_ct[0]], axis=1)
    none = np.concatenate([data.exposure_gtc[:, :, c], np.zeros((len(share), 4))], axis=1)
    effect = panel.channels[c]
    gained = (effect.contribution(more) - effect.contribution(none))[:, -4:]
    np.testing.assert_allclose(ahead.draws(plan.spend_ct)[0][:, :4], gained, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"channels": {"telly": ChannelRules()}}, "'telly', which has no spend to plan"),
        ({"channels": {"newsletter": ChannelRules()}}, "'newsletter', which has no spend"),
        ({"channels": {"tv": ChannelRules(burst=9)}}, "a burst of 9 periods doesn't fit"),
        ({"channels": {"tv": ChannelRules(total=(9e7, 9e7))}}, "the channels need 90,000,000 EUR"),
        (
            {"channels": {"tv": ChannelRules(total=(0, 10), minimum_buy=1e4, gap=2)}},
            "no pattern of 8 periods",
        ),
        (
            {"channels": {"tv": ChannelRules(total=(0, 1.5e4), minimum_buy=1e4, gap=2)}},
            "its rules need 20,000",
        ),
        ({"channels": {"tv": ChannelRules(cost=[1.0, 2.0])}}, "cost has 2 numbers for 8 periods"),
        ({"period": (9e6, 9e7)}, "the periods need"),
        ({"period": {"2020-01-01": (0, 1)}}, "period: 2020-01-01 is not in the window"),
        ({"channels": {"tv": ChannelRules(period=(5e4, 6e4), total=(0, 1e5))}}, "its rules need 400,000 EUR"),
    ],
)
def test_rules_that_can_not_be_kept_are_refused(mixed_fit: Fit, rules: dict[str, object], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        flighting(mixed_fit, Flighting(periods=WEEKS, **rules), anyway=True)


def test_wrong_numbers_are_named_together() -> None:
    with pytest.raises(BudgetError, match=r"total must be a positive number") as caught:
        Flighting(
            -1.0,
            0,
            channels={
                "tv": ChannelRules(burst=0, gap=-1, minimum_buy=-1.0, cost=[1.0, 0.0], total=(5, 1)),
                "search": ChannelRules(period={"monday": (0, 1)}, cost={"2026-01-05": -1}),
            },
            period=(2, 1),
            cost="never",  # type: ignore[arg-type]
            after="goes",  # type: ignore[arg-type]
        )
    assert len(caught.value.details) == 12


def test_rules_are_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(
        "channels:\n"
        "  tv: {period: [0, 60000], minimum_buy: 20000, burst: 3, gap: 6, cost: {2026-01-05: 8.5}}\n"
        "period: {2026-01-12: [0, 90000]}\n"
        "cost: season\n"
        "after: stops\n"
    )
    assert Flighting(1.0, **load_rules(path)) == Flighting(
        1.0,
        channels={
            "tv": ChannelRules(period=(0, 60000), minimum_buy=20000, burst=3, gap=6, cost={"2026-01-05": 8.5})
        },
        period={"2026-01-12": (0, 90000)},
        cost="season",
        after="stops",
    )
    path.write_text("channels: {tv: {bursts: 3}, search: 4}\nperiods: 3\n")
    with pytest.raises(BudgetError, match="did you mean 'burst'") as caught:
        load_rules(path)
    assert len(caught.value.details) == 3
    path.write_text("- tv\n")
    with pytest.raises(BudgetError, match="not a mapping"):
        load_rules(path)
    with pytest.raises(FolderError, match="can't read the rules"):
        load_rules(tmp_path / "absent.yml")
