"""What the tests of the dbt project catch, and what a build leaves behind."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mediamix.core.errors import DataError, ExtraError, FolderError, MediamixError
from mediamix.data.tables import Tables
from mediamix.ingest.contracts import CONTRACTS, LEDGER, LINEAGE
from mediamix.ingest.load import land
from mediamix.warehouse.build import build, dbt_project_dir
from mediamix.warehouse.engine import Warehouse
from mediamix.warehouse.mart import read_mart


def _state_of(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}


def test_a_good_build_says_what_it_did_and_changes_nothing_else(
    warehouse: Warehouse, tables: Tables, capfd: pytest.CaptureFixture[str]
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
        "calendar",
        *(f"stg_{name}_day" for name in ("media", "outcome", "control", "event")),
        *(f"mart_{name}" for name in ("media", "outcome", "control", "event", "calendar")),
    }
    assert 0 < sum(step.seconds for step in result.steps) < result.seconds


PLANTED = {
    "a row twice": (
        "insert into landing.media_day select * from landing.media_day where _row = 0",
        [
            "unique_grain_stg_media_day.*: 1 row.*channel=tv, metric=spend, row_count=2",
            "reconcile_ledger: 1 row",
        ],
    ),
    "a cent more": (
        "update landing.media_day set value = value + 0.01 where _row = 0",
        [r"reconcile_ledger: 1 row, such as \(source=files, channel=tv"],
    ),
    "a channel gone": (
        "delete from landing.media_day where channel = 'search'",
        ["reconcile_ledger: 1 row.*channel=search.*landed_rows=None"],
    ),
    "an outcome twice": (
        "insert into landing.outcome_day select * from landing.outcome_day where _row = 0",
        ["unique_grain_stg_outcome_day.*: 1 row"],
    ),
    "a control twice": (
        "insert into landing.control_day select * from landing.control_day where _row < 2",
        ["unique_grain_stg_control_day.*: 2 rows"],
    ),
    "an event that ends before it starts": (
        "update landing.event_day set end_date = date '2024-01-01' where event = 'sale'",
        ["at_least_stg_event_day_end_date.*: 1 row.*event=sale"],
    ),
    "a date outside the calendar": (
        "update landing.outcome_day set date = date '1999-12-31' where _row = 0",
        ["in_calendar_mart_outcome_date: 1 row.*date=1999-12-31"],
    ),
    "negative spend": (
        "update landing.media_day set value = -5 where _row = 0",
        ["not_negative_stg_media_day.*: 1 row.*value=-5"],
    ),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_fault_is_caught(warehouse: Warehouse, tables: Tables, plant: str) -> None:
    sql, findings = PLANTED[plant]
    land(tables, warehouse, "files")
    with warehouse.connect(read_only=False) as connection:
        connection.execute(sql)
    with pytest.raises(DataError, match="was not built") as caught:
        build(warehouse)
    for finding in findings:
        assert pd.Series(caught.value.details).str.contains(finding, regex=True).sum() == 1
    assert len(caught.value.details) <= len(findings) + 1


def test_two_sources_of_one_channel_are_caught(warehouse: Warehouse, tables: Tables) -> None:
    campaigns = tables.media.assign(campaign="brand")
    land(tables, warehouse, "files")
    land(Tables(media=campaigns, outcome=tables.outcome.iloc[:0]), warehouse, "platform")
    with pytest.raises(DataError, match=r"one_source_.*first_source=files, second_source=platform"):
        build(warehouse)


def test_a_failed_build_keeps_the_last_mart_and_refuses_to_be_read(
    warehouse: Warehouse, tables: Tables
) -> None:
    land(tables, warehouse, "files")
    build(warehouse)
    with warehouse.connect(read_only=False) as connection:
        connection.execute("insert into landing.media_day select * from landing.media_day where _row < 7")
    with pytest.raises(DataError, match=r"left as they were: .*mart_media"):
        build(warehouse)
    with warehouse.connect(read_only=True) as connection:
        kept = connection.execute("select count(*) from mart.mart_media").fetchone()
    assert kept == (2 * len(tables.media),)
    with pytest.raises(DataError, match=r"last build of the mart in .* failed(?s:.)*mediamix build"):
        read_mart(warehouse)
    land(tables, warehouse, "files")
    build(warehouse)
    assert len(read_mart(warehouse).media) == len(tables.media)


MISTAKES: dict[str, tuple[str, Callable[[str], str], str]] = {
    "spend changed": (
        "models/marts/mart_media.sql",
        lambda sql: sql.replace(
            "sum(value) as", "sum(case when channel = 'tv' then value * 1.00001 else value end) as"
        ),
        r"reconcile_media: 2 rows, such as \(channel=tv, metric=(spend|impressions), landed_rows=56, built_rows=56",
    ),
    "rows lost": (
        "models/marts/mart_outcome.sql",
        lambda sql: sql + "where value is not null",
        "reconcile_outcome: 1 row.*metric=revenue, landed_rows=56, built_rows=55",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught_by_reconciliation(
    warehouse: Warehouse, tables: Tables, tmp_path: Path, mistake: str
) -> None:
    path, change, finding = MISTAKES[mistake]
    project = tmp_path / "dbt"
    shutil.copytree(dbt_project_dir(), project)
    model = project / path
    changed = change(model.read_text(encoding="utf-8"))
    assert changed != model.read_text(encoding="utf-8")
    model.write_text(changed, encoding="utf-8")
    land(tables, warehouse, "files")
    with pytest.raises(DataError, match=finding):
        build(warehouse, project)


def test_a_broken_project_is_our_fault(warehouse: Warehouse, tables: Tables, tmp_path: Path) -> None:
    shutil.copytree(dbt_project_dir(), tmp_path / "dbt")
    (tmp_path / "dbt/models/marts/broken.sql").write_text("select * from {{ ref('nothing') }}")
    land(tables, warehouse, "files")
    with pytest.raises(MediamixError, match="dbt can't build .*nothing") as caught:
        build(warehouse, tmp_path / "dbt")
    assert caught.value.exit_code == 1


def test_nothing_landed_is_refused(warehouse: Warehouse, tables: Tables) -> None:
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


def test_without_dbt_the_extra_is_named(
    warehouse: Warehouse, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tables, warehouse, "files")
    monkeypatch.setitem(sys.modules, "dbt.cli.main", None)
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[warehouse\]'"):
        build(warehouse)


def test_the_sources_of_dbt_are_the_landing_contracts(warehouse: Warehouse, tables: Tables) -> None:
    text = (dbt_project_dir() / "models/staging/_sources.yml").read_text(encoding="utf-8")
    (source,) = yaml.safe_load(text)["sources"]
    assert [table["name"] for table in source["tables"]] == [contract.name for contract in CONTRACTS]
    land(tables, warehouse, "files")
    build(warehouse)
    renamed = {"_source": "source", "_row": "source_row", "_run_id": "run_id", "_loaded_at": "loaded_at"}
    assert set(renamed) == {column.name for column in LINEAGE}
    with warehouse.connect(read_only=True) as connection:
        for contract in set(CONTRACTS) - {LEDGER}:
            described = connection.execute(f"describe staging.stg_{contract.name}").fetchall()
            assert {row[0]: row[1] for row in described} == {
                renamed.get(column.name, column.name): column.type for column in contract.all_columns
            }
