"""A worker: takes job after job, one process each, until it is ended or nothing is left to do.

``python -m mediamix.jobs.worker PROJECT`` ends when nothing is left; `mediamix worker` stays.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mediamix.core.errors import FolderError, UserError
from mediamix.jobs.attempt import Attempt
from mediamix.jobs.lease import LEASE_S, Leases
from mediamix.jobs.process import COMMAND
from mediamix.jobs.retention import Keeping
from mediamix.jobs.schedules import Firing
from mediamix.jobs.store import GoneError, store_of
from mediamix.project.folder import Project

#: Seconds between two looks for a job, and between two tries of a database that is gone.
LOOK_S, AGAIN_S = 1.0, 3.0


@dataclass(frozen=True)
class Ways:
    """How a worker works.

    Args:
        until_idle: It ends when no job waits and none is at work; then it fires no schedules.
        every: Seconds between two looks for a job.
        lease_s: Seconds after which it is taken for dead when it says nothing.
        command: That begins the process of a job.
    """

    until_idle: bool = False
    every: float = LOOK_S
    lease_s: float = LEASE_S
    command: Sequence[str] = COMMAND


def work(
    project: Project,
    ways: Ways | None = None,
    *,
    say: Callable[[str], None] = lambda line: None,
    stop: threading.Event | None = None,
) -> dict[str, int]:
    """Work until `stop` is set, or, if so wanted, until nothing is left to do.

    Args:
        project: Whose jobs.
        ways: How; None: as a worker that stays.
        say: Told what happens, a line each.
        stop: Ends it: the job that it has goes back into the queue.

    Returns:
        How many jobs ended as what; those that went back into the queue are ``queued``.

    Raises:
        ExtraError: SQLAlchemy isn't installed.
        SpecError: MEDIAMIX_JOBS holds no address.
        FolderError: The queue is broken. A database that doesn't answer is waited for.
    """
    ways, stop = ways or Ways(), stop or threading.Event()
    gone, ended = False, Counter[str]()
    while not stop.is_set():
        try:
            leases = Leases(store_of(project), ways.lease_s, stays=not ways.until_idle)
            _work(project, leases, ways, say, stop, ended)
            break
        except GoneError as error:
            if not gone:
                say(f"{error.what}: waiting for it ({error.got})")
            gone = True
            stop.wait(AGAIN_S)
    return dict(sorted(ended.items()))


def _work(
    project: Project,
    leases: Leases,
    ways: Ways,
    say: Callable[[str], None],
    stop: threading.Event,
    ended: Counter[str],
) -> None:
    keeping = Keeping(leases.store)
    firing = None if ways.until_idle else Firing(project, leases.store, say)
    try:
        counted = float("-inf")
        while not stop.is_set():
            if time.monotonic() - counted >= leases.lease_s / 6:
                leases.alive()
                counted = time.monotonic()
            keeping.look()
            if firing is not None:
                firing.look()
            held = leases.take()
            if held is not None:
                say(f"{held.job.id} ({held.job.kind}, for {held.job.who}) begins, attempt {held.job.attempt}")
                counted = float("-inf")
                ended[Attempt(project, leases, held, stop.is_set, say, ways.command).make()] += 1
            elif ways.until_idle and _leave(leases):
                return
            else:
                stop.wait(ways.every)
    finally:
        with suppress(FolderError):
            leases.gone()


def _leave(leases: Leases) -> bool:
    """Whether there is nothing to do. First it is not counted any more, then it looks once more: who puts a
    job and then sees no worker begins one, so that no job is left between the two.
    """
    if not leases.idle():
        return False
    leases.gone()
    return leases.idle()


def stopped_by_signals(stop: threading.Event) -> None:
    """Have SIGTERM and Ctrl-C end the worker of this process in good order."""

    def ended(number: int, frame: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGINT, ended)


def main(arguments: list[str]) -> int:
    """A worker that ends when nothing is left to do: what is begun in the background."""
    stop = threading.Event()
    stopped_by_signals(stop)
    try:
        work(
            Project.within(arguments[0]),
            Ways(until_idle=True),
            say=lambda line: print(line, flush=True),
            stop=stop,
        )
    except UserError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
