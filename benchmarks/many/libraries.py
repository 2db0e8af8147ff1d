"""What a library still returns after three kills: 60 tasks on two processes.

``python -m benchmarks.many.libraries NAME`` prints how many of the 60 results arrived, how many tasks were
begun, how many processes killed, and the seconds.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.many.pieces import told

TASKS, KILLS, EVERY = 60, 3, 1.5
#: A library that hangs is given up.
PATIENCE = 60.0


def _kill(folder: str, done: threading.Event, killed: list[int]) -> None:
    """Once tasks have begun, kill the process that began one last now and then, as a full memory does."""
    while len(killed) < KILLS and not done.is_set():
        began = sorted(Path(folder).iterdir(), key=lambda path: int(path.name.partition("-")[0]))
        if not began:
            done.wait(0.05)
            continue
        if done.wait(EVERY):
            return
        began = sorted(Path(folder).iterdir(), key=lambda path: int(path.name.partition("-")[0]))
        with suppress(ProcessLookupError):
            process = int(began[-1].name.partition("-")[2])
            os.kill(process, signal.SIGKILL)
            killed.append(process)


def _arrived(futures: Iterable[Any]) -> Iterator[None]:
    for future in futures:
        with suppress(Exception):
            future.result()
            yield


def standard(arguments: list[Any]) -> Iterator[None]:
    """`concurrent.futures.ProcessPoolExecutor`."""
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(2)
    yield from _arrived([pool.submit(told, one) for one in arguments])


def multiprocessing(arguments: list[Any]) -> Iterator[None]:
    """`multiprocessing.Pool`."""
    from multiprocessing import Pool

    pool = Pool(2)
    for _ in pool.imap_unordered(told, arguments):
        yield


def loky(arguments: list[Any]) -> Iterator[None]:
    """`loky.get_reusable_executor`."""
    from loky import get_reusable_executor

    pool = get_reusable_executor(max_workers=2)
    yield from _arrived([pool.submit(told, one) for one in arguments])


def joblib(arguments: list[Any]) -> Iterator[None]:
    """`joblib.Parallel`, results as they come."""
    from joblib import Parallel, delayed

    with suppress(Exception):
        for _ in Parallel(n_jobs=2, return_as="generator_unordered")(delayed(told)(one) for one in arguments):
            yield


def pebble(arguments: list[Any]) -> Iterator[None]:
    """`pebble.ProcessPool`."""
    from pebble import ProcessPool

    pool = ProcessPool(max_workers=2)
    yield from _arrived([pool.schedule(told, args=(one,)) for one in arguments])


def ours(arguments: list[Any]) -> Iterator[None]:
    """The engine `local`."""
    from mediamix.spread.contract import Means, Task, engine_called

    tasks = [Task(i, str(i), one) for i, one in enumerate(arguments)]
    for one in engine_called("local").map(told, tasks, Means(workers=2)):
        if not one.reason:
            yield


LIBRARIES: dict[str, Callable[[list[Any]], Iterator[None]]] = {
    "concurrent.futures": standard,
    "multiprocessing.Pool": multiprocessing,
    "loky": loky,
    "joblib": joblib,
    "pebble": pebble,
    "mediamix, engine local": ours,
}


def main(name: str) -> None:
    # A group of its own: what a library leaves behind ends with it.
    os.setpgrp()
    with tempfile.TemporaryDirectory() as folder:
        found, done, killed = 0, threading.Event(), list[int]()
        began = time.perf_counter()

        def end() -> None:
            """Say what has arrived; what a library still waits for isn't waited for here."""
            seconds = time.perf_counter() - began
            print(found, len(list(Path(folder).iterdir())), len(killed), f"{seconds:.1f}", flush=True)
            os.killpg(0, signal.SIGKILL)

        threading.Thread(target=_kill, args=(folder, done, killed), daemon=True).start()
        watch = threading.Timer(PATIENCE, end)
        watch.daemon = True
        watch.start()
        for _ in LIBRARIES[name]([(folder, number) for number in range(TASKS)]):
            found += 1
        done.set()
        end()


if __name__ == "__main__":
    main(sys.argv[1])
