"""The benchmark of LightweightMMM's presets computes and says what its fits left; it needs no peer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from presets import compare, page
from presets.market import MODELS, NOTHING, SHARE, Market, made, priors_of, spec_of
from scipy.special import ndtr

CHAINS, DRAWS, CHANNELS = 4, 1000, 5
CLOCKS = [clock for _, clock in (*page.CLOCKS, *page.MORE)]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return made(tmp_path_factory.mktemp("market"), seed=1)


def side(seed: int, seconds: float, away: float = 0.0) -> compare.Side:
    """Independent normal draws: shares of mean 0.1 and deviation 0.02, retentions of 0.5 and 0.1."""
    rng = np.random.default_rng(seed)
    shape = (CHAINS, DRAWS, CHANNELS)
    draws = {
        "share": 0.1 + 0.02 * (rng.standard_normal(shape) + away),
        "retention": 0.5 + 0.1 * rng.standard_normal(shape),
    }
    return compare.Side(draws, dict.fromkeys(CLOCKS, seconds), 3)


def results(market: Market, away: float) -> page.Results:
    sides = {}
    for m, model in enumerate(MODELS):
        for s, setting in enumerate(("own", "same")):
            seed = 100 * (10 * m + s)
            sides["ours", model, setting] = [side(seed + k, 2.0 + k) for k in range(3)]
            sides["alike", model, setting] = sides["ours", model, setting]
            sides["theirs", model, setting] = [side(seed + 10 + k, 90.0 + k, away) for k in range(3)]
    return page.Results(market, sides)


def test_differences_are_in_monte_carlo_errors_and_in_posterior_deviations() -> None:
    ours, theirs = (compare.moments(side(k, 1.0, 0.5 * k).draws["share"]) for k in (0, 1))
    n = CHAINS * DRAWS
    assert ours.mixed
    # Draws that are independent: as many as effective ones, give or take what an estimate of that errs.
    assert ours.error_c == pytest.approx(ours.sd_c / np.sqrt(n), rel=0.2)
    assert compare.in_deviations(ours, theirs) == pytest.approx(-0.5, abs=0.15)
    expected = (ours.mean_c - theirs.mean_c) / np.sqrt(ours.error_c**2 + theirs.error_c**2)
    assert compare.in_errors(ours, theirs) == pytest.approx(expected)


def test_chains_apart_are_called_so() -> None:
    draws = side(1, 1.0).draws["share"]
    draws[0] += 0.1
    assert not compare.moments(draws).mixed


def test_the_bound_is_that_of_so_many_comparisons() -> None:
    for numbers in (1, 5, 40):
        exceeded = 2.0 * ndtr(-compare.bound(numbers)) * numbers
        assert exceeded == pytest.approx(compare.LEVEL)


def test_the_ratio_is_of_medians(market: Market) -> None:
    found = results(market, 0.0)
    theirs, ours = (found.sides[whose, "adstock", "own"] for whose in ("theirs", "ours"))
    assert page.ratio(theirs, ours, "process_s") == pytest.approx(91.0 / 3.0)
    text = page.fast_enough(found)
    assert text.count("30.3 times (met)") == (4 + len(page.ALIKE)) * len(MODELS)
    slow = {
        key: value if key[0] != "theirs" else found.sides["ours", *key[1:]]
        for key, value in found.sides.items()
    }
    assert page.fast_enough(page.Results(market, slow)).count("1.0 times (missed)") == (
        5 + len(page.ALIKE)
    ) * len(MODELS)


def test_the_page_says_same_only_where_it_is(market: Market) -> None:
    far = page.markdown(results(market, 1.5), 1)
    for model in MODELS:
        assert f"### {model}: the same priors" in far
        assert f"### {model}: the preset" in far
    assert far.count("**not** within") == 2 * len(MODELS)
    said = [float(x) for x in re.findall(r"differ by up to ([0-9.]+) posterior deviations", far)]
    assert said == pytest.approx([1.5] * len(MODELS), abs=0.2)
    assert all(f"{truth:.3f}" in far for truth in market.truth_c)
    # The same draws on both sides: nothing is apart, whatever the seed.
    same = results(market, 0.0)
    equal = {key: same.sides["ours", *key[1:]] for key in same.sides}
    assert "**not** within" not in page.markdown(page.Results(market, equal), 1)


def test_a_side_is_what_a_script_wrote(tmp_path: Path) -> None:
    share = np.full((2, 3, 1), 0.25)
    np.savez(tmp_path / "draws.npz", contribution=share[:, :, 0], **{"parameter:share": share})
    told = {"seconds": {"fit_s": 2.0}, "divergences": 7, "notes": []}
    (tmp_path / "result.json").write_text(json.dumps(told), encoding="utf-8")
    read = compare.read_side(tmp_path, 5.0)
    assert read.seconds == {"fit_s": 2.0, "process_s": 5.0}
    assert read.divergences == 7
    assert list(read.draws) == ["share"]
    assert np.array_equal(read.draws["share"], share)


@pytest.mark.parametrize("model", MODELS)
def test_the_other_tool_is_told_our_priors(market: Market, model: str) -> None:
    told = priors_of(market, model)
    location, scale = told["share"]
    assert np.exp(location) == pytest.approx(SHARE["median"])
    assert np.exp(location + 1.6448536269514722 * scale) == pytest.approx(SHARE["p95"])
    assert told["level"] == (1.0, 1.0)
    assert told["season_1"][1] == pytest.approx(2.0 * told["season_2"][1])
    assert ("half_life" in told) == (model != "carryover")
    assert spec_of(model, "same", market.channels).media.prior.share is None
    assert spec_of(model, "own", market.channels).media.prior.share is not None


def test_every_week_is_active(market: Market) -> None:
    spend = market.dataset.spend_gtc[0]
    assert (spend > 0).all()
    assert spend.min() < 10 * NOTHING * spend.mean()
