"""Work that other processes import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from mediamix.core.errors import DataError


def square(number: int) -> int:
    return number * number


def noisy(number: int) -> int:
    print("a library says something", flush=True)
    return number


def threads(_: object) -> dict[str, str | None]:
    from mediamix.core.machine import cores

    return {"omp": os.environ.get("OMP_NUM_THREADS"), "cores": str(cores()), "pid": str(os.getpid())}


def dies_once(folder: str, number: int) -> int:
    """Killed as by a machine without memory, the first time that the third is tried."""
    tried = Path(folder) / f"{number}-{os.getpid()}-{time.monotonic_ns()}"
    tried.touch()
    if number == 3 and len(list(Path(folder).glob("3-*"))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def asked(argument: tuple[str, int]) -> int:
    return dies_once(*argument)


def poison(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fails(number: int) -> int:
    if number == 1:
        raise DataError("there is no such column", expected="'brand'", next_step="name it")
    if number == 2:
        raise ZeroDivisionError("a bug")
    return number


def slow(number: int) -> int:
    time.sleep(60)
    return number


def naps(seconds: float) -> int:
    """Which process took it."""
    time.sleep(seconds)
    return os.getpid()
