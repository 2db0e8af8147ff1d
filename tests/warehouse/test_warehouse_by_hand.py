"""The dbt project as a team runs it: by dbt's own commands, with a profile and seeds of its own."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mediamix.warehouse.build import build, dbt_project_dir
from mediamix.warehouse.engines.duckdb import DuckDB
from warehouse import market as world

PROFILE = """
mediamix:
  target: ours
  outputs:
    ours: {{type: duckdb, path: "{path}", threads: 2}}
"""
MARTS = ("media_day", "outcome_day", "control_day", "event_day", "mmm_datamart", "journeys", "calendar")


def _dbt(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("dbt")), *arguments]
    environment = {**os.environ, "DBT_PROFILES_DIR": str(project.parent / "profiles"), "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def _mart(store: DuckDB) -> dict[str, list[tuple[object, ...]]]:
    kept = "* exclude (run_id, loaded_at)"
    with store.connect(read_only=True) as connection:
        return {
            mart: connection.execute(
                f"select {kept if mart.endswith('_day') else '*'} from mart.{mart} order by all"
            ).fetchall()
            for mart in MARTS
        }


@pytest.mark.by_hand
def test_deps_seed_run_and_test_by_hand_make_the_same_mart(tmp_path: Path) -> None:
    store = DuckDB(tmp_path / "ours.duckdb")
    world.put(store, world.market(seed=3))
    build(store, variables=world.VARIABLES)
    expected = _mart(store)

    project = tmp_path / "dbt"
    shutil.copytree(dbt_project_dir(), project)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/profiles.yml").write_text(PROFILE.format(path=store.path))
    settings = {name: value for name, value in world.VARIABLES.items() if not name.endswith("_table")}
    with store.connect(read_only=False) as connection:
        for name in (name.removesuffix("_table") for name in world.VARIABLES if name.endswith("_table")):
            cursor = connection.execute(f"select * from landing.{name}")
            rows = [[column[0] for column in cursor.description or []], *cursor.fetchall()]
            with (project / f"seeds/{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
            connection.execute(f"drop table landing.{name}")
        for schema in ("mart", "staging", "seed"):
            connection.execute(f"drop schema {schema} cascade")
    words = [("deps",), *((command, "--vars", str(settings)) for command in ("seed", "run", "test"))]
    for arguments in words:
        done = _dbt(project, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "WARN=1" in done.stdout  # what no pattern fits
    assert _mart(store) == expected
    with store.connect(read_only=False) as connection:
        connection.execute("update landing.account_month set spend = spend + 0.01 where account_id = '9'")
    done = _dbt(project, "test", "--vars", str(settings), "--select", "reconcile_account_month")
    assert done.returncode == 1
    assert "reconcile_account_month" in done.stdout
