"""Panels: geos that come late, outcomes that are missing, populations, and their national sum."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.read import read
from mediamix.data.store import load_dataset, save_dataset

PANEL = parse_spec({"geo": {}})
OPENED = pd.Timestamp("2023-02-27")  # period 60
Frames = Any  # the record of conftest.py


def read_frames(frames: Frames, spec: Spec = PANEL) -> Dataset:
    return read(frames.media, frames.outcome, frames.controls, frames.events, spec=spec)


def opened_late(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["geo"] == "north") | (table["date"] >= OPENED)]


@pytest.fixture
def late(geo_frames) -> Frames:
    """The south opens in period 60: no rows before in any table."""
    return type(geo_frames)(
        opened_late(geo_frames.media),
        opened_late(geo_frames.outcome),
        opened_late(geo_frames.controls),
        geo_frames.events,
    )


def test_a_late_geo_is_absent_before(late) -> None:
    data = read_frames(late)
    assert data.present_gt[0].all()
    assert not data.present_gt[1, :60].any()
    assert data.present_gt[1, 60:].all()
    assert np.isnan(data.outcome_gt[1, :60]).all()
    assert not data.spend_gtc[1, :60].any()
    own = late.controls.loc[late.controls["geo"] == "south", "price"]
    np.testing.assert_allclose(data.controls_gtk[1, :60, 0], own.mean())
    np.testing.assert_array_equal(data.controls_gtk[1, 60:, 0], own)


def test_media_before_the_first_outcome_are_presence(late, geo_frames) -> None:
    media = geo_frames.media[
        (geo_frames.media["geo"] == "north") | (geo_frames.media["date"] >= "2023-02-06")
    ]
    data = read(media, late.outcome, spec=PANEL)
    assert int(data.present_gt[1].argmax()) == 57
    missing = [f for f in data.findings if f.check == "outcome_missing"]
    assert [f.severity for f in missing] == ["info"]
    assert "3 of 263 outcomes" in missing[0].message


def test_a_control_hole_inside_the_presence_is_an_error(late) -> None:
    controls = late.controls[(late.controls["geo"] == "north") | (late.controls["date"] > OPENED)]
    with pytest.raises(DataError, match="no value in 1 of 160 weeks in 1 of 2 geos"):
        read(late.media, late.outcome, controls, spec=PANEL)


def test_a_national_control_serves_absent_geos_too(late, geo_frames) -> None:
    prices = geo_frames.controls[geo_frames.controls["geo"] == "north"].drop(columns="geo")
    data = read(late.media, late.outcome, prices, spec=PANEL)
    np.testing.assert_array_equal(data.controls_gtk[0], data.controls_gtk[1])


def test_an_empty_cell_and_an_absent_row_are_the_same(geo_frames) -> None:
    rows = geo_frames.outcome.index[[5, 200, 201]]
    emptied = geo_frames.outcome.assign(
        revenue=geo_frames.outcome["revenue"].mask(geo_frames.outcome.index.isin(rows))
    )
    one = read(geo_frames.media, emptied, spec=PANEL)
    other = read(geo_frames.media, geo_frames.outcome.drop(index=rows), spec=PANEL)
    assert one.hash == other.hash
    assert int((~one.observed_gt).sum()) == 3
    assert one.present_gt.all()


def test_absent_media_rows_are_no_spend(geo_frames) -> None:
    zero = (geo_frames.media["channel"] == "tv") & (geo_frames.media["geo"] == "south")
    as_zero = geo_frames.media.assign(
        spend=geo_frames.media["spend"].mask(zero, 0.0),
        impressions=geo_frames.media["impressions"].mask(zero, 0.0),
    )
    without = geo_frames.media[~zero]
    assert (
        read(without, geo_frames.outcome, spec=PANEL).hash
        == read(as_zero, geo_frames.outcome, spec=PANEL).hash
    )


def test_weeks_of_which_a_geo_has_some_days_are_missing(daily_frames) -> None:
    frames = [table.assign(geo=geo) for geo in ("north", "south") for table in (daily_frames.outcome,)]
    outcome = pd.concat(frames)
    media = pd.concat([daily_frames.media.assign(geo=geo) for geo in ("north", "south")])
    opened = pd.Timestamp("2022-03-16")  # a Wednesday
    outcome = outcome[(outcome["geo"] == "north") | (outcome["date"] >= opened)]
    spec = parse_spec({"geo": {}, "time": {"every": "week"}})
    data = read(media, outcome, spec=spec)
    week = int(np.flatnonzero(data.dates == np.datetime64("2022-03-14"))[0])
    assert not data.observed_gt[1, : week + 1].any()
    assert data.observed_gt[1, week + 1 :].all()
    assert data.observed_gt[0].all()
    partial = [f for f in data.findings if f.check == "partial_period" and "south" in f.where]
    lost = outcome[(outcome["geo"] == "south") & (outcome["date"] < "2022-03-21")]["revenue"].sum()
    assert f"with a sum of {lost:,.0f}" in partial[0].message
    nation = read(media, outcome, spec=parse_spec({"time": {"every": "week"}}))
    whole = outcome[(outcome["date"] >= "2022-03-14") & (outcome["date"] < "2022-03-21")]["revenue"].sum()
    assert nation.outcome_gt[0, week] == pytest.approx(whole)


# --- the national sum


def test_the_sum_counts_absent_geos_as_zero_and_averages_those_present(late) -> None:
    outcome = late.outcome.assign(population=late.outcome["geo"].map({"north": 3e6, "south": 1e6}))
    panel = read(late.media, outcome, late.controls, spec=PANEL)
    nation = panel.national()
    np.testing.assert_allclose(nation.outcome_gt[0], outcome.groupby("date")["revenue"].sum())
    np.testing.assert_allclose(nation.spend_gtc.sum(), late.media["spend"].sum())
    price = late.controls.pivot_table(index="date", columns="geo", values="price").to_numpy()
    np.testing.assert_allclose(nation.controls_gtk[0, :60, 0], price[:60, 0])
    np.testing.assert_allclose(nation.controls_gtk[0, 60:, 0], 0.75 * price[60:, 0] + 0.25 * price[60:, 1])
    assert nation.population_g == pytest.approx([4e6])
    assert read(late.media, outcome, late.controls, spec=Spec()).hash == nation.hash


def test_the_sum_is_missing_where_a_present_geo_is(late) -> None:
    outcome = late.outcome.reset_index(drop=True)
    outcome.loc[[7, 160 + 20], "revenue"] = np.nan  # north before the south is there; south in period 80
    nation = read(late.media, outcome, spec=PANEL).national()
    assert np.flatnonzero(~nation.observed_gt[0]).tolist() == [7, 80]


def test_everything_is_present_without_any_outcome(geo_frames) -> None:
    history = read_frames(geo_frames)
    future = read_future(history, periods=6, spec=PANEL)
    assert future.present_gt.all()
    assert not future.national().observed_gt.any()


def test_a_national_sum_of_a_panel_with_holes_points_to_the_panel(geo_frames) -> None:
    outcome = geo_frames.outcome.assign(
        revenue=geo_frames.outcome["revenue"].mask(geo_frames.outcome.index == 9)
    )
    with pytest.raises(DataError, match=r"1 of 320 rows have no value → .* fit the geos side by side"):
        read(geo_frames.media, outcome)


# --- population and size


def test_a_spec_may_want_no_population(geo_frames) -> None:
    spec = parse_spec({"geo": {"population": None}})
    data = read_frames(geo_frames, spec)
    assert data.population_g is None
    assert read_future(data, periods=4, spec=spec).geos == data.geos


def test_all_wrong_populations_are_told_at_once(geo_frames) -> None:
    geos = [f"g{i}" for i in range(5)]
    media = pd.concat([geo_frames.media[geo_frames.media["geo"] == "north"].assign(geo=geo) for geo in geos])
    north = geo_frames.outcome[geo_frames.outcome["geo"] == "north"]
    people = [0.0, np.nan, -1.0, np.linspace(1e6, 2e6, 160), 5e5]
    outcome = pd.concat([north.assign(geo=geo, population=p) for geo, p in zip(geos, people, strict=True)])
    with pytest.raises(DataError, match=r"give inhabitants, .* `geo: \{population: null\}`") as caught:
        read(media, outcome, spec=PANEL)
    lines = "\n".join(caught.value.details)
    assert "population of g1: 1 of 5 geos have no population" in lines
    assert "population of g0, g2: 2 of 5 geos have a population of zero or less" in lines
    assert "population of g3: 1 of 5 geos have a population that changes" in lines


def test_a_wide_table_gives_population_unless_the_spec_refuses_it(geo_frames) -> None:
    wide = geo_frames.outcome.rename(columns={"population": "people"})
    tv = geo_frames.media[geo_frames.media["channel"] == "tv"]
    search = geo_frames.media[geo_frames.media["channel"] == "search"]
    wide = wide.assign(tv=tv["spend"].to_numpy(), search=search["spend"].to_numpy())
    media = {"tv": {"spend": "tv"}, "search": {"spend": "search"}}
    data = {"wide": "t.csv", "outcome": "revenue", "media": media, "geo": "geo"}

    def population(mapped: dict[str, object], geo: dict[str, object]) -> np.ndarray | None:
        return read(wide=wide, spec=parse_spec({"data": {**data, **mapped}, "geo": geo})).population_g

    assert population({}, {}) is None
    assert population({"population": "people"}, {"population": None}) is None
    for mapped, geo in (({"population": "people"}, {}), ({}, {"population": "people"})):
        np.testing.assert_allclose(population(mapped, geo), 1e6)
    with pytest.raises(DataError, match="the column 'persons' is missing"):
        population({}, {"population": "persons"})
    with pytest.raises(SpecError, match="names two population columns"):
        population({"population": "people"}, {"population": "geo"})


def test_sizes(geo_frames, late) -> None:
    outcome = geo_frames.outcome.assign(
        population=geo_frames.outcome["geo"].map({"north": 3e6, "south": 1e6})
    )
    np.testing.assert_allclose(read(geo_frames.media, outcome, spec=PANEL).size_g, [1.5, 0.5])
    unpeopled = late.outcome.drop(columns="population")
    means = unpeopled.groupby("geo")["revenue"].mean()
    sizes = read(late.media, unpeopled, spec=PANEL).size_g
    np.testing.assert_allclose(sizes, means / means.mean())
    np.testing.assert_array_equal(read(geo_frames.media, outcome).size_g, [1.0])


def test_a_geo_without_outcome_needs_a_population(geo_frames) -> None:
    blank = geo_frames.outcome.assign(
        revenue=geo_frames.outcome["revenue"].where(geo_frames.outcome["geo"] == "north")
    )
    data = read(geo_frames.media, blank, spec=PANEL)
    np.testing.assert_allclose(data.size_g, 1.0)
    unknown = blank.drop(columns="population")
    with pytest.raises(DataError, match="outcome of south: 1 of 2 geos have neither"):
        read(geo_frames.media, unknown, spec=PANEL)
    with pytest.raises(DataError, match="some geos have no size"):
        _ = replace(data, population_g=None).size_g


# --- through the disk, and at scale


def test_there_and_back_with_holes(late, tmp_path: Path) -> None:
    outcome = late.outcome.assign(revenue=late.outcome["revenue"].where(late.outcome.index % 7 > 0))
    data = read(late.media, outcome, late.controls, spec=PANEL)
    again = load_dataset(save_dataset(data, tmp_path / "data.parquet"))
    assert again.hash == data.hash
    np.testing.assert_array_equal(again.present_gt, data.present_gt)


def test_a_thousand_geos_of_three_weeks_are_read_with_a_warning() -> None:
    rng = np.random.default_rng(2)
    geos = [f"store_{i}" for i in range(1000)]
    dates = pd.date_range("2025-01-06", periods=3, freq="7D")
    keys = {"date": np.tile(dates, 1000), "geo": np.repeat(geos, 3)}
    outcome = pd.DataFrame({**keys, "revenue": rng.gamma(9, 100, 3000), "population": np.repeat(5000, 3000)})
    media = pd.concat([pd.DataFrame({**keys, "channel": c, "spend": rng.gamma(2, 10, 3000)}) for c in "ab"])
    data = read(media, outcome, spec=PANEL)
    assert data.outcome_gt.shape == (1000, 3)
    warned = {f.check for f in data.findings if f.severity == "warning"}
    assert warned == {"history", "ratio"}
