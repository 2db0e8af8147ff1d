"""A SQL table in batches: exact, by names, and no secret in what goes wrong."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.ingest.sql_table import read_table


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, str]:
    """A database of 2,500 rows, and the environment that names it."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute('create table costs ("Day" text, medium text, cost text, note blob)')
        database.executemany(
            "insert into costs values (?, ?, ?, ?)",
            [
                (f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}", f"m{n}", f"{n}.{n % 100:02}", None)
                for n in range(2500)
            ],
        )
    database.close()
    return {"SHOP_DATABASE": f"sqlite:///{path}"}


def test_all_rows_come_in_batches_under_our_names(shop: dict[str, str], tmp_path: Path) -> None:
    told: list[str] = []
    target = tmp_path / "costs.parquet"
    renamed = {"date": "day", "channel": "medium", "spend": "cost"}
    rows = read_table(
        "SHOP_DATABASE", "costs", target, renamed, environment=shop, told=told.append, batch=1000
    )
    assert rows == 2500
    assert told == ["1,000 rows", "2,000 rows", "2,500 rows"]
    assert pq.ParquetFile(target).num_row_groups == 3
    table = pq.read_table(target)
    assert table.column_names == ["date", "channel", "spend", "note"]
    truth = sum((Decimal(f"{n}.{n % 100:02}") for n in range(2500)), Decimal())
    assert sum(map(Decimal, table.column("spend").to_pylist())) == truth


def test_what_is_not_there_is_named(shop: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "x.parquet"
    with pytest.raises(SpecError, match=r"(?s)has no table cots.*did you mean 'costs'"):
        read_table("SHOP_DATABASE", "cots", target, environment=shop)
    with pytest.raises(SpecError, match=r"(?s)no such column.*spend=price.*Day, medium, cost, note"):
        read_table("SHOP_DATABASE", "costs", target, {"spend": "price"}, environment=shop)
    with pytest.raises(SpecError, match="NOWHERE isn't set"):
        read_table("NOWHERE", "costs", target, environment=shop)
    with pytest.raises(SpecError, match="holds no address of a database"):
        read_table("BAD", "costs", target, environment={"BAD": "hunter2 at host"})


def test_no_message_holds_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg2", reason="the extra 'postgres'")
    addresses = {"DB": "postgresql+psycopg2://someone:hunter2@127.0.0.1:9/shop"}
    with pytest.raises(DataError, match="the database of DB can't be read") as refused:
        read_table("DB", "costs", tmp_path / "x.parquet", environment=addresses)
    assert "hunter2" not in str(refused.value) + repr(refused.value.__cause__)
