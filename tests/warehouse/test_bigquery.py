"""BigQuery: its own client and dbt's adapter against a local server; every statement of dbt parsed in its
dialect.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from mediamix.core.errors import DataError, ExtraError, FolderError, SpecError
from mediamix.core.spec import Spec
from mediamix.data.assemble import assemble
from mediamix.ingest import load
from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
from mediamix.ingest.load import land
from mediamix.warehouse.build import build
from mediamix.warehouse.engine import BUILD_OPEN, warehouse_of
from mediamix.warehouse.engines.bigquery import BigQuery
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.mart import count_rows, read_mart
from warehouse.awkward import SPEC, awkward_tables
from warehouse.bigquery_server import emulated
from warehouse.conftest import make_tables
from warehouse.whole_way import platform, walk


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("bqemulator", reason="the group 'emulator' isn't installed")
    with emulated(tmp_path_factory.mktemp("bigquery")) as address:
        yield address


@pytest.fixture
def bigquery(
    address: str, dbt_folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> BigQuery:
    """Datasets of the test's own."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
    return BigQuery("shop", f"t{abs(hash(request.node.name))}", "EU", dbt_folder, patience=3.0)


@pytest.mark.bigquery
def test_one_mart_on_two_engines(bigquery: BigQuery, warehouse: DuckDB) -> None:
    tables = awkward_tables()
    for engine in (warehouse, bigquery):
        with engine.renewed() as aside:
            land(tables, aside, "files")
            assert {step.status for step in build(aside).steps} <= {"success", "pass"}
    assert count_rows(bigquery) == count_rows(warehouse)
    ours, theirs = read_mart(warehouse), read_mart(bigquery)
    for name in ("media", "outcome", "controls", "events"):
        pd.testing.assert_frame_equal(getattr(theirs, name), getattr(ours, name), check_exact=True, obj=name)
    assert assemble(theirs, SPEC).hash == assemble(ours, SPEC).hash
    summed, summed_too = (read_mart(engine, most_rows=0).media for engine in (warehouse, bigquery))
    pd.testing.assert_frame_equal(summed_too, summed, check_exact=True)
    _every_statement_is_bigquerys(bigquery)
    # A build that fails leaves word of it; rows that are landed again replace those of their source.
    bad = make_tables(seed=2)
    land(replace(bad, outcome=pd.concat([bad.outcome, bad.outcome.iloc[:1]])), bigquery, "files")
    with pytest.raises(DataError, match=r"was not built(?s:.)*outcome_day"):
        build(bigquery)
    with pytest.raises(DataError, match="last build of the mart in BigQuery"):
        read_mart(bigquery)


def _every_statement_is_bigquerys(bigquery: BigQuery) -> None:
    """All that dbt compiled and ran; nothing that sqlglot has to pass on as text it can't read."""
    import sqlglot
    from sqlglot import exp

    models, all_of_it = set(), 0
    for path in bigquery.work_dir.rglob("*.sql"):
        for statement in sqlglot.parse(path.read_text(encoding="utf-8"), read="bigquery"):
            assert statement is None or not isinstance(statement, exp.Command), path
            all_of_it += 1
        if "models" in path.parts and path.suffix == ".sql" and not path.name.endswith((".yml", ".yaml")):
            models.add(path.stem)
    project = Path(__file__).parents[2] / "dbt" / "models"
    assert {path.stem for path in project.rglob("*.sql")} <= models
    assert all_of_it > 2 * len(models)


@pytest.mark.bigquery
def test_landing_is_one_transaction(bigquery: BigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    from google.api_core.exceptions import GoogleAPIError

    landed = land(make_tables(), bigquery, 'o\'files "1"')
    cents = (make_tables().media.groupby("channel")["spend"].sum() * 100).round().astype(int)
    assert {channel: int(spend * 100) for channel, spend in landed.spend.items()} == cents.to_dict()
    again = land(make_tables(), bigquery, 'o\'files "1"')
    with bigquery.connect(read_only=True) as session:
        names = {contract.name for contract in (*CONTRACTS, *PLATFORM_CONTRACTS)}
        assert session.tables("landing") == names  # no table of a load is left
        for contract in (*CONTRACTS, *PLATFORM_CONTRACTS):
            types = {column.name: column.type for column in contract.all_columns}
            assert session.columns("landing", contract.name) == types
        media = session.name("landing", "media_day")
        asked = f"select count(*), min(_run_id), max(_run_id) from {media} where _source = ?"
        kept = session.execute(asked, ['o\'files "1"']).fetchone()
    assert kept == (again.rows["media_day"], again.run_id, again.run_id)
    honest = load._ledger
    monkeypatch.setattr(load, "_ledger", lambda media: honest(media).assign(spend=Decimal("7.01")))
    # BigQuery says what is raised; the local server calls it an internal error.
    with pytest.raises(GoogleAPIError, match=r"landing changed the spend, nothing was kept|internal error"):
        land(make_tables(seed=2), bigquery, 'o\'files "1"')
    with bigquery.connect(read_only=True) as session:
        assert session.execute(asked, ['o\'files "1"']).fetchone() == kept


@pytest.mark.bigquery
def test_the_whole_way_on_two_engines(
    bigquery: BigQuery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, a SQL table, and a platform by dlt's own BigQuery destination, to what a fit reads."""
    stories = []
    named = {"project": bigquery.project, "dataset": bigquery.dataset}
    for section in ({"duckdb": "warehouse.duckdb"}, {"bigquery": named}):
        folder = tmp_path / next(iter(section))
        folder.mkdir()
        with platform(datetime.now(UTC).date()) as asked:
            stories.append(walk(folder, section, asked, monkeypatch))
    assert stories[0].status == stories[1].status
    assert stories[0] == stories[1]


@pytest.mark.bigquery
def test_one_builder_at_a_time_and_a_killed_one_is_told(bigquery: BigQuery) -> None:
    with bigquery.renewed():
        with pytest.raises(
            FolderError, match=r"another run of mediamix is building(?s:.)*since 20(?s:.)*drop the table"
        ):
            bigquery.renewed().__enter__()
        # what a kill would leave
        with pytest.raises(DataError, match="is being built, or its last build was cut short"):
            read_mart(bigquery)
    with bigquery.renewed() as aside, aside.connect(read_only=True) as session:
        assert BUILD_OPEN not in session.tables("mart")


@pytest.mark.bigquery
def test_what_cannot_be_reached_is_named(bigquery: BigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://example.com:9050")
    with pytest.raises(SpecError, match=r"isn't this machine(?s:.)*unset BIGQUERY_EMULATOR_HOST"):
        read_mart(bigquery)
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(FolderError, match=r"there are no credentials for BigQuery shop(?s:.)*gcloud auth"):
        read_mart(bigquery)


@pytest.mark.bigquery
def test_dlt_takes_the_credentials_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mediamix.ingest.dlt_folder import pipeline

    user = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    (tmp_path / "user.json").write_text(json.dumps(user))
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "user.json"))
    store = BigQuery("shop", "mediamix", "EU", tmp_path)
    with pipeline(tmp_path / "dlt", store.dlt_destination(), store.dlt_dataset, "tiktok") as made:
        client = made.sql_client()
    assert client.credentials.to_native_credentials().refresh_token == "r"
    assert (client.project_id, client.location, client.dataset_name) == ("shop", "EU", "mediamix_landing")


SAID = {
    "403 POST https://…: Access Denied: Dataset shop:x: bigquery.tables.create denied": "lack a permission",
    "RefreshError ('invalid_grant: Token has been expired or revoked.')": "there are no credentials",
    "404 Not found: Project nix": "there is no Google Cloud project shop",
    "ConnectionError Max retries exceeded": "doesn't answer",
}


@pytest.mark.parametrize("said", SAID)
def test_what_google_says_in_plain_words(said: str, tmp_path: Path) -> None:
    warehouse = warehouse_of(Spec(warehouse={"bigquery": {"project": "shop"}}), tmp_path)
    told = warehouse.explained(said)
    assert told is not None
    assert SAID[said] in str(told)
    assert told.exit_code == 2
    assert warehouse.explained("Syntax error: Unexpected identifier") is None


def test_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("google.cloud.bigquery", "google.cloud"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[bigquery\]'"):
        read_mart(BigQuery("shop", "mediamix", "EU", tmp_path))
