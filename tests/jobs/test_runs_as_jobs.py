"""Runs by real processes: done, found, followed, cancelled, killed at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.locks import sole_writer
from mediamix.jobs import runs as job
from mediamix.jobs.queue import Queue, queue_of
from mediamix.jobs.runs import launch
from mediamix.project import runs
from mediamix.project.folder import Project
from mediamix.project.launch import user
from mediamix.project.progress import read_progress
from mediamix.project.record import Record, State
from project_fixtures import rested

RESULTS = {
    *("run.json", "log.txt", "spec.yml", "checks.json", "fit"),
    *("plan.json", "plan.csv", "report.html", "report_tables"),
}
#: A sampler that works for minutes.
LONG = "\nsampler: {chains: 2, draws: 100000, tune: 2000}\n"


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
        "from mediamix.project.folder import Project\nfrom mediamix.jobs.runs import launch\n"
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
    rested(done)


def test_data_that_stop_a_fit_begin_no_run(project: Project) -> None:
    (project.data / "outcome.csv").write_text("date,revenue\n2024-01-01,x\n")
    with pytest.raises(DataError):
        launch(project)
    assert runs.all_runs(project) == []


def test_data_that_change_under_a_run_fail_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    tend, table = job.tend, project.data / "outcome.csv"

    def late(where: Project, queue: Queue) -> None:
        table.write_text(_raised(table.read_text()))
        tend(where, queue)

    with monkeypatch.context() as patched:
        patched.setattr(job, "tend", late)
        record, _ = launch(project)
    ended = job.follow(project, record.id)
    assert ended.state is State.FAILED
    assert "data changed after the run" in ended.message
    assert {path.name for path in runs.folder_of(project, record.id).iterdir()} == {"run.json", "log.txt"}
    rested(project)
    (done,) = queue_of(project).list()
    assert (done.state, done.attempt, done.message) == (State.FAILED, 1, ended.message)


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
    rested(project)
    (ended,) = queue_of(project).list()
    assert (ended.state, ended.message) == (State.CANCELLED, f"cancelled by {user()}")


def test_a_run_that_has_not_begun_is_cancelled_and_never_begins(project: Project) -> None:
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    assert job.cancel(project, record.id).state is State.CANCELLED
    put, _ = queue_of(project).put("run", {"run": record.id}, who="ann", key=job.key_of(record.id))
    job.tend(project, queue_of(project))
    rested(project)
    assert runs.read(project, record.id).state is State.CANCELLED
    assert "was cancelled before" in queue_of(project).get(put.id).message


def test_a_run_whose_process_is_killed_is_begun_again_and_recorded_once(project: Project) -> None:
    moments = random.Random(os.getpid())
    record, new = launch(project)
    assert new
    folder = runs.folder_of(project, record.id)
    until(lambda: runs.read(project, record.id).process is not None)
    time.sleep(moments.uniform(0.0, 4.0))
    process = runs.read(project, record.id).process
    if process is not None:  # else it is done already
        os.kill(process, signal.SIGKILL)
    assert job.follow(project, record.id).state is State.DONE
    rested(project)  # who writes that it is done lets go of the record's lock after that
    assert {path.name for path in folder.iterdir()} == RESULTS
    (done,) = queue_of(project).list()
    assert done.state is State.DONE
    assert done.result == {"run": record.id, "verdict": runs.read(project, record.id).verdict}
    assert done.attempt == (1 if process is None else 2)
    assert [path.name for path in project.runs.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in project.root.iterdir() if path.name.startswith(".")] == []
    assert launch(project) == (runs.read(project, record.id), False)


def test_a_worker_that_cannot_work_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    queue_of(project).put("run", {"run": record.id}, who="ann", key=job.key_of(record.id))
    monkeypatch.setattr(job.sys, "executable", "/bin/false")
    with pytest.raises(FolderError, match="worker of this project ended before it was done"):
        job.follow(project, record.id)
    monkeypatch.setattr(job.sys, "executable", "/nowhere/python")
    with pytest.raises(FolderError, match="no worker can be begun"):
        job.follow(project, record.id)
    # Nothing is lost: whoever can work finds it.
    assert [one.state for one in queue_of(project).list()] == [State.QUEUED]
    assert job.cancel(project, record.id).state is State.CANCELLED


def test_a_run_that_nobody_works_on_has_failed(project: Project) -> None:
    record, _ = runs.ask(project, {"data": "a"}, "ann")
    assert job.settled(project, record, queue_of(project)) == record  # its job is about to be put
    old = replace(record, state=State.RUNNING, asked="2026-01-01T00:00:00Z", process=2**22)
    folder = runs.folder_of(project, record.id)
    old.write(folder)
    (folder / "log.txt").write_text("killed")
    (folder / "fit").mkdir()
    with sole_writer(folder), ThreadPoolExecutor(1) as other:  # somebody works: nothing is said
        assert other.submit(job.known_runs, project).result() == [old]
    assert (folder / "fit").exists()
    (found,) = job.known_runs(project)
    assert (found.state, found.message, found.process) == (State.FAILED, job.NOBODY, None)
    assert {path.name for path in folder.iterdir()} == {"run.json", "log.txt"}
    assert json.loads((folder / "run.json").read_text())["state"] == "failed"
    # One whose job was cancelled says so, whoever looks.
    other_run, _ = runs.ask(project, {"data": "b"}, "ann")
    queue = queue_of(project)
    put, _ = queue.put("run", {"run": other_run.id}, who="ann", key=job.key_of(other_run.id))
    assert job.settled(project, other_run, queue).state is State.QUEUED
    queue.cancel(put.id, "eve")
    assert {record.state for record in job.known_runs(project)} == {State.FAILED, State.CANCELLED}


def test_who_asks_for_a_variant_need_not_read_the_data(project: Project) -> None:
    (project.data / "outcome.csv").write_text("date,revenue\n2024-01-01,x\n")
    put, _ = queue_of(project).put("run", {"variant": None}, who="ann")
    job.tend(project, queue_of(project))
    rested(project)
    ended = queue_of(project).get(put.id)
    assert ended.state is State.FAILED
    assert "outcome.csv" in ended.message
    assert runs.all_runs(project) == []
