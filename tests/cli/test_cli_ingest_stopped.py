"""Ctrl-C while platforms are fetched: a real SIGINT to a process that talks to servers on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from driving import call

from mediamix.testing.platforms.base import Running, World, WorldAccount
from mediamix.testing.platforms.meta import MetaServer
from mediamix.testing.platforms.tiktok import TikTokServer

TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY - timedelta(days=6), TODAY + timedelta(days=1)
LONGEST = 60.0
#: As a terminal starts it: a shell starts background jobs, such as CI's, with SIGINT ignored.
CHILD = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); " + (
    "from mediamix.cli import main; sys.exit(main())"
)


def world(number: int) -> World:
    account = WorldAccount(f"100000000{number}", f"Shop {number}", "EUR", "UTC")
    return World(FIRST, LAST, accounts=(account,), seed=number)


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Running, Running]]:
    monkeypatch.chdir(tmp_path)
    with TikTokServer(world(1)) as tiktok, MetaServer(world(2)) as meta:
        sources = {
            name: {"since": str(FIRST), "endpoint": one.endpoint, "options": dict(one.options)}
            for name, one in (("tiktok", tiktok), ("meta", meta))
        }
        Path("mediamix.yml").write_text(json.dumps({"sources": sources}))
        for variable, value in {**tiktok.secrets, **meta.secrets}.items():
            monkeypatch.setenv(variable, value)
        yield tiktok, meta


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, "ingest", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def landed() -> dict[str, Decimal]:
    with duckdb.connect("warehouse.duckdb", read_only=True) as connection:
        rows = connection.execute("select source, sum(spend) from landing.campaign_day group by source")
        return dict(rows.fetchall())


def truth(running: Running) -> Decimal:
    account = running.world.accounts[0].id
    return running.world.spend(account, FIRST, TODAY - timedelta(days=1))


def test_ctrl_c_while_a_platform_is_asked_leaves_whole_days_and_says_which(
    servers: tuple[Running, Running],
) -> None:
    tiktok, meta = servers
    meta.faults.from_now_on("timeout")  # it is asked, and doesn't answer
    process = started("--json")
    began = time.monotonic()
    while not meta.faults.happened and process.poll() is None and time.monotonic() < began + LONGEST:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LONGEST)
    assert process.returncode == 130, err
    rows = len(tiktok.world.rows(tiktok.world.accounts[0].id, FIRST, TODAY - timedelta(days=1)))
    words = (
        f"Stopped. Whole days have landed: {rows} rows of TikTok. Nothing is half there; the next `mediamix "
        "ingest` fetches the rest."
    )
    assert err.splitlines()[-1] == words
    told = json.loads(out)
    assert (told["code"], told["error"]["kind"]) == (130, "Interrupted")
    assert "Traceback" not in err
    assert landed() == {"tiktok": truth(tiktok)}
    meta.faults.from_now_on(None)
    again = call("ingest", "--json")
    assert again.code == 0, again.err
    assert landed() == {"tiktok": truth(tiktok), "meta": truth(meta)}
