"""Runs by real processes: done, found, followed, cancelled, killed at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.locks import held
from mediamix.jobs import runs as job
from mediamix.jobs.runs import launch
from mediamix.project import runs
from mediamix.project.folder import Project
from mediamix.project.progress import read_progress
from mediamix.project.record import Record, State

RESULTS = {
    *("run.json", "log.txt", "spec.yml", "checks.json", "fit"),
    *("plan.json", "plan.csv", "report.html", "report_tables"),
}
#: A sampler that works for minutes.
LONG = "\nsampler: {chains: 2, draws: 100000, tune: 2000}\n"
#: Of what a killed run may leave.
KILLS = 2


def long(project: Project) -> None:
    text = project.spec().read_text()
    project.spec().write_text(text[: text.index("sampler:")] + LONG)


def until(sign: object, seconds: float = 60.0) -> None:
    """Wait for a condition."""
    assert callable(sign)
    end = time.monotonic() + seconds
    while not sign():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def working(project: Project, record: Record) -> bool:
    far = read_progress(runs.folder_of(project, record.id))
    return far is not None and far.sampling is not None


def test_a_run_leaves_what_the_contract_names(done: Project) -> None:
    record = runs.all_runs(done)[0]
    folder = runs.folder_of(done, record.id)
    assert {path.name for path in folder.iterdir()} == RESULTS
    assert (record.state, record.who, record.process) == (State.DONE, "ann", None)
    assert record.verdict == json.loads((folder / "fit" / "summary.json").read_text())["verdict"]["level"]
    assert record.hashes["data"] == json.loads((folder / "fit" / "run.json").read_text())["data_hash"]
    assert record.asked <= (record.started or "") <= (record.ended or "")
    assert record.seconds["all_s"] >= record.seconds["sample_s"] > 0
    assert done.warehouse.is_file()
    hidden = [path.name for path in (*done.root.iterdir(), *done.runs.iterdir()) if path.name[0] == "."]
    assert hidden == []


def test_the_same_data_and_spec_are_found_and_others_are_not(done: Project) -> None:
    record, new = launch(done)
    assert not new
    assert record.state is State.DONE
    text = done.spec().read_text()
    (done.root / "specs").mkdir()
    done.spec("seed 2").write_text(text.replace("sampler: {", "sampler: {seed: 2, "))
    # Begun by a process that ends at once: a run outlives whoever began it.
    code = (
        "from mediamix.project.folder import Project\nfrom mediamix.project.launch import launch\n"
        f"record, new = launch(Project.at({str(done.root)!r}), 'seed 2')\nprint(record.id if new else '')"
    )
    begun = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    other = runs.read(done, begun.stdout.strip())
    assert other.variant == "seed 2"
    steps: list[str] = []
    ended = job.follow(done, other.id, steps.append)
    assert ended.state is State.DONE
    assert ended.hashes["data"] == record.hashes["data"]
    assert {"Building the mart", "Measuring", "Writing the report"} <= set(steps)


def test_data_that_stop_a_fit_begin_no_run(project: Project) -> None:
    (project.data / "outcome.csv").write_text("date,revenue\n2024-01-01,x\n")
    with pytest.raises(DataError):
        launch(project)
    assert runs.all_runs(project) == []


def test_data_that_change_under_a_run_fail_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    start, table = job.start, project.data / "outcome.csv"

    def late(where: Project, record: Record) -> None:
        table.write_text(_raised(table.read_text()))
        start(where, record)

    monkeypatch.setattr("mediamix.project.launch.start", late)
    record, _ = launch(project)
    ended = job.follow(project, record.id)
    assert ended.state is State.FAILED
    assert "data changed after the run" in ended.message
    assert {path.name for path in runs.folder_of(project, record.id).iterdir()} == {"run.json", "log.txt"}


def _raised(text: str) -> str:
    """The last outcome one more."""
    lines = text.rstrip("\n").split("\n")
    cells = lines[-1].split(",")
    at = lines[0].split(",").index("revenue")
    cells[at] = str(float(cells[at]) + 1)
    return "\n".join([*lines[:-1], ",".join(cells)]) + "\n"


def test_a_cancelled_run_frees_the_processors_and_keeps_nothing(project: Project) -> None:
    long(project)
    record, _ = launch(project)
    until(lambda: working(project, record))
    process = runs.read(project, record.id).process
    assert process is not None
    stopped = job.cancel(project, record.id)
    assert stopped.state is State.CANCELLED
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    folder = runs.folder_of(project, record.id)
    assert {path.name for path in folder.iterdir()} == {"run.json", "log.txt"}
    assert [path.name for path in project.runs.iterdir()] == [record.id]
    with pytest.raises(FolderError, match="is cancelled already"):
        job.cancel(project, record.id)


def test_a_run_that_has_not_begun_is_cancelled_and_never_begins(project: Project) -> None:
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    assert job.cancel(project, record.id).state is State.CANCELLED
    job.start(project, record)
    assert job.follow(project, record.id).state is State.CANCELLED


def test_a_run_killed_at_any_moment_leaves_nothing_and_can_be_made_again(project: Project) -> None:
    moments = random.Random(os.getpid())
    for _ in range(KILLS):
        record, new = launch(project)
        assert new
        folder = runs.folder_of(project, record.id)
        wait = moments.uniform(0.0, 5.0)
        time.sleep(wait)
        process = Record.read(folder).process
        if process is None:
            # Not begun, or already done.
            until(lambda folder=folder: Record.read(folder).process is not None or _ended(project, folder))
            process = Record.read(folder).process
        if process is not None:
            os.kill(process, signal.SIGKILL)
        until(lambda folder=folder: not held(folder))
        ended = runs.read(project, record.id)
        if ended.state is State.DONE:
            assert {path.name for path in folder.iterdir()} == RESULTS
            break
        assert ended.state is State.FAILED, wait
        assert {path.name for path in folder.iterdir()} == {"run.json", "log.txt"}, wait
        time.sleep(0.1)
    last, _ = launch(project)
    assert job.follow(project, last.id).state is State.DONE
    assert [path.name for path in project.runs.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in project.root.iterdir() if path.name.startswith(".")] == []


def _ended(project: Project, folder: Path) -> bool:
    return runs.read(project, folder.name).state.ended


def test_a_process_that_dies_before_it_begins_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job.sys, "executable", "/bin/false")
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    job.start(project, record)
    ended = job.follow(project, record.id)
    assert ended.state is State.FAILED
    assert "before it began" in ended.message


def test_a_program_that_is_not_there_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job.sys, "executable", "/nowhere/python")
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    with pytest.raises(FolderError, match="can't be started"):
        job.start(project, record)
    assert runs.read(project, record.id).state is State.FAILED
