"""Fifty jobs, workers that are killed, and what is left: each job recorded once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.pretend.pretend import BEGUN, RECORDS
from jobs.with_pretend import HERE
from mediamix.jobs.queue import queue_of
from mediamix.project.folder import Project
from mediamix.project.record import State


def begin_worker(project: Project, lease_s: float, *more: str) -> subprocess.Popen[bytes]:
    """A worker in a process group of its own."""
    with (project.root / "said.txt").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, str(HERE / "with_pretend.py"), "worker", str(project.root), str(lease_s), *more],
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def children_of(process: int) -> list[int]:
    """Processes that a process has begun."""
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    """A worker and the process of its job, with their groups, at once."""
    for group in (*children_of(worker.pid), worker.pid):
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    worker.wait()


@contextmanager
def workers(project: Project, number: int, lease_s: float) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many, ended at the end."""
    made = [begin_worker(project, lease_s) for _ in range(number)]
    try:
        yield made
    finally:
        for worker in made:
            kill_all(worker)


def kills(project: Project, jobs: int, times: int, *, lease_s: float = 2.0, seed: int = 1) -> dict[str, int]:
    """Two workers and so many jobs; workers are killed so often, the last one not begun again.

    Returns:
        Jobs, records, bodies that were begun, events.
    """
    queue, moments = queue_of(project), random.Random(seed)
    put = [queue.put("pretend", {"name": f"fit-{n}", "seconds": 0.05}, who="ann")[0].id for n in range(jobs)]
    with workers(project, 2, lease_s) as made:
        for number in range(times):
            until = time.monotonic() + 120
            while len(queue.list(state="done")) < jobs * (number + 1) // (times + 2):
                assert time.monotonic() < until, "nothing is done"
                time.sleep(0.05)
            time.sleep(moments.uniform(0.0, 0.5))
            kill_all(made.pop(0))
            if number < times - 1:
                made.append(begin_worker(project, lease_s))
        for worker in made:
            assert worker.wait(300) == 0
    ended = {job.id: job for job in queue.list(limit=1000)}
    assert [ended[id].state for id in put] == [State.DONE] * jobs
    records = sorted(path.name for path in (project.root / RECORDS).iterdir() if path.name[0] != ".")
    assert records == sorted(f"fit-{n}" for n in range(jobs))
    begun = Counter(line.split()[0] for line in (project.root / BEGUN).read_text().splitlines())
    assert set(begun) == set(records)
    for id in put:
        told = queue.events(id)
        assert [event.number for event in told] == list(range(1, len(told) + 1))
        states = [event.data["state"] for event in told if event.what == "state"]
        assert states[0] == "queued"
        assert states.count("done") == 1
        assert states[-1] == "done"
    return {"jobs": jobs, "records": len(records), "begun": sum(begun.values()), "kills": times}
