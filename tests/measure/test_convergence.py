"""R-hat, effective draws and the energy fraction against ArviZ; what the verdict says."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from mediamix.core.spec import ChannelSpec, PriorSpec
from mediamix.inference.diagnostics import ebfmi, ess_bulk, ess_tail, rhat
from mediamix.inference.draws import Draws
from mediamix.inference.health import Health
from mediamix.inference.record import Attempt, Healing
from mediamix.inference.stuck import Rescue, to_attrs
from mediamix.measure.convergence import Convergence, convergence, diagnose
from mediamix.measure.indistinct import indistinct


@pytest.fixture(scope="module")
def az():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ announces its next version on import
        import arviz
    return arviz


def ar1(phi: float, chains: int = 4, draws: int = 500, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(chains, draws + 200))
    return lfilter([np.sqrt(1 - phi**2)], [1, -phi], noise)[:, 200:]


def stuck() -> np.ndarray:
    x = ar1(0.3)
    x[2] = x[2, 0] + 1e-3 * ar1(0.0)[2]
    return x


CASES = {
    "independent": ar1(0.0),
    "slow": ar1(0.95),
    "anti-correlated": ar1(-0.6),
    "odd length": ar1(0.5, draws=501),
    "one chain": ar1(0.5, chains=1),
    "stuck chain": stuck(),
    "different means": ar1(0.3) + np.arange(4)[:, None],
    "different spreads": ar1(0.3) * np.array([1, 1, 1, 4.0])[:, None],
    "heavy tails": np.random.default_rng(3).standard_cauchy((4, 400)),
    "ties": np.round(ar1(0.5), 0),
}
each = pytest.mark.parametrize("chains", CASES.values(), ids=CASES.keys())


@each
def test_rhat_is_that_of_arviz(az, chains):
    if len(chains) == 1:
        pytest.skip("ArviZ gives no R-hat for one chain; ours compares its halves")
    assert rhat(chains) == pytest.approx(float(az.rhat(chains)), rel=1e-6)


def test_one_chain_that_drifts_has_a_large_rhat():
    chain = CASES["one chain"]
    assert rhat(chain) < 1.05
    assert rhat(chain + np.linspace(0, 3, 500)) > 1.2


@each
def test_effective_draws_are_those_of_arviz(az, chains):
    """ArviZ adds a last odd term to Geyer's sum, hence the tolerance of 2 %."""
    assert ess_bulk(chains) == pytest.approx(float(az.ess(chains, method="bulk")), rel=0.02)
    assert ess_tail(chains) == pytest.approx(float(az.ess(chains, method="tail")), rel=0.02)


def test_effective_draws_of_a_known_process():
    """AR(1) has n (1 − φ) / (1 + φ) effective draws; 10 % is several standard errors here."""
    phi, n = 0.6, 40_000
    assert ess_bulk(ar1(phi, draws=n // 4)) == pytest.approx(n * (1 - phi) / (1 + phi), rel=0.1)


def test_energy_fraction_is_that_of_arviz(az):
    energy = ar1(0.8)
    assert ebfmi(energy) == pytest.approx(az.bfmi(energy).min(), rel=0.01)


def diagnosed(
    chains: np.ndarray,
    diverging: np.ndarray | int = 0,
    energy: np.ndarray | None = None,
    rescued: Sequence[Rescue] = (),
) -> Convergence:
    """The verdict on chains of one scalar beside a constant; divergences from the first draw on."""
    flags = np.zeros(chains.shape, dtype=bool)
    if isinstance(diverging, int):
        flags.ravel()[:diverging] = True
    else:
        for chain, count in enumerate(diverging):
            flags[chain, :count] = True
    energy = ar1(0.0, *chains.shape) if energy is None else energy
    stats = Draws({"diverging": flags, "energy": energy}, {}, {}, to_attrs(rescued))
    return diagnose(Draws({"a": chains, "fixed": np.ones(chains.shape)}, {}, {}), stats)


def test_good_chains_are_ok_and_constants_are_left_out():
    verdict = diagnosed(ar1(0.0))
    assert (verdict.verdict, verdict.findings) == ("ok", ())
    assert set(verdict.table) == {"a"}
    assert verdict.sentence.startswith("The chains agree: R-hat at most 1.0")
    assert verdict.sentence.endswith("0 divergences.")


def test_a_fit_is_judged_by_its_posterior_and_stats(mixed_fit):
    plain = replace(mixed_fit, run=replace(mixed_fit.run, healing=None))
    assert convergence(plain) == diagnose(plain.posterior, plain.stats)


@pytest.mark.parametrize(
    ("chains", "diverging", "verdict", "check", "words"),
    [
        (ar1(0.3) + np.arange(4)[:, None], 0, "failed", "rhat", "Don't use these numbers yet: R-hat of a is"),
        (ar1(0.0) + 0.15 * np.arange(4)[:, None], 0, "caution", "rhat", "Use with care: R-hat of a is 1.0"),
        (ar1(0.85), 0, "caution", "ess", "effective draws (wanted: at least 400)"),
        (ar1(0.0), 3, "caution", "divergences", "3 of 2,000 draws diverged"),
        (ar1(0.0), 21, "failed", "divergences", "Don't use these numbers yet: 21 of 2,000 draws diverged"),
    ],
    ids=["apart", "nearly", "few", "some divergences", "many divergences"],
)
def test_the_verdict_names_what_is_wrong(chains, diverging, verdict, check, words):
    result = diagnosed(chains, diverging)
    assert result.verdict == verdict
    assert check in [finding.check for finding in result.findings]
    assert words in result.sentence
    assert all(finding.advice for finding in result.findings)


def test_slow_energy_is_a_warning():
    result = diagnosed(ar1(0.0), energy=ar1(0.98))
    assert [finding.check for finding in result.findings] == ["energy"]
    assert result.verdict == "caution"
    assert result.ebfmi_min < 0.3


def test_a_family_without_a_sampler_has_no_energy_and_no_divergences():
    result = diagnose(Draws({"a": ar1(0.0)}, {}, {}), None)
    assert result.divergences == 0
    assert np.isnan(result.ebfmi_min)
    assert result.verdict == "ok"


# --- one chain's troubles -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_chain", "words"),
    [
        ([0, 0, 12, 0], "12 of 2,000 draws diverged, all of them in chain 3"),
        ([1, 19, 0, 0], "20 of 2,000 draws diverged, 19 of them in chain 2"),
        ([3, 4, 5, 6], "18 of 2,000 draws diverged"),
        ([2, 10, 0, 0], "12 of 2,000 draws diverged"),
        ([0, 4, 0, 0], "4 of 2,000 draws diverged"),
    ],
    ids=["all", "nearly all", "spread", "most", "too few to tell"],
)
def test_the_chain_that_holds_nearly_all_divergences_is_named(per_chain, words):
    (finding,) = diagnosed(ar1(0.0), np.array(per_chain)).findings
    assert finding.message == words


def test_of_one_chain_there_is_no_other_to_name():
    (finding,) = diagnosed(ar1(0.0, chains=1, draws=2000), 12).findings
    assert finding.message == "12 of 2,000 draws diverged"


RESCUED = Rescue(2, "sunken", "it lay below", True, "it was sampled again", good=3)


@pytest.mark.parametrize(
    ("changes", "severity", "verdict", "start"),
    [
        ({}, "info", "ok", "The chains agree: R-hat"),
        ({"good": 1}, "warning", "caution", "Use with care: chain 3 was stuck: it lay below"),
        ({"kind": "frozen"}, "warning", "caution", "Use with care: chain 3 was stuck: it lay below"),
        ({"rescued": False}, "error", "failed", "Don't use these numbers yet: chain 3 was stuck: it lay"),
    ],
    ids=["mended", "nobody to confirm it", "frozen", "refused"],
)
def test_a_stuck_chain_reaches_the_verdict(changes, severity, verdict, start):
    result = diagnosed(ar1(0.0), rescued=[replace(RESCUED, **changes)])
    (finding,) = result.findings
    assert (finding.check, finding.severity, finding.where) == ("stuck_chain", severity, "chain 3")
    assert result.verdict == verdict
    assert result.sentence.startswith(start)
    assert "hain 3 was stuck: it lay below; it was sampled again." in result.sentence


def test_frozen_chains_have_a_verdict_and_no_warning():
    """Constant chains and energies: nothing to divide by."""
    one = ar1(0.0)
    one[1] = one[1, 0]
    energy = ar1(0.0)
    energy[1] = 3.0
    assert diagnosed(one, energy=energy).verdict == "failed"
    assert diagnosed(one, energy=energy).ebfmi_min > 0.3
    apart = np.repeat(np.arange(4.0)[:, None], 500, axis=1)
    result = diagnosed(apart, energy=apart)
    assert result.verdict == "failed"
    assert result.rhat_max > 1e6
    assert rhat(apart[:, :4]) == np.inf
    assert np.isnan(result.ebfmi_min)
    result = diagnosed(np.ones((4, 500)), energy=apart)
    assert (result.verdict, result.ess_bulk_min) == ("failed", 0.0)
    assert [f.message for f in result.findings] == ["no chain has moved"]


# --- large panels --------------------------------------------------------------------------------


def many_geos(geos: int, worst: str = "") -> Draws:
    """Draws of a panel with three channels; the scalar `worst` has a chain elsewhere."""
    rng = np.random.default_rng(5)
    names = tuple(f"g{i}" for i in range(geos))
    arrays = {
        "roi": rng.normal(size=(4, 200, 3)),
        "noise_factor": rng.normal(size=(4, 200, geos)),
        "beta_geo": rng.normal(size=(4, 200, geos, 3)),
        "intercept_geo": rng.normal(size=(4, 200, geos)),
    }
    dims = {
        "roi": ("channel",),
        "noise_factor": ("geo",),
        "beta_geo": ("geo", "channel"),
        "intercept_geo": ("geo",),
    }
    drawn = {name: "integrated out, drawn exactly" if name.endswith("_geo") else "sampled" for name in arrays}
    draws = Draws(
        arrays,
        dims,
        {"channel": ("tv", "search", "radio"), "geo": names},
        {n: {"drawn": d} for n, d in drawn.items()},
    )
    if worst:
        draws.columns()[worst][0] += 3.0
    return draws


def test_of_many_geos_a_spread_of_200_scalars_is_judged_and_all_that_are_sampled() -> None:
    found = diagnose(many_geos(150), None)
    single = [name for name in found.table if name.startswith(("beta_geo", "intercept_geo"))]
    assert len(single) == 200
    assert found.unjudged == 4 * 150 - 200
    assert sum(name.startswith("noise_factor") for name in found.table) == 150
    assert sum(name.startswith("roi") for name in found.table) == 3
    for start in ("beta_geo[", "intercept_geo["):
        geos = [
            int(name[len(start) + 1 :].rstrip("]").split(",")[0]) for name in single if name.startswith(start)
        ]
        assert min(geos) <= 2
        assert max(geos) >= 147
    for channel in ("tv", "search", "radio"):
        assert 45 <= sum(name.endswith(f", {channel}]") for name in single) <= 55
    assert diagnose(many_geos(79), None).unjudged == 0  # 398 scalars


@pytest.mark.parametrize("worst", ["noise_factor[g77]", "roi[radio]"])
def test_no_sampled_scalar_is_overlooked(worst: str) -> None:
    found = diagnose(many_geos(150, worst), None)
    assert found.verdict == "failed"
    assert max(found.table, key=lambda name: found.table[name][0]) == worst


def test_several_scalars_at_once_are_diagnosed_as_one_by_one() -> None:
    chains = [chains for chains in CASES.values() if chains.shape == (4, 500)]
    stack = Draws(
        {"x": np.stack(chains, axis=-1)}, {"x": ("i",)}, {"i": [str(i) for i in range(len(chains))]}
    )
    table = diagnose(stack, None).table
    for i, one in enumerate(chains):
        assert table[f"x[{i}]"] == pytest.approx((rhat(one), ess_bulk(one), ess_tail(one)), rel=1e-9)


# --- sampled again, and what no sampling can tell ------------------------------------------------


def test_a_fit_that_was_sampled_again_says_so_once_and_no_verdict_follows_from_it(mixed_fit):
    before = convergence(mixed_fit)
    cured = Healing(
        Health(3, 0.001, 1.004, 900.0),
        (Attempt("twice the draws", 0.8, 400, 1.0, Health(0, 0.0, 1.002, 1800.0)),),
        kept=1,
        well=True,
    )
    told = convergence(replace(mixed_fit, run=replace(mixed_fit.run, healing=cured)))
    others = [f for f in before.findings if f.check != "healing"]
    (finding,) = (f for f in told.findings if f not in others)
    assert (finding.check, finding.severity) == ("healing", "info")
    assert finding.message == (
        "sampled again, with twice the draws: 3 divergences → 0, R-hat 1.004 → 1.002, "
        "900 effective draws → 1,800"
    )
    assert told.verdict == before.verdict


def test_channels_that_differ_by_a_factor_are_never_ok(mixed_fit):
    """However well the chains agree: they agree on what the priors say."""
    data = mixed_fit.dataset
    assert indistinct(mixed_fit) == []
    doubled = data.exposure_gtc.copy()
    doubled[..., 2] = 0.37 * doubled[..., 0]
    names = f"{data.channel_names[0]}, {data.channel_names[2]}"
    same = replace(mixed_fit, dataset=replace(data, exposure_gtc=doubled))
    (finding,) = indistinct(same)
    assert (finding.where, finding.severity) == (names, "error")
    assert convergence(same).verdict == "failed"
    stated = ChannelSpec(prior={"roi": PriorSpec(median=1, p95=2)})
    spec = same.spec.model_copy(update={"channels": {data.channel_names[0]: stated}})
    assert [f.severity for f in indistinct(replace(same, spec=spec))] == ["warning"]
    rounded = doubled + 1e-3 * doubled[..., ::-1]
    assert indistinct(replace(same, dataset=replace(data, exposure_gtc=rounded))) == []
