"""What a spec leaves to the data: many knots where the level wiggles, few where it is straight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.models.choices import Choice
from mediamix.models.design import baseline_blocks
from mediamix.models.problem import pose
from mediamix.simulate import Scenario, simulate

SAMPLER = {"chains": 2, "draws": 150, "tune": 150, "seed": 3}


def with_level(data: Dataset, level_t: np.ndarray) -> Dataset:
    mean = np.nanmean(data.outcome_gt, axis=1, keepdims=True)
    return replace(data, outcome_gt=data.outcome_gt + mean * level_t)


def wiggly(data: Dataset, seed: int = 0) -> Dataset:
    years = np.arange(data.n_periods) / data.every.per_year
    phase = np.random.default_rng(seed).uniform(0, 6, 2)
    waves = 0.12 * np.sin(2 * np.pi * years / 0.61 + phase[0])
    return with_level(data, waves + 0.08 * np.sin(2 * np.pi * years / 0.37 + phase[1]))


@pytest.fixture(scope="module", params=[1, 2])
def straight(request) -> Dataset:
    return simulate(Scenario.weekly(request.param)).dataset


@pytest.mark.parametrize(("trend", "key"), [({"every": "auto"}, "every"), ({"kind": "hsgp"}, "length")])
def test_many_where_the_level_wiggles_few_where_it_is_straight(straight, trend, key) -> None:
    spec = Spec(trend=trend)
    found = {}
    for name, data in (("straight", straight), ("wiggly", wiggly(straight))):
        problem = pose(data, spec)
        (choice,) = problem.choices
        assert choice.key == f"trend.{key}"
        assert choice.value == getattr(problem.spec.trend, key)
        assert choice.lost[choice.value] == 0 == min(choice.lost.values())
        found[name] = choice.value
    assert found["straight"] >= 52
    assert found["wiggly"] <= 13


def test_the_choice_is_the_same_each_time_and_for_every_seed(straight) -> None:
    one, other = (pose(straight, Spec(trend={"every": "auto"}, sampler={"seed": s})).choices for s in (1, 2))
    assert one == other


def test_a_chosen_spec_is_the_model_of_who_says_that_number(straight) -> None:
    problem = pose(straight, Spec(trend={"every": "auto"}))
    said = pose(straight, Spec(trend={"every": problem.choices[0].value}))
    assert problem.spec == said.spec
    u = np.random.default_rng(1).normal(size=len(said.model.priors))
    assert problem.model.density()(u)[0] == said.model.density()(u)[0]


def test_panels_choose_too(panel: Dataset) -> None:
    spec = parse_spec({"geo": {}, "trend": {"every": "auto"}})
    assert pose(wiggly(panel), spec).choices[0].value < pose(panel, spec).choices[0].value
    smooth = parse_spec({"geo": {}, "trend": {"kind": "hsgp"}})
    assert pose(panel, smooth).choices[0].key == "trend.length"


@pytest.mark.parametrize(
    "raw",
    [
        {"noise": {"kind": "ar1"}},
        {"noise": {"kind": "student", "prior": {"nu": {"median": 5, "p95": 20}}}},
        {"channels": {"tv": {"varying": {"by": "time"}}}},
        {"synergy": {"pairs": [["tv", "search"]]}},
    ],
    ids=str,
)
def test_beside_other_structures(straight, raw: dict) -> None:
    spec = parse_spec({**raw, "trend": {"every": "auto"}})
    found = [pose(data, spec) for data in (straight, wiggly(straight))]
    # Noise that lasts, and effects that move, take a part of what wiggles.
    assert found[0].choices[0].value > found[1].choices[0].value
    assert all(problem.spec.noise == spec.noise for problem in found)


@pytest.mark.parametrize("every", [Every.DAY, Every.WEEK, Every.MONTH, Every.QUARTER, Every.YEAR])
@pytest.mark.parametrize("trend", [{"every": "auto"}, {"kind": "hsgp"}])
def test_candidates_fit_the_data(every: Every, trend: dict) -> None:
    n = 200 if every is Every.DAY else 30
    data = simulate(Scenario(every=Every.WEEK, periods=n, events=())).dataset
    dates = np.datetime64("2010-01-01") + np.arange(n)
    if every.months:
        months = np.datetime64("2010-01") + np.arange(len(dates)) * every.months
        dates = months.astype("datetime64[D]")
    elif every is Every.WEEK:
        dates = data.dates
    (choice,) = pose(replace(data, every=every, dates=dates), Spec(trend=trend)).choices
    window = (len(dates) - 1) * every.days / 7
    assert all(every.days / 7 <= weeks <= window * (1 + 1e-9) for weeks in choice.lost)


def test_a_fit_keeps_what_was_chosen(straight, tmp_path) -> None:
    spec = Spec(trend={"every": "auto"}, sampler=SAMPLER)
    fit = mm.fit(straight, spec, checks=False)
    assert fit.spec.trend.every == fit.run.choices[0].value
    assert fit.run.spec_hash == spec.hash  # the job that was asked for is found again
    mm.save(fit, tmp_path / "fit")
    again = mm.load(tmp_path / "fit")
    assert again.run.choices == fit.run.choices
    assert again.spec == fit.spec
    (trend,) = [b for b in baseline_blocks(again.dataset, again.spec) if b.component == "trend"]
    assert len(trend.names) == max(1, round((straight.n_periods - 1) / fit.spec.trend.every))


def test_a_choice_comes_back_from_its_record() -> None:
    choice = Choice("trend.every", 13.0, {6.0: 1.25, 13.0: 0.0})
    assert Choice.of(choice.to_dict()) == choice


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        ({"every": 0.5}, r"trend\.every: the trend has knots closer than a period"),
        (
            {"kind": "hsgp", "length": 0.5},
            "length-scale is shorter than a period",
        ),
    ],
)
def test_a_trend_faster_than_the_data_is_refused(weekly: Dataset, trend: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        pose(weekly, Spec(trend=trend))
