"""Landing: types, the ledger, one transaction, all findings at once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediamix.core.errors import DataError, FolderError, MediamixError
from mediamix.data.tables import Tables
from mediamix.ingest import load
from mediamix.ingest.contracts import CONTRACTS
from mediamix.ingest.load import land
from mediamix.warehouse.engines.duckdb import DuckDB


def _tables(spend: list[float]) -> Tables:
    dates = pd.date_range("2024-02-28", periods=len(spend))
    media = pd.DataFrame({"date": dates, "geo": "national", "channel": "tv", "spend": spend})
    return Tables(media=media, outcome=pd.DataFrame({"date": dates, "geo": "national", "orders": 3}))


def _all_rows(warehouse: DuckDB, without_load: bool = True) -> dict[str, list[tuple[object, ...]]]:
    what = "* exclude (_run_id, _loaded_at)" if without_load else "*"
    with warehouse.connect(read_only=True) as connection:
        return {
            contract.name: connection.execute(f"select {what} from {contract.table} order by all").fetchall()
            for contract in CONTRACTS
        }


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    return DuckDB(tmp_path / "w.duckdb")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=300))
def test_spend_is_landed_to_the_cent(warehouse: DuckDB, cents: list[int]) -> None:
    landed = land(_tables([amount / 100 for amount in cents]), warehouse, "files")
    assert landed.spend == {"tv": Decimal(sum(cents)) / 100}
    assert landed.rows["media_day"] == len(cents)


def test_landing_twice_leaves_the_same_rows(warehouse: DuckDB) -> None:
    land(_tables([1.0, 2.0]), warehouse, "files")
    once = _all_rows(warehouse)
    land(_tables([1.0, 2.0]), warehouse, "files")
    assert _all_rows(warehouse) == once
    assert len(once["media_day"]) == 2
    assert once["ledger"] == [("tv", 2, Decimal("3.000000"), "files", 0)]


def test_a_refresh_replaces_its_source_only(warehouse: DuckDB) -> None:
    land(_tables([1.0, 2.0]), warehouse, "files")
    land(_tables([10.0]), warehouse, "platform")
    landed = land(_tables([5.0]), warehouse, "files")
    assert landed.spend == {"tv": Decimal(5)}
    sources = [(row[-2], row[-3]) for row in _all_rows(warehouse)["media_day"]]
    assert sources == [("files", 5.0), ("platform", 10.0)]


def test_types_and_missing_values(warehouse: DuckDB) -> None:
    tables = _tables([1.5, np.nan])
    tables = replace(tables, media=tables.media.assign(clicks=[3, 4], paused=[True, False]))
    land(tables, warehouse, "files", run_id="r1")
    with warehouse.connect(read_only=True) as connection:
        rows = connection.execute(
            "select date::varchar, metric, value, campaign, typeof(date), typeof(value), _row, _run_id "
            "from landing.media_day order by _row"
        ).fetchall()
    days = ["2024-02-28", "2024-02-29"]
    values = [
        ("spend", 1.5),
        ("spend", None),
        ("clicks", 3.0),
        ("clicks", 4.0),
        ("paused", 1.0),
        ("paused", 0.0),
    ]
    assert rows == [
        (days[i % 2], metric, value, None, "DATE", "DOUBLE", i, "r1")
        for i, (metric, value) in enumerate(values)
    ]


def test_columns_without_numbers_are_named(warehouse: DuckDB) -> None:
    tables = _tables([1.0])
    landed = land(replace(tables, media=tables.media.assign(status="final")), warehouse, "files")
    assert landed.left_out == ("media.status",)


def test_what_else_names_a_row_is_landed_as_its_part(warehouse: DuckDB) -> None:
    tables = _tables([1.0, 2.0])
    media = tables.media.assign(account=["A", "B"], ad_id=[7.0, np.nan])
    land(replace(tables, media=media), warehouse, "files")
    with warehouse.connect(read_only=True) as connection:
        rows = connection.execute(
            "select part, metric, value from landing.media_day where metric = 'spend' order by _row"
        ).fetchall()
        metrics = connection.execute("select distinct metric from landing.media_day").fetchall()
    assert rows == [("account=A, ad_id=7", "spend", 1.0), ("account=B", "spend", 2.0)]
    assert ("ad_id",) not in metrics


def test_every_finding_is_named_at_once(warehouse: DuckDB) -> None:
    tables = _tables([1.0, np.inf])
    bad = Tables(
        media=tables.media.assign(
            channel=["tv", " "], clicks=[1e16, 1.0], date=tables.media["date"].dt.tz_localize("UTC")
        ),
        outcome=tables.outcome.drop(columns="geo"),
        controls=pd.DataFrame(
            {"date": pd.to_datetime(["2024-01-01 10:00", None]), "geo": "national", "note": ["a", "b"]}
        ),
        events=pd.DataFrame({"date": [1], "end_date": [2], "event": [None], "geo": [None]}),
    )
    with pytest.raises(DataError, match="10 findings") as caught:
        land(bad, warehouse, "files")
    text = "\n".join(caught.value.details)
    for finding in (
        "media.date: dates without time zone are needed, got datetime64",
        "media.channel: missing in 1 row, first in row 2",
        "media.spend: infinite, or beyond 1e15 in 1 row, first in row 2: inf",
        "media.clicks: infinite, or beyond 1e15 in 1 row, first in row 1",
        "outcome: no column 'geo'",
        "controls.date: missing, or not a whole day in 2 rows, first in row 1: 2024-01-01 10:00:00",
        "controls.note: numbers are needed",
        "events.date: dates without time zone are needed, got int64",
        "events.end_date: dates",
        "events.event: missing in 1 row",
    ):
        assert finding in text
    assert not warehouse.path.exists()


def test_a_failure_while_writing_keeps_what_was_there(
    warehouse: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(_tables([1.0, 2.0]), warehouse, "files")
    before = _all_rows(warehouse, without_load=False)
    honest = load._ledger
    monkeypatch.setattr(load, "_ledger", lambda media: honest(media).assign(spend=Decimal("7.01")))
    with pytest.raises(MediamixError, match=r"landing changed the spend.*tv, 7\.010*, 7\.0+$"):
        land(_tables([3.0, 4.0]), warehouse, "files")
    assert _all_rows(warehouse, without_load=False) == before


def test_a_source_needs_a_name(warehouse: DuckDB) -> None:
    with pytest.raises(DataError, match="name of its source"):
        land(_tables([1.0]), warehouse, " ")


def test_a_landing_table_of_another_version_is_named(warehouse: DuckDB) -> None:
    with warehouse.connect(read_only=False) as connection:
        connection.execute("create schema landing")
        connection.execute("create table landing.media_day (date DATE, spend DOUBLE)")
    with pytest.raises(
        FolderError, match=r"another form of landing\.media_day(?s:.)*date DATE, spend DOUBLE"
    ):
        land(_tables([1.0]), warehouse, "files")
