"""What the peers' table is made of: cases, diagnostics, medians, claims."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from peers import attempts, cases, page
from peers.attempts import OURS, Attempt, attempt_of, schedule
from peers.command import by_case
from peers.rows import Row, compare, diagnose, median_row
from scipy.stats import norm

from mediamix.core.spec import Spec
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

sys.path.insert(0, str(Path(cases.__file__).parent / "scripts"))

import contract


@pytest.fixture(scope="module")
def panel(tmp_path_factory) -> tuple[Path, cases.Case]:
    scenario = Scenario(seed=2, every="week", periods=60, geos=3, channels=2)
    case = cases.Case("geo", "a small panel", scenario, 13)
    folder = tmp_path_factory.mktemp("panel")
    cases.write_case(case, folder)
    return folder, case


def row(peer: str, setting: str = "defaults", case: str = "weekly", **more) -> Row:
    """A good row, as far as not said otherwise."""
    numbers = {"process_s": 100.0, "peak_mb": 900.0, "rhat": 1.004, "ess": 1000.0, "error": 0.2}
    seconds = {"import_s": 9.0, "fit_s": 80.0, "sample_s": 50.0, "contributions_s": 1.0}
    status = more.pop("status", "ok")
    return Row(attempt_of(peer, case, setting), status, **{**numbers, "seconds": seconds, **more})


def test_peers_read_the_market_that_was_simulated(panel):
    folder, case = panel
    market, truth = contract.read_market(folder), simulate(case.scenario)
    dataset = truth.dataset
    np.testing.assert_allclose(market.outcome_gt, dataset.outcome_gt)
    np.testing.assert_allclose(market.spend_gtc, dataset.spend_gtc)
    np.testing.assert_allclose(market.population_g, dataset.population_g)
    np.testing.assert_array_equal(market.dates, dataset.dates)
    assert (market.geos, market.channels) == (dataset.geos, dataset.channel_names)
    np.testing.assert_allclose(np.stack(list(market.controls.values()), -1), dataset.controls_gtk)
    assert cases.truth_of(folder) == pytest.approx(truth.truth.contribution)
    # Events as the generator meant them: their effects are those of the truth.
    effects = truth.truth.event_effects
    summed_t = sum(effects[name] * x for name, x in market.events.items())
    part = truth.truth.baseline_names.index("events")
    np.testing.assert_allclose(summed_t, truth.truth.baseline_gtp[:, :, part].sum(axis=0), atol=1e-6)


def test_the_matched_baseline_has_the_covariance_of_our_prior():
    dataset = simulate(Scenario.weekly(3)).dataset
    model = pose(dataset, Spec()).model
    # The factorised block's columns, whatever their basis: Σ columns columnsᵀ is the prior's covariance.
    table = cases.baseline_table(dataset).to_numpy()
    seen = np.array([table @ table.T])[0]
    blocks = pose(dataset, Spec()).blocks
    years = dataset.n_periods / dataset.every.per_year
    expected = sum((block.matrix * cases.linear_sd(block, years) ** 2) @ block.matrix.T for block in blocks)
    np.testing.assert_allclose(seen, expected, atol=1e-12)
    assert model.outcome_n.size == len(table)


def test_a_panel_s_controls_stay_its_own(panel):
    folder, _ = panel
    market = contract.read_market(folder)
    price = market.baseline["price"]
    assert price.shape == (3, 60)
    assert np.ptp(price, axis=0).max() > 0
    for own_t, raw_t in zip(price, market.controls["price"], strict=True):
        assert np.corrcoef(own_t, raw_t)[0, 1] == pytest.approx(1.0)
    assert np.ptp(market.baseline["sin_1"], axis=0).max() == 0


def test_the_beta_has_the_moments_of_the_retention():
    a, b = cases.beta_of_retention(np.log(0.714), 1.09)
    draws = 2.0 ** (-1.0 / np.random.default_rng(1).lognormal(np.log(0.714), 1.09, 400_000))
    assert a / (a + b) == pytest.approx(draws.mean(), abs=0.002)
    assert a * b / ((a + b) ** 2 * (a + b + 1)) == pytest.approx(draws.var(), rel=0.01)


def test_matched_priors_are_those_of_the_default_spec():
    dataset = simulate(Scenario()).dataset
    priors = cases.matched_priors(dataset)
    own = {prior.name: prior for prior in pose(dataset, Spec()).model.priors}
    for name in ("half_life", "half_effect", "slope", "sigma"):
        assert priors[name] == (own[name].location, own[name].scale)


def test_the_matched_roi_is_log_normal_with_the_default_s_two_points():
    """Others can't be told our default's family."""
    dataset = simulate(Scenario()).dataset
    location, scale = cases.matched_priors(dataset)["roi"]
    own = next(prior for prior in pose(dataset, Spec()).model.priors if prior.name == "roi")
    points = own.natural(norm.ppf(np.array([0.5, 0.95])))
    np.testing.assert_allclose(np.exp([location, location + norm.ppf(0.95) * scale]), points)


def test_compilation_counts_once_where_it_nests(monkeypatch):
    clock = contract.CompileClock.__new__(contract.CompileClock)
    clock._spans = [(0.0, 10.0), (2.0, 4.0), (8.0, 12.0), (20.0, 21.0)]
    assert clock.seconds(0.0) == 13.0
    assert clock.seconds(9.0) == 4.0


def test_weekdays_are_for_days(panel):
    market = contract.read_market(panel[0])
    assert market.weekdays == {}
    daily = contract.Market(**{**vars(market), "every": "day", "dates": np.array(["2024-01-01"], "M8[D]")})
    assert {name: list(x) for name, x in daily.weekdays.items()}["weekday_0"] == [1.0]  # a Monday


def test_the_worst_parameter_counts():
    rng = np.random.default_rng(2)
    good, slow = rng.standard_normal((4, 1000, 3)), rng.standard_normal((4, 1000, 2)).cumsum(axis=1)
    assert diagnose({"a": good})[1] > 3000
    worst_rhat, worst_ess = diagnose({"a": good, "b": slow, "fixed": np.ones((4, 1000, 2))})
    assert worst_rhat > 1.1
    assert worst_ess < 100
    stuck = good.copy()
    stuck[2, :, 1] = 0.3
    assert diagnose({"a": stuck}) == (np.inf, 0.0)
    assert diagnose({"a": np.full((4, 100), np.nan)}) == (np.inf, 0.0)
    assert diagnose({}) == (None, None)


def test_one_estimate_has_no_interval():
    truth = {"tv": 100.0, "search": 50.0}
    found = compare(np.array([[110.0, 30.0]]), truth)
    assert found["error"] == pytest.approx((0.1 + 0.4) / 2)
    assert found["total_error"] == pytest.approx(-10 / 150)
    assert found["covered"] is None
    draws = np.linspace([90.0, 0.0], [130.0, 40.0], 101)
    assert compare(draws, truth)["covered"] == 1
    assert compare(draws, truth)["channels"]["tv"] == pytest.approx(
        {"truth": 100.0, "mean": 110.0, "p5": 92.0, "p95": 128.0}
    )


def test_ours_is_run_between_the_peers():
    peers = list(attempts.TITLES)
    plan = schedule(["weekly", "geo"], peers, 3)
    assert [a.peer for a in plan[:4]] == [OURS, "meridian", "meridian", OURS]
    for case in ("weekly", "geo"):
        own = [a for a in plan if a.case == case]
        assert sum(a.peer == OURS and a.setting == "defaults" for a in own) == 3
        assert own[-1].key == f"{case}-ours-matched"
        assert {(a.peer, a.setting) for a in own if a.peer != OURS} == {
            (peer, setting) for peer in peers if peer != OURS for setting in attempts.SETTINGS
        }
    assert len({a.key for a in plan}) == len(plan)
    assert [a.repeat for a in schedule(["weekly"], [OURS], 5)] == [1, 0]


def test_repeats_become_medians():
    runs = [row(OURS, process_s=s, seconds={"fit_s": s, "sample_s": s / 2}) for s in (4.0, 2.0, 3.0)]
    found = median_row([*runs, row(OURS, status="failed")])
    assert found.process_s == 3.0
    assert found.seconds == {"fit_s": 3.0, "sample_s": 1.5}
    assert found.notes == ("median of 4 runs", "1 of them failed")
    assert median_row([row(OURS, status="failed")]).status == "failed"


def test_rates_are_per_second_of_sampling():
    found = row("meridian")
    assert found.ess_per_s == 20.0
    assert found.compile_s == 30.0
    assert row("robyn", ess=None).ess_per_s is None


def test_claims_are_held_against_the_best_peer():
    case = cases.cases()["weekly"]
    ours = row(OURS, process_s=3.0, seconds={"fit_s": 1.0, "sample_s": 0.5}, ess=1000.0)
    quick = {"fit_s": 20.0, "sample_s": 9.0}
    slow, fast = row("meridian"), row("meridian", "matched", process_s=31.0, seconds=quick)
    broken = row("robyn", status="failed", process_s=1.0)
    found = page.claims(case, [ours, slow, fast, broken])
    assert found[0][1:] == ("3.00 s against 31.0 s: 1/10.3", "at most 1/10", "met")
    assert found[1][1:] == ("2,000 against 111.11: 18 times", "at least 20 times", "missed")
    assert page.claims(case, [row(OURS, status="failed"), slow]) == []


def test_claims_of_the_panel_are_held_against_meridian():
    case = cases.cases()["geo"]
    seconds = {"fit_s": 80.0, "sample_s": 50.0}
    ours = row(OURS, case="geo", process_s=88.0, seconds=seconds, ess=399.0, rhat=1.0101)
    rows = [ours, row("meridian", case="geo", ess=5.0), row("pymc_marketing", case="geo", ess=9999.0)]
    assert [line[-1] for line in page.claims(case, rows)] == ["met", "missed", "missed", "met"]


def test_contributions_stand_beside_the_truth():
    channels = {"tv": {"truth": 2e6, "mean": 3e6, "p5": 1e6, "p95": 4e6}}
    rows = [row(OURS, channels=channels, covered=1), row("robyn", channels=channels), row("meridian")]
    head, lines = page.contributions(rows)
    assert head[1:] == ["tv"]
    assert lines == [["truth", "2.0"], ["mediamix, defaults", "3.0 (1.0 to 4.0)"], ["Robyn, defaults", "3.0"]]
    assert page.contributions([row("meridian")])[1] == []


def test_ours_come_first_and_together():
    plan = schedule(["weekly"], list(attempts.TITLES), 3)
    rows = by_case([Row(a, "failed", "x") for a in plan])["weekly"]
    assert [(r.attempt.peer, r.attempt.setting) for r in rows] == [
        (peer, setting) for peer in attempts.TITLES for setting in attempts.SETTINGS
    ]


def test_a_page_says_what_failed_and_what_settings_mean():
    every = cases.cases()
    lost = Row(attempt_of("lightweight_mmm", "weekly", "matched"), "failed", "OSError: no /a/b/c.so | x")
    assert page.line(lost)[3] == "failed: OSError: no …/c.so / x"
    stopped = Row(attempt_of("pymc_marketing", "weekly", "matched"), "stopped", "stopped after 600 s", 600.0)
    impossible = Row(attempt_of("robyn", "weekly", "matched"), "impossible", "has no priors to match")
    rows = {"weekly": [row(OURS), row("meridian", notes=("a note",)), stopped, impossible]}
    results = page.Results(every, rows, {"meridian": {"jax": "0.10.2"}, OURS: {}}, 600.0, "the command")
    text = page.markdown(results)
    for part in ("stopped after 600 s", "has no priors to match", "- Meridian, defaults: a note"):
        assert part in text
    assert "jax 0.10.2" in text
    assert "**Meridian, defaults.**" in text
    assert "**LightweightMMM" not in text
    assert {len(page.line(r)) for r in rows["weekly"]} == {len(page.HEAD)}


def test_wide_tables_carry_every_column():
    dataset = simulate(Scenario.weekly(1)).dataset
    wide = cases.wide_table(dataset)
    assert isinstance(wide, pd.DataFrame)
    assert wide.filter(like="spend:").to_numpy().sum() == pytest.approx(dataset.spend_c.sum())
    assert not wide.isna().any(axis=None)
    assert Attempt("x", "weekly", "defaults").lengths == ""
