"""A run's process: started, watched and stopped. It outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from mediamix.core.errors import FolderError
from mediamix.core.locks import held
from mediamix.project.folder import Project
from mediamix.project.record import Record, State
from mediamix.project.runs import folder_of, moment, read

#: Seconds that a process has to end by itself before it is killed.
PATIENCE = 1.5
LOG = "log.txt"


def start(project: Project, record: Record) -> None:
    """Start the process of a queued run.

    Raises:
        FolderError: It can't be started; the run has failed then.
    """
    folder = folder_of(project, record.id)
    command = [sys.executable, "-m", "mediamix.project.worker", str(project.root), record.id]
    try:
        with (folder / LOG).open("ab") as log:
            # A session of its own: neither a closed terminal nor a closed browser ends it.
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    except OSError as error:
        replace(record, state=State.FAILED, ended=moment(), message=str(error)).write(folder)
        raise FolderError(
            f"the run {record.id} can't be started", got=str(error), next_step="see that this folder can be written"
        ) from error


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
    if record.process is not None and held(folder):
        _stop(record.process, lambda: held(folder))
    last = read(project, run)
    if last.state in (State.DONE, State.CANCELLED):
        return last
    last = replace(last, state=State.CANCELLED, ended=moment(), message="", process=None)
    last.write(folder)
    return last


def _stop(process: int, works: Callable[[], bool]) -> None:
    """Ask a process to end, then end it with all that it started."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(OSError):
            os.killpg(process, kind)
        until = time.monotonic() + PATIENCE
        while works() and time.monotonic() < until:
            time.sleep(0.02)
        if not works():
            return
