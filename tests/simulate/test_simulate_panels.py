"""Panels that look like life: geos that come late, channels not bought, outcomes not written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read_spec
from mediamix.simulate import Scenario, simulate, write_simulation

FULL = replace(Scenario.geo_panel(2), geos=10)
LIFE = replace(FULL, late_geos=0.4, absent=0.3, missing_outcomes=0.25, noise_by_size=0.5)
COUNTS = replace(LIFE, unit="count", value_per_unit=60.0)

# Cents of spend, outcome and controls as the first version made them.
FIRST_VERSION = {
    "daily": (Scenario(periods=200), "8a7853518a365154"),
    "weekly": (Scenario.weekly(3), "c4e58975b370e03c"),
    "panel": (replace(Scenario.geo_panel(2), geos=4, periods=60), "6100cfd3f50e8bb4"),
    "count": (
        replace(
            Scenario.geo_panel(5),
            geos=3,
            periods=40,
            unit="count",
            value_per_unit=60.0,
            hidden_demand=0.1,
            collinearity=0.3,
        ),
        "5713e91a68690c9b",
    ),
}


@pytest.mark.parametrize("name", FIRST_VERSION)
def test_without_the_options_the_same_seed_gives_the_same_data_as_ever(name: str) -> None:
    scenario, expected = FIRST_VERSION[name]
    data = simulate(scenario).dataset
    arrays = (data.spend_gtc, data.outcome_gt, data.controls_gtk)
    cents = b"".join(np.round(array * 100).astype(np.int64).tobytes() for array in arrays)
    assert hashlib.sha256(cents).hexdigest()[:16] == expected


def test_late_geos_have_nothing_before_their_start() -> None:
    market = simulate(replace(FULL, late_geos=0.4))
    data, truth = market.dataset, market.truth
    start_g = data.present_gt.argmax(axis=1)
    assert int((start_g > 0).sum()) == 4
    assert start_g[start_g > 0].min() >= 15
    assert start_g.max() <= 94
    absent = ~data.present_gt
    for of_truth in (truth.baseline_gt, truth.noise_gt, truth.contribution_gtc.sum(axis=2)):
        assert not of_truth[absent].any()
    assert not data.spend_gtc[absent].any()
    assert data.observed_gt[~absent].all()
    assert truth.share == pytest.approx(0.32, abs=1e-6)


def test_all_geos_are_never_late() -> None:
    assert simulate(replace(FULL, geos=2, late_geos=0.9)).dataset.present_gt[:, 0].sum() == 1


def test_absent_channels_cause_nothing_there_and_keep_their_roi() -> None:
    few, all_ = simulate(replace(FULL, absent=0.5)), simulate(FULL)
    bought = few.dataset.spend_gtc.any(axis=1)
    assert 0.3 < 1 - bought.mean() < 0.7
    assert bought.any(axis=0).all()
    assert not few.truth.contribution_gtc.sum(axis=1)[~bought].any()
    assert few.truth.roi == pytest.approx(all_.truth.roi, rel=1e-6)
    assert simulate(replace(FULL, absent=0.9)).dataset.spend_gtc.any(axis=(0, 1)).all()


def test_missing_outcomes_are_the_same_outcomes_unseen() -> None:
    holes, full = simulate(replace(FULL, missing_outcomes=0.6)), simulate(FULL)
    seen = holes.dataset.observed_gt
    assert 1 - seen.mean() == pytest.approx(0.6, abs=0.04)  # 1,560 cells: standard error 0.012
    np.testing.assert_array_equal(holes.dataset.outcome_gt[seen], full.dataset.outcome_gt[seen])
    np.testing.assert_allclose(holes.truth.outcome_gt, full.dataset.outcome_gt)


def test_small_geos_are_noisier_per_head() -> None:
    scenario = replace(FULL, periods=600, noise=0.02)
    for power in (0.0, 0.5):
        market = simulate(replace(scenario, noise_by_size=power))
        mean_g = (market.truth.baseline_gt + market.truth.contribution_gtc.sum(axis=2)).mean(axis=1)
        relative_g = market.truth.noise_gt.std(axis=1) / mean_g
        people_g = market.dataset.population_g
        assert people_g is not None
        expected_g = 0.02 * (people_g / people_g.mean()) ** -power
        # the standard deviation of 600 draws is known to 2.9 %; ten geos within five times that
        np.testing.assert_allclose(relative_g, expected_g, rtol=0.145)


@pytest.mark.parametrize("scenario", [LIFE, COUNTS], ids=["revenue", "count"])
def test_what_is_written_is_read_again_and_adds_up(scenario: Scenario, tmp_path: Path) -> None:
    market = simulate(scenario)
    paths = write_simulation(market, tmp_path)
    raw = {
        "data": {name: f"{name}.csv" for name in ("media", "outcome", "controls", "events")},
        "geo": {},
        "outcome": {
            "column": scenario.outcome_name,
            "unit": scenario.unit,
            "value_per_unit": scenario.value_per_unit,
        },
    }
    data = read_spec(parse_spec(raw), tmp_path)
    assert data.hash == market.dataset.hash
    assert {f.check for f in data.findings} >= {"geo_dates", "outcome_missing"}

    table = pd.read_csv(paths["contributions.csv"])
    parts = table.drop(columns=["date", "geo", "outcome"]).sum(axis=1)
    np.testing.assert_allclose(parts, table["outcome"], rtol=1e-9)
    outcome = pd.read_csv(paths["outcome.csv"])
    assert len(outcome) == len(table)
    assert outcome[scenario.outcome_name].isna().sum() > 100
    known = outcome[scenario.outcome_name].notna()
    np.testing.assert_allclose(outcome.loc[known, scenario.outcome_name], table.loc[known, "outcome"])
    truth = json.loads(paths["truth.json"].read_text())
    assert table["outcome"].sum() == pytest.approx(truth["outcome"]["total"])
    for name, value in truth["contribution"].items():
        assert table[name].sum() == pytest.approx(value, rel=1e-9)
    assert market.truth.media_outcome() == pytest.approx(sum(truth["contribution"].values()))


def test_the_same_scenario_is_the_same_market() -> None:
    assert simulate(LIFE).dataset.hash == simulate(LIFE).dataset.hash
    assert simulate(LIFE).dataset.hash != simulate(replace(LIFE, seed=9)).dataset.hash


@pytest.mark.parametrize("knob", ["late_geos", "absent", "missing_outcomes", "noise_by_size"])
def test_knobs_of_panels(knob: str) -> None:
    with pytest.raises(SpecError, match=f"- {knob}: must be a number from 0 to"):
        replace(FULL, **{knob: 1.5})
    with pytest.raises(SpecError, match=f"- {knob}: needs several geos, got 1"):
        replace(Scenario.weekly(1), **{knob: 0.2})


def test_geos_differ_in_season_and_growth() -> None:
    """`geo_spread` moves the baseline's parts of each geo, relative to its size."""
    for spread, differ in ((0.0, False), (0.3, True)):
        truth = simulate(replace(FULL, geo_spread=spread)).truth
        for part in ("trend", "seasonality"):
            moving_gt = truth.baseline_gtp[:, :, truth.baseline_names.index(part)]
            level_g = truth.baseline_gtp[:, 0, truth.baseline_names.index("level")]
            relative_g = np.abs(moving_gt).mean(axis=1) / level_g
            assert (np.ptp(relative_g) > 0.05 * relative_g.mean()) == differ
