"""What a fit is said to take, and what happens where that isn't there."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import SpecError
from mediamix.core.machine import available_memory
from mediamix.core.spec import Sampler, parse_spec
from mediamix.measure.convergence import convergence
from mediamix.models import bayes, memory
from mediamix.models.memory import USABLE, Estimate, keep_every
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

SAMPLER = Sampler(chains=4, draws=1000)


def panel(geos: int, periods: int = 60):
    return simulate(replace(Scenario.geo_panel(3), geos=geos, periods=periods)).dataset


def estimate(geos: int, periods: int = 60) -> Estimate:
    problem = pose(panel(geos, periods), parse_spec({"geo": {}}))
    return Estimate.of(problem, problem.model.density(), SAMPLER)


def test_all_draws_are_kept_where_they_fit():
    plenty = Estimate(fixed=10**6, per_draw=1000)
    assert keep_every(plenty, SAMPLER, available=10**8) == 1


@pytest.mark.parametrize("free", [2.6e6, 4e6, 4.6e6])
def test_thinned_draws_fit(free):
    tight = Estimate(fixed=10**6, per_draw=1000)
    step = keep_every(tight, SAMPLER, available=int(free))
    assert step > 1
    assert tight.total(-(-4000 // step)) <= USABLE * free + tight.per_draw
    # One more of them wouldn't.
    assert tight.total(4000 // (step - 1)) > USABLE * free


@pytest.mark.parametrize("free", [0, 10**6, 1_400_000])
def test_what_never_fits_is_refused_with_the_estimate(free):
    with pytest.raises(SpecError, match="doesn't fit into memory") as error:
        keep_every(Estimate(fixed=10**6, per_draw=2**20), SAMPLER, available=free)
    assert "0.4 GiB for 400 draws" in str(error.value)
    assert "3.9 GiB for the 4,000" in str(error.value)


def test_the_estimate_is_linear_in_geos_and_hardly_more_in_periods():
    few, more, many = estimate(8), estimate(32), estimate(56)
    assert many.fixed - more.fixed == pytest.approx(more.fixed - few.fixed, rel=0.01)
    # Six times the periods, and some more columns for the trend.
    assert estimate(32, 360).fixed < 8 * more.fixed


def test_the_estimate_is_of_the_size_of_what_is_taken():
    """NumPy's own allocations, traced; the estimate may be wrong by a factor of two, not of ten."""
    dataset, spec = panel(40), parse_spec({"geo": {}, "sampler": {"chains": 2, "draws": 400, "tune": 150}})
    problem = pose(dataset, spec)
    expected = Estimate.of(problem, problem.model.density(), spec.sampler).total(800)
    del problem
    bayes.fit(dataset, spec)
    tracemalloc.start()
    bayes.fit(dataset, spec)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 < expected / peak < 2.5


def test_a_fit_that_is_short_of_memory_keeps_some_draws(monkeypatch):
    dataset, spec = panel(6), parse_spec({"geo": {}, "sampler": {"chains": 2, "draws": 400, "tune": 150}})
    # What is mended by sampling again hangs on the draws that were kept; here the first sample stays.
    monkeypatch.setattr(bayes, "healed", lambda sample, *_, make, **__: (make(sample), None))
    whole = bayes.fit(dataset, spec)
    problem = pose(dataset, spec)
    needed = Estimate.of(problem, problem.model.density(), spec.sampler)
    monkeypatch.setattr(memory, "available_memory", lambda: int((needed.total(450)) / USABLE))
    thinned = bayes.fit(dataset, spec)
    assert thinned.run.thinned == 2
    assert thinned.n_draws == 400
    np.testing.assert_array_equal(thinned.posterior["roi"], whole.posterior["roi"][:, ::2])
    assert thinned.stats is not None
    assert thinned.stats["lp"].shape == (2, 200)
    verdict = convergence(thinned)
    assert [f.message for f in verdict.findings if f.check == "thinned"] == [
        "one of every 2 draws was kept (400 in all): not all fit into memory"
    ]


def test_free_memory_is_known_here():
    free = available_memory()
    assert free is not None
    assert free > 2**20
