"""Runs as jobs: begun, followed, cancelled, and what became of one that nobody works on any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.locks import held
from mediamix.inference.progress import Progress
from mediamix.jobs.job import Job
from mediamix.jobs.lease import has_left, workers_alive
from mediamix.jobs.queue import MOST, Queue, queue_of
from mediamix.project.folder import Project
from mediamix.project.launch import asked, user
from mediamix.project.progress import Far, read_progress
from mediamix.project.record import Record, State
from mediamix.project.runs import all_runs, folder_of, read
from mediamix.project.stopped import stopped

#: Seconds between two looks at a run that is followed, and between two whether somebody works on it.
LOOK_S, ASK_S = 0.1, 1.0
#: Seconds within which whoever asked for a run puts its job.
SOON_S = 120.0
#: Seconds that a worker has to end a run that was cancelled, before who cancelled it writes so.
PATIENCE_S = 2.0
#: Bytes of a log of workers that is begun anew.
_MOST_LOG = 1 << 20
NOBODY = "nobody works on it any more; nothing of it was kept"


def launch(project: Project, variant: str | None = None, who: str | None = None) -> tuple[Record, bool]:
    """Begin a run of the project's spec and data, and say whether it is a new one.

    A run of the same data, spec and seed that is done, at work or waiting is found, not made again. Where no
    worker is alive one is begun, which ends when nothing is left to do.

    Args:
        project: Its spec and data are read and checked first.
        variant: Of the spec; None: the project's spec.
        who: Asks for it; None: the user of this machine.

    Raises:
        UserError: The spec or the data; nothing was begun.
        FolderError: The folder or the queue can't be written, or no worker be begun.
    """
    queue = queue_of(project)
    while True:
        record, new = asked(project, variant, who)
        if record.state.ended:
            return record, new
        job, put = queue.put("run", {"run": record.id}, who=record.who, key=key_of(record.id))
        if not job.state.ended:
            tend(project, queue)
            return record, new or put
        # Its job has ended, and the record doesn't say so yet, or didn't when it was read.
        record = settled(project, record, queue)
        if not record.state.ended or record.state is State.DONE:
            return record, False


def key_of(run: str) -> str:
    """The key of a run's job."""
    return f"run:{run}"


def job_of_run(queue: Queue, run: str) -> Job | None:
    """The job of a run, whoever put it; None: none waits or works, nor was one put by `launch`."""
    return queue.by_key(key_of(run)) or living(queue).get(run)


def living(queue: Queue) -> dict[str, Job]:
    """Jobs of runs that wait or work, by the run."""
    states = (State.QUEUED, State.RUNNING)
    found = [job for state in states for job in queue.list(kind="run", state=state, limit=MOST)]
    return {job.payload["run"]: job for job in found if "run" in job.payload}


def follow(
    project: Project,
    run: str,
    on_step: Callable[[str], None] = lambda step: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    """Look on until a run has ended, and say how far it is; see that somebody works on it.

    Raises:
        FolderError: There is no such run, its folder was removed meanwhile, or no worker can be begun.
    """
    folder = folder_of(project, run)
    told, last, asked_at, waited = 0, None, time.monotonic(), False
    while True:
        record = read(project, folder.name)
        if not record.state.ended and time.monotonic() - asked_at >= ASK_S:
            queue = queue_of(project)
            record = settled(project, record, queue)
            if not record.state.ended:
                tend(project, queue)
                waited = waited or _say_waiting(queue, record, on_step)
            asked_at = time.monotonic()
        far = read_progress(folder)
        if far is not None and far != last:
            told, last = _tell(far, told, on_step, on_progress), far
        if record.state.ended:
            return record
        time.sleep(LOOK_S)


def _say_waiting(queue: Queue, record: Record, on_step: Callable[[str], None]) -> bool:
    """Whether it waits for others, which is said."""
    at_work = living(queue)
    before = [run for run, job in at_work.items() if job.state is State.RUNNING and run != record.id]
    own = at_work.get(record.id)
    if own is None or own.state is not State.QUEUED or not before:
        return False
    on_step(f"Waiting for run {before[0]}, which is at work")
    return True


def _tell(
    far: Far, told: int, on_step: Callable[[str], None], on_progress: Callable[[Progress], None]
) -> int:
    if far.number != told:
        on_step(far.step)
    if far.sampling is not None:
        on_progress(far.sampling)
    return far.number


def cancel(project: Project, run: str, who: str | None = None) -> Record:
    """Stop a run; the processors are free when this returns, where its worker is alive.

    Raises:
        FolderError: There is no such run, or it has ended already.
    """
    record = read(project, run)
    if record.state.ended:
        raise FolderError(
            f"the run {record.id} is {record.state} already",
            expected="a run that waits or works",
            got=record.state,
            next_step="mediamix runs lists them",
        )
    queue = queue_of(project)
    job = job_of_run(queue, record.id)
    if job is not None and not job.state.ended:
        queue.cancel(job.id, who or user())
    # Its worker kills the process, which lets go of the folder's lock.
    until = time.monotonic() + PATIENCE_S
    folder = folder_of(project, record.id)
    while (held(folder) or _lives(record.process)) and time.monotonic() < until:
        time.sleep(0.02)
    return stopped(project, record.id, State.CANCELLED, "")


def _lives(process: int | None) -> bool:
    """Whether a process of this machine is there."""
    try:
        if process is not None:
            os.kill(process, 0)
    except OSError:
        return False
    return process is not None


def known_runs(project: Project, *, tended: bool = False) -> list[Record]:
    """As `all_runs`; what the queue knows of those that wait or work is written first.

    Args:
        project: Whose.
        tended: See that somebody works on them.
    """
    found = all_runs(project)
    if all(record.state.ended for record in found):
        return found
    queue = queue_of(project)
    at_work = living(queue)
    found = [
        record if record.state.ended or record.id in at_work else settled(project, record, queue)
        for record in found
    ]
    if tended and not all(record.state.ended for record in found):
        tend(project, queue)
    return found


def settled(project: Project, record: Record, queue: Queue) -> Record:
    """A run as it stands; of one that its job has left without an end, that end is written."""
    if record.state.ended:
        return record
    job = job_of_run(queue, record.id)
    folder = folder_of(project, record.id)
    if (job is not None and not job.state.ended) or held(folder):
        return Record.read(folder)
    if job is None and datetime.now(UTC) - datetime.fromisoformat(record.asked) < timedelta(seconds=SOON_S):
        return record  # it was asked for, and its job is about to be put
    if job is not None and job.state is State.CANCELLED:
        return stopped(project, record.id, State.CANCELLED, "")
    return stopped(project, record.id, State.FAILED, (job.message if job is not None else "") or NOBODY)


#: Workers that this process has begun.
_BEGUN: dict[Path, subprocess.Popen[bytes]] = {}


def tend(project: Project, queue: Queue) -> None:
    """See that somebody works: begin a worker where none is alive, which ends when nothing is left to do.

    Raises:
        FolderError: It can't be begun.
    """
    root = project.root.absolute()
    own = _BEGUN.get(root)
    if workers_alive(queue.store):
        return
    if own is not None and own.poll() is None:
        if not has_left(queue.store, own.pid):
            return  # it is about to be counted
        with suppress(subprocess.TimeoutExpired):
            own.wait(PATIENCE_S)
    if own is not None and (own.returncode or 0) > 0:
        del _BEGUN[root]
        raise FolderError(
            "the worker of this project ended before it was done",
            got=f"exit code {own.returncode}; {project.workers_log} has what it said",
            next_step="mend what it says, then run again; `mediamix worker` shows it as it happens",
        )
    try:
        large = project.workers_log.exists() and project.workers_log.stat().st_size > _MOST_LOG
        with project.workers_log.open("wb" if large else "ab") as log:
            # A session of its own: neither a closed terminal nor a closed browser ends it.
            _BEGUN[root] = subprocess.Popen(
                [sys.executable, "-m", "mediamix.jobs.worker", os.fspath(root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        raise FolderError(
            "no worker can be begun",
            got=str(error),
            next_step="see that the project's folder can be written and that memory is left",
        ) from error
