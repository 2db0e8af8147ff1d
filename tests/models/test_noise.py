"""What noise that remembers, or has heavy tails, is to a fit: drawn, named, stored, found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest, norm
from scipy.stats import t as student

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Window
from mediamix.data.dataset import Dataset
from mediamix.models.again import sample_again, weighed
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.coordinates import coordinates
from mediamix.models.noise import Noise
from mediamix.models.problem import pose
from mediamix.models.returns import alike_of
from mediamix.pipeline import load, save
from mediamix.simulate import Scenario, simulate
from short import QUICK

RHO, NU = 0.7, 3.0


def spec_of(kind: str, **changes) -> Spec:
    return parse_spec({"noise": {"kind": kind}, "sampler": QUICK, **changes})


def quiet(seed: int = 2) -> Dataset:
    """156 weeks in which next to nothing is left to chance."""
    return simulate(replace(Scenario.weekly(seed), noise=1e-6, channels=2)).dataset


@pytest.fixture(scope="module")
def lasting() -> Dataset:
    """Its noise: 5 % of the mean, ρ = 0.7; some outcomes are missing."""
    data, rng = quiet(), np.random.default_rng(1)
    noise = rng.normal(size=data.n_periods)
    for i in range(1, data.n_periods):
        noise[i] = RHO * noise[i - 1] + np.sqrt(1 - RHO**2) * noise[i]
    outcome = data.outcome_gt + 0.05 * data.outcome_gt.mean() * noise
    outcome[0, [30, 31, 80]] = np.nan
    return replace(data, outcome_gt=outcome)


@pytest.fixture(scope="module")
def wild() -> Dataset:
    """Its noise: t with three degrees of freedom, a scale of 2 % of the mean."""
    data = quiet()
    noise = np.random.default_rng(1).standard_t(NU, data.n_periods)
    return replace(data, outcome_gt=data.outcome_gt * np.exp(0.02 * noise))


@pytest.fixture(scope="module")
def remembering(lasting) -> Fit:
    return fit(lasting, spec_of("ar1"))


@pytest.fixture(scope="module")
def heavy(wild) -> Fit:
    return fit(wild, spec_of("student"))


def test_the_memory_of_the_noise_is_found(remembering):
    rho = remembering.posterior.stacked("rho")
    low, high = np.quantile(rho, (0.01, 0.99))
    assert low < RHO < high
    assert high - low < 0.6
    assert (remembering.noise.rho_d == rho).all()
    np.testing.assert_array_equal(remembering.sigma_dg[:, 0], remembering.posterior.stacked("sigma"))


def test_heavy_tails_are_found(heavy, wild):
    nu, sigma = heavy.posterior.stacked("nu"), heavy.posterior.stacked("sigma")
    assert np.quantile(nu, 0.01) < NU < np.quantile(nu, 0.99)
    assert np.median(nu) < 6.0
    assert nu.min() > 2.0
    np.testing.assert_allclose(heavy.sigma_dg[:, 0], sigma * student.std(nu), rtol=1e-9)
    plain = fit(wild, spec_of("normal"))
    assert np.median(sigma) < 0.8 * np.median(plain.posterior.stacked("sigma"))


@pytest.mark.parametrize("kind", ["remembering", "heavy"])
def test_a_stored_fit_is_the_same(kind, request, tmp_path):
    made = request.getfixturevalue(kind)
    save(made, tmp_path / "fit")
    back = load(tmp_path / "fit")
    np.testing.assert_array_equal(back.sigma_dg, made.sigma_dg)
    np.testing.assert_array_equal(back.noise.rho_d, made.noise.rho_d)
    np.testing.assert_array_equal(back.noise.nu_d, made.noise.nu_d)
    assert back.noise.words == made.noise.words


@pytest.mark.parametrize("kind", ["remembering", "heavy"])
def test_the_coordinates_of_a_fit_lead_back_to_its_draws(kind, request):
    """Through the density's own completion: the same coefficients, where they are sampled; the same media."""
    made = request.getfixturevalue(kind)
    problem, rows = pose(made.dataset, made.spec), np.array([0, 17, 101])
    u = coordinates(problem, made, rows)
    assert u.shape == (3, problem.model.density().dimension)
    completed = problem.model.complete(u, np.random.default_rng(0))
    intercept = completed.coefficient_dp[:, 0] * problem.outcome.mean + problem.outcome.mean
    if kind == "heavy":
        np.testing.assert_allclose(intercept, made.posterior.stacked("intercept")[rows], rtol=1e-6)
    beta = completed.beta_dgc[:, 0] * problem.outcome.mean
    np.testing.assert_allclose(beta, made.posterior.stacked("beta")[rows], rtol=1e-6)


def test_drawn_noise_lasts_and_has_a_deviation_of_one():
    noise, rng = Noise(rho_d=np.array([0.0, 0.5, 0.9])), np.random.default_rng(0)
    z = rng.standard_normal((3, 200_000))
    drawn = noise.shaped(z, rng)
    for d, rho in enumerate((0.0, 0.5, 0.9)):
        # Standard errors: √((1 + ρ²)/(1 − ρ²)/n) of the variance's root and less of the correlation.
        assert drawn[d].std() == pytest.approx(1.0, abs=0.02)
        assert np.corrcoef(drawn[d, 1:], drawn[d, :-1])[0, 1] == pytest.approx(rho, abs=0.01)
    given = noise.shaped(z, rng, before_d=np.full(3, 2.0), gap=3)
    np.testing.assert_allclose(given[:, 0] - np.sqrt(1 - noise.rho_d**6) * z[:, 0], 2 * noise.rho_d**3)
    np.testing.assert_allclose(noise.lasting(np.full(3, 2.0), 3, 2)[1], [2 * 0.5**3, 2 * 0.5**4])


def test_drawn_noise_has_heavy_tails():
    noise, rng = Noise(nu_d=np.full(100, 5.0)), np.random.default_rng(0)
    drawn = noise.shaped(rng.standard_normal((100, 400)), rng)
    assert kstest(drawn.ravel() * student.std(5.0), student(5.0).cdf).pvalue > 1e-4


def test_scores_are_standard_normals_if_the_model_is_right():
    rng, n = np.random.default_rng(0), 3000
    lasting = 2.0 * Noise(rho_d=np.array([0.8])).shaped(rng.standard_normal((1, n)), rng)[0]
    lasting[::7] = np.nan
    scores = Noise(rho_d=np.full(5, 0.8)).scores(lasting, np.full(5, 2.0))
    assert (np.isnan(scores) == np.isnan(lasting)).all()
    known = scores[np.isfinite(scores)]
    assert kstest(known, norm.cdf).pvalue > 1e-4
    assert abs(np.corrcoef(known[1:], known[:-1])[0, 1]) < 4 / np.sqrt(n)
    heavy = rng.standard_t(3, n)
    scores = Noise(nu_d=np.full(5, 3.0)).scores(heavy, np.full(5, student.std(3)))
    assert kstest(scores, norm.cdf).pvalue > 1e-4
    np.testing.assert_allclose(norm.cdf(scores), student.cdf(heavy, 3), atol=1e-12)


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        ({"kind": "ar2"}, "ar1"),
        ({"kind": "normal", "prior": {"rho": {"median": 0.2, "p95": 0.5}}}, "no prior on 'rho'"),
        ({"kind": "ar1", "prior": {"nu": {"median": 4, "p95": 9}}}, "no prior on 'nu'"),
        ({"kind": "ar1", "prior": {"rho": {"median": 0.2, "p95": 1.5}}}, "between 0 and 1"),
        ({"kind": "student", "prior": {"nu": {"median": 1.5, "p95": 9}}}, "above 2"),
        ({"kind": "student", "prior": {"nu": {"median": 4, "p95": 9, "family": "weibull"}}}, "no family"),
    ],
)
def test_a_noise_that_can_not_be_is_refused(noise, words):
    with pytest.raises(SpecError, match=words):
        parse_spec({"noise": noise})


def test_a_spec_that_does_not_name_it_keeps_its_hash():
    assert parse_spec({}).hash == parse_spec({"noise": {"kind": "normal"}}).hash
    assert parse_spec({}).hash != parse_spec({"noise": {"kind": "ar1"}}).hash


@pytest.mark.parametrize("kind", ["remembering", "heavy"])
def test_a_fit_is_sampled_again_with_its_noise(kind, request):
    """With the belief that returns are alike on top: the gradient is exact, the noise about the same."""
    made = request.getfixturevalue(kind)
    window, channels = Window(0, made.dataset.n_periods), [0, 1]
    alike, problem = alike_of(made, channels), pose(made.dataset, made.spec)
    density = weighed(problem, channels, alike, window)
    u = 0.5 * np.random.default_rng(1).standard_normal(density.dimension)
    step = 1e-5 * np.eye(len(u))
    slope = [(density(u + e)[0] - density(u - e)[0]) / 2e-5 for e in step]
    gradient = density(u)[1]
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-5 * np.abs(gradient).max())
    again = sample_again(made, channels, alike, window, starts=np.arange(100))
    assert again.sigma_dg.mean() == pytest.approx(made.sigma_dg.mean(), rel=0.15)
    assert again.noise.plain == made.noise.plain


def test_heavy_tails_in_a_panel_are_refused():
    panel = simulate(replace(Scenario.geo_panel(1), geos=3, periods=60, channels=2)).dataset
    with pytest.raises(SpecError, match="heavy tails are for national fits") as told:
        pose(panel, spec_of("student", geo={}))
    assert "3 geos" in str(told.value)
    assert "'geo': geos are then summed" in str(told.value)
    # Summed, the same spec is a national one.
    pose(panel.national(), spec_of("student"))
