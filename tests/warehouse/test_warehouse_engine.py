"""Opening the file, and refusing to with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mediamix.core.errors import FolderError
from mediamix.warehouse.engines.duckdb import DuckDB

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_writing_makes_the_file_and_reading_sees_it(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "new" / "w.duckdb")
    with warehouse.connect(read_only=False) as connection:
        connection.execute("create table t as select 42 as answer")
    with warehouse.connect(read_only=True) as connection:
        assert connection.execute("select answer from t").fetchall() == [(42,)]


def test_the_connection_is_closed_after_an_error(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "w.duckdb")
    with pytest.raises(ZeroDivisionError, match="division"), warehouse.connect(read_only=False):
        _ = 1 / 0
    with warehouse.connect(read_only=True):
        pass


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    with (
        pytest.raises(FolderError, match="there is no warehouse at"),
        DuckDB(tmp_path / "w.duckdb").connect(read_only=True),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "media.duckdb"
    path.write_text("date,channel,spend\n" * 1000)
    with pytest.raises(FolderError, match="is not a DuckDB file"), DuckDB(path).connect(read_only=True):
        pass


@pytest.mark.parametrize("name", ["mart.duckdb", "Landing.db", "o'clock.duckdb"])
def test_names_that_duckdb_confuses_are_refused(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(FolderError, match=r"can't be called(?s:.)*warehouse\.duckdb"),
        DuckDB(tmp_path / name).connect(read_only=False),
    ):
        pass


def test_an_open_connection_of_another_mode_is_named(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "w.duckdb")
    with (
        warehouse.connect(read_only=False),
        pytest.raises(FolderError, match="already open in this process"),
        warehouse.connect(read_only=True),
    ):
        pass


def test_a_lock_of_another_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        for read_only in (True, False):
            with (
                pytest.raises(FolderError, match=r"in use by another process(?s:.)*close the other program"),
                DuckDB(path).connect(read_only=read_only),
            ):
                pass
        holder.communicate("")
    with DuckDB(path).connect(read_only=True):
        pass
