"""A fit sampled again with a belief on top: the density against finite differences and the measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import Spec
from mediamix.core.types import Window
from mediamix.decide.fitted.history import evidence, marginal_returns
from mediamix.inference.diagnostics import ess_bulk
from mediamix.inference.nuts import Sample
from mediamix.measure.convergence import convergence
from mediamix.models.again import draws_of, sample_again, weighed
from mediamix.models.bayes import fit as fit_model
from mediamix.models.bayes import to_fit
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from mediamix.models.returns import SPREADS, alike_of
from mediamix.simulate import Scenario, simulate


def posed(fit, weeks):
    """Problem, channels with spend, belief, window and density."""
    n = fit.dataset.n_periods
    window = Window(0 if weeks is None else n - weeks, n)
    channels = [c for c, spend in enumerate(fit.dataset.spend_gtc[:, window.slice].sum(axis=(0, 1))) if spend]
    problem, alike = pose(fit.dataset, fit.spec), alike_of(fit, channels)
    return problem, channels, alike, window, weighed(problem, channels, alike, window)


@pytest.mark.parametrize("which", ["mixed_fit", "panel_fit"])
@pytest.mark.parametrize("weeks", [None, 30])
def test_its_gradient_is_that_of_finite_differences(which, weeks, request):
    fit = request.getfixturevalue(which)
    problem, *_, density = posed(fit, weeks)
    inner = problem.model.density()
    rng = np.random.default_rng(1)
    for _ in range(3):
        u = 0.7 * rng.standard_normal(density.dimension)
        gradient = density(u)[1]
        step = 1e-5 * np.eye(len(u))
        expected = np.array([(density(u + e)[0] - density(u - e)[0]) / 2e-5 for e in step])
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-5 * np.abs(gradient).max())
        # The belief is felt: this is not the density underneath.
        assert np.abs(gradient - inner(u)[1]).max() > 1e-3


@pytest.mark.parametrize("weeks", [None, 30])
def test_what_it_adds_is_the_belief_about_the_fits_marginal_returns(mixed_fit, weeks):
    """The same number from the measures of a fit that has these draws, without any of the kernel."""
    problem, channels, alike, window, density = posed(mixed_fit, weeks)
    inner = problem.model.density()
    u = 0.7 * np.random.default_rng(2).standard_normal((1, 6, density.dimension))
    drawn = to_fit(problem, Sample(u, {}, 0.0), mixed_fit.run)
    expected = np.log(alike.terms(marginal_returns(drawn, channels, window)).sum(axis=1))
    found = [density(point)[0] - inner(point)[0] for point in u[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_in_a_panel_it_counts_the_geos_common_effects(panel_fit):
    problem, channels, alike, window, density = posed(panel_fit, None)
    inner = problem.model.density()
    # Spreads of effects near zero: all geos have the common effect.
    u = 0.5 * np.random.default_rng(3).standard_normal((1, 4, density.dimension))
    after = problem.model.starts[-1]
    u[..., after : after + len(problem.model.transforms)] = -12.0
    drawn = to_fit(problem, Sample(u, {}, 0.0), panel_fit.run)
    expected = np.log(alike.terms(marginal_returns(drawn, channels, window)).sum(axis=1))
    found = [density(point)[0] - inner(point)[0] for point in u[0]]
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.02)


def test_sampling_again_gives_what_weighing_draws_gives():
    """Two ways to one posterior, where weights are good: a market whose split is clearly off."""
    fit = fit_model(simulate(Scenario.weekly(2001)).dataset, Spec())
    channels, window = list(range(5)), Window(0, fit.dataset.n_periods)
    alike = alike_of(fit, channels)
    log_return = marginal_returns(fit, channels, window)
    weights = evidence(log_return, alike)
    assert weights is not None
    assert weights.least == SPREADS[0]
    assert weights.effective > 1000
    again = sample_again(fit, channels, alike, window, starts=np.arange(fit.n_draws))
    assert again.n_draws == 4 * draws_of(len(channels))
    assert convergence(again).verdict != "failed"
    sampled = marginal_returns(again, channels, window)
    for c in channels:
        mean = weights.weight_d @ log_return[:, c]
        sd = np.sqrt(weights.weight_d @ (log_return[:, c] - mean) ** 2)
        worth = ess_bulk(sampled[:, c].reshape(4, -1))
        # 4.5 standard errors of the difference of two means: a false alarm in one of 30,000 runs.
        error = 4.5 * sd * np.sqrt(1 / worth + 1 / weights.effective)
        assert sampled[:, c].mean() == pytest.approx(mean, abs=error)
        assert sampled[:, c].std() == pytest.approx(sd, rel=0.2)


def test_the_same_fit_gives_the_same_draws_and_a_copy_knows_nothing_of_them(mixed_fit):
    _, channels, alike, window, _ = posed(mixed_fit, None)
    first, second = (
        sample_again(mixed_fit, channels, alike, window, starts=np.arange(100)) for _ in range(2)
    )
    np.testing.assert_array_equal(first.sigma_dg, second.sigma_dg)
    mixed_fit.memo["something"] = first
    assert replace(mixed_fit).memo == {}
    del mixed_fit.memo["something"]


def test_a_quick_fit_stays_quick():
    fit = fit_model(simulate(Scenario.weekly(2002)).dataset, Spec(), quick=True)
    channels, window = list(range(5)), Window(0, fit.dataset.n_periods)
    again = sample_again(fit, channels, alike_of(fit, channels), window, starts=np.arange(fit.n_draws))
    assert again.run.quick is not None
    assert again.run.quick.pareto_k < 0.7
    before, after = (marginal_returns(one, channels, window).std(axis=1).mean() for one in (fit, again))
    assert after < before


@pytest.mark.parametrize("which", ["mixed_fit", "panel_fit"])
def test_a_fits_draws_lead_back_to_where_the_sampler_was(which, request):
    """The density there is the sampler's own number for these draws."""
    fit = request.getfixturevalue(which)
    problem = pose(fit.dataset, fit.spec)
    rows = np.array([0, 5, fit.n_draws - 1])
    found = [problem.model.density()(u)[0] for u in coordinates(problem, fit, rows)]
    np.testing.assert_allclose(found, fit.stats["lp"].ravel()[rows], rtol=1e-8)
