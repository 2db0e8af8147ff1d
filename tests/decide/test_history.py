"""Today's split as evidence: weights against closed forms, and a law that weighted draws must keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import mediamix as mm
from mediamix.core.errors import BudgetError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Window
from mediamix.decide.fitted.curves import curves_of
from mediamix.decide.fitted.history import (
    LEAST,
    NONE,
    PATIENCE_S,
    evidence,
    marginal_returns,
    with_history,
)
from mediamix.decide.problem.file import parse_problem, problem_dict
from mediamix.decide.problem.recommend import default_objective
from mediamix.inference.nuts import Progress
from mediamix.measure.thinning import thinned, thinned_rows
from mediamix.models.base import Fit
from mediamix.models.returns import SPREADS, Alike, alike_of
from mediamix.simulate import Scenario, simulate

PRIOR = Alike(np.array([-0.4, 0.1, -0.2, 0.3]), np.array([0.9, 1.1, 0.5, 0.8]))


def centring(n: int) -> np.ndarray:
    """x'Px is the sum of squares around the mean."""
    return np.eye(n) - 1.0 / n


def test_the_prior_mean_of_being_alike_is_what_sampling_the_prior_gives():
    rng = np.random.default_rng(1)
    x = PRIOR.location_c + PRIOR.scale_c * rng.standard_normal((400_000, 4))
    square = ((x - x.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    for k in (12, 18, 23):
        alike = np.exp(-0.5 * square / SPREADS[k] ** 2)
        # 4.5 standard errors: a false alarm in one of 100,000 runs.
        error = 4.5 * alike.std() / np.sqrt(len(x))
        assert np.exp(PRIOR.log_z[k]) == pytest.approx(alike.mean(), abs=error)


def test_weighted_draws_of_a_normal_posterior_are_the_closed_form():
    rng = np.random.default_rng(2)
    centre, sd = np.array([-0.3, 0.0, 0.1, -0.1]), np.array([0.3, 0.2, 0.25, 0.4])
    found = evidence(centre + sd * rng.standard_normal((200_000, 4)), PRIOR)
    assert found is not None
    # Each spread alone gives a normal again; they are mixed by how well they predict.
    precision, p = np.diag(1 / sd**2), centring(4)
    sizes, means = [], []
    for spread, log_z in zip(SPREADS, PRIOR.log_z, strict=True):
        inner = precision + p / spread**2
        mean = np.linalg.solve(inner, precision @ centre)
        log_size = -0.5 * np.linalg.slogdet(inner @ np.diag(sd**2))[1]
        log_size -= 0.5 * (centre @ precision @ centre - mean @ inner @ mean)
        sizes.append(np.exp(log_size - log_z))
        means.append(mean)
    share = np.array(sizes) / np.sum(sizes)
    draws = centre + sd * np.random.default_rng(2).standard_normal((200_000, 4))
    np.testing.assert_allclose(found.weight_d @ draws, share @ np.array(means), atol=0.01)
    assert found.spread == pytest.approx(share @ SPREADS, rel=0.02)
    assert found.least == SPREADS[0]
    # Picked rows are these weights.
    np.testing.assert_allclose(draws[found.rows(50_000)].mean(axis=0), share @ np.array(means), atol=0.01)


def ranks(cases: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where the true gain of a unit moved from the worst to the best lies among draws: weighted, and plain.

    The world is the prior itself: a spread, then marginal returns that are so alike, then a noisy look.
    Worst and best are those that look so, which is how planners choose.
    """
    variance, noise = np.diag(PRIOR.scale_c**2), np.array([0.3, 0.25, 0.4, 0.35])
    weighted, plain = np.empty(cases), np.empty(cases)
    for i in range(cases):
        spread = SPREADS[rng.integers(len(SPREADS))]
        inner = np.linalg.inv(variance) + centring(4) / spread**2
        mean = np.linalg.solve(inner, PRIOR.location_c / PRIOR.scale_c**2)
        truth = rng.multivariate_normal(mean, np.linalg.inv(inner))
        seen = truth + noise * rng.standard_normal(4)
        # The plain posterior: channels apart.
        precision = 1 / PRIOR.scale_c**2 + 1 / noise**2
        centre = (PRIOR.location_c / PRIOR.scale_c**2 + seen / noise**2) / precision
        draws = centre + rng.standard_normal((4000, 4)) / np.sqrt(precision)
        found = evidence(draws, PRIOR)
        assert found is not None
        best, worst = centre.argmax(), centre.argmin()
        below = draws[:, best] - draws[:, worst] < truth[best] - truth[worst]
        weighted[i], plain[i] = found.weight_d @ below, below.mean()
    return weighted, plain


def test_stated_probabilities_hold_where_the_belief_is_the_world():
    weighted, plain = ranks(600, np.random.default_rng(3))
    # Uniform ranks; a false alarm in one of 1,000 runs. Without the evidence they are far from it.
    assert stats.kstest(weighted, "uniform").pvalue > 1e-3
    assert stats.kstest(plain, "uniform").pvalue < 1e-6


def test_few_draws_weigh_by_larger_spreads_only_and_fewer_by_none():
    rng = np.random.default_rng(4)
    apart = np.array([-1.0, 1.0, 0.0, 0.5])
    found = evidence(apart * 0.2 + 0.5 * rng.standard_normal((300, 4)), PRIOR)
    assert found is not None
    assert found.least > SPREADS[0]
    assert found.effective >= LEAST
    assert "could not be told" in str(found)
    assert evidence(rng.standard_normal((40, 4)), PRIOR) is None


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
    # Both are sampled, 3,000 and 1,000 draws: 4.5 standard errors of the difference.
    error = 4.5 * logs.std() * np.sqrt(1 / 3000 + 1 / 1000)
    assert found.location_c[0] == pytest.approx(logs.mean(), abs=error)
    assert found.scale_c[0] == pytest.approx(logs.std(), abs=error)


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
    picked, found = with_history(alone, 100)
    assert found is None
    assert curves_of(alone).notes == ()
    np.testing.assert_array_equal(picked.sigma_dg, alone.sigma_dg[thinned_rows(alone.n_draws, 100)])


def test_money_without_exposure_is_not_compared(mixed_fit: Fit):
    n = mixed_fit.dataset.n_periods
    last = Window(n - 20, n)
    exposure = mixed_fit.dataset.exposure_gtc.copy()
    exposure[:, last.slice, 2] = 0.0
    blind = replace(mixed_fit, dataset=replace(mixed_fit.dataset, exposure_gtc=exposure))
    others = marginal_returns(with_history(blind, 400, last)[0], [0, 1, 3, 4], last)
    # As if the channel weren't there: no draws of low returns for the sake of its nothing.
    plain = marginal_returns(blind, [0, 1, 3, 4], last)
    assert abs(others.mean() - plain.mean()) < 0.5
    assert others.std(axis=1).mean() < plain.std(axis=1).mean()


def test_hardly_any_draws_are_sampled_again_or_say_that_history_does_not_count(mixed_fit: Fit):
    few = thinned(mixed_fit, thinned_rows(mixed_fit.n_draws, LEAST // 2))
    seen: list[Progress] = []
    picked, found = with_history(few, 500, on_progress=seen.append)
    assert found is not None
    assert found.least == SPREADS[0]
    assert picked.n_draws == 500
    assert seen
    # Once per window.
    assert with_history(few, 500, on_progress=lambda _: pytest.fail("sampled again"))[1] is not None
    # Not for a window that ends before the data do, and not where sampling took long.
    early = Window(0, mixed_fit.dataset.n_periods - 4)
    slow = replace(few, run=replace(few.run, seconds={"sample_s": 2 * PATIENCE_S}))
    for fit, window in ((few, early), (slow, None)):
        picked, found = with_history(fit, 500, window)
        assert found is None
        assert picked.n_draws == LEAST // 2
        curves = curves_of(fit, window=window)
        assert curves.notes == (NONE,)
        assert default_objective(curves) == mm.Objective("gain", 0.05)


@pytest.mark.parametrize("which", ["mixed_fit", "panel_fit"])
def test_a_plan_says_that_its_history_counts_and_can_do_without(which, request):
    fit = request.getfixturevalue(which)
    believed, plain = mm.optimize(fit), mm.optimize(fit, history=False)
    assert any("today's split counts as evidence" in note for note in believed.notes)
    assert (believed.objective.level, plain.objective.level) == (0.2, 0.05)
    assert not any("evidence" in note for note in plain.notes)
    assert mm.optimize(fit, mm.Problem(history=False)) == plain
    assert believed.current is not None
    assert plain.current is not None
    # Only draws are picked: what today's spend brings in all hardly changes.
    assert believed.current.outcome.mean == pytest.approx(plain.current.outcome.mean, rel=0.01)


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
