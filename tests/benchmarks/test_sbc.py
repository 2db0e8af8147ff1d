"""Simulation-based calibration: its ranks and bands are right, and a wrong engine is found."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from xml.etree import ElementTree

import numpy as np
import pytest
from sbc import run as sbc
from sbc.formulas import carry, saturate
from sbc.pages import GROUPS, Calibration, markdown, outside, picture
from sbc.ranks import ALPHA, BINS, Band, chi_square
from sbc.truth import World, shared_shocks
from sbc.worlds import shaken, worlds

from mediamix.core.spec.sampler import Sampler
from mediamix.inference import nuts
from mediamix.transforms.base import adstocks, saturations

CELLS = 100
FEW, FEWER = 40, 20
#: As many draws as the benchmark's, by half as many chains, each with one start.
SAMPLER = {**sbc.SAMPLER, "chains": 2, "draws": sbc.CHAINS * sbc.DRAWS // 2}


def uniform_ranks(sets: int, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, CELLS, (sets, n))


def ranks_of(truth: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return (draws < truth[:, None]).sum(axis=1)


@pytest.fixture(scope="module")
def band() -> Band:
    return Band.of(200, CELLS)


@pytest.fixture(scope="module")
def national() -> World:
    return worlds(SAMPLER)[0]


@pytest.fixture(scope="module")
def sampled_once() -> Iterator[None]:
    """Draws by their seed: what a wrong engine makes of the same draws needs no second sampling."""
    known: dict[int, nuts.Sample] = {}
    sample = nuts.sample

    def of_seed(density: nuts.Density, sampler: Sampler) -> nuts.Sample:
        if sampler.seed not in known:
            known[sampler.seed] = sample(density, sampler)
        return deepcopy(known[sampler.seed])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nuts, "sample", of_seed)
        yield


@pytest.fixture(scope="module")
def panel() -> World:
    return worlds(SAMPLER)[2]


def test_uniform_ranks_leave_the_band_as_often_as_stated(band):
    # 2,000 sets at 1 %: 20 expected, standard deviation 4.4; the bounds are four of them away.
    strayed = sum(band.p_value(ranks) <= ALPHA for ranks in uniform_ranks(2000, 200, 5))
    assert 3 <= strayed <= 38


def test_the_drawn_limits_say_the_same_as_the_p_value(band):
    low, high = band.limits()
    rng = np.random.default_rng(2)
    # Ranks leaning to one side by degrees, so that many sets lie close to the limits.
    verdicts = []
    for lean in np.linspace(0.8, 1.25, 400):
        ranks = (CELLS * rng.random(200) ** lean).astype(int)
        ecdf = np.bincount(ranks, minlength=CELLS).cumsum()[:-1] / 200
        inside = bool(np.all((ecdf >= low - 1e-12) & (ecdf <= high + 1e-12)))
        assert inside == (band.p_value(ranks) > ALPHA)
        verdicts.append(inside)
    assert 20 < sum(verdicts) < 380


@pytest.mark.parametrize(
    ("shift", "width"), [(0.0, 0.7), (0.0, 1.6), (0.35, 1.0)], ids=["too sure", "too unsure", "shifted"]
)
def test_wrong_posteriors_are_caught(band, shift, width):
    # y ~ N(θ, 1), θ ~ N(0, 1): the posterior is N(y/2, 1/2).
    rng = np.random.default_rng(3)
    theta = rng.normal(size=200)
    y = theta + rng.normal(size=200)
    noise = rng.normal(size=(200, CELLS - 1)) * np.sqrt(0.5)
    right, wrong = y[:, None] / 2 + noise, y[:, None] / 2 + shift + width * noise
    assert band.p_value(ranks_of(theta, right)) > ALPHA
    assert band.p_value(ranks_of(theta, wrong)) < 0.001


def test_chi_square_is_that_of_scipy():
    from scipy.stats import chisquare

    ranks = uniform_ranks(1, 400, 8)[0]
    counts, _ = np.histogram(ranks, bins=np.linspace(0, CELLS, BINS + 1))
    expected = chisquare(counts)
    assert chi_square(ranks, CELLS) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("max_lag", [0, 6])
@pytest.mark.parametrize("name", adstocks())
def test_the_simulated_carry_over_is_what_the_engine_means(name, max_lag):
    x = np.random.default_rng(4).gamma(1.0, 1.0, 40)
    parameters = adstocks()[name].parameters
    theta = np.array(
        [0.3 if p.support == "unit" else usual for p, usual in zip(parameters, (1.3, 0.8), strict=False)]
    )
    assert carry(name, x, theta, max_lag) == pytest.approx(adstocks()[name](x, theta, max_lag))


@pytest.mark.parametrize("name", saturations())
def test_the_simulated_saturation_is_what_the_engine_means(name):
    x = np.array([0.0, 1e-9, 0.3, 1.0, 7.0])
    theta = np.array([0.7, 1.6])[: len(saturations()[name].parameters)]
    assert saturate(name, x, theta) == pytest.approx(saturations()[name](x, theta))


def test_a_run_goes_on_where_it_was(national, tmp_path, monkeypatch):
    whole = sbc.calibrate(national, 3, keep=tmp_path)
    (kept,) = tmp_path.iterdir()
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(lines[:2]), encoding="utf-8")
    run, asked = sbc.simulate, []
    monkeypatch.setattr(sbc, "simulate", lambda world, s, *more: asked.append(s) or run(world, s, *more))
    again = sbc.calibrate(national, 3, keep=tmp_path)
    assert asked == [2]
    assert {name: ranks.tolist() for name, ranks in again.ranks.items()} == {
        name: ranks.tolist() for name, ranks in whole.ranks.items()
    }
    assert again.ess == pytest.approx(whole.ess)
    assert sbc.calibrate(national, 2, sabotage="sigma", keep=tmp_path).ess.size == 2
    assert asked == [2, 0, 1]


def test_the_engine_is_calibrated(national, sampled_once):
    result = sbc.calibrate(national, FEW)
    # 29 quantities at 1 %, dependent ones: the chance of three outside is well under one in a hundred.
    assert len(outside(result, Band.of(FEW, sbc.KEPT + 1))) < 3
    assert set(result.group.values()) == set(GROUPS)


def test_structures_together_are_calibrated():
    """Experiments, noise that remembers and an effect over time: each quantity has draws and a truth."""
    result = sbc.calibrate(worlds(SAMPLER)[3], FEWER)
    assert {"rho", "course_spread[tv]", "course[tv: wave 1]"} <= result.ranks.keys()
    # 40 quantities at 1 %: three outside are one in a hundred, and they depend on each other.
    assert len(outside(result, Band.of(FEWER, sbc.KEPT + 1))) < 4


@pytest.mark.parametrize(
    ("sabotage", "where"), [("sigma", {"sigma"}), ("linear", {"trend[step 1]", "trend[step 2]"})]
)
def test_a_wrong_engine_is_found(national, sampled_once, sabotage, where):
    # Weakly seen parts of the baseline, such as the trend, lean on their priors most.
    result = sbc.calibrate(national, FEW, sabotage=sabotage)
    assert where & set(outside(result, Band.of(FEW, sbc.KEPT + 1)))


def test_a_panel_engine_that_is_too_sure_of_its_geos_is_found(panel):
    result = sbc.calibrate(panel, FEWER, sabotage="deviations")
    found = set(outside(result, Band.of(FEWER, sbc.KEPT + 1)))
    # One coefficient of a geo is mostly unsure because of what is common; all together show it.
    assert "log likelihood" in found
    # What was sampled is as it should be: 13 quantities at 1 %, two outside in one of a hundred.
    assert len({name for name in found if result.group[name] == GROUPS[0]}) < 2


def test_the_picture_is_svg_with_a_line_per_quantity_and_red_ones_outside(band):
    good, biased = uniform_ranks(2, 200, 1)
    result = Calibration(
        title="a world",
        described="small",
        ranks={"good": good, "biased": biased // 2},
        kept=CELLS - 1,
        total=2000,
        group={"good": GROUPS[0], "biased": GROUPS[2]},
        divergences=np.zeros(200, int),
        ess=np.full(200, 900.0),
        seconds=1.0,
    )
    drawn = ElementTree.fromstring(picture([result], band))
    lines = drawn.findall(".//{http://www.w3.org/2000/svg}path")
    assert [line.get("stroke") is not None for line in lines] == [False, True]
    assert "1 of 2 quantities outside the 99 % band (biased)" in markdown([result], [result], band)


def test_a_shock_is_drawn_for_all_geos_and_ranked():
    """What the truth holds is what the engine reports, and all geos move by the same shock."""
    world = shaken(sbc.SAMPLER)
    ranks = sbc.simulate(world, 0, 3, None).ranks
    dates = world.problem.dataset.dates
    assert {"shock_spread", f"shock[{dates[0]}]", f"shock[{dates[-1]}]"} <= ranks.keys()
    found: dict[str, float] = {}
    theta = np.full(len(world.problem.model.priors), 0.5)
    drawn = shared_shocks(world, theta, np.random.default_rng(1), found)
    assert drawn.shape == (world.problem.dataset.n_periods,)
    assert found["shock_spread"] == 0.5 * world.problem.outcome.mean
    assert not shared_shocks(worlds(sbc.SAMPLER)[2], theta, np.random.default_rng(1), {}).any()
