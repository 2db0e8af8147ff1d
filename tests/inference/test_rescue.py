"""Stuck chains of the real sampler: found, replaced, refused; the answer afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numba
import numpy as np
import pytest
from scipy.stats import norm

from mediamix.core.spec import Sampler
from mediamix.inference import nuts, rescue
from mediamix.inference.density import DENSITY_SIGNATURE, Density
from mediamix.inference.diagnostics import ess_bulk, rhat
from mediamix.inference.draws import Draws, load_group, save_groups
from mediamix.inference.stuck import to_attrs
from mediamix.measure.convergence import diagnose

SETTINGS = Sampler(chains=4, draws=600, tune=300, seed=3)
TRAP = np.array([30.0, -30.0, 30.0, -30.0])


@numba.njit(DENSITY_SIGNATURE, cache=True, nogil=True)
def _mixture(u, gradient, integers, numbers, scratch):
    """Round Gaussians; per component: log height, precision, mean."""
    n, count = integers[0], integers[1]
    top = -np.inf
    for k in range(count):
        at = k * (n + 2)
        square = 0.0
        for i in range(n):
            square += (u[i] - numbers[at + 2 + i]) ** 2
        scratch[k] = numbers[at] - 0.5 * numbers[at + 1] * square
        top = max(top, scratch[k])
    total = 0.0
    for k in range(count):
        total += np.exp(scratch[k] - top)
    for i in range(n):
        gradient[i] = 0.0
        for k in range(count):
            at = k * (n + 2)
            share = np.exp(scratch[k] - top) / total
            gradient[i] -= share * numbers[at + 1] * (u[i] - numbers[at + 2 + i])
    return top + np.log(total)


@numba.njit(DENSITY_SIGNATURE, cache=True, nogil=True)
def _needle(u, gradient, integers, numbers, scratch):
    """A unit Gaussian; around the point `numbers` it is undefined, but not there, where it is `height`."""
    near, there, value = True, True, 0.0
    for i in range(integers[0]):
        near = near and abs(u[i] - numbers[i]) < 2.0
        there = there and u[i] == numbers[i]
        value -= 0.5 * u[i] ** 2
        gradient[i] = -u[i]
    if there:
        return numbers[integers[0]]
    return np.nan if near else value


def mixture(*components: tuple[float, float, np.ndarray]) -> Density:
    """Of (log height, sd, mean)."""
    n = len(components[0][2])
    numbers = np.concatenate([[height, sd**-2, *mean] for height, sd, mean in components])
    return Density(_mixture, np.array([n, len(components)]), numbers, n, len(components))


def needle(height: float) -> Density:
    return Density(_needle, np.array([4]), np.append(TRAP, height), 4)


BULK = (0.0, 1.0, np.zeros(4))
TRAPPED = mixture(BULK, (-64.0, 0.5, TRAP))
INSIDE = TRAP + 0.3


def starting_at(points: list[np.ndarray]) -> Callable[[int], np.ndarray]:
    """As many chains as points start there, the same ones every time; the others at random.

    The sampler refuses points where a slope is zero: peaks are to be given with an offset.
    """
    seeds: list[int] = []

    def note(seed: int) -> np.ndarray:
        seeds.append(seed)
        return np.ones(4)

    nuts.sample(mixture(BULK), SETTINGS.model_copy(update={"draws": 50, "tune": 50}), start=note)
    chosen = dict(zip(sorted(seeds), points, strict=False))
    return lambda seed: chosen.get(seed, np.random.default_rng(seed).normal(0.0, 0.5, 4))


@pytest.fixture(scope="module")
def one_trapped() -> nuts.Sample:
    return rescue.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE]))


def trapped_chain(sample: nuts.Sample) -> int:
    (one,) = sample.rescued
    return one.chain


def as_draws(sample: nuts.Sample) -> tuple[Draws, Draws]:
    return Draws({"u": sample.u}, {"u": ("i",)}, {"i": list(range(sample.u.shape[2]))}), Draws(
        sample.stats, {}, {}, to_attrs(sample.rescued)
    )


# --- a trap without mass ------------------------------------------------------------------------


def test_without_rescue_the_trapped_chain_ruins_r_hat():
    """What this is about: the chain never leaves, and R-hat can't say which it was."""
    sample = nuts.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE]))
    inside = np.linalg.norm(sample.u - TRAP, axis=-1) < 10
    assert sorted(inside.mean(axis=1)) == [0, 0, 0, 1]
    assert rhat(sample.u[..., 0]) > 1.4
    assert sample.rescued == ()


def test_the_trapped_chain_is_named_and_replaced(one_trapped):
    (one,) = one_trapped.rescued
    before = nuts.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE]))
    chain = int(np.argmax(before.u[:, 0, 0]))
    assert (one.chain, one.kind, one.rescued, one.good) == (chain, "sunken", True, 3)
    assert one.done == "it was sampled again from a draw of a good chain"
    # Nobody else's draws have changed, and no draw of the trap is left.
    others = [c for c in range(4) if c != chain]
    np.testing.assert_array_equal(one_trapped.u[others], before.u[others])
    assert np.abs(one_trapped.u).max() < 10
    value = [TRAPPED(u)[0] for u in one_trapped.u[chain, :20]]
    np.testing.assert_allclose(one_trapped.stats["lp"][chain, :20], value, rtol=1e-9)
    # The new chain is a new one: no draw of the good chains is repeated in it.
    assert not np.isin(one_trapped.u[chain, :, 0], before.u[others][..., 0]).any()
    assert one_trapped.seconds > before.seconds / 10


def test_moments_are_right_afterwards(one_trapped):
    """z-tests of 4 means and 10 second moments, their errors from the effective draws; 1e-4 in all."""
    series, wanted = [], []
    for i in range(4):
        series.append(one_trapped.u[..., i])
        wanted.append(0.0)
        for j in range(i, 4):
            series.append(one_trapped.u[..., i] * one_trapped.u[..., j])
            wanted.append(float(i == j))
    limit = norm.isf(1e-4 / 2 / len(series))
    for values, want in zip(series, wanted, strict=True):
        assert abs(values.mean() - want) < limit * values.std() / np.sqrt(ess_bulk(values))
    assert max(rhat(one_trapped.u[..., i]) for i in range(4)) < 1.05


def test_a_rescue_is_repeated_to_the_bit(one_trapped):
    again = rescue.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE]))
    np.testing.assert_array_equal(again.u, one_trapped.u)
    assert again.rescued == one_trapped.rescued


def test_the_user_reads_it_and_the_verdict_stays_ok(one_trapped):
    result = diagnose(*as_draws(one_trapped))
    assert result.verdict == "ok"
    (finding,) = result.findings
    chain = trapped_chain(one_trapped) + 1
    assert (finding.check, finding.severity, finding.where) == ("stuck_chain", "info", f"chain {chain}")
    assert finding.message.startswith(f"chain {chain} was stuck: in all 600 draws its log density lay at")
    assert finding.advice
    assert f" Chain {chain} was stuck: " in result.sentence
    assert result.sentence.endswith("it was sampled again from a draw of a good chain.")


def test_the_finding_survives_saving(one_trapped, tmp_path):
    posterior, stats = as_draws(one_trapped)
    save_groups(tmp_path / "posterior.nc", {"posterior": posterior, "sample_stats": stats})
    back = [load_group(tmp_path / "posterior.nc", name) for name in ("posterior", "sample_stats")]
    assert diagnose(*back) == diagnose(posterior, stats)
    assert diagnose(*back).findings[0].check == "stuck_chain"


def test_progress_goes_on_and_counts_the_new_chain():
    seen: list[nuts.Progress] = []
    rescue.sample(TRAPPED, SETTINGS, seen.append, start=starting_at([INSIDE]))
    assert seen[-1].done == seen[-1].total == 5 * 900
    assert [p.done for p in seen] == sorted(p.done for p in seen)


def test_two_of_four_are_replaced_and_three_of_four_are_not():
    two = rescue.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE] * 2))
    assert [one.rescued for one in two.rescued] == [True, True]
    assert np.abs(two.u).max() < 10
    assert diagnose(*as_draws(two)).verdict == "ok"
    three = rescue.sample(TRAPPED, SETTINGS, start=starting_at([INSIDE] * 3))
    assert [one.rescued for one in three.rescued] == [False] * 3
    assert (np.linalg.norm(three.u - TRAP, axis=-1) < 10).all(axis=1).sum() == 3
    result = diagnose(*as_draws(three))
    assert result.verdict == "failed"
    stuck = [f for f in result.findings if f.check == "stuck_chain"]
    assert [f.severity for f in stuck] == ["error"] * 3
    assert "only 1 of 4 chains was not, too few" in result.sentence


# --- what must be left alone --------------------------------------------------------------------


@pytest.mark.parametrize("sd", [1.0, 4.0], ids=["equal", "wide and low"])
def test_a_mode_of_equal_mass_is_not_thrown_away(sd):
    other = mixture(BULK, (-4 * np.log(sd), sd, 3 * TRAP))
    sample = rescue.sample(other, SETTINGS, start=starting_at([3 * TRAP + 0.3]))
    assert sample.rescued == ()
    assert (np.abs(sample.u).max(axis=(1, 2)) > 50).sum() == 1
    result = diagnose(*as_draws(sample))
    assert result.verdict == "failed"
    assert result.rhat_max > 1.4
    assert {finding.check for finding in result.findings} >= {"rhat"}


def test_a_healthy_sample_is_the_samplers_own():
    plain, guarded = nuts.sample(mixture(BULK), SETTINGS), rescue.sample(mixture(BULK), SETTINGS)
    np.testing.assert_array_equal(plain.u, guarded.u)
    assert guarded.rescued == ()


# --- frozen chains ------------------------------------------------------------------------------


def test_a_frozen_chain_is_named_and_replaced_with_a_warning():
    sample = rescue.sample(needle(-50.0), SETTINGS, start=starting_at([TRAP]))
    (one,) = sample.rescued
    assert (one.kind, one.rescued) == ("frozen", True)
    assert np.abs(sample.u).max() < 10
    result = diagnose(*as_draws(sample))
    assert (result.verdict, [f.check for f in result.findings]) == ("caution", ["stuck_chain"])
    assert result.sentence.startswith(f"Use with care: chain {one.chain + 1} was stuck: ")


def test_a_frozen_chain_above_all_others_cannot_be_dismissed():
    sample = rescue.sample(needle(+40.0), SETTINGS, start=starting_at([TRAP]))
    (one,) = sample.rescued
    assert (one.kind, one.rescued) == ("frozen", False)
    assert "log units above the others' peak" in one.done
    assert (sample.u[one.chain] == TRAP).all()
    result = diagnose(*as_draws(sample))
    assert result.verdict == "failed"
    assert f"chain {one.chain + 1} was stuck" in result.sentence


def test_when_all_chains_are_frozen_all_are_named():
    sample = rescue.sample(needle(-50.0), SETTINGS, start=starting_at([TRAP] * 4))
    assert [one.rescued for one in sample.rescued] == [False] * 4
    result = diagnose(*as_draws(sample))
    assert result.verdict == "failed"
    assert [f.where for f in result.findings[:4]] == [f"chain {c}" for c in (1, 2, 3, 4)]
    assert "no chain has moved" in result.sentence


# --- rescues that fail --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_a_sunken_chain() -> nuts.Sample:
    """A healthy sample, the second chain as if from a trap."""
    sample = nuts.sample(mixture(BULK), SETTINGS)
    sample.u[1] += TRAP
    sample.stats["lp"][1] -= 64
    return sample


def test_a_new_chain_that_disagrees_is_not_taken(with_a_sunken_chain):
    moved = mixture((0.0, 1.0, np.full(4, 3.0)))
    result = rescue.mend(with_a_sunken_chain, moved, SETTINGS)
    (one,) = result.rescued
    assert (one.chain, one.rescued) == (1, False)
    assert "sampled again, it stayed 3." in one.done
    np.testing.assert_array_equal(result.u, with_a_sunken_chain.u)


def test_a_new_chain_that_gets_stuck_again_is_not_taken(with_a_sunken_chain):
    away = mixture((-64.0, 1.0, TRAP))
    (one,) = rescue.mend(with_a_sunken_chain, away, SETTINGS).rescued
    assert not one.rescued
    assert "it got stuck again (in all 600 draws" in one.done


def test_when_sampling_again_fails_the_reason_is_told(with_a_sunken_chain):
    nowhere = mixture((np.nan, 1.0, np.zeros(4)))
    result = rescue.mend(with_a_sunken_chain, nowhere, SETTINGS)
    (one,) = result.rescued
    assert not one.rescued
    assert one.done.startswith("sampling it again failed: sampling failed: ")
    assert diagnose(*as_draws(result)).verdict == "failed"


def test_one_of_two_is_replaced_with_a_warning(with_a_sunken_chain):
    """A single good chain has nobody to confirm it."""
    two = first_chains(with_a_sunken_chain, 2)
    result = rescue.mend(two, mixture(BULK), SETTINGS.model_copy(update={"chains": 2}))
    assert [one.rescued for one in result.rescued] == [True]
    assert diagnose(*as_draws(result)).findings[0].severity == "warning"


def first_chains(sample: nuts.Sample, count: int) -> nuts.Sample:
    stats = {name: values[:count].copy() for name, values in sample.stats.items()}
    return replace(sample, u=sample.u[:count].copy(), stats=stats)


@pytest.mark.parametrize(("chains", "sunken"), [(3, 2), (4, 3)])
def test_a_minority_of_good_chains_replaces_nothing(with_a_sunken_chain, chains, sunken):
    few = first_chains(with_a_sunken_chain, chains)
    for chain in range(2, sunken + 1):
        few.u[chain] += TRAP
        few.stats["lp"][chain] -= 64
    result = rescue.mend(few, mixture(BULK), SETTINGS.model_copy(update={"chains": chains}))
    assert [(one.chain, one.rescued) for one in result.rescued] == [(c, False) for c in range(1, sunken + 1)]
    assert result.rescued[0].done == f"only 1 of {chains} chains was not, too few to replace it from"
    np.testing.assert_array_equal(result.u, few.u)


def test_a_new_chain_starts_from_a_draw_of_a_good_one_with_its_own_seed(with_a_sunken_chain, monkeypatch):
    """The settings' seed decides both; the new seed is never the old one."""
    asked = []
    real = nuts.sample

    def spy(density, settings, on_progress=None, *, start=None, accept=nuts.ACCEPT):
        asked.append((settings, start))
        return real(density, settings, on_progress, start=start, accept=accept)

    monkeypatch.setattr(nuts, "sample", spy)
    for seed in (3, 3, 4):
        rescue.mend(with_a_sunken_chain, mixture(BULK), SETTINGS.model_copy(update={"seed": seed}))
    (first, start), (again, _), (other, _) = asked
    assert (first.chains, first.draws, first.tune) == (1, SETTINGS.draws, SETTINGS.tune)
    assert first.seed == again.seed != other.seed
    assert first.seed not in (3, 4)
    good = with_a_sunken_chain.u[[0, 2, 3]].reshape(-1, 4)
    points = np.array([start(seed) for seed in range(30)])
    assert all((good == point).all(axis=1).any() for point in points)
    assert len(np.unique(points[:, 0])) > 25
