"""PostgreSQL, a real server: the same mart as DuckDB's, all of a build or nothing, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mediamix.core.errors import DataError, ExtraError, FolderError, SpecError, UserError
from mediamix.core.spec import Spec
from mediamix.data.assemble import assemble
from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
from mediamix.ingest.load import ensure_landing, land
from mediamix.warehouse.build import build
from mediamix.warehouse.engine import warehouse_of
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.engines.postgres import Postgres
from mediamix.warehouse.mart import MARTS, count_rows, read_mart
from warehouse.awkward import SPEC, awkward_tables
from warehouse.conftest import make_tables
from warehouse.postgres_server import PASSWORD, USER, Server

#: What only the warehouse itself says of a row: when it was loaded, and by which load.
OWN = {"run_id", "loaded_at", "_run_id", "_loaded_at"}


def cells(warehouse: DuckDB | Postgres, sql: str) -> list[tuple]:
    with warehouse.connect(read_only=True) as session:
        return [tuple(row) for row in session.execute(sql).fetchall()]


def test_one_mart_on_two_engines(postgres: Postgres, warehouse: DuckDB, server: Server) -> None:
    tables = awkward_tables()
    for engine in (warehouse, postgres):
        with engine.renewed() as aside:
            land(tables, aside, "files")
            assert {step.status for step in build(aside).steps} <= {"success", "pass"}
    assert count_rows(postgres) == count_rows(warehouse)
    ours, theirs = read_mart(warehouse), read_mart(postgres)
    for name in ("media", "outcome", "controls", "events"):
        pd.testing.assert_frame_equal(getattr(theirs, name), getattr(ours, name), check_exact=True, obj=name)
    assert assemble(theirs, SPEC).hash == assemble(ours, SPEC).hash
    # to the cent, in integers
    cents = (tables.media["spend"].fillna(0) * 100).round().astype(int).sum()
    spent = "select cast(sum(cast({} as numeric(38, 6))) as text) from mart.media_day where metric = 'spend'"
    assert Decimal(cells(postgres, spent.format("cast(value as text)"))[0][0]) * 100 == int(cents)
    summed, summed_too = (read_mart(engine, most_rows=0).media for engine in (warehouse, postgres))
    pd.testing.assert_frame_equal(summed_too, summed, check_exact=True)
    assert "campaign" not in summed.columns
    assert len(summed) == len(make_tables().media)
    exact = ours.media.assign(cents=(ours.media["spend"] * 100).round())
    by_key = exact.groupby(["date", "geo", "channel"], sort=False)["cents"].sum(min_count=1)
    np.testing.assert_array_equal((summed["spend"] * 100).round().to_numpy(), by_key.to_numpy())
    _no_secret_on_disk(postgres)
    _a_failed_build_changes_nothing(postgres, server)


def _no_secret_on_disk(postgres: Postgres) -> None:
    written = [path for path in postgres.work_dir.rglob("*") if path.is_file()]
    assert written
    for path in written:
        content = path.read_bytes()
        assert b"s3cret" not in content, path
        assert os.environ["SHOP_DATABASE"].encode() not in content, path


def _a_failed_build_changes_nothing(postgres: Postgres, server: Server) -> None:
    before = _everything(postgres)
    bad = make_tables(seed=2)
    bad = replace(bad, outcome=pd.concat([bad.outcome, bad.outcome.iloc[:1]]))

    def built() -> None:
        with postgres.renewed() as aside:
            land(bad, aside, "files")
            build(aside)

    with pytest.raises(DataError, match=r"was not built: \d of \d+ tests failed") as caught:
        built()
    assert any("outcome_day" in line and "geo=south" in line for line in caught.value.details)
    assert _everything(postgres) == before
    read_mart(postgres)


def _everything(postgres: Postgres) -> dict[str, list[tuple]]:
    names = [f"mart.{name}" for name in (*MARTS, "build_log")] + [c.table for c in CONTRACTS]
    return {name: sorted(cells(postgres, f"select * from {name}"), key=repr) for name in names}


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from mediamix.ingest.load import land
from mediamix.warehouse.engines.postgres import Postgres
from warehouse.conftest import make_tables
with Postgres("SHOP_DATABASE", Path()).renewed() as aside:
    land(make_tables(seed=3), aside, "files")
    with aside.connect(read_only=False) as session:
        session.execute("create schema mart")
        session.execute("create table mart.mart_media as select 1 as one")
    print("landed", flush=True)
    sys.stdin.read()
"""


def test_a_killed_builder_leaves_everything_and_no_lock(postgres: Postgres, tmp_path: Path) -> None:
    land(make_tables(), postgres, "files")
    kept = cells(postgres, "select * from landing.media_day order by _row")
    script = KILLED.format(tests=str(Path(__file__).parents[1]))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, text=True
    ) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "landed\n"
        with pytest.raises(FolderError, match=r"another run of mediamix writes(?s:.)*since \d{4}-"):
            postgres.renewed().__enter__()
        with pytest.raises(FolderError, match="another run of mediamix writes"):
            land(make_tables(seed=2), postgres, "platform")
        # whoever reads meanwhile isn't kept waiting, and sees what was there
        assert cells(postgres, "select * from landing.media_day order by _row") == kept
        builder.send_signal(signal.SIGKILL)
    with replace(postgres, patience=30.0).renewed() as aside:
        assert cells(aside, "select * from landing.media_day order by _row") == kept
        with aside.connect(read_only=True) as session:
            assert session.tables("mart") == set()


def test_rows_that_others_commit_meanwhile_are_not_mixed_in(postgres: Postgres, server: Server) -> None:
    land(make_tables(), postgres, "files")
    database = os.environ["SHOP_DATABASE"].rsplit("/", 1)[1]
    with postgres.renewed() as aside:
        before = cells(aside, "select sum(value) from landing.media_day")
        server.run(database, "update landing.media_day set value = value + 1")
        assert cells(aside, "select sum(value) from landing.media_day") == before
        with pytest.raises(FolderError, match=r"another program changed(?s:.)*run it again"):
            land(make_tables(seed=4), aside, "files")
    assert cells(postgres, "select sum(value) from landing.media_day") != before


def test_every_landing_table_is_made_and_another_form_is_named(postgres: Postgres, server: Server) -> None:
    names = {contract.name for contract in (*CONTRACTS, *PLATFORM_CONTRACTS)}
    for _ in range(2):
        with postgres.connect(read_only=False) as session:
            ensure_landing(session, postgres.title)
            assert session.tables("landing") == names
            for contract in (*CONTRACTS, *PLATFORM_CONTRACTS):
                types = {column.name: column.type for column in contract.all_columns}
                assert session.columns("landing", contract.name) == types
    database = os.environ["SHOP_DATABASE"].rsplit("/", 1)[1]
    server.run(database, "alter table landing.touch alter column cost type float8")
    with pytest.raises(FolderError, match=r"another form of landing\.touch(?s:.)*cost DOUBLE"):
        land(make_tables(), postgres, "files")


def test_columns_come_back_as_they_went_in(postgres: Postgres) -> None:
    from datetime import date, datetime

    texts = ["", None, 'a "quoted", one', "line\nbreak", "\\N", "NULL", " Ü ", "%s ?"]
    table = pa.table(
        {
            "t": pa.array(texts),
            "f": pa.array([0.1, None, 1e-300, 123456789012345.67, -0.0, 1 / 3, 5e-324, 2.0**53 + 2]),
            "i": pa.array([1, None, -(2**62), 0, 5, 6, 7, 2**62]),
            "b": pa.array([True, None, False, True, False, True, True, False]),
            "d": pa.array([date(2024, 2, 29), None, *[date(1999, 12, 31)] * 6]),
            "m": pa.array([Decimal("0.000001"), None, *[Decimal("12345678901234567890.120000")] * 6]).cast(
                pa.decimal128(38, 6)
            ),
            "s": pa.array([datetime(2024, 1, 1, 12, 30, 0, 123456), None, *[datetime(1970, 1, 1)] * 6]),
        }
    )
    with postgres.connect(read_only=False) as session:
        session.execute(
            "create table t (t text, f float8, i int8, b bool, d date, m numeric(38, 6), s timestamp)"
        )
        session.insert("public", "t", table)
        assert session.arrow("select * from t").to_pylist() == table.to_pylist()
        assert session.arrow("select * from t where t = ?", ["%s ?"]).num_rows == 1
        empty = session.arrow("select d, m from t where false")
    assert empty.schema == table.select(["d", "m"]).schema
    with (
        pytest.raises(DataError, match=r"can't hold(?s:.)*NUL"),
        postgres.connect(read_only=False) as session,
    ):
        session.insert("public", "t", pa.table({"t": ["a\x00b"]}))


Faulty = Callable[[Server], str]
FAULTS: dict[str, tuple[Faulty, type[UserError], str]] = {
    "unset": (
        lambda server: "",
        SpecError,
        r"SHOP_DATABASE is not set(?s:.)*postgresql://user:password@host",
    ),
    "no address": (lambda server: f"{PASSWORD} nonsense", SpecError, r"holds no address(?s:.)*is not shown"),
    "password with @": (
        lambda server: f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{server.port}/postgres",
        SpecError,
        r"holds no address(?s:.)*write @ as %40",
    ),
    "no database": (lambda server: f"postgresql://{USER}:s3cret@127.0.0.1", SpecError, "holds no address"),
    "server down": (
        lambda server: f"postgresql://{USER}:s3cret@127.0.0.1:1/shop",
        FolderError,
        r"no server answers for the PostgreSQL database 'shop' on 127\.0\.0\.1:1 (?s:.)*refused",
    ),
    "no such host": (
        lambda server: f"postgresql://{USER}:s3cret@nowhere.invalid/shop",
        FolderError,
        r"no server answers for the PostgreSQL database 'shop' on nowhere\.invalid",
    ),
    "wrong password": (
        lambda server: server.address("postgres", password="s3cret-but-old"),
        FolderError,
        r"can't open the PostgreSQL database 'postgres'(?s:.)*the user or the password is wrong",
    ),
    "no such user": (
        lambda server: server.address("postgres", user="nobody_here"),
        FolderError,
        r"can't open the PostgreSQL database(?s:.)*'nobody_here'",
    ),
    "database missing": (
        lambda server: server.address("absent"),
        FolderError,
        r"there is no PostgreSQL database 'absent'(?s:.)*createdb absent",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_opened_is_named_without_its_password(
    server: Server, monkeypatch: pytest.MonkeyPatch, fault: str, tmp_path: Path
) -> None:
    address, kind, words = FAULTS[fault]
    monkeypatch.setenv("SHOP_DATABASE", address(server))
    warehouse = warehouse_of(Spec(warehouse={"postgres": "SHOP_DATABASE"}), tmp_path)
    with pytest.raises(kind, match=words) as caught:
        land(make_tables(), warehouse, "files")
    told = f"{caught.value} {caught.value.to_dict()} {caught.value.__cause__!r} {warehouse!r}"
    assert "s3cret" not in told
    with pytest.raises(kind, match=words):
        read_mart(warehouse)
    with pytest.raises(kind, match=words):
        warehouse.renewed().__enter__()


def test_a_missing_permission_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    database = os.environ["SHOP_DATABASE"].rsplit("/", 1)[1]
    server.run(database, "drop role if exists reader", f"create role reader login password '{PASSWORD}'")
    monkeypatch.setenv("SHOP_DATABASE", server.address(database, user="reader"))
    lacks = r"the user 'reader' lacks a permission(?s:.)*permission denied for(?s:.)*grant create on database"
    with pytest.raises(FolderError, match=lacks):
        land(make_tables(), postgres, "files")
    monkeypatch.setenv("SHOP_DATABASE", server.address(database))
    land(make_tables(), postgres, "files")
    # landed by its owner, built by one who may read the rows only: dbt's own words
    server.run(
        database,
        "grant usage on schema landing to reader",
        "grant select on all tables in schema landing to reader",
    )
    monkeypatch.setenv("SHOP_DATABASE", server.address(database, user="reader"))
    with pytest.raises(FolderError, match=lacks):
        build(postgres)


def test_a_connection_that_breaks_off_is_named(postgres: Postgres, server: Server) -> None:
    land(make_tables(), postgres, "files")
    kept = cells(postgres, "select * from landing.media_day order by _row")
    end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mediamix'"

    def broken() -> None:
        with postgres.renewed() as aside:
            land(make_tables(seed=2), aside, "files")
            server.run("postgres", end)
            build(aside)

    with pytest.raises(FolderError, match=r"broke off(?s:.)*as it was"):
        broken()
    assert cells(postgres, "select * from landing.media_day order by _row") == kept


def test_extras_are_named(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    land(make_tables(), postgres, "files")
    monkeypatch.setitem(sys.modules, "dbt.adapters.postgres.connections", None)
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[postgres\]'"):
        build(postgres)
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(ExtraError, match=r"psycopg2(?s:.)*pip install 'mediamix\[postgres\]'"):
        read_mart(postgres)


def test_nothing_landed_is_refused(postgres: Postgres) -> None:
    with pytest.raises(DataError, match=r"nothing was landed in the PostgreSQL database 'shop_\d+' on 127"):
        build(postgres)
    with pytest.raises(DataError, match=r"is not built(?s:.)*mediamix build"):
        read_mart(postgres)
