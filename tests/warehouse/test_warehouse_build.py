"""What the tests of the dbt project catch, and what a build leaves behind."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mediamix.core.errors import DataError, ExtraError, FolderError, MediamixError
from mediamix.data.tables import Tables
from mediamix.ingest.contracts import CONTRACTS, LEDGER, LINEAGE, PLATFORM_CONTRACTS
from mediamix.ingest.load import land
from mediamix.warehouse.build import build, dbt_project_dir
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import read_mart


def _state_of(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}


def test_a_good_build_says_what_it_did_and_changes_nothing_else(
    warehouse: DuckDB, tables: Tables, capfd: pytest.CaptureFixture[str]
) -> None:
    land(tables, warehouse, "files")
    before = (_state_of(dbt_project_dir()), dict(os.environ), Path.cwd(), list(warnings.filters))
    result = build(warehouse)
    assert before == (_state_of(dbt_project_dir()), dict(os.environ), Path.cwd(), list(warnings.filters))
    assert capfd.readouterr() == ("", "")
    assert result.warnings == ()
    assert {step.status for step in result.models} == {"success"}
    assert {step.status for step in result.tests} == {"pass"}
    assert {step.name for step in result.models} == {
        *("channel_patterns", "exchange_rates", "source_periods", "holidays", "event_kinds"),
        *(f"stg_{name}_day" for name in ("media", "outcome", "control", "event", "campaign", "traffic")),
        *("stg_deal", "stg_touch", "stg_conversion"),
        *("int_channel", "int_series", "int_rate", "int_media_day", "int_source_outcome"),
        *(f"{name}_day" for name in ("media", "outcome", "control", "event", "campaign")),
        *("calendar", "loads", "mmm_datamart", "journeys"),
    }
    assert 0 < sum(step.seconds for step in result.steps) < result.seconds
    _assert_follows_the_contracts(warehouse)


PLANTED = [
    "insert into landing.media_day select * from landing.media_day where _row = 0 and _source = 'files'",
    "delete from landing.media_day where channel = 'blog'",
    "update landing.media_day set value = -5 where _row = 224",
    "insert into landing.outcome_day select * from landing.outcome_day where _row = 0",
    "update landing.outcome_day set date = date '1999-12-31' where _row = 1",
    "insert into landing.control_day select * from landing.control_day where _row < 2",
    "update landing.event_day set end_date = date '2024-01-01' where event = 'sale'",
]
FOUND = [
    r"sound_stg_media_day: 1 row, .*fault=more than one row, .*geo=south, channel=tv, campaign=None, "
    r"part=None, currency=None, metric=spend, row_count=2",
    r"reconcile_ledger: 2 rows, .*channel=tv, ledger_rows=112, landed_rows=113",
    r"reconcile_ledger: .*channel=blog, ledger_rows=112, landed_rows=None",
    r"not_negative_stg_media_day: 1 row, .*channel=search, metric=impressions, value=-5.0",
    r"one_source: 1 row, .*channel=tv, first_source=files, second_source=platform",
    r"sound_stg_outcome_day: 2 rows, .*more than one row",
    r"sound_stg_outcome_day: .*date is outside the calendar, date=1999-12-31",
    r"sound_stg_control_day: 2 rows, ",
    r"sound_stg_event_day: 1 row, .*end_date is before date, .*event=sale",
]


def test_planted_faults_are_all_named_and_the_last_mart_stays(warehouse: DuckDB, tables: Tables) -> None:
    land(tables, warehouse, "files")
    build(warehouse)
    overlap = tables.media[:1].assign(campaign="brand")
    land(Tables(media=overlap, outcome=tables.outcome[:0]), warehouse, "platform")
    with warehouse.connect(read_only=False) as connection:
        for fault in PLANTED:
            connection.execute(fault)
    with pytest.raises(DataError, match=r"was not built: 7 of 30 tests failed\n") as caught:
        build(warehouse)
    details = pd.Series(caught.value.details)
    times_found = {pattern: int(details.str.contains(pattern, regex=True).sum()) for pattern in FOUND}
    assert times_found == dict.fromkeys(FOUND, 1)
    assert "left as they were: " in caught.value.got
    with warehouse.connect(read_only=True) as connection:
        kept = connection.execute("select count(*) from mart.media_day").fetchone()
    assert kept == (2 * len(tables.media),)
    with pytest.raises(DataError, match=r"last build of the mart in .* failed(?s:.)*mediamix build"):
        read_mart(warehouse)


MISTAKES = {
    "models/intermediate/int_media_day.sql": (
        "        tables.value,",
        "        case when tables.channel = 'tv' then tables.value * 1.00001 else tables.value end as value,",
    ),
    "models/marts/outcome_day.sql": ("from tables\n", "from tables where value is not null\n"),
}


def test_a_cent_in_the_landing_and_mistakes_in_the_sql_are_caught_by_reconciliation(
    warehouse: DuckDB, tables: Tables, tmp_path: Path
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(dbt_project_dir(), project)
    for path, (right, wrong) in MISTAKES.items():
        sql = (project / path).read_text(encoding="utf-8")
        assert sql.count(right) == 1
        (project / path).write_text(sql.replace(right, wrong), encoding="utf-8")
    land(tables, warehouse, "files")
    with warehouse.connect(read_only=False) as connection:
        connection.execute("update landing.media_day set value = value + 0.01 where _row = 56")
    with pytest.raises(DataError, match="3 of 30 tests failed") as caught:
        build(warehouse, project)
    ledger, media, outcome = sorted(caught.value.details)
    assert ledger.startswith(
        "reconcile_ledger: 1 row, such as (source=files, channel=search, ledger_rows=112, "
    )
    assert media.startswith("reconcile_media: 2 rows, such as (channel=tv, metric=")
    assert "metric=spend, currency=, landed_rows=56, built_rows=56" in media
    assert outcome.startswith(
        "reconcile_outcome: 1 row, such as (metric=revenue, landed_rows=56, built_rows=55"
    )


def test_a_broken_project_is_our_fault(warehouse: DuckDB, tables: Tables, tmp_path: Path) -> None:
    shutil.copytree(dbt_project_dir(), tmp_path / "dbt")
    (tmp_path / "dbt/models/marts/broken.sql").write_text("select * from {{ ref('nothing') }}")
    land(tables, warehouse, "files")
    with pytest.raises(MediamixError, match=r"dbt can't build (?s:.)*broken(?s:.)*nothing") as caught:
        build(warehouse, tmp_path / "dbt")
    assert caught.value.exit_code == 1


def test_nothing_landed_is_refused(warehouse: DuckDB, tables: Tables) -> None:
    with pytest.raises(FolderError, match="there is no warehouse"):
        build(warehouse)
    assert not warehouse.path.exists()
    with warehouse.connect(read_only=False):
        pass
    with pytest.raises(DataError, match="nothing was landed"):
        build(warehouse)
    empty = replace(tables, media=tables.media.iloc[:0])
    land(empty, warehouse, "files")
    with pytest.raises(DataError, match=r"nothing was landed(?s:.)*rows in landing\.media_day"):
        build(warehouse)


def test_without_dbt_a_build_is_repeated_or_the_extra_is_named(
    warehouse: DuckDB, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tables, warehouse, "files")
    first = build(warehouse)
    warehouse.path.unlink()
    land(tables, warehouse, "files")
    monkeypatch.setitem(sys.modules, "dbt.cli.main", None)
    again = build(warehouse)
    assert again.repeated
    assert [step.name for step in again.steps] == [step.name for step in first.steps]
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[warehouse\]'"):
        build(warehouse, cache=tmp_path)


def test_the_project_is_found_in_an_installed_package_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediamix.warehouse.build.files", lambda package: tmp_path / package)
    with pytest.raises(MediamixError, match="the dbt project is missing"):
        dbt_project_dir()
    installed = tmp_path / "mediamix" / "dbt"
    installed.mkdir(parents=True)
    (installed / "dbt_project.yml").touch()
    assert dbt_project_dir() == installed


def _assert_follows_the_contracts(warehouse: DuckDB) -> None:
    text = (dbt_project_dir() / "models/staging/_sources.yml").read_text(encoding="utf-8")
    (source,) = yaml.safe_load(text)["sources"]
    assert [table["name"] for table in source["tables"]] == [
        contract.name for contract in (*CONTRACTS, *PLATFORM_CONTRACTS)
    ]
    renamed = {"_source": "source", "_row": "source_row", "_run_id": "run_id", "_loaded_at": "loaded_at"}
    assert set(renamed) == {column.name for column in LINEAGE}
    with warehouse.connect(read_only=True) as connection:
        for contract in set(CONTRACTS) - {LEDGER}:
            described = connection.execute(f"describe staging.stg_{contract.name}").fetchall()
            assert {row[0]: row[1] for row in described} == {
                renamed.get(column.name, column.name): column.type for column in contract.all_columns
            }
