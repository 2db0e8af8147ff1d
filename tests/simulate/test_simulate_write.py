"""The files of a simulation: contract columns, same bytes twice, sums that survive the disk."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import FolderError
from mediamix.simulate import Scenario, simulate, write_simulation
from mediamix.simulate.write import FILES

NATIONAL = replace(Scenario.weekly(4), periods=60)
PANEL = replace(Scenario.geo_panel(4), periods=30, geos=3)


def test_the_same_scenario_leaves_the_same_bytes(tmp_path: Path) -> None:
    for scenario in (NATIONAL, PANEL):
        once = write_simulation(simulate(scenario), tmp_path / "once")
        twice = write_simulation(simulate(scenario), tmp_path / "twice" / "deeper")
        assert tuple(once) == FILES
        for name in FILES:
            assert once[name].read_bytes() == twice[name].read_bytes(), name


def test_nothing_but_the_files_is_left_and_old_ones_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "media.csv").write_text("old")
    write_simulation(simulate(NATIONAL), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert (tmp_path / "media.csv").read_text().startswith("date,channel,spend,impressions,clicks\n")


def test_national_columns_are_the_contracts(tmp_path: Path) -> None:
    paths = write_simulation(simulate(NATIONAL), tmp_path)
    columns = {name: list(pd.read_csv(paths[name])) for name in FILES if name.endswith(".csv")}
    assert columns["media.csv"] == ["date", "channel", "spend", "impressions", "clicks"]
    assert columns["outcome.csv"] == ["date", "revenue"]
    assert columns["controls.csv"] == ["date", "price", "competitor", "promotion"]
    assert columns["events.csv"] == ["date", "end_date", "event"]
    assert columns["contributions.csv"][:4] == ["date", "geo", "outcome", "baseline_level"]
    assert columns["contributions.csv"][-1] == "noise"


def test_panel_columns_name_the_geo_and_its_population(tmp_path: Path) -> None:
    market = simulate(replace(PANEL, unit="count", value_per_unit=60.0))
    paths = write_simulation(market, tmp_path)
    outcome = pd.read_csv(paths["outcome.csv"])
    assert list(outcome) == ["date", "geo", "orders", "population"]
    assert outcome["orders"].dtype == np.int64
    assert list(pd.read_csv(paths["media.csv"]))[:4] == ["date", "geo", "channel", "spend"]
    assert list(pd.read_csv(paths["controls.csv"]))[:2] == ["date", "geo"]
    assert len(outcome) == 3 * 30


def test_contributions_sum_to_the_outcome_on_disk(tmp_path: Path) -> None:
    for scenario in (NATIONAL, PANEL):
        market = simulate(scenario)
        paths = write_simulation(market, tmp_path)
        table = pd.read_csv(paths["contributions.csv"])
        parts = table.drop(columns=["date", "geo", "outcome"]).sum(axis=1)
        np.testing.assert_allclose(parts, table["outcome"], rtol=1e-9)
        outcome = pd.read_csv(paths["outcome.csv"])
        np.testing.assert_array_equal(outcome["revenue"], table["outcome"])
        truth = json.loads(paths["truth.json"].read_text())
        for name, value in truth["contribution"].items():
            assert table[name].sum() == pytest.approx(value, rel=1e-12)
        media = pd.read_csv(paths["media.csv"]).groupby("channel")["spend"].sum()
        assert media.to_dict() == pytest.approx(truth["spend"], rel=1e-9)


def test_truth_json_holds_what_the_contract_names(tmp_path: Path) -> None:
    market = simulate(NATIONAL)
    truth = json.loads(write_simulation(market, tmp_path)["truth.json"].read_text())
    assert truth["seed"] == 4
    assert truth["share"] == pytest.approx(0.32, abs=1e-6)
    for key in ("contribution", "spend", "roi", "mroi", "parameters"):
        assert list(truth[key]) == list(market.dataset.channel_names)
    assert set(truth["parameters"]["tv"]) == {
        "adstock",
        "half_life",
        "alpha",
        "saturation",
        "half_effect",
        "slope",
        "beta",
    }
    total = truth["baseline"] + sum(truth["contribution"].values())
    assert total == pytest.approx(truth["outcome"]["total"], rel=1e-6)
    best = truth["optimal"]
    assert best["budget"] == pytest.approx(sum(truth["spend"].values()))
    assert sum(best["allocation"].values()) == pytest.approx(best["budget"])
    assert best["outcome"] >= best["historical_outcome"]
    assert best["relative_bounds"] == [0.5, 1.5]
    assert best["bounds"]["tv"] == pytest.approx([0.5 * truth["spend"]["tv"], 1.5 * truth["spend"]["tv"]])
    assert truth["scenario"]["media_share"] == 0.32
    assert truth["scenario"]["every"] == "week"


def test_without_controls_and_events_the_files_have_headers_only(tmp_path: Path) -> None:
    paths = write_simulation(simulate(replace(NATIONAL, controls=(), events=())), tmp_path)
    assert paths["controls.csv"].read_text() == "date\n"
    assert paths["events.csv"].read_text() == "date,end_date,event\n"


def test_numpy_knobs_reach_the_json(tmp_path: Path) -> None:
    market = simulate(replace(NATIONAL, periods=np.int64(40)))  # type: ignore[arg-type]
    truth = json.loads(write_simulation(market, tmp_path)["truth.json"].read_text())
    assert truth["scenario"]["periods"] == 40


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    blocked = tmp_path / "taken"
    blocked.write_text("a file")
    with pytest.raises(FolderError, match=r"can't write .*media\.csv"):
        write_simulation(simulate(NATIONAL), blocked)
