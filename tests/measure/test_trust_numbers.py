"""The numbers behind the checks, against formulas written plainly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from dateutil.easter import easter as western
from scipy import stats

from mediamix.core.spec import PriorSpec
from mediamix.inference.linear import LinearBlock
from mediamix.inference.loo import conditional, leave_one_out
from mediamix.measure.overlap import ONLY_PRIOR, belief, overlap, ranks
from mediamix.measure.tangent import Tangent
from mediamix.measure.trust.autocorrelation import ljung_box
from mediamix.measure.trust.holidays import easter
from mediamix.measure.trust.shared_shock import common
from mediamix.models.priors import Prior

QUANTILES = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.5, 1.0), (0.0, 0.5), (1.0, 0.4)])
def test_the_overlap_of_two_normals_is_that_of_their_densities(mean: float, sd: float) -> None:
    prior = Prior.of("roi", "positive", PriorSpec(median=1.2, p95=5.0))
    theta = prior.natural(mean + sd * QUANTILES)
    grid = np.linspace(-8, 8, 40_001)
    exact = np.minimum(stats.norm.pdf(grid), stats.norm.pdf(grid, mean, sd)).sum() * (grid[1] - grid[0])
    # Pieces of equal prior probability can only hide differences.
    assert exact - 0.005 <= overlap(ranks(prior, theta)) <= exact + 0.03


def test_a_prior_is_only_the_prior_and_a_belief_says_where_its_median_lies() -> None:
    prior = Prior.of("roi", "positive", PriorSpec(median=1.2, p95=5.0))
    theta = prior.natural(QUANTILES)
    assert overlap(ranks(prior, theta)) > max(0.99, ONLY_PRIOR)
    found = belief(prior, prior.natural(2.0 + 0.1 * QUANTILES), unit=10.0)
    assert found.rank == pytest.approx(stats.norm.cdf(2.0), abs=1e-3)
    assert (found.prior_p50, found.prior_p95) == pytest.approx((12.0, 50.0))
    assert found.median == pytest.approx(
        10 * 1.2 * math.exp(2.0 * math.log(5 / 1.2) / 1.6448536269514722), rel=1e-3
    )


def test_leave_one_out_given_a_draw_is_the_conditional_of_the_joint_normal() -> None:
    rng = np.random.RandomState(0)
    design, sd, sigma = rng.normal(size=(12, 3)), np.array([0.5, 2.0, 1.0]), np.array([0.3, 1.1])
    residual = rng.normal(size=(2, 12))
    found = conditional(residual, sigma, LinearBlock.of(design, sd))
    for d in range(2):
        joint = sigma[d] ** 2 * np.eye(12) + (design * sd**2) @ design.T
        for i in range(12):
            rest = np.delete(np.arange(12), i)
            gain = joint[i, rest] @ np.linalg.inv(joint[np.ix_(rest, rest)])
            variance = joint[i, i] - gain @ joint[rest, i]
            expected = stats.norm.logpdf(residual[d, i], gain @ residual[d, rest], math.sqrt(variance))
            assert found[d, i] == pytest.approx(expected, abs=1e-9)


def test_leave_one_out_over_draws_is_the_density_given_the_others() -> None:
    """y_i ~ N(μ, 1) with a flat μ: given the others y_i is normal about their mean."""
    n, draws = 30, 4000
    y = stats.norm.ppf((np.arange(n) + 0.5) / n)
    mu = y.mean() + QUANTILES[:draws] / math.sqrt(n)
    found, pareto_k = leave_one_out(stats.norm.logpdf(y[None], mu[:, None], 1.0))
    rest = (y.sum() - y) / (n - 1)
    exact = stats.norm.logpdf(y, rest, math.sqrt(1 + 1 / (n - 1)))
    assert np.abs(found - exact).max() < 0.02
    assert pareto_k.max() < 0.7


def test_a_column_of_the_tangent_is_estimated_as_by_generalised_least_squares() -> None:
    rng = np.random.RandomState(1)
    n, sigma = 40, 0.7
    baseline, slope, centre = rng.normal(size=(3, n)), rng.normal(size=(4, n)), rng.normal(size=4)
    mean, outcome = rng.normal(size=(2, n)), rng.normal(size=n)
    made = Tangent(outcome, mean, slope, centre, (0, 2), baseline, sigma)
    column = rng.normal(size=n)
    for without in (None, 1):
        kept = [k for k in range(4) if without is None or k != 2]
        others = mean.sum(axis=0) - (0.0 if without is None else mean[1])
        low = np.vstack([baseline, slope[kept]])
        inverse = np.linalg.inv(sigma**2 * np.eye(n) + low.T @ low)
        residual = outcome - others + centre[kept] @ slope[kept]
        precision = column @ inverse @ column
        estimate, error = made.wanted(column, without=without)
        assert estimate == pytest.approx(column @ inverse @ residual / precision)
        assert error == pytest.approx(precision**-0.5)


def test_ljung_box_is_chi_squared_of_its_lags() -> None:
    """Over 400 series of noise p is uniform: chance of a false alarm of this test under 1e-3."""
    rng = np.random.RandomState(2)
    p = np.array([ljung_box(rng.normal(size=200), 8)[1] for _ in range(400)])
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    statistic, value, _ = ljung_box(rng.normal(size=50), 4)
    assert value == pytest.approx(stats.chi2.sf(statistic, 4))


def test_the_common_part_of_geos_is_their_mean_correlation() -> None:
    rng = np.random.RandomState(3)
    residual = rng.normal(size=(5, 80)) + rng.normal(size=80)
    table = np.corrcoef(residual)
    assert common(residual)[0] == pytest.approx(table[np.triu_indices(5, 1)].mean())


@pytest.mark.parametrize("year", [1961, 2000, 2019, 2024, 2025, 2038])
def test_easter_is_easter(year: int) -> None:
    assert str(easter(year)) == western(year).isoformat()
