"""Which chains are called stuck, on simulated chains whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from mediamix.core.errors import FolderError
from mediamix.inference.stuck import Rescue, judge, of_attrs, relative_mass, to_attrs

DRAWS = 400


def chain(
    rng: np.random.Generator, n: int, phi: float = 0.5, freedom: float = np.inf, draws: int = DRAWS
) -> np.ndarray:
    """A stationary AR(1) per coordinate, unit variance; Student's t by a scale per draw."""
    noise = rng.normal(size=(draws + 1, n)) * np.sqrt(1 - phi**2)
    noise[0] /= np.sqrt(1 - phi**2)
    walk = lfilter([1], [1, -phi], noise, axis=0)[1:]
    if np.isinf(freedom):
        return walk
    return walk / np.sqrt(rng.chisquare(freedom, draws) / freedom)[:, None]


def stats_of(lp: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "lp": lp,
        "diverging": np.zeros(lp.shape, dtype=bool),
        "acceptance_rate": np.full(lp.shape, 0.8),
    }


def gaussian_lp(u: np.ndarray, mean: float = 0.0, sd: float = 1.0, height: float = 0.0) -> np.ndarray:
    """Log density of a Gaussian component whose peak is at `height`."""
    return height - 0.5 * (((u - mean) / sd) ** 2).sum(axis=-1)


def four(seed: int, n: int, **kind: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([chain(rng, n, **kind) for _ in range(4)])


HEALTHY = {
    "independent": {"n": 20, "phi": 0.0},
    "slow": {"n": 20, "phi": 0.95},
    "hardly mixing": {"n": 3, "phi": 0.998},
    "one coordinate": {"n": 1, "phi": 0.9},
    "heavy tails": {"n": 5, "phi": 0.9, "freedom": 2.0},
    "more coordinates than the draws can correlate": {"n": 150, "phi": 0.8, "draws": 60},
}


@pytest.mark.parametrize("kind", HEALTHY.values(), ids=HEALTHY.keys())
def test_no_healthy_chain_is_called_stuck(kind):
    """0 of 200 samples of 4 chains each: a rate of 1.5 % or more would be seen with 95 % (0.985^200)."""
    freedom = kind.get("freedom", np.inf)
    for seed in range(200):
        u = four(seed, **kind)
        square = (u**2).sum(axis=-1)
        n = kind["n"]
        lp = -square / 2 if np.isinf(freedom) else -(freedom + n) / 2 * np.log1p(square / freedom)
        assert judge(u, stats_of(lp)) == (), seed


def with_mode(n: int, height: float, sd: float, seed: int = 1, **kind: float):
    """Four chains, the third in another Gaussian component far away."""
    u = four(seed, n, **kind)
    u[2] = 40.0 + sd * u[2]
    lp = gaussian_lp(u)
    lp[2] = gaussian_lp(u[2], 40.0, sd, height)
    return u, stats_of(lp)


@pytest.mark.parametrize("seed", range(20))
def test_a_chain_in_a_place_without_mass_is_sunken(seed):
    (found,) = judge(*with_mode(20, height=-64.0, sd=1.0, seed=seed))
    assert (found.chain, found.kind) == (2, "sunken")
    assert "in all 400 draws its log density lay at least" in found.seen
    # At least what is stated, and the distance of the peaks is not exceeded by far.
    stated = float(found.seen.split("at least ")[1].split(" below")[0])
    assert 20 < stated < 64


def test_a_wide_mode_of_equal_mass_is_left_alone_though_it_lies_far_below():
    """20 coordinates, ten times as wide: its density is e⁻⁴⁶ of the other's, its mass the same."""
    u, stats = with_mode(20, height=-20 * np.log(10.0), sd=10.0)
    assert stats["lp"][2].max() < stats["lp"][0].min() - 10
    assert judge(u, stats) == ()
    # The same place with e⁻³⁰ of that mass is not.
    stats["lp"][2] -= 30
    assert [one.chain for one in judge(u, stats)] == [2]


def test_a_narrow_spike_of_equal_mass_is_left_alone():
    """A thousandth as wide and e²⁰⁷ times as dense: creeping beside the others, and as heavy."""
    n, sd = 30, 1e-3
    u, stats = with_mode(n, height=n * np.log(1 / sd), sd=sd)
    assert judge(u, stats) == ()


def test_a_chain_that_creeps_inside_the_others_range_is_frozen():
    u = four(1, 20)
    u[1] = u[0, 7] + 1e-3 * u[1]
    (found,) = judge(u, stats_of(gaussian_lp(u)))
    assert (found.chain, found.kind) == (1, "frozen")
    assert "its draws spread over 0.1% of chain" in found.seen


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@pytest.mark.parametrize("sd", [0.3, 1.0, 3.0])
def test_relative_mass_is_the_true_one_where_shapes_are_alike(sd, correlation):
    """Two components of one shape: mass ratio = height + n log sd. 4.5 standard errors of the estimate,
    medians of χ²(n)/2 and n log variances: alarm in 1 of 10⁵."""
    n, draws, height = 8, 4000, -12.0
    rng = np.random.default_rng(3)
    factor = np.linalg.cholesky((1 - correlation) * np.eye(n) + correlation)
    z, own = rng.normal(size=(2, draws, n))
    found = relative_mass(
        50 + sd * own @ factor.T, height - 0.5 * (own**2).sum(axis=1), z @ factor.T, -0.5 * (z**2).sum(axis=1)
    )
    error = np.sqrt(2 * 1.57 * n / 2 / draws + 2 * n / 2 / draws)
    # The other chain's covariance is itself estimated: n (n + 1) / 2 / draws too large in the mean.
    assert abs(found - (height + n * np.log(sd)) - n * (n + 1) / 2 / draws) < 4.5 * error


@pytest.mark.parametrize("draws", [25, 4000], ids=["too few for a covariance", "enough"])
def test_relative_mass_errs_upwards_where_the_other_is_correlated(draws):
    n = 8
    rng = np.random.default_rng(4)
    factor = np.linalg.cholesky(0.3 * np.eye(n) + 0.7)
    own, z = rng.normal(size=(2, draws, n))
    lp = [-0.5 * (own**2).sum(axis=1), -0.5 * (z**2).sum(axis=1)]
    truth = -float(np.log(np.diag(factor)).sum())
    assert relative_mass(own, lp[0], z @ factor.T, lp[1]) > truth - 1.0


# --- frozen -------------------------------------------------------------------------------------


def test_a_chain_that_never_moves_is_frozen():
    u = four(2, 5)
    u[3] = u[3, 0]
    (found,) = judge(u, stats_of(gaussian_lp(u)))
    assert (found.chain, found.kind, found.seen) == (3, "frozen", "0% of its 400 draws moved")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("diverging", True, "100% of its 400 draws diverged"), ("acceptance_rate", 0.002, "0.2% of its steps")],
)
def test_a_chain_whose_every_step_fails_is_frozen(name, value, words):
    u = four(2, 5)
    stats = stats_of(gaussian_lp(u))
    stats[name][0] = value
    (found,) = judge(u, stats)
    assert (found.chain, found.kind) == (0, "frozen")
    assert words in found.seen


def test_a_single_chain_can_be_frozen_but_not_sunken():
    u = four(2, 5)[:1]
    assert judge(u, stats_of(gaussian_lp(u) - 500)) == ()
    assert [one.kind for one in judge(u * 0, stats_of(gaussian_lp(u)))] == ["frozen"]


def test_two_chains_in_two_places_without_mass_are_both_named():
    u = four(5, 6)
    u[0], u[3] = u[0] + 40, u[3] - 90
    lp = gaussian_lp(u)
    lp[0], lp[3] = gaussian_lp(u[0], 40, height=-70), gaussian_lp(u[3], -90, height=-300)
    assert [(one.chain, one.kind) for one in judge(u, stats_of(lp))] == [(0, "sunken"), (3, "sunken")]


# --- the record ---------------------------------------------------------------------------------


def test_the_record_comes_back():
    one = Rescue(2, "sunken", "in all 9 draws it lay below", True, "it was sampled again", 3)
    assert of_attrs(to_attrs([one])) == (one,)
    assert of_attrs({}) == of_attrs({"lp": {"unit": "log"}}) == ()
    assert to_attrs([]) == {}
    assert one.message == "chain 3 was stuck: in all 9 draws it lay below; it was sampled again"


@pytest.mark.parametrize("stored", ["{", '[{"chain": 1}]', "[3]", "3"])
def test_a_corrupted_record_is_named(stored):
    with pytest.raises(FolderError, match=r"the record of stuck chains in posterior\.nc is corrupted"):
        of_attrs({"lp": {"stuck_chains": stored}})
