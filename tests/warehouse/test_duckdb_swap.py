"""A build's copy takes the warehouse's place only where nobody's rows would vanish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mediamix.core.errors import FolderError
from mediamix.data.tables import Tables
from mediamix.ingest.load import land
from mediamix.warehouse.build import build
from mediamix.warehouse.dialogue import digest
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.engines.duckdb_swap import swapped

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
CRASH = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into t values (2)")
os._exit(1)
"""


def insert(path: Path, value: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table if not exists t (x int)")
        connection.execute("insert into t values (?)", [value])


def values(path: Path) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [row[0] for row in connection.execute("select x from t order by x").fetchall()]


def test_the_copy_takes_the_place_and_leaves_nothing_aside(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    insert(path, 1)
    path.chmod(0o640)
    with swapped(path) as aside:
        assert aside.name == path.name
        insert(aside, 2)
        assert values(path) == [1]
    assert values(path) == [1, 2]
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["w.duckdb"]


def test_rows_that_another_program_commits_meanwhile_are_kept_and_the_build_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "w.duckdb"
    insert(path, 1)

    def builds() -> None:
        with swapped(path) as aside:
            insert(aside, 2)
            insert(path, 3)

    with pytest.raises(FolderError, match=r"another program changed the warehouse[\s\S]*build` again"):
        builds()
    assert values(path) == [1, 3]
    assert os.listdir(tmp_path) == ["w.duckdb"]


def test_a_warehouse_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"

    def builds() -> None:
        with swapped(path) as aside:
            insert(aside, 2)
            insert(path, 3)

    with pytest.raises(FolderError, match="another program changed the warehouse"):
        builds()
    assert values(path) == [3]


def test_a_writer_at_the_moment_of_the_swap_refuses_it(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    insert(path, 1)
    holders: list[subprocess.Popen[str]] = []

    def builds() -> None:
        with swapped(path) as aside:
            insert(aside, 2)
            holders.append(
                subprocess.Popen(
                    [sys.executable, "-c", HOLD, str(path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert holders[0].stdout is not None
            assert holders[0].stdout.readline() == "open\n"

    with pytest.raises(FolderError, match="is in use by another process"):
        builds()
    holders[0].communicate("")
    assert values(path) == [1]
    assert os.listdir(tmp_path) == ["w.duckdb"]


def test_what_a_crashed_writer_had_committed_is_in_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    insert(path, 1)
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False)
    assert path.with_name("w.duckdb.wal").exists()
    with swapped(path) as aside:
        insert(aside, 3)
    assert values(path) == [1, 2, 3]
    assert os.listdir(tmp_path) == ["w.duckdb"]


def test_a_link_to_a_warehouse_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "far" / "real.duckdb"
    real.parent.mkdir()
    insert(real, 1)
    (tmp_path / "w.duckdb").symlink_to(real)
    with swapped(tmp_path / "w.duckdb") as aside:
        insert(aside, 2)
    assert (tmp_path / "w.duckdb").is_symlink()
    assert values(real) == [1, 2]


def test_ctrl_c_during_the_build_is_ctrl_c(warehouse: DuckDB, tables: Tables, tmp_path: Path) -> None:
    land(tables, warehouse, "files")
    before = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            build(warehouse, cache=tmp_path)  # with nothing kept: by dbt
    finally:
        timer.cancel()
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_a_build_is_repeated_is_ctrl_c(
    warehouse: DuckDB, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tables, warehouse, "files")
    landed = warehouse.path.read_bytes()
    build(warehouse)
    warehouse.path.write_bytes(landed)
    answers = iter(range(30))

    def pressed_at_the_thirtieth(*answer: Any) -> str:
        if next(answers, None) is None:
            os.kill(os.getpid(), signal.SIGINT)
        return digest(*answer)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr("mediamix.warehouse.repeat.digest", pressed_at_the_thirtieth)
    with pytest.raises(KeyboardInterrupt):
        build(warehouse)
    monkeypatch.undo()
    assert build(warehouse).models  # nothing holds the file, and what was done is done again
    assert next(answers, None) is None


def test_a_query_that_ctrl_c_ends_is_ctrl_c(tmp_path: Path) -> None:
    # A process that a script began in the background ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()

    def asks() -> None:
        with DuckDB(tmp_path / "w.duckdb").connect(read_only=False) as connection:
            for _ in range(100):
                connection.execute("select sum(a.range * b.range) from range(20000) a, range(20000) b")

    with pytest.raises(KeyboardInterrupt):
        asks()
    timer.cancel()
