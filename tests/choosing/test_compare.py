"""A comparison looks at no future, loses nothing when interrupted, and refuses what can't be compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.measure.choosing.compare import compare, score_of
from mediamix.measure.choosing.comparison import Comparison
from mediamix.measure.choosing.crps import crps
from mediamix.measure.choosing.futures import Candidate, Origins, forecasts, outcomes
from mediamix.measure.choosing.kept import Kept
from mediamix.simulate import Scenario, simulate
from short import QUICK

SHORT = {"sampler": {**QUICK, "draws": 100, "tune": 150}}
#: Two cuts, as few fits as tell something.
CUTS = {"origins": 2, "horizon": 8}


@pytest.fixture(scope="module")
def market() -> Dataset:
    return simulate(replace(Scenario.weekly(5), periods=90, channels=2)).dataset


def of(name: str, data: Dataset, **spec: object) -> Candidate:
    return Candidate(name, data, parse_spec({**SHORT, **spec}))


@pytest.fixture(scope="module")
def two(market) -> list[Candidate]:
    return [of("base", market), of("ols", market, model={"family": "linear"}, trend={"kind": "linear"})]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def found(two, folder) -> Comparison:
    return compare(two, **CUTS, kept=folder)


def test_a_row_a_model_and_weights_that_sum_to_one(found, market):
    assert [row.name for row in found.models] == ["base", "ols"]
    assert {row.kind for row in found.rows} == {"model", "stack", "naive"}
    assert sum(found.weights.values()) == pytest.approx(1)
    assert found.origins == (str(market.dates[74]), str(market.dates[82]))
    table = found.table()
    assert table[table.name == "base"].elpd_behind.item() == 0
    assert table[table.name != "base"].elpd.isna().all()
    assert any(f.where == "ols" and "no leave-one-out" in f.message for f in found.findings)
    assert len(found.ahead()) == 3 * len(found.rows)
    assert found.best.name in found.sentence


def test_scores_are_those_of_the_kept_draws(found, two, folder, market):
    draws = forecasts(two[0], Origins((74, 82), 8), Kept(folder), lambda step: pytest.fail(step))
    seen = [market.outcome_gt[0, start : start + 8] for start in (74, 82)]
    row = found.models[0]
    own = np.concatenate([crps(d, y) for d, y in zip(draws, seen, strict=True)])
    assert row.crps == pytest.approx(own.mean())
    off = np.concatenate([np.abs(d.mean(axis=0) / y - 1) for d, y in zip(draws, seen, strict=True)])
    assert row.score.means()["mape"] == pytest.approx(off.mean())


def test_a_second_time_nothing_is_fitted(found, two, folder):
    steps: list[str] = []
    again = compare(two, **CUTS, kept=folder, on_step=steps.append)
    assert steps == ["Scoring"]
    assert again.to_dict() == found.to_dict()


def test_a_lost_or_broken_refit_is_made_again_and_the_same(found, two, folder):
    files = sorted(folder.iterdir())
    before = files[0].read_bytes()
    files[0].write_bytes(before[:100])
    files[1].unlink()
    steps: list[str] = []
    again = compare(two, **CUTS, kept=folder, on_step=steps.append)
    assert len(steps) == 3
    assert again.to_dict() == found.to_dict()


def test_an_interruption_loses_no_refit(two, tmp_path):
    def stop(step: str) -> None:
        if "(2 of 2)" in step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(two, **CUTS, kept=tmp_path, on_step=stop)
    steps: list[str] = []
    compare(two, **CUTS, kept=tmp_path, on_step=steps.append)
    assert "(2 of 2)" in steps[0]


def test_what_came_after_an_origin_changes_no_forecast(two, market, folder):
    other = market.outcome_gt.copy()
    other[:, 82:] *= 3.0
    changed = replace(two[0], dataset=replace(market, outcome_gt=other))
    cuts = Origins((82,), 8)
    own = forecasts(two[0], cuts, Kept(folder), lambda step: pytest.fail(step))
    assert np.array_equal(own[0], forecasts(changed, cuts, Kept(), lambda step: None)[0])


def test_a_holdout_of_the_spec_holds_nothing_out_before_an_origin(two, market, folder):
    held = of("held", market, holdout={"last": 6})
    cuts = Origins((82,), 8)
    own = forecasts(two[0], cuts, Kept(folder), lambda step: pytest.fail(step))
    assert np.array_equal(own[0], forecasts(held, cuts, Kept(folder), lambda step: None)[0])


def test_other_outcomes_rows_and_units_are_refused_all_at_once(market):
    other = market.outcome_gt.copy()
    other[0, 4] += 1
    wrong = [
        of("base", market),
        of("name", replace(market, outcome_name="visits")),
        of("unit", replace(market, unit="count")),
        of("row", replace(market, outcome_gt=other)),
        of("held", market, holdout={"last": 4}),
        of("late", replace(market, dates=market.dates + np.timedelta64(7, "D"))),
        of("again", market),
        of("name", market),
    ]
    with pytest.raises(SpecError) as told:
        compare(wrong)
    lines = told.value.details
    for words in (
        "name is of the outcome 'visits', base of",
        "unit is of outcomes in a count",
        "row has another outcome than base in 1 of 90 periods",
        "held is of the last periods held out, 4, base of 0",
        "late has 90 periods from",
        "again says the same as base, of the same data",
        "name is there twice",
    ):
        assert any(line.startswith(words) for line in lines), (words, lines)
    assert told.value.expected
    assert told.value.next_step


def test_one_spec_is_no_comparison(two):
    with pytest.raises(SpecError, match="nothing to compare"):
        compare(two[:1])


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"origins": 0}, "0 origins"), ({"origins": 9}, "too short"), ({"horizon": 0}, "0 ")],
)
def test_too_much_is_asked_of_the_data(two, asked, words):
    with pytest.raises(SpecError, match=words):
        compare(two, **asked)


def test_a_refused_refit_says_whose_it_is(market, two):
    late = market.exposure_gtc.copy()
    late[:, :80, 1] = 0
    data = replace(market, exposure_gtc=late)
    with pytest.raises(Exception, match="base can't be fitted to 74 periods"):
        compare([replace(one, dataset=data) for one in two], **CUTS)


def test_a_future_that_nobody_knows_is_refused_before_any_fit(market, two):
    other = market.outcome_gt.copy()
    other[:, 74:82] = np.nan
    unknown = [replace(one, dataset=replace(market, outcome_gt=other)) for one in two]
    with pytest.raises(DataError, match=f"no outcome is known after {market.dates[74]}"):
        compare(unknown, **CUTS, on_step=pytest.fail)


def test_what_is_missing_after_an_origin_is_not_scored(market, two, folder):
    other = market.outcome_gt.copy()
    other[:, 82:85] = np.nan
    cuts = Origins((82,), 8)
    own = forecasts(two[1], cuts, Kept(folder), nothing)
    seen, known = outcomes(replace(market, outcome_gt=other), cuts)
    assert known.sum() == 5
    score = score_of(own, seen, known)
    assert score.means()["crps"] == pytest.approx(crps(own[0], market.outcome_gt[0, 82:])[3:].mean())
    assert score.means(0, 3) == {"crps": None, "mape": None, "coverage90": None}


def nothing(step: str) -> None:
    del step
