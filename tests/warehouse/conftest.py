"""Small tables, and one warehouse per engine for all tests that run dbt: parsing its project once saves
seconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.data.tables import Tables
from mediamix.ingest.load import land
from mediamix.warehouse.engine import Warehouse
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.engines.postgres import Postgres
from warehouse.postgres_server import Server, server

__all__ = ["server"]

N_DAYS = 28


def make_tables(seed: int = 1) -> Tables:
    """Two geos, three channels (one organic), holes in the outcome, a control, two events."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2024-01-01", periods=N_DAYS, unit="s")
    cells = pd.MultiIndex.from_product([dates, ["south", "north"]], names=["date", "geo"])
    keys = cells.to_frame(index=False).astype({"geo": "object"})
    parts = []
    for channel in ("tv", "search", "blog"):
        part = keys.assign(channel=channel).astype({"channel": "object"})
        part["spend"] = np.nan if channel == "blog" else rng.gamma(2, 500, len(part)).round(2)
        part["impressions"] = rng.poisson(9000, len(part)).astype(float)
        parts.append(part)
    outcome = keys.assign(revenue=rng.gamma(9, 100, len(keys)), population=3e6)
    outcome.loc[5, "revenue"] = np.nan
    events = pd.DataFrame(
        {
            "date": dates[[3, 9]],
            "end_date": dates[[4, 9]],
            "event": pd.Series(["sale", "launch"], dtype=object),
            "geo": pd.Series([None, "north"], dtype=object),
        }
    )
    return Tables(
        media=pd.concat(parts, ignore_index=True),
        outcome=outcome,
        controls=keys.assign(price=rng.normal(10, 1, len(keys)), a_first=rng.normal(size=len(keys))),
        events=events,
    )


@pytest.fixture
def tables() -> Tables:
    return make_tables()


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared warehouse lies; dbt's parsed project beside it outlives the file."""
    return tmp_path_factory.mktemp("warehouse")


@pytest.fixture
def warehouse(dbt_folder: Path) -> DuckDB:
    """An empty warehouse, always at the same path."""
    warehouse = DuckDB(dbt_folder / "warehouse.duckdb")
    warehouse.path.unlink(missing_ok=True)
    return warehouse


@pytest.fixture
def postgres(server: Server, dbt_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """A new, empty database."""
    monkeypatch.setenv("SHOP_DATABASE", server.address(server.new_database()))
    return Postgres("SHOP_DATABASE", dbt_folder, patience=0.0)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.engines)])
def any_warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """An empty warehouse of each engine."""
    made: Warehouse = request.getfixturevalue("warehouse" if request.param == "duckdb" else "postgres")
    return made


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A warehouse with landed tables and no mart."""
    warehouse = DuckDB(tmp_path_factory.mktemp("landed") / "warehouse.duckdb")
    land(make_tables(), warehouse, "files")
    return warehouse.path.read_bytes()
