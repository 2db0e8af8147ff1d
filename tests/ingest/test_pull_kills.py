"""A pull that is killed with SIGKILL anywhere, and started again: exact to the cent, no row twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mediamix.core.registry import discover
from mediamix.ingest.source import Source

SOURCES = discover("mediamix.ingest.sources", Source)
SCRIPT = Path(__file__).with_name("killed.py")


def _trials(name: str, kills: int, seed: int, how: str = "KILL") -> list[dict]:
    run = subprocess.run(
        [sys.executable, str(SCRIPT), name, "--kills", str(kills), "--seed", str(seed), "--signal", how],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def _check(trials: list[dict], kills: int) -> None:
    for phase in ("extract", "normalize", "load"):
        assert sum(one["killed"] for one in trials if one["phase"] == phase) >= kills, trials
    assert [one for one in trials if one["wrong"]] == []


def test_one_kill_in_each_phase_of_a_load(request):
    # A kill that comes a moment after the last call of its phase may miss it: then there is another.
    trials = _trials("pretend", 1, 1 + request.config.getoption("--seed-shift"))
    assert sum(one["killed"] for one in trials) >= 2
    _check(trials, 0)


@pytest.mark.kills
@pytest.mark.parametrize("name", ["pretend", *SOURCES])
def test_ten_kills_in_each_phase_of_a_load(name, request):
    _check(_trials(name, 10, 1 + request.config.getoption("--seed-shift")), 10)


@pytest.mark.kills
def test_ctrl_c_anywhere_in_a_load_is_ctrl_c_and_no_error(request):
    trials = _trials("pretend", 10, 300 + request.config.getoption("--seed-shift"), "INT")
    _check(trials, 8)
    assert [one for one in trials if one["crashed"]] == []
