"""`run`, `runs` and `promote` in a project, and commands that are given a project."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from driving import call

from mediamix.jobs import runs as job
from mediamix.jobs.runs import launch
from mediamix.project import runs
from mediamix.project.folder import Project
from mediamix.project.record import State
from project_fixtures import rested


@pytest.fixture(scope="module")
def ran(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run that is done. Read it only."""
    folder = tmp_path_factory.mktemp("ran") / "shop"
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("fit"))
    record, _ = launch(Project.at(folder))
    assert job.follow(Project.at(folder), record.id).state is State.DONE
    rested(Project.at(folder))
    return folder


@pytest.fixture
def run(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of that run, in a copy which is the working folder."""
    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return runs.all_runs(Project.at("."))[0].id


def test_the_run_of_the_project_where_one_stands_is_found_again(run: str) -> None:
    again = call("run", "--json")
    assert again.code == 0
    assert again.json["id"] == run
    assert "nothing is done twice" in again.err
    shown = call("run")
    assert shown.code == 0, shown.err
    assert f"mediamix promote {run}" in shown.out
    assert str(Path("runs", run, "report.html")) in shown.out
    listed = call("runs", "--json").json
    assert [record["id"] for record in listed["runs"]] == [run]
    assert listed["current"] is None
    told = call("runs").out
    assert run in told
    assert "None is promoted" in told


def test_commands_that_are_given_a_project_ask_its_promoted_run(run: str) -> None:
    refused = call("optimize", ".")
    assert refused.code == 2
    assert "no run of this project is promoted" in refused.err
    assert call("promote", run[:16], "--json").json["current"] == run
    assert f"{run} ← promoted" in " ".join(call("runs").out.split())
    folder = Path("runs", run)
    answers = [call("evaluate", where, "--json") for where in (".", folder, folder / "fit")]
    assert {answer.code for answer in answers} == {0}
    assert answers[0].json == answers[1].json == answers[2].json
    assert f"run: {run}" in answers[0].err


def test_a_project_elsewhere_is_named(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)
    listed = call("runs", tmp_path.name)
    assert f"mediamix promote ID {tmp_path.name}" in listed.out
    promoted = call("promote", run, tmp_path.name)
    assert promoted.code == 0
    assert f"mediamix optimize {tmp_path.name}" in promoted.out


def test_no_runs_yet(project: Path) -> None:
    assert call("runs", "--json").json == {"runs": [], "current": None}
    assert "No runs yet. Next: mediamix run" in call("runs").out


def test_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (("runs",), ("promote", "x"), ("run",)):
        told = call(*command)
        assert told.code == 2, command
        assert "mediamix.yml" in told.err


def test_a_spec_of_no_project_needs_a_folder(project: Path) -> None:
    Path("mediamix.yml").rename("other.yml")
    told = call("run", "other.yml")
    assert told.code == 2
    assert "--out results" in told.err
    Path("specs").mkdir()
    Path("specs", "slow.yml").write_text(Path("other.yml").read_text())
    assert "--out results" in call("run", "specs/slow.yml").err


def test_a_variant_of_the_spec_is_a_run_of_its_own(project: Path) -> None:
    Path("specs").mkdir()
    text = Path("mediamix.yml").read_text()
    Path("specs", "other seed.yml").write_text(text.replace("sampler: {", "sampler: {seed: 7, "))
    begun = call("run", "specs/other seed.yml", "--detach", "--json")
    assert begun.code == 0, begun.err
    assert (begun.json["variant"], begun.json["state"]) == ("other seed", "queued")
    job.cancel(Project.at("."), begun.json["id"])


def test_options_that_dont_go_together(project: Path) -> None:
    for options in (("--budget", "1M"), ("--bounds", "mediamix.yml")):
        told = call("run", *options)
        assert told.code == 2
        assert "mediamix optimize ." in told.err
    assert call("run", "--detach", "--out", "d").code == 2
    assert not Path("runs").exists()


def test_a_run_that_cant_be_trusted_says_why(project: Path) -> None:
    text = Path("mediamix.yml").read_text()
    Path("mediamix.yml").write_text(text.replace("draws: 500", "draws: 60"))
    made = call("run")
    assert "Measuring" in made.err or "failed" in made.err
    record = runs.all_runs(Project.at("."))[0]
    if record.state is State.DONE:
        # Few draws are no trust: everything is written, and not to be used.
        assert made.code == 3
        assert "don't use it" in made.err
        refused = call("promote", record.id)
        assert refused.code == 2
        assert "--force" in refused.err
        assert call("promote", record.id, "--force").code == 0
    else:
        assert made.code == 2
        assert record.message.splitlines()[0] in made.err


def test_interrupting_a_run_cancels_it(project: Path) -> None:
    text = Path("mediamix.yml").read_text()
    Path("mediamix.yml").write_text(text.replace("draws: 500", "draws: 100000"))
    command = [sys.executable, "-m", "mediamix", "run"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A process that a script began in the background ignores it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    here = Project.at(project)
    end = time.monotonic() + 60
    while not any(record.state is State.RUNNING for record in runs.all_runs(here)):
        assert time.monotonic() < end
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled" in told
    assert [record.state for record in runs.all_runs(here)] == [State.CANCELLED]


def test_runs_are_cancelled_from_elsewhere(project: Path) -> None:
    text = Path("mediamix.yml").read_text()
    Path("mediamix.yml").write_text(text.replace("draws: 500", "draws: 100000"))
    run = call("run", "--detach", "--json").json["id"]
    assert f"{run} is cancelled" in call("runs", "--cancel", run).out
    told = call("runs", "--cancel", run)
    assert told.code == 2
    assert "is cancelled already" in told.err
