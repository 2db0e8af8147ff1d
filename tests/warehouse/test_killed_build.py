"""A build on PostgreSQL, killed while dbt works: the old mart is whole, and the next build is right."""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from mediamix.ingest.load import land
from mediamix.warehouse.build import build
from mediamix.warehouse.engines.postgres import Postgres
from mediamix.warehouse.mart import read_mart
from warehouse.conftest import make_tables
from warehouse.killed_build import count, in_fork, killed

KILLS = 10


def everything(postgres: Postgres) -> dict[str, list[str]]:
    """All rows of all that mediamix and dbt have made."""
    found = {}
    with postgres.connect(read_only=True) as session:
        for schema in ("landing", "staging", "seed", "mart"):
            for table in session.tables(schema):
                rows = session.execute(f"select * from {schema}.{table}").fetchall()
                found[f"{schema}.{table}"] = sorted(map(repr, rows))
    return found


@pytest.mark.kills
def test_ten_kills_while_dbt_works(
    postgres: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    import dbt.cli.main  # noqa: F401  # paid for once: what is killed are forks

    rng = random.Random(f"{request.config.getoption('--seed-shift')}/kills of dbt")
    patient = replace(postgres, patience=30.0)
    land(make_tables(), postgres, "files")
    assert os.waitstatus_to_exitcode(in_fork(lambda: _built(patient))) == 0
    statements = count(patient, tmp_path / "statements")
    before = everything(postgres)
    assert len(before["mart.media_day"]) > 0
    came: list[int] = []
    for number in range(KILLS):
        at, ended = killed(
            lambda aside, seed=number: land(make_tables(seed=10 + seed), aside, "files"),
            patient,
            statements,
            rng,
        )
        assert everything(postgres) == before, f"killed at statement {at} of {statements}"
        read_mart(postgres)
        assert os.WIFSIGNALED(ended), f"the build ended by itself with {ended}"
        assert os.WTERMSIG(ended) == signal.SIGKILL
        came.append(at)
    new = make_tables(seed=2)
    with patient.renewed() as aside:
        land(new, aside, "files")
        build(aside)
    spent = read_mart(postgres).media["spend"].dropna()
    cents = sum((Decimal(repr(one)) for one in new.media["spend"].dropna()), Decimal())
    assert sum((Decimal(repr(one)) for one in spent), Decimal()) == cents
    print(f"killed at statements {sorted(came)} of {statements}")


def _built(warehouse: Postgres) -> None:
    build(warehouse)
