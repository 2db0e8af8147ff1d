"""The harness of the peers, without any peer: scripts that work, fail or sleep become right rows."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from peers import attempts, command, environments, page
from peers.process import clean_environment, last_words, measure

WORKS = """
import json, sys
import numpy as np
from pathlib import Path
case, options, out = map(Path, sys.argv[1:])
counter = case.parent / "runs"
counter.write_text(str(int(counter.read_text()) + 1 if counter.exists() else 1))
truth = json.loads((case / "truth.json").read_text())["contribution"]
rng = np.random.default_rng(3)
contribution = np.array(list(truth.values())) * (1.1 + 0.1 * rng.standard_normal((4000, 1)))
np.savez(out / "draws.npz", contribution=contribution,
         **{"parameter:roi": rng.standard_normal((4, 1000, 5)), "parameter:slope": np.ones((4, 1000, 5))})
seconds = {"import_s": 1.0, "fit_s": 3.0, "sample_s": 2.0, "contributions_s": 0.5}
(out / "result.json").write_text(json.dumps({"seconds": seconds, "divergences": 7, "notes": ["a word"]}))
"""
FAILS = "raise ValueError('no such model')"
SILENT = "pass"
SLEEPS = """
import subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path(sys.argv[3], "child").write_text(str(child.pid))
time.sleep(60)
"""


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Peers that need nothing, in place of the real ones."""
    titles = {attempts.OURS: "mediamix"}
    for name, text in {"works": WORKS, "fails": FAILS, "silent": SILENT, "sleeps": SLEEPS}.items():
        script = tmp_path / f"{name}.py"
        script.write_text(text)
        titles[name] = name.capitalize()
        monkeypatch.setitem(attempts.SCRIPTS, name, str(script))
        monkeypatch.setitem(attempts.LENGTHS, (name, "weekly"), (4, 500, 1000))
    monkeypatch.setitem(attempts.IMPOSSIBLE, ("works", "weekly", "matched"), "has no priors to match")
    real = dict(attempts.TITLES)
    attempts.TITLES.clear()
    attempts.TITLES.update(titles)
    monkeypatch.setattr(command, "REHEARSAL_S", 0.2)
    yield tmp_path / "cache"
    # By hand, not by monkeypatch: the order counts.
    attempts.TITLES.clear()
    attempts.TITLES.update(real)


def call(cache: Path, only: str, *more: str) -> dict[str, dict]:
    """Run the command; key → stored row."""
    arguments = ["--only", only, "--case", "weekly", "--environments", str(cache), *more]
    assert command.main(arguments) == 0
    return {f.parent.name: json.loads(f.read_text()) for f in (cache / "results").glob("*/row.json")}


def runs(cache: Path) -> int:
    return int((cache / "cases" / "runs").read_text())


def test_a_row_per_attempt_whatever_becomes_of_it(fakes, monkeypatch):
    monkeypatch.setattr(command, "REHEARSAL_S", 60.0)
    rows = call(fakes, "works,fails,silent", "--limit-s", "60")
    good = rows["weekly-works-defaults"]
    assert (good["status"], good["divergences"], good["notes"]) == ("ok", 7, ["a word"])
    # All channels move together: mean 1.1 and interval 1.1 ± 0.164 of the truth.
    assert good["error"] == pytest.approx(0.1, abs=0.006)
    assert good["total_error"] == pytest.approx(0.1, abs=0.006)
    assert good["covered"] == 5
    # Independent draws: the effective number is about the number, but for the worst of five.
    assert 3300 < good["ess"] < 4500
    assert 1.0 <= good["rhat"] < 1.01
    assert good["process_s"] > 0
    assert good["peak_mb"] > 5
    assert rows["weekly-works-matched"]["status"] == "impossible"
    assert rows["weekly-works-matched"]["reason"] == "has no priors to match"
    for setting in attempts.SETTINGS:
        bad = rows[f"weekly-fails-{setting}"]
        assert (bad["status"], bad["reason"]) == ("failed", "ValueError: no such model")
        assert rows[f"weekly-silent-{setting}"]["status"] == "failed"
        assert "without results" in rows[f"weekly-silent-{setting}"]["reason"]
    text = (fakes / "results" / "peers.md").read_text()
    table = [line for line in text.splitlines() if line.count("|") == len(page.HEAD) + 1]
    assert len(table) == 2 + 6
    assert "failed: ValueError: no such model" in text
    assert "| Works | defaults | 4 × (500 + 1000) | 1.0 | 1.0 | 2.00 | 0.50 |" in text


def test_beyond_the_limit_the_whole_group_ends(fakes):
    began = time.perf_counter()
    rows = call(fakes, "sleeps", "--limit-s", "1.5")
    assert time.perf_counter() - began < 30
    row = rows["weekly-sleeps-defaults"]
    assert (row["status"], row["reason"]) == ("stopped", "stopped after 2 s")
    assert 1.5 <= row["process_s"] < 20
    child = int((fakes / "results" / "weekly-sleeps-defaults" / "child").read_text())
    assert not _alive(child)


def _alive(pid: int) -> bool:
    """A process that still runs; one that has ended and waits for its parent doesn't."""
    for _ in range(40):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_process_that_is_alive_is_seen():
    assert _alive(os.getpid())


def test_resume_keeps_what_came_from_the_same_inputs(fakes, monkeypatch):
    monkeypatch.setattr(command, "REHEARSAL_S", 60.0)
    first = call(fakes, "works")
    # The rehearsal and the run.
    assert runs(fakes) == 2
    again = call(fakes, "works", "--resume")
    assert runs(fakes) == 2
    assert again == first
    monkeypatch.setitem(attempts.LENGTHS, ("works", "weekly"), (4, 500, 999))
    call(fakes, "works", "--resume")
    # Other options: run anew; the environment has been rehearsed.
    assert runs(fakes) == 3
    call(fakes, "works")
    assert runs(fakes) == 4


def test_an_interrupted_run_leaves_what_it_has(fakes, monkeypatch):
    real, seen = command.Bench.run, []

    def run(self, attempt, *arguments):
        seen.append(attempt.key)
        if len(seen) > 2:
            raise KeyboardInterrupt
        return real(self, attempt, *arguments)

    monkeypatch.setattr(command, "REHEARSAL_S", 60.0)
    monkeypatch.setattr(command.Bench, "run", run)
    arguments = ["--only", "works,fails", "--case", "weekly", "--environments", str(fakes)]
    assert command.main(arguments) == 130
    assert seen[:2] == ["weekly-works-defaults"] * 2
    assert (fakes / "results" / "weekly-works-defaults" / "row.json").exists()
    assert not (fakes / "results" / "weekly-fails-defaults" / "row.json").exists()
    monkeypatch.setattr(command.Bench, "run", real)
    rows = call(fakes, "works,fails", "--resume")
    assert rows["weekly-fails-matched"]["status"] == "failed"


def test_an_environment_that_cannot_be_made_is_a_row(fakes, monkeypatch):
    def none(peer, root):
        raise environments.NoEnvironmentError("uv pip: no solution found")

    monkeypatch.setattr(command, "environment_of", none)
    rows = call(fakes, "works")
    assert rows["weekly-works-defaults"]["reason"] == "uv pip: no solution found"


def test_environments_are_made_once_per_list(monkeypatch, tmp_path):
    calls = []

    def uv(*arguments):
        calls.append(arguments[:2])
        if arguments[0] == "venv":
            Path(arguments[-1]).mkdir(parents=True)
        return "pymc==5.28.5\nother==1\n" if arguments[1] == "freeze" else ""

    monkeypatch.setattr(environments, "_uv", uv)
    made = environments.environment_of("pymc_marketing", tmp_path)
    assert made.versions == {"pymc": "5.28.5"}
    assert made.python.parent.parent.is_relative_to(tmp_path)
    assert environments.environment_of("pymc_marketing", tmp_path) == made
    assert calls == [("venv", "--quiet"), ("pip", "install"), ("pip", "freeze")]
    monkeypatch.setattr(environments, "requirements_of", lambda peer: "pymc==5\n")
    assert environments.environment_of("pymc_marketing", tmp_path).python != made.python


def test_a_missing_uv_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environments.NoEnvironmentError, match="uv is not installed"):
        environments.environment_of("meridian", tmp_path)
    with pytest.raises(environments.NoEnvironmentError, match="R is not installed"):
        environments.environment_of("robyn", tmp_path)


def test_every_peer_has_a_script_a_list_and_words():
    for peer in attempts.TITLES:
        assert (command.SCRIPTS_FOLDER / attempts.SCRIPTS[peer]).exists()
        assert (attempts.WORDS.get((peer, "defaults")) or "").endswith(".")
        lines = environments.requirements_of(peer).splitlines()
        assert (peer == attempts.OURS) == (not lines)
        assert all("==" in line for line in lines)


def test_two_runs_at_once_are_refused(fakes):
    arguments = ["--only", "fails", "--case", "weekly", "--environments", str(fakes)]
    with command.alone(fakes), pytest.raises(SystemExit, match="another run uses"):
        command.main(arguments)
    assert command.main(arguments) == 0


def test_unknown_names_are_refused():
    with pytest.raises(SystemExit, match="unknown peer: merdian"):
        command.main(["--only", "merdian"])


def test_signals_and_last_words(tmp_path):
    python = "/bin/sh"
    measured = measure([python, "-c", "echo one; echo two; kill -9 $$"], tmp_path, 30.0, clean_environment())
    assert measured.code == -9
    assert last_words(tmp_path) == "two"


def test_peak_memory_is_the_process_s_own(tmp_path):
    ballast = np.ones(30_000_000)
    code = "x = bytearray(60_000_000); x[::4096] = x[::4096].replace(b'\\0', b'1')"
    python = [sys.executable, "-I", "-S", "-c"]
    small = measure([*python, "pass"], tmp_path, 30.0, clean_environment())
    large = measure([*python, code], tmp_path, 30.0, clean_environment())
    # We ourselves hold 240 MB.
    assert small.peak_mb < 40 < ballast.nbytes / 1e6
    assert 50 < large.peak_mb - small.peak_mb < 130


def test_peers_don_t_see_our_environment(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "ours")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    seen = clean_environment({"A": "b"})
    assert "PYTHONPATH" not in seen
    assert "PYTHONDONTWRITEBYTECODE" not in seen
    assert seen["A"] == "b"
    assert page.HEAD[0] == "peer"
