"""A worker and the processes of its jobs: done, refused, dead, cancelled, given back, without a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jobs.killing import begin_worker, children_of, kill_all, kills
from jobs.pretend.pretend import BEGUN, ENDS, RECORDS
from jobs.with_pretend import CHILD
from mediamix.core.errors import FolderError
from mediamix.jobs import attempt
from mediamix.jobs import process as process_of
from mediamix.jobs.queue import Queue, queue_of
from mediamix.jobs.store import GoneError, Store
from mediamix.jobs.worker import Ways, work
from mediamix.project.folder import Project
from mediamix.project.record import State
from warehouse.postgres_server import Server, binaries

#: Ends when nothing is left; looks often.
QUICK = Ways(until_idle=True, every=0.02, lease_s=5.0, command=CHILD)


def until(sign: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := sign()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def read(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@contextmanager
def working(project: Project, ways: Ways = QUICK) -> Iterator[tuple[threading.Event, dict[str, int]]]:
    """A worker in a thread: what ends it, and then how many jobs ended as what."""
    stop, ended = threading.Event(), dict[str, int]()
    thread = threading.Thread(target=lambda: ended.update(work(project, ways, stop=stop)))
    thread.start()
    try:
        yield stop, ended
    finally:
        if ways.until_idle is False or sys.exc_info()[0] is not None:
            stop.set()
        thread.join(60)
        assert not thread.is_alive()


def test_how_jobs_end(place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "BACK_OFF_S", (0.01, 0.01))
    queue = queue_of(place)
    asked = [
        queue.put("pretend", {"name": name or "well", "what": name}, who="ann")[0].id
        for name in ("", "about", "refuse", "full", "bug", "die")
    ]
    said: list[str] = []
    assert work(place, QUICK, say=said.append) == {"done": 2, "failed": 4, "queued": 2}
    well, about, refuse, full, bug, die = (queue.get(id) for id in asked)
    assert (well.state, well.result, well.message) == (State.DONE, {"name": "well", "by": "ann"}, "")
    assert about.payload == {"name": "about", "what": "about", "known": 3}
    assert refuse.message == "no such table\nnext:     name one"
    assert "can't write fit/posterior.nc" in full.message
    assert "free space on that disk" in full.message
    assert bug.message == "that is not your fault: ZeroDivisionError: one by zero"
    assert (die.state, die.attempt) == (State.FAILED, 3)
    assert "ended 3 times before it was done; the last: killed by signal 9" in die.message
    assert sorted(path.name for path in (place.root / RECORDS).iterdir()) == ["about", "well"]
    begun = [line.split()[0] for line in read(place.root / BEGUN)]
    assert begun == ["well", "about", "refuse", "full", "bug", *["die"] * 3]
    assert sorted(read(place.root / ENDS)) == ["bug failed", "die failed", "full failed", "refuse failed"]
    told = [(event.what, event.data) for event in queue.events(well.id)]
    sampling = {"done": 1, "total": 1, "divergences": 0, "seconds": 0.1, "again": ""}
    assert told == [
        ("state", {"state": "queued"}),
        ("state", {"state": "running", "attempt": 1}),
        ("step", {"step": "Waiting"}),
        ("sampling", sampling),
        ("state", {"state": "done"}),
    ]
    assert any("killed by signal 9" in line and "it is begun again" in line for line in said)


def test_a_cancelled_job_frees_the_processors_within_two_seconds(place: Project) -> None:
    """Of one that hears nothing, and has begun a process that goes on as well."""
    queue = queue_of(place)
    job, _ = queue.put("pretend", {"name": "a", "what": "deaf"}, who="ann")
    with working(place) as (_, ended):
        other = int(until(lambda: (read(place.root / "other.txt") or [""])[0]))
        process = int(read(place.root / BEGUN)[0].split()[1])
        os.kill(process, 0)
        os.kill(other, 0)
        began = time.monotonic()
        queue.cancel(job.id, "eve")
        until(lambda: not _works(process) and not _works(other))
        took = time.monotonic() - began
    # As built 1.4 s at most; the rest is for a machine that does other things as well.
    assert 2 * attempt.LOOK_S + process_of.PATIENCE_S < 1.5
    assert took < 5.0, took
    assert ended == {"cancelled": 1}
    assert read(place.root / ENDS) == ["a cancelled"]
    assert not (place.root / RECORDS).exists()
    assert queue.get(job.id).message == "cancelled by eve"


def _works(process: int) -> bool:
    """Whether a process takes processor time: one that nobody has reaped doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def test_a_worker_that_is_ended_gives_its_job_back(place: Project) -> None:
    queue = queue_of(place)
    job, _ = queue.put("pretend", {"name": "a", "seconds": 60.0}, who="ann")
    with working(place, Ways(every=0.02, command=CHILD)) as (stop, ended):
        process = int(until(lambda: read(place.root / BEGUN))[0].split()[1])
        stop.set()
    assert ended == {"queued": 1}
    assert not _works(process)
    again = queue.get(job.id)
    assert (again.state, again.attempt, again.message) == (
        *(State.QUEUED, 0),
        "its worker was ended; another one begins it",
    )
    assert read(place.root / ENDS) == []


def test_a_process_never_outlives_its_worker(place: Project) -> None:
    queue_of(place).put("pretend", {"name": "a", "what": "deaf"}, who="ann")
    worker = begin_worker(place, 30.0)
    try:
        other = int(until(lambda: (read(place.root / "other.txt") or [""])[0]))
        (process,) = children_of(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)  # alone, not its group
        worker.wait()
        until(lambda: not _works(process) and not _works(other), 5.0)
    finally:
        kill_all(worker)


def test_a_database_that_is_gone_for_a_while_kills_no_process(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "AGAIN_S", 0.05)
    queue = queue_of(place)
    job, _ = queue.put("pretend", {"name": "a", "seconds": 1.0}, who="ann")
    gone, writing, reading = threading.Event(), Store.writing, Store.reading

    def refused(act: Callable[[Store], Any]) -> Callable[[Store], Any]:
        @contextmanager
        def wrapped(store: Store) -> Iterator[Any]:
            if gone.is_set():
                raise GoneError("the queue doesn't answer", got="nobody there")
            with act(store) as connection:
                yield connection

        return wrapped

    monkeypatch.setattr(Store, "writing", refused(writing))
    monkeypatch.setattr(Store, "reading", refused(reading))
    said: list[str] = []
    thread = threading.Thread(target=lambda: work(place, QUICK, say=said.append))
    thread.start()
    until(lambda: read(place.root / BEGUN))
    gone.set()
    until(lambda: (place.root / RECORDS / "a").exists())  # it is done, and nobody can be told
    time.sleep(0.2)
    gone.clear()
    thread.join(60)
    ended = queue.get(job.id)
    assert (ended.state, ended.attempt) == (State.DONE, 1)
    assert len(read(place.root / BEGUN)) == 1
    assert [event.what for event in queue.events(job.id)] == ["state", "state", "step", "sampling", "state"]
    assert sum("doesn't answer" in line for line in said) == 1
    assert "the queue answers again" in said


def test_workers_that_are_killed_lose_no_job(place: Project) -> None:
    kills(place, 3, 1, lease_s=1.0)


@pytest.mark.kills
def test_fifty_jobs_and_five_killed_workers(anywhere: Project) -> None:
    kills(anywhere, 50, 5)
    assert len(read(anywhere.root / BEGUN)) <= 55


def control(server: Server, *words: str) -> None:
    """Stop and start a server."""
    programs = binaries()
    assert programs is not None
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    command = [
        str(programs / "pg_ctl"),
        "-D",
        str(server.folder / "data"),
        "-w",
        "-l",
        str(server.folder / "log"),
    ]
    subprocess.run([*command, *words], check=True, capture_output=True, cwd=server.folder, **who)


@pytest.mark.engines
def test_a_server_that_is_started_again_under_a_job(
    server: Server, place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAMIX_JOBS", server.address(server.new_database()))
    queue: Queue = queue_of(place)
    job, _ = queue.put("pretend", {"name": "a", "seconds": 6.0}, who="ann")
    later, _ = queue.put("pretend", {"name": "b"}, who="ann")
    with working(place) as (_, ended):
        until(lambda: read(place.root / BEGUN))
        control(server, "stop", "-m", "immediate")
        with pytest.raises(FolderError, match="doesn't answer"):
            queue.list()
        time.sleep(8.0)
        control(server, "start", "-o", f"-c port={server.port} -c unix_socket_directories={server.folder}")
    assert ended == {"done": 2}
    assert [queue.get(id).attempt for id in (job.id, later.id)] == [1, 1]
    assert [line.split()[0] for line in read(place.root / BEGUN)] == ["a", "b"]
