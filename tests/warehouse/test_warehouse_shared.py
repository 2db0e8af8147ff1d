"""A spec with tables whose warehouse holds, or says, more than they do: a run is hashed as it is worked."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from mediamix import pipeline
from mediamix.core.documents import as_yaml
from mediamix.core.spec import Spec, load_spec, parse_spec
from mediamix.data.read import read_spec
from mediamix.ingest.load import land
from mediamix.project import compiling
from mediamix.project.progress import Telling
from mediamix.project.work import dataset_of_run
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import holds_others
from warehouse.conftest import make_tables

THE_MARTS = object()


@pytest.fixture
def spec(warehouse: DuckDB, tmp_path: Path) -> Spec:
    """Of two files, in a warehouse that isn't there yet."""
    tables = make_tables()
    tables.media.to_csv(tmp_path / "media.csv", index=False)
    tables.outcome.to_csv(tmp_path / "outcome.csv", index=False)
    data = {"media": "media.csv", "outcome": "outcome.csv"}
    named = {"data": data, "time": {"every": "day"}, "geo": {}, "warehouse": {"duckdb": str(warehouse.path)}}
    (tmp_path / "mediamix.yml").write_text(as_yaml(named))
    return load_spec(tmp_path / "mediamix.yml")


def worked(spec: Spec, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The hash of the data as a run's process reads them."""
    monkeypatch.setattr(compiling, "beside", lambda told: nullcontext())
    return dataset_of_run(spec, folder, Telling(folder)).hash


def land_others(warehouse: DuckDB) -> None:
    """A channel that an agency delivers."""
    other = make_tables(seed=7)
    radio = other.media.loc[other.media["channel"] == "tv"].assign(channel="radio")
    land(replace(other, media=radio, outcome=other.outcome.iloc[:0], controls=None), warehouse, "agency")


def test_a_mart_is_built_for_a_hash_only_where_it_can_say_more(
    spec: Spec, warehouse: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Spec] = []

    def landed(asked: Spec, base: Path, store: DuckDB) -> None:
        built.append(asked)
        land(make_tables(), store, "files")

    monkeypatch.setattr(pipeline, "land_and_build", landed)
    monkeypatch.setattr(pipeline, "read_mart", lambda asked, store, base: THE_MARTS)
    assert pipeline.build_dataset_of(spec, tmp_path).hash == read_spec(spec, tmp_path).hash
    assert not warehouse.path.exists()
    assert built == []
    renaming = parse_spec({**spec.model_dump(exclude_unset=True), "mart": {"channel_patterns": "x.csv"}})
    assert pipeline.build_dataset_of(renaming, tmp_path) is THE_MARTS
    assert not holds_others(warehouse, "files")
    land_others(warehouse)
    assert holds_others(warehouse, "files")
    assert pipeline.build_dataset_of(spec, tmp_path) is THE_MARTS
    assert built == [renaming, spec]


@pytest.mark.engines
def test_a_run_beside_rows_of_others_is_hashed_with_them(
    spec: Spec, warehouse: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_spec(spec, tmp_path)
    land_others(warehouse)
    asked = pipeline.build_dataset_of(spec, tmp_path)
    assert "radio" in [channel.name for channel in asked.channels]
    assert asked.hash != alone.hash
    assert worked(spec, tmp_path, monkeypatch) == asked.hash


@pytest.mark.engines
def test_a_run_whose_mart_renames_a_channel_is_hashed_with_the_name(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "patterns.csv").write_text("priority,source,campaign,channel\n1,tv,,television\n")
    text = (tmp_path / "mediamix.yml").read_text() + "\nmart: {channel_patterns: patterns.csv}\n"
    (tmp_path / "mediamix.yml").write_text(text)
    named = load_spec(tmp_path / "mediamix.yml")
    asked = pipeline.build_dataset_of(named, tmp_path)
    assert "television" in [channel.name for channel in asked.channels]
    assert worked(named, tmp_path, monkeypatch) == asked.hash


@pytest.mark.parametrize("section", ["", "mart: {fresh_days: 4000}\n"])
def test_the_mart_is_told_the_outcome_that_is_wanted(section: str, tmp_path: Path) -> None:
    """Also where the spec says nothing else of the mart: else mmm_datamart would call revenue the outcome."""
    (tmp_path / "mediamix.yml").write_text("outcome: {column: orders, unit: count}\n" + section)
    spec = load_spec(tmp_path / "mediamix.yml")
    said = pipeline.mart_variables(spec, tmp_path, DuckDB(tmp_path / "warehouse.duckdb"))
    assert said["outcome"] == "orders"
    assert pipeline.mart_variables(Spec(), tmp_path, DuckDB(tmp_path / "warehouse.duckdb")) == {}
