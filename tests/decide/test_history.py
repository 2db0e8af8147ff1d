"""Today's split as evidence: weights against closed forms, and a law that weighted draws must keep."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Window
from mediamix.decide.fitted import history
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.fitted.history import (
    LEAST,
    NONE,
    PATIENCE_S,
    agree,
    evidence,
    marginal_returns,
    near,
    with_history,
)
from mediamix.decide.problem.file import parse_problem, problem_dict
from mediamix.decide.problem.recommend import default_objective
from mediamix.inference.progress import Progress
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.models.base import Fit
from mediamix.models.returns import OUTSIDE, SPREADS, Alike, alike_of
from mediamix.simulate import Scenario, simulate

POINTS = np.arange(-12.0, 12.0, 0.02)
LOCATION, SCALE = np.array([-0.4, 0.1, -0.2, 0.3]), np.array([0.9, 1.1, 0.5, 0.8])


def belief(location_c: np.ndarray, scale_c: np.ndarray, point_j: np.ndarray = POINTS) -> Alike:
    """Normal priors of the logs of marginal returns."""
    prior_cj = stats.norm.pdf(point_j, location_c[:, None], scale_c[:, None])
    return Alike(point_j, prior_cj / prior_cj.sum(axis=1, keepdims=True))


PRIOR = belief(LOCATION, SCALE)


def factor(alike: Alike, x_dc: np.ndarray) -> np.ndarray:
    """F by integrals over centre and spread on a fine grid, with SciPy's t; nothing of the kernel's."""
    centre = np.linspace(
        *np.interp([OUTSIDE / 2, 1 - OUTSIDE / 2], np.cumsum(alike.prior_cj.mean(0)), alike.point_j), 2001
    )
    value = np.zeros(len(x_dc))
    for spread in alike.spread_k:
        density_cm = np.empty((len(alike.prior_cj), len(centre)))
        near = np.ones((len(x_dc), len(centre)))
        for c, prior_j in enumerate(alike.prior_cj):
            density_cm[c] = stats.t(3, centre[:, None], spread).pdf(alike.point_j) @ prior_j
            like = stats.t(3, centre, spread).pdf(x_dc[:, c, None]) / density_cm[c]
            near *= alike.apart + (1 - alike.apart) * like
        # Centres are distributed as the channels' priors, seen with this spread.
        share = density_cm.sum(axis=0)
        value += near @ (share / share.sum()) / len(alike.spread_k)
    return value


def test_the_belief_is_the_integral_that_it_says():
    x = LOCATION + 0.7 * np.random.default_rng(1).standard_normal((40, 4))
    fine = replace(PRIOR, fineness=0.2)
    np.testing.assert_allclose(fine.terms(x).sum(axis=1), factor(PRIOR, x), rtol=0.02)
    # Coarser centres are as good a prior, and nearly the same one.
    np.testing.assert_allclose(np.log(PRIOR.terms(x) / fine.terms(x)).std(axis=0), 0.0, atol=0.3)


def test_the_prior_mean_of_being_alike_is_one_for_any_prior():
    """Skewed and with mass at nearly nothing: the belief must take no side, whatever the prior."""
    point_j = np.arange(-6.0, 6.0, 0.05)
    skewed = np.exp(-np.exp(point_j + 1.0) + 0.9 * (point_j + 1.0))
    two = np.stack([skewed, stats.norm.pdf(point_j, 0.5, 0.4)])
    alike = Alike(point_j, two / two.sum(axis=1, keepdims=True))
    pairs = np.stack(np.meshgrid(point_j, point_j, indexing="ij")).reshape(2, -1).T
    weight = np.outer(*alike.prior_cj).ravel()
    np.testing.assert_allclose(weight @ alike.terms(pairs), 1.0 / len(alike.spread_k), rtol=1e-9)


def test_weights_are_the_belief_and_picked_rows_are_the_weights():
    x = LOCATION + 0.6 * np.random.default_rng(2).standard_normal((20_000, 4))
    found = evidence(x, PRIOR)
    assert found is not None
    expected = PRIOR.terms(x).sum(axis=1)
    np.testing.assert_allclose(found.weight_d, expected / expected.sum())
    assert found.least == SPREADS[0]
    error = 4.5 * x.std(axis=0) / np.sqrt(found.effective)
    assert (np.abs(x[found.rows(20_000)].mean(axis=0) - found.weight_d @ x) < error).all()


@cache
def centres(spread: float) -> np.ndarray:
    """How likely each point is to be the common centre: as the channels' priors seen with this spread."""
    kernel = stats.t(3, 0, spread).pdf(POINTS)
    share = np.sum([np.convolve(prior_j, kernel, mode="same") for prior_j in PRIOR.prior_cj], axis=0)
    mass = np.cumsum(PRIOR.prior_cj.mean(axis=0))
    share[(mass < OUTSIDE / 2) | (mass > 1 - OUTSIDE / 2)] = 0.0
    return share / share.sum()


def world(rng: np.random.Generator) -> np.ndarray:
    """Logs of marginal returns from the belief itself: a centre, a spread, who stands apart.

    A channel's return is drawn from its prior, times Student's t unless it stands apart.
    """
    spread = SPREADS[rng.integers(len(SPREADS))]
    share = centres(spread)
    centre = POINTS[rng.choice(len(POINTS), p=share)]
    truth = np.empty(len(LOCATION))
    for c, prior_j in enumerate(PRIOR.prior_cj):
        alike = rng.random() >= PRIOR.apart
        density_j = prior_j * (stats.t(3, centre, spread).pdf(POINTS) if alike else 1.0)
        truth[c] = POINTS[rng.choice(len(POINTS), p=density_j / density_j.sum())]
    return truth


def ranks(cases: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where the true gain of a unit moved from the worst to the best lies among draws: weighted, and plain.

    The world is the belief, then a noisy look. Worst and best are those that look so, which is how
    planners choose.
    """
    noise = np.array([0.3, 0.25, 0.4, 0.35])
    weighted, plain = np.empty(cases), np.empty(cases)
    for i in range(cases):
        truth = world(rng)
        seen = truth + noise * rng.standard_normal(4)
        # The plain posterior: channels apart.
        precision = 1 / SCALE**2 + 1 / noise**2
        centre = (LOCATION / SCALE**2 + seen / noise**2) / precision
        draws = centre + rng.standard_normal((1500, 4)) / np.sqrt(precision)
        found = evidence(draws, PRIOR)
        assert found is not None
        best, worst = centre.argmax(), centre.argmin()
        below = draws[:, best] - draws[:, worst] < truth[best] - truth[worst]
        weighted[i], plain[i] = found.weight_d @ below, below.mean()
    return weighted, plain


def test_stated_probabilities_hold_where_the_belief_is_the_world():
    weighted, plain = ranks(400, np.random.default_rng(3))
    # Uniform ranks; a false alarm in one of 1,000 runs. Without the evidence they are far from it.
    assert stats.kstest(weighted, "uniform").pvalue > 1e-3
    assert stats.kstest(plain, "uniform").pvalue < 1e-6


def test_a_clear_loser_is_not_lifted_and_the_others_stay_alike():
    """Four channels that look alike, and one that brings a thirtieth: its draws weigh as if it were alone."""
    rng = np.random.default_rng(4)
    five = belief(np.zeros(5), np.full(5, 1.1))
    draws = np.array([0.0, 0.1, -0.1, 0.0, -3.4]) + np.array([0.3, 0.3, 0.3, 0.3, 0.6]) * rng.standard_normal(
        (40_000, 5)
    )
    found = evidence(draws, five)
    assert found is not None
    mean = found.weight_d @ draws
    apart = np.sqrt(found.weight_d @ (draws - mean) ** 2)
    assert abs(mean[4] + 3.4) < 0.1
    assert (apart[:4] < 0.85 * 0.3).all()


def test_few_draws_weigh_by_larger_spreads_only_and_fewer_by_none():
    rng = np.random.default_rng(4)
    apart = np.array([-1.0, 1.0, 0.0, 0.5])
    found = evidence(apart * 0.2 + 0.5 * rng.standard_normal((300, 4)), PRIOR)
    assert found is not None
    assert found.least > SPREADS[0]
    assert found.effective >= LEAST
    assert "could not be told" in str(found)
    assert evidence(rng.standard_normal((40, 4)), PRIOR) is None


def test_a_posterior_in_another_mode_is_not_near_and_a_narrower_one_is():
    rng = np.random.default_rng(8)
    first = rng.standard_normal((4000, 6))
    tilted = 1.5 + 0.2 * rng.standard_normal((1200, 6))
    assert near(first, tilted)
    # One channel of six where the fit has hardly a draw: its 99 % end at 2.6.
    other = tilted.copy()
    other[:, 3] += 2.5
    assert not near(first, other)
    # Of two modes that the fit has seen each is near; what is between is too.
    modes = np.concatenate([first - 4.0, first + 4.0])
    assert near(modes, first + 4.0)


def test_two_samples_of_one_posterior_agree_when_weighed_to_one_belief():
    rng = np.random.default_rng(9)
    first, second = rng.standard_normal((4000, 3)), 0.5 * rng.standard_normal((1200, 3))
    # Both weighed to a standard deviation of 0.7: densities by formula.
    to_first = np.exp(-0.5 * (first**2).sum(axis=1) * (1 / 0.7**2 - 1.0))
    to_second = np.exp(-0.5 * (second**2).sum(axis=1) * (1 / 0.7**2 - 1 / 0.5**2))
    assert agree((first, to_first), (second, to_second))
    # Another mode in one of three; then two samples without a draw in common, which say nothing.
    moved = second + np.array([0.0, 1.5, 0.0])
    assert not agree((first, to_first), (moved, np.ones(len(moved))))
    assert agree((first, np.eye(len(first))[0]), (moved, np.ones(len(moved))))


def test_evidence_that_fell_into_another_mode_is_refused(mixed_fit: Fit, monkeypatch: pytest.MonkeyPatch):
    """A second posterior by hand: the fit's own draws, with one channel's effect ten times as large."""
    few = thinned(mixed_fit, thinned_rows(mixed_fit.n_draws, LEAST // 2))
    monkeypatch.setattr(history, "convergence", lambda _: SimpleNamespace(verdict="ok"))
    away = replace(mixed_fit.channels[0], beta_dg=10.0 * mixed_fit.channels[0].beta_dg)
    for channels, refused in (((away, *mixed_fit.channels[1:]), True), (mixed_fit.channels, False)):
        second = replace(mixed_fit, channels=channels)
        monkeypatch.setattr(history, "sample_again", lambda *_, second=second, **__: second)
        found = with_history(replace(few), 500)[2]
        assert (found is None) == refused


def test_where_returns_clearly_differ_draws_weigh_nearly_alike():
    rng = np.random.default_rng(5)
    found = evidence(np.array([-1.5, 1.0, 0.0, 2.0]) + 0.1 * rng.standard_normal((2000, 4)), PRIOR)
    assert found is not None
    assert found.effective > 1500


def test_the_prior_of_marginal_returns_is_that_of_roi_and_elasticity():
    """National weeks, by formula: ROI Weibull (median 1, 95 % below 5), Hill after geometric adstock."""
    spec = parse_spec({"sampler": {"chains": 1, "tune": 100, "draws": 50}})
    fit = mm.fit(simulate(Scenario.weekly(3)).dataset, spec)
    found = alike_of(fit, [1])
    rng = np.random.default_rng(6)
    n, x = 3000, fit.dataset.exposure_gtc[0, :, 1]
    x = x / x[x > 0].mean()

    def lognormal(median: float, p95: float) -> np.ndarray:
        return median * np.exp(np.log(p95 / median) / stats.norm.ppf(0.95) * rng.standard_normal(n))

    parameters = {p.name: p for p in fit.channels[1].transform.parameters}
    days = 7.0
    drawn = {
        name: lognormal(*(np.array([p.median, p.p95]) / (days if p.scale == "days" else 1.0)))
        for name, p in parameters.items()
    }
    logs = np.empty(n)
    for d in range(n):
        weight = 0.5 ** (np.arange(len(x)) / drawn["half_life"][d])
        level = np.convolve(x, weight * (1 - 0.5 ** (1 / drawn["half_life"][d])))[: len(x)]
        odds = (level / drawn["half_effect"][d]) ** drawn["slope"][d]
        logs[d] = np.log(drawn["slope"][d] * (odds / (1 + odds) ** 2).sum() / (odds / (1 + odds)).sum())
    shape = np.log(np.log(20.0) / np.log(2.0)) / np.log(5.0)
    logs += np.log((rng.standard_exponential(n) / np.log(2.0)) ** (1.0 / shape))
    # Both are sampled, 3,000 and 1,000 draws: a false alarm in one of 10,000 runs, twice over for its bins.
    mass_j = np.cumsum(found.prior_cj[0])
    below_j = np.searchsorted(np.sort(logs), found.point_j + 0.01) / n
    assert np.abs(mass_j - below_j).max() < 2.23 * np.sqrt(1 / 3000 + 1 / 1000) + 0.02


def test_marginal_returns_are_the_slopes_of_the_curves(mixed_fit: Fit):
    curves = curves_of(mixed_fit, history=False, draws=mixed_fit.n_draws)
    paid = [c for c, spend in enumerate(mixed_fit.dataset.spend_c) if spend > 0]
    logs = marginal_returns(mixed_fit, paid, Window(0, mixed_fit.dataset.n_periods))
    for k, name in enumerate(curves.channels):
        today = curves.current[name]
        sides = [curves.slope_at(name, today, side) for side in ("left", "right")]
        np.testing.assert_allclose(np.exp(logs[:, k]), np.mean(sides, axis=0), rtol=0.02)


def test_a_fit_without_two_channels_of_spend_is_thinned_evenly(mixed_fit: Fit):
    spend = mixed_fit.dataset.spend_gtc.copy()
    spend[:, :, 1:] = 0.0
    alone = replace(mixed_fit, dataset=replace(mixed_fit.dataset, spend_gtc=spend))
    pool, rows, found = with_history(alone, 100)
    assert found is None
    assert pool is alone
    assert curves_of(alone).notes == ()
    np.testing.assert_array_equal(rows, thinned_rows(alone.n_draws, 100))


def test_money_without_exposure_is_not_compared(mixed_fit: Fit):
    n = mixed_fit.dataset.n_periods
    last = Window(n - 20, n)
    exposure = mixed_fit.dataset.exposure_gtc.copy()
    exposure[:, last.slice, 2] = 0.0
    blind = replace(mixed_fit, dataset=replace(mixed_fit.dataset, exposure_gtc=exposure))
    pool, rows, _ = with_history(blind, 400, last)
    others = marginal_returns(thinned(pool, rows), [0, 1, 3, 4], last)
    # As if the channel weren't there: no draws of low returns for the sake of its nothing.
    plain = marginal_returns(blind, [0, 1, 3, 4], last)
    assert abs(others.mean() - plain.mean()) < 0.5
    assert others.std(axis=1).mean() < plain.std(axis=1).mean()


def test_hardly_any_draws_are_sampled_again_or_say_that_history_does_not_count(mixed_fit: Fit):
    few = thinned(mixed_fit, thinned_rows(mixed_fit.n_draws, LEAST // 2))
    seen: list[Progress] = []
    pool, rows, found = with_history(few, 500, on_progress=seen.append)
    assert found is not None
    # Without the smallest spreads where chains don't mix with them.
    assert found.least in SPREADS
    assert pool is not few
    assert len(rows) == 500
    assert seen
    # Once per window.
    assert with_history(few, 500, on_progress=lambda _: pytest.fail("sampled again"))[2] is not None
    # Not for a window that ends before the data do, and not where sampling took long.
    early = Window(0, mixed_fit.dataset.n_periods - 4)
    slow = replace(few, run=replace(few.run, seconds={"sample_s": 2 * PATIENCE_S}))
    for fit, window in ((few, early), (slow, None)):
        pool, rows, found = with_history(fit, 500, window)
        assert found is None
        assert pool is fit
        assert len(rows) == LEAST // 2
        curves = curves_of(fit, window=window)
        assert curves.notes == (NONE,)
        assert default_objective(curves) == mm.Objective("gain", 0.05)


@pytest.mark.parametrize("which", ["mixed_fit", "panel_fit"])
def test_a_plan_says_that_its_history_counts_and_can_do_without(which, request):
    fit = request.getfixturevalue(which)
    believed, plain = mm.optimize(fit, anyway=True), mm.optimize(fit, history=False, anyway=True)
    assert any("today's split counts as evidence" in note for note in believed.notes)
    assert (believed.objective.level, plain.objective.level) == (0.2, 0.05)
    assert not any("evidence" in note for note in plain.notes)
    assert mm.optimize(fit, mm.Problem(history=False), anyway=True) == plain
    assert believed.current is not None
    assert plain.current is not None
    # Only draws are picked: what today's spend brings in all hardly changes.
    assert believed.current.outcome.mean == pytest.approx(plain.current.outcome.mean, rel=0.01)


def test_one_page_one_number(mixed_fit: Fit):
    """Levels of a plan are those of the fit at that spend; its odds are the evidence's."""
    curves = curves_of(mixed_fit)
    own = curves_of(mixed_fit, history=False)
    plan = mm.optimize(curves, objective="mean", anyway=True)
    assert curves.history
    draws, today = own.outcome_at(plan.allocation), own.outcome_at(own.current)
    assert plan.outcome.mean == pytest.approx(draws.mean())
    assert plan.current.outcome.mean == pytest.approx(today.mean())
    assert plan.uplift_alone.mean == pytest.approx((draws - today).mean())
    for name, part in plan.channels.items():
        brings = own.contribution_at(name, part.spend)
        assert part.contribution.mean == pytest.approx(brings.mean())
        assert part.roi.p95 == pytest.approx(np.quantile(brings / part.spend, 0.95))
    gain = curves.outcome_at(plan.allocation) - curves.outcome_at(curves.current)
    assert plan.uplift.mean == pytest.approx(gain.mean())
    assert plan.uplift.probability_better == np.mean(gain > 0)
    # The bound is as far above the plan as it is on the draws that it was proved on.
    assert plan.certificate.upper_bound >= plan.objective.value
    assert plan.objective.value == pytest.approx(plan.outcome.mean)
    assert mm.Plan.from_dict(plan.to_dict()) == plan
    # Other answers read their levels from the same draws.
    moves = mm.what_if(curves, {"more": mm.Change(curves.channels[0], by=0.2)})
    assert moves["outcome"][0] == pytest.approx(today.mean())
    reached = mm.optimize(curves, target=float(today.mean()), anyway=True)
    assert reached.outcome.mean == pytest.approx(today.mean(), rel=1e-4)
    assert own.history is False
    assert mm.optimize(own, objective="mean", anyway=True).uplift_alone is None


def test_a_problem_carries_whether_its_history_counts():
    assert parse_problem({}).history
    assert "history" not in problem_dict(mm.Problem())
    assert problem_dict(parse_problem({"history": False})) == {"history": False}
    with pytest.raises(BudgetError, match="history must be true or false"):
        mm.Problem(history="no")
    with pytest.raises(BudgetError, match="history: history must be true or false"):
        parse_problem({"history": 0.5})
    with pytest.raises(BudgetError, match="history must be true or false"):
        mm.Flighting(history=1)
