"""A run's process: started, followed and stopped. It outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mediamix.core.errors import FolderError
from mediamix.core.locks import held, sole_writer
from mediamix.inference.progress import Progress
from mediamix.project.folder import Project
from mediamix.project.progress import Far, read_progress
from mediamix.project.record import LOG, Record, State
from mediamix.project.runs import folder_of, moment, read

#: Seconds that a process has to end by itself before it is killed.
PATIENCE = 1.0
#: Seconds between two looks at a run that is followed.
LOOK = 0.1
#: Processes that this one has started: only their parent sees that one is gone before it began.
_STARTED: dict[Path, subprocess.Popen[bytes]] = {}


def start(project: Project, record: Record) -> None:
    """Start the process of a queued run.

    Raises:
        FolderError: It can't be started; the run has failed then.
    """
    folder = folder_of(project, record.id)
    command = [sys.executable, "-m", "mediamix.project.worker", str(project.root.absolute()), record.id]
    try:
        with (folder / LOG).open("ab") as log:
            # A session of its own: neither a closed terminal nor a closed browser ends it.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    except OSError as error:
        replace(record, state=State.FAILED, ended=moment(), message=str(error)).write(folder)
        raise FolderError(
            f"the run {record.id} can't be started",
            got=str(error),
            next_step="see that its folder can be written and that memory is left",
        ) from error
    _STARTED[folder] = process


def follow(
    project: Project,
    run: str,
    on_step: Callable[[str], None] = lambda step: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    """Look on until a run has ended, and say how far it is.

    Raises:
        FolderError: There is no such run, or its folder was removed meanwhile.
    """
    folder = folder_of(project, run)
    told, last = 0, None
    while True:
        record = read(project, folder.name)
        process = _STARTED.get(folder)
        if record.state is State.QUEUED and process is not None and process.poll() is not None:
            # Read once more: it may have written its end between the two looks.
            record = _given_up(read(project, folder.name), folder)
        far = read_progress(folder)
        if far is not None and far != last:
            told, last = _tell(far, told, on_step, on_progress), far
        if record.state.ended:
            reap(folder)
            return record
        time.sleep(LOOK)


def _tell(
    far: Far, told: int, on_step: Callable[[str], None], on_progress: Callable[[Progress], None]
) -> int:
    if far.number > told:
        on_step(far.step)
    if far.sampling is not None:
        on_progress(far.sampling)
    return far.number


def _given_up(record: Record, folder: Path) -> Record:
    if record.state is State.QUEUED:
        message = f"its process ended before it began; {folder / LOG} has what it said"
        record = replace(record, state=State.FAILED, ended=moment(), message=message)
        record.write(folder)
    return record


def cancel(project: Project, run: str) -> Record:
    """Stop a run; the processors are free when this returns.

    Raises:
        FolderError: There is no such run, or it has ended already.
    """
    record = read(project, run)
    folder = folder_of(project, run)
    if record.state.ended:
        raise FolderError(
            f"the run {record.id} is {record.state} already",
            expected="a run that waits or works",
            got=record.state,
            next_step="mediamix runs lists them",
        )
    while True:
        if record.process is not None and held(folder):
            _stop(folder, record.process)
        with suppress(FolderError), sole_writer(folder, patience=PATIENCE):
            record = Record.read(folder)
            if not record.state.ended:
                record = replace(record, state=State.CANCELLED, ended=moment(), process=None)
                record.write(folder)
            reap(folder)
            return record
        # Somebody began to work on it between the two.
        record = Record.read(folder)


def _stop(folder: Path, process: int) -> None:
    """Ask a run's process to end, then end it with all that it started."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(OSError):
            os.killpg(process, kind)
        until = time.monotonic() + PATIENCE
        while _lives(folder, process) and time.monotonic() < until:
            time.sleep(0.02)
        if not _lives(folder, process):
            return


def _lives(folder: Path, process: int) -> bool:
    """Whether the process is there: it may compute on after it has let go of its run."""
    own = _STARTED.get(folder)
    if own is not None:
        return own.poll() is None
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def reap(folder: Path) -> None:
    """Take leave of a run's process that this one has started: it would stay as a zombie."""
    process = _STARTED.get(folder)
    if process is not None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    for gone in [path for path, one in _STARTED.items() if one.poll() is not None]:
        del _STARTED[gone]
