"""A fit whose geos share a shock per period: what is reported, stored, forecast and started again from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import FolderError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Every
from mediamix.data.future import read_future
from mediamix.measure.checking import run_checks
from mediamix.measure.contribution import contributions, decompose
from mediamix.measure.forecast import look_ahead
from mediamix.measure.gather import gather as evidence
from mediamix.measure.quality import coverage_is_low, fitted, quality
from mediamix.measure.thinning import thinned
from mediamix.models.base import Fit
from mediamix.models.bayes import fit
from mediamix.models.coordinates import coordinates
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, Simulation, simulate

WEEKS, HELD = 70, 8
SHOCK = 0.06


@pytest.fixture(scope="module")
def world() -> Simulation:
    """Eight geos; the shock is as large as the noise of one geo."""
    return simulate(
        Scenario(
            seed=4,
            every=Every.WEEK,
            periods=WEEKS,
            geos=8,
            channels=2,
            noise=SHOCK,
            shared_shock=SHOCK,
            start="2022-01-03",
        )
    )


def made(world: Simulation, *, shared: bool) -> Fit:
    raw = {
        "geo": {"shared_shock": shared},
        "holdout": {"last": HELD},
        "sampler": {"chains": 2, "draws": 200, "tune": 250, "seed": 5},
    }
    return fit(world.dataset, parse_spec(raw))


@pytest.fixture(scope="module")
def shared(world: Simulation) -> Fit:
    return made(world, shared=True)


@pytest.fixture(scope="module")
def alone(world: Simulation) -> Fit:
    return made(world, shared=False)


def true_shocks(world: Simulation) -> np.ndarray:
    """Per head, outcome units."""
    at = world.truth.baseline_names.index("shock")
    return world.truth.baseline_gtp[:, :, at].sum(axis=0) / world.dataset.size_g.sum()


def test_shocks_and_their_size_are_found(shared: Fit, world: Simulation) -> None:
    truth_t = true_shocks(world)
    shock_dt, spread_d = shared.posterior.stacked("shock"), shared.posterior.stacked("shock_spread")
    low, high = np.quantile(spread_d, [0.001, 0.999])
    assert low < truth_t[: WEEKS - HELD].std() < high
    trained = slice(0, WEEKS - HELD)
    # What looks like trend, season or events can't be told from them.
    assert np.corrcoef(shock_dt.mean(axis=0)[trained], truth_t[trained])[0, 1] > 0.6
    assert shared.posterior.dims["shock"] == ("shock_term",)
    assert list(shared.posterior.coords["shock_term"]) == [str(day) for day in world.dataset.dates]
    assert shared.posterior.attrs["shock"] == {"unit": "EUR", "drawn": "sampled"}


def test_of_held_out_weeks_no_shock_is_known(shared: Fit) -> None:
    shock_dt, spread_d = shared.posterior.stacked("shock"), shared.posterior.stacked("shock_spread")
    z = shock_dt[:, -HELD:] / spread_d[:, None]
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs((z**2).mean() - 1) < 5 * np.sqrt(2 / z.size)
    known = shock_dt[:, : WEEKS - HELD].std(axis=0).mean()
    assert known < 0.8 * spread_d.mean()


def test_bands_hold_the_weeks_with_it_and_not_without(shared: Fit, alone: Fit) -> None:
    """Both fits see the same 62 weeks: what is compared moves by a hundredth from seed to seed."""
    with_it, without = quality(shared), quality(alone)
    # 61 of the weeks are inside, give or take one; without the shock 49 or 50.
    assert not coverage_is_low(with_it.trained)
    assert with_it.trained.coverage90 > without.trained.coverage90 + 0.08
    # Bands are wider by 1.5 in the mean (0.02 from seed to seed), by 1.45 (0.04) where weeks are held out.
    wider_t = band(shared) / band(alone)
    assert wider_t[: WEEKS - HELD].mean() > 1.35
    assert wider_t[WEEKS - HELD :].mean() > 1.2
    assert with_it.holdout is not None
    assert not coverage_is_low(with_it.holdout)
    # A learned shock would explain its own week: it doesn't count.
    assert with_it.trained.r2 < 0.99
    assert abs(with_it.trained.mape - without.trained.mape) < 0.01


def band(fit: Fit) -> np.ndarray:
    """How wide the predictive 90 % band is, per period."""
    low_t, high_t = np.quantile(fitted(fit).predictive_dt, [0.05, 0.95], axis=0)
    return np.asarray(high_t - low_t)


def test_the_band_is_that_of_a_new_shock_and_the_noise(shared: Fit) -> None:
    shock = next(term for term in shared.baseline if term.component == "shock")
    seen, draws = fitted(shared), shared.n_draws
    rest = sum(c.draws_dt for c in decompose(shared) if c.name != "shock")
    extra = (seen.predictive_dt - rest)[:, 5]
    spread_d = shared.posterior.stacked("shock_spread") * shared.channels[0].size_g.sum()
    wanted = np.sqrt((spread_d**2 + (shared.sigma_dg**2).sum(axis=1)).mean())
    assert extra.std() == pytest.approx(wanted, rel=5 / np.sqrt(2 * draws))
    assert abs(np.corrcoef(extra, shock.contribution()[:, 5])[0, 1]) < 5 / np.sqrt(draws)


def test_it_is_a_part_of_the_baseline(shared: Fit) -> None:
    parts = list(decompose(shared))
    (own,) = [part for part in parts if part.name == "shock"]
    assert own.kind == "baseline"
    size = shared.channels[0].size_g.sum()
    np.testing.assert_allclose(own.draws_dt, shared.posterior.stacked("shock") * size)
    by_geo = sum(p.draws_dt for g in range(8) for p in decompose(shared, g) if p.name == "shock")
    np.testing.assert_allclose(by_geo, own.draws_dt)
    table = contributions(shared)
    baseline = table[table["kind"] == "baseline"].groupby("date")["mean"].sum()
    total = table[(table["kind"] == "total") & (table["component"] == "baseline")].set_index("date")["mean"]
    np.testing.assert_allclose(baseline, total)
    assert own.draws_dt.sum(axis=1).mean() == pytest.approx(
        float(shared.posterior.stacked("shock").sum(axis=1).mean() * size)
    )


def test_a_forecast_is_wider_by_a_shock_of_all_geos_at_once(shared: Fit) -> None:
    ahead = read_future(shared.dataset, periods=5, spec=shared.spec)
    seen = look_ahead(shared, ahead)
    (own,) = [c for c in seen.components if c.name == "shock"]
    spread_d = shared.posterior.stacked("shock_spread") * shared.channels[0].size_g.sum()
    wanted = np.sqrt((spread_d**2).mean())
    assert own.draws_dt.std(axis=0) == pytest.approx(np.full(5, wanted), rel=5 / np.sqrt(2 * shared.n_draws))
    # Of each period the draws' mean is taken off: chance doesn't move a forecast.
    np.testing.assert_allclose(own.draws_dt.mean(axis=0) / wanted, 0.0, atol=1e-9)
    noise = seen.predictive_dt - sum(c.draws_dt for c in seen.components)
    sd = np.sqrt((shared.sigma_dg**2).sum(axis=1).mean())
    assert noise.std(axis=0) == pytest.approx(np.full(5, sd), rel=5 / np.sqrt(2 * shared.n_draws))
    # One shock is in all geos at once and in nothing else: variances add up.
    for other in (noise[:, 0], noise[:, 1], own.draws_dt[:, 1]):
        assert abs(np.corrcoef(own.draws_dt[:, 0], other)[0, 1]) < 5 / np.sqrt(shared.n_draws)


def test_it_comes_back_from_its_folder(shared: Fit, tmp_path: Path) -> None:
    mm.save(shared, tmp_path / "fit")
    back = mm.load(tmp_path / "fit")
    assert contributions(back).equals(contributions(shared))
    ours, theirs = (next(t for t in f.baseline if t.component == "shock") for f in (shared, back))
    np.testing.assert_array_equal(ours.coefficient_dp, theirs.coefficient_dp)
    np.testing.assert_array_equal(fitted(back).predictive_dt, fitted(shared).predictive_dt)


def test_draws_without_shocks_are_not_those_of_a_spec_with_them(alone: Fit, shared: Fit) -> None:
    from mediamix.models.bayes import restore

    with pytest.raises(FolderError, match="don't belong") as caught:
        restore(shared.dataset, shared.spec, alone.posterior, alone.stats, alone.run)
    assert "shock" in str(caught.value)


def test_a_thinned_fit_has_the_shocks_of_its_draws(shared: Fit) -> None:
    rows = np.arange(0, shared.n_draws, 7)
    few = thinned(shared, rows)
    assert fitted(few).predictive_dt.shape == (len(rows), WEEKS)
    (own,) = [c for c in decompose(few) if c.name == "shock"]
    (all_of,) = [c for c in decompose(shared) if c.name == "shock"]
    np.testing.assert_array_equal(own.draws_dt, all_of.draws_dt[rows])


def test_the_way_back_to_the_sampler(shared: Fit) -> None:
    """Its coordinates have the very density that the sampler saw."""
    problem, rows = pose(shared.dataset, shared.spec), np.array([3, 77, 301])
    density = problem.model.density()
    assert shared.stats is not None
    lp = shared.stats.stacked("lp")[rows]
    np.testing.assert_allclose([density(u)[0] for u in coordinates(problem, shared, rows)], lp, rtol=1e-8)


def test_the_check_proposes_it_and_is_then_content(shared: Fit, alone: Fit) -> None:
    (told,) = [found for found in run_checks(evidence(alone)) if found.check == "shared_shock"]
    assert "shared_shock: true" in told.advice
    assert "a shock per week" in told.message
    assert "shared_shock" not in {found.check for found in run_checks(evidence(shared))}


def test_checks_see_noise_apart_from_shocks(shared: Fit, alone: Fit) -> None:
    seen, before = evidence(shared), evidence(alone)
    assert seen.shock_t is not None
    assert before.shock_t is None
    trained = np.isfinite(seen.total_t)
    assert 0.7 < seen.total_t[trained].std() < 1.3
    assert 0.5 < np.nanstd(seen.common_t) < 1.3
    assert np.nanstd(before.total_t) > 1.15
    assert 0.8 < np.nanstd(seen.residual_gt) < 1.2
