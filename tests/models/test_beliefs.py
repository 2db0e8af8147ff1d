"""Beliefs on top of a density: by the formulas written a second time, by differences, and by draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import gaussian_kde, lognorm, multivariate_normal, norm, weibull_min

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec
from mediamix.inference import nuts
from mediamix.models import bayes
from mediamix.models.beliefs import pooled as pooled_belief
from mediamix.models.beliefs.whole import NO_BELIEFS, draw
from mediamix.models.problem import Problem, pose
from mediamix.simulate import Scenario, simulate
from models_panels import organic, panel

NATIONAL = simulate(Scenario(periods=80, channels=4, every="week", seed=3)).dataset
PANEL = panel(geos=3, periods=50, channels=3)
FIRST, SECOND = NATIONAL.channel_names[:2]
ABOUT = {"median": 0.5, "p95": 1.5}
SAID = {
    "mroi": {
        "channels": {
            FIRST: {"prior": {"mroi": ABOUT}, "adstock": {"kind": "delayed"}},
            SECOND: {"prior": {"mroi": {**ABOUT, "family": "lognormal"}}, "order": "saturation_first"},
        }
    },
    "pooled": {"media": {"pooled": True}},
    "share": {"media": {"prior": {"share": {"median": 0.3, "p95": 0.5}}}},
}
SAID["all"] = {
    "channels": {FIRST: SAID["mroi"]["channels"][FIRST]},
    "media": SAID["pooled"]["media"] | SAID["share"]["media"],
}
DATA = {"national": (NATIONAL, {}), "panel": (PANEL, {"geo": {}})}
cases = pytest.mark.parametrize(("where", "what"), [(a, b) for a in DATA for b in SAID])


def posed(where: str, what: str) -> Problem:
    data, more = DATA[where]
    return pose(data, Spec(**SAID[what], **more))


def thetas(problem: Problem, u_dk: np.ndarray) -> np.ndarray:
    return np.column_stack([p.natural(u_dk[:, i]) for i, p in enumerate(problem.model.priors)])


def effects(problem: Problem) -> list[int]:
    return problem.model.starts[:-1]


def marginal_return(problem: Problem, channel: int, theta: np.ndarray) -> float:
    """What one per cent more spend brings over that spend, by the components' Python calls."""
    model, data = problem.model, problem.dataset
    transform, at = model.transforms[channel], model.starts[channel]
    own = theta[at + 1 : at + 1 + len(transform.parameters)]
    split = len(transform.adstock.parameters)
    exposure_gt = (
        model.exposure_gct[:, channel] if hasattr(model, "exposure_gct") else model.exposure_ct[channel][None]
    )
    after = round(data.every.per_year / 2)

    def brought(times: float, longer: int) -> float:
        total = 0.0
        for g, x in enumerate(exposure_gt):
            x = np.concatenate([x * times, np.zeros(longer)])
            if transform.order == "adstock_first":
                carried = transform.adstock(x, own[:split], transform.max_lag)
                h = transform.saturation(carried, own[split:])
            else:
                h = transform.adstock(transform.saturation(x, own[split:]), own[:split], transform.max_lag)
            total += problem.size_g[g] * h.sum()
        return total

    roi = theta[at] * model.effect_scale_c[channel] * problem.outcome.mean / data.spend_c[channel]
    return roi * (brought(1.01, after) - brought(1.0, after)) / 0.01 / brought(1.0, 0)


@cases
def test_gradient_is_the_slope_of_the_value(where, what):
    density = posed(where, what).density()
    rng = np.random.default_rng(5)
    for _ in range(3):
        u = 0.8 * rng.standard_normal(density.dimension)
        _, gradient = density(u)
        h = 1e-3
        numeric = np.empty_like(gradient)
        for i, step in enumerate(h * np.eye(density.dimension)):
            near = density(u + step)[0] - density(u - step)[0]
            far = density(u + 2 * step)[0] - density(u - 2 * step)[0]
            numeric[i] = (8 * near - far) / (12 * h)
        assert_allclose(gradient, numeric, rtol=1e-5, atol=2e-5 * np.abs(gradient).max())


@pytest.mark.parametrize("where", DATA)
def test_mroi_takes_the_place_of_the_effect_s_prior(where):
    problem = posed(where, "mroi")
    model = problem.model
    with_, without = problem.density(), model.density()
    rng = np.random.default_rng(2)
    found, expected = [], []
    for _ in range(6):
        u = rng.standard_normal(with_.dimension)
        theta = thetas(problem, u[None])[0]
        found.append(with_(u)[0] - without(u)[0])
        factor = 0.0
        for channel in (0, 1):
            x = np.log(marginal_return(problem, channel, theta))
            # The density of log mroi, by SciPy's distribution of mroi itself.
            if channel == 0:
                shape = (np.log(np.log(20)) - np.log(np.log(2))) / np.log(1.5 / 0.5)
                belief = weibull_min(shape, scale=0.5 / np.log(2) ** (1 / shape))
            else:
                belief = lognorm(np.log(1.5 / 0.5) / norm.ppf(0.95), scale=0.5)
            factor += belief.logpdf(np.exp(x)) + x - norm.logpdf(u[model.starts[channel]])
        expected.append(factor)
    # But for a constant.
    assert_allclose(np.diff(found), np.diff(expected), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("where", DATA)
def test_pooled_is_the_sum_over_tau_of_the_integral_over_mu(where):
    problem = posed(where, "pooled")
    with_, without = problem.density(), problem.model.density()
    at = effects(problem)
    grid = np.linspace(-3.5, 3.5, 41)
    tau, weight = 0.4 * np.exp(0.67 * grid), np.exp(-0.5 * grid**2)
    rng = np.random.default_rng(3)
    found, expected = [], []
    for _ in range(6):
        u = rng.standard_normal(with_.dimension)
        log_roi = np.log(thetas(problem, u[None])[0][at])
        found.append(with_(u)[0] - without(u)[0])
        c = len(at)
        likes = [
            multivariate_normal(np.zeros(c), t**2 * np.eye(c) + 0.8**2 * np.ones((c, c))).pdf(log_roi)
            for t in tau
        ]
        expected.append(np.log(weight @ likes) - norm.logpdf(u[at]).sum())
    assert_allclose(np.diff(found), np.diff(expected), rtol=1e-8, atol=1e-9)


def test_the_default_return_is_in_the_middle_of_the_pool_and_as_wide():
    """Of the default ROI prior with the same two points: median 1, 95 % below 5."""
    u = draw(posed("national", "pooled"), 40_000, np.random.default_rng(0))
    roi = thetas(posed("national", "pooled"), u)[:, effects(posed("national", "pooled"))[0]]
    assert np.median(roi) == pytest.approx(1.0, rel=0.03)
    assert np.quantile(roi, 0.95) == pytest.approx(5.0, rel=0.1)


@pytest.mark.parametrize("where", DATA)
@pytest.mark.parametrize("what", ["share", "all"])
def test_the_share_of_all_media_has_the_prior_that_was_said(where, what):
    problem = posed(where, what)
    theta = thetas(problem, draw(problem, 20_000, np.random.default_rng(1)))
    # Contribution over the window, in the outcome's unit, over the outcome.
    brought = theta[:, effects(problem)] * problem.model.effect_scale_c * problem.outcome.mean
    share = brought.sum(axis=1) / np.nansum(problem.dataset.outcome_gt)
    middle, p95 = np.quantile(share, [0.5, 0.95])
    assert middle == pytest.approx(0.3, rel=0.03)
    assert p95 == pytest.approx(0.5, rel=0.05)


def test_the_share_s_factor_is_the_belief_over_what_was_implied():
    problem = posed("national", "share")
    with_, without = problem.density(), problem.model.density()
    implied = replace(problem, beliefs=NO_BELIEFS)
    part = problem.model.effect_scale_c / problem.total
    x = np.log(thetas(implied, draw(implied, 40_000, np.random.default_rng(9)))[:, effects(problem)] @ part)
    kernel = gaussian_kde(x)
    scale = np.log(0.5 / 0.3) / norm.ppf(0.95)
    rng = np.random.default_rng(4)
    found, expected = [], []
    for _ in range(40):
        u = rng.standard_normal(with_.dimension)
        share = np.log(thetas(problem, u[None])[0][effects(problem)] @ part)
        if np.quantile(x, 0.02) < share < np.quantile(x, 0.98):
            found.append(with_(u)[0] - without(u)[0])
            expected.append(norm.logpdf(share, np.log(0.3), scale) - kernel.logpdf(share)[0])
    assert len(found) > 20
    # Both estimate the same density, from other draws and with other widths.
    assert np.std(np.array(found) - expected) < 0.1


@pytest.mark.parametrize("what", SAID)
def test_draws_of_the_prior_and_nuts_without_data_agree(what):
    """Outcomes are missing but for two periods and the noise is large: what is left is the prior."""
    problem = posed("national", what)
    blind = _without_rows(problem)
    sampled = nuts.sample(blind.density(), Spec(sampler={"draws": 2000}).sampler).u
    theta = thetas(problem, sampled.reshape(8000, -1))
    drawn = thetas(problem, draw(problem, 8000, np.random.default_rng(7)))
    for i in effects(problem):
        for q in (0.1, 0.5, 0.9):
            a, b = (np.log(np.quantile(t[:, i], q)) for t in (theta, drawn))
            # Five standard errors of each, seen in 32 stretches of the draws: tails mix slowly.
            parts = [np.log(np.quantile(t[:, i].reshape(32, -1), q, axis=1)) for t in (theta, drawn)]
            error = np.sqrt(sum(part.var() / 32 for part in parts))
            assert abs(a - b) < 5 * error + 0.03 * np.log(drawn[:, i]).std(), (what, i, q)


def _without_rows(problem: Problem) -> Problem:
    """The same model without a likelihood: no row is observed."""
    model = problem.model
    linear = replace(model.linear, u_pn=model.linear.u_pn[:0, :0], s_p=model.linear.s_p)
    nothing = np.zeros_like(model.observed_t)
    return replace(problem, model=replace(model, outcome_n=np.empty(0), observed_t=nothing, linear=linear))


def test_what_the_pool_learned_is_drawn_exactly():
    """By the draws of x, μ and τ together: of draws from the prior, those given x are those of the prior."""
    problem = posed("national", "pooled")
    rng = np.random.default_rng(0)
    u = draw(problem, 20_000, rng)
    centre, spread = problem.beliefs.pooled.learned(u, problem.model.priors, rng)
    grid = np.linspace(-3.5, 3.5, 41)
    weight = np.exp(-0.5 * grid**2)
    for q in (0.1, 0.5, 0.9):
        assert np.log(np.quantile(centre, q)) == pytest.approx(0.8 * norm.ppf(q), abs=0.03)
        expected = 0.4 * np.exp(0.67 * grid[np.searchsorted(np.cumsum(weight / weight.sum()), q)])
        assert np.quantile(spread, q) == pytest.approx(expected, rel=0.13)
    assert len(grid) == pooled_belief.NODES


def test_a_pooled_fit_says_what_it_learned():
    fit = bayes.fit(
        NATIONAL, Spec(**SAID["pooled"], sampler={"chains": 2, "draws": 100, "tune": 100, "heal": False})
    )
    assert fit.posterior.arrays["pooled_return"].shape == (2, 100)
    assert (fit.posterior.stacked("pooled_spread") > 0).all()


def test_who_says_nothing_has_the_density_of_the_model():
    problem = pose(NATIONAL, Spec())
    assert problem.beliefs is NO_BELIEFS
    assert problem.density().function is problem.model.density().function


def test_pools_of_counts_are_of_units_per_money():
    counts = replace(NATIONAL, unit="count")
    problem = pose(counts, Spec(media={"pooled": True}))
    theta = thetas(problem, draw(problem, 20_000, np.random.default_rng(3)))
    brought = theta[:, effects(problem)] * problem.model.effect_scale_c * problem.outcome.mean
    per_money = np.median(brought / counts.spend_c, axis=0)
    # All channels the same before the data, and together a quarter of the outcome.
    expected = 0.25 * counts.outcome_gt.sum() / counts.spend_c.sum()
    assert_allclose(per_money, expected, rtol=0.05)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"media": {"pooled": True}, "each_channel": {"prior": {"roi": ABOUT}}}, "nothing to pool"),
        ({"channels": {"newsletter": {"prior": {"mroi": ABOUT}}}}, "'mroi' needs spend"),
    ],
)
def test_beliefs_without_their_channels_are_refused(said, words):
    data = organic(panel(geos=1, periods=50))
    with pytest.raises(SpecError, match=words):
        pose(data, Spec(**said))
