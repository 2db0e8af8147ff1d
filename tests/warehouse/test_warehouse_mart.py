"""What is landed comes back: land, build with dbt, read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.spec import Spec
from mediamix.data.tables import Tables
from mediamix.ingest.load import land
from mediamix.pipeline import fit_model
from mediamix.pipeline import read_mart as read_dataset
from mediamix.warehouse.build import build
from mediamix.warehouse.engine import Warehouse
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import read_mart

COUNT = """
import duckdb, json, sys
tables = ["mart.media_day", "mart.outcome_day", "mart.calendar", "mart.build_log"]
connection = duckdb.connect(sys.argv[1])
print(json.dumps([connection.execute(f"select count(*) from {name}").fetchone()[0] for name in tables]))
"""


def assert_same(got: Tables, expected: Tables) -> None:
    """Equal to the last bit, types and order included."""
    for name in ("media", "outcome", "controls", "events"):
        pd.testing.assert_frame_equal(getattr(got, name), getattr(expected, name), check_exact=True, obj=name)


def with_channel(tables: Tables, name: str) -> Tables:
    """The tables with a further channel that delivers something nobody else does."""
    new = tables.media[tables.media["channel"] == "tv"].assign(channel=name, installs=5.0)
    media = pd.concat([tables.media, new.astype({"channel": "object"})], ignore_index=True)
    return replace(tables, media=media)


def test_new_names_appear_without_an_edit(any_warehouse: Warehouse, tables: Tables) -> None:
    assert tables.controls is not None
    grown = replace(
        with_channel(tables, "Podcast Ü '\"; drop table x --"),
        outcome=tables.outcome.fillna(100.0).assign(orders=7.0),
        controls=tables.controls.assign(weather=0.5),
    )
    land(grown, any_warehouse, "files")
    build(any_warehouse)
    assert_same(read_mart(any_warehouse), grown)
    with any_warehouse.connect(read_only=True) as session:
        datamart = session.name("mart", "mmm_datamart")
        rows = session.execute(f"select distinct channel from {datamart}").fetchall()
    assert {name for (name,) in rows} == set(grown.media["channel"])
    spec = Spec(model={"family": "linear"})
    fit = fit_model(read_dataset(spec, any_warehouse), spec, checks=False)
    assert {channel.name for channel in fit.dataset.channels} == set(grown.media["channel"])


def test_what_was_landed_comes_back_and_the_file_is_left_to_others(warehouse: DuckDB, tables: Tables) -> None:
    counts = []
    for _ in range(2):
        land(tables, warehouse, "files")
        build(warehouse)
        assert_same(read_mart(warehouse), tables)
        # A writer in another process: any connection left open here would refuse it.
        other = subprocess.run(
            [sys.executable, "-c", COUNT, str(warehouse.path)], capture_output=True, text=True, check=False
        )
        assert other.returncode == 0, other.stderr
        counts.append(json.loads(other.stdout))
    media_rows = 2 * len(tables.media)
    assert counts == [[media_rows, 112, 12783, 1], [media_rows, 112, 12783, 2]]
    land(tables, warehouse, "files")
    with pytest.raises(DataError, match=r"older than what was landed since(?s:.)*files, landed on"):
        read_mart(warehouse)


def test_campaigns_stay_and_their_ads_are_summed(any_warehouse: Warehouse, tables: Tables) -> None:
    ads = pd.concat([tables.media, tables.media], ignore_index=True)
    campaigns = pd.Series(["brand", "other"] * len(tables.media), dtype=object)
    split = ads.assign(campaign=campaigns.sort_values(ignore_index=True), currency="EUR")
    parts = pd.concat([split.assign(ad="a"), split.assign(ad="b")], ignore_index=True)
    land(replace(tables, media=parts), any_warehouse, "files")
    build(any_warehouse)
    got = read_mart(any_warehouse).media
    keys = ["date", "geo", "channel", "campaign", "currency"]
    expected = split.assign(spend=split["spend"] * 2, impressions=split["impressions"] * 2)
    pd.testing.assert_frame_equal(got, expected[got.columns], check_dtype=False)
    assert not got.duplicated(keys).any()


def test_sources_are_read_together_and_absent_tables_are_none(
    any_warehouse: Warehouse, tables: Tables
) -> None:
    tv = tables.media["channel"] == "tv"
    outcome = tables.outcome.iloc[:0]
    land(Tables(media=tables.media[tv], outcome=tables.outcome), any_warehouse, "a_files")
    land(Tables(media=tables.media[~tv].assign(clicks=1.0), outcome=outcome), any_warehouse, "b_platform")
    build(any_warehouse)
    read = read_mart(any_warehouse)
    assert read.controls is None
    assert read.events is None
    got = read.media
    pd.testing.assert_frame_equal(got[tables.media.columns], tables.media)
    assert got["clicks"].isna().tolist() == tv.tolist()


def test_reading_before_building_is_refused(warehouse: DuckDB, tables: Tables) -> None:
    with pytest.raises(FolderError, match=r"there is no warehouse at .*(?s:.)*mediamix build"):
        read_mart(warehouse)
    land(tables, warehouse, "files")
    with pytest.raises(DataError, match=r"is not built(?s:.)*no media_day(?s:.)*mediamix build"):
        read_mart(warehouse)
