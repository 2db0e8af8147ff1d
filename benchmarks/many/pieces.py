"""Stand-ins for a fit, importable by the processes of any library."""

from __future__ import annotations

import os
import time
from pathlib import Path


def one_second(_: object) -> None:
    """Computes for a second of its process's time."""
    until = time.process_time() + 1.0
    while time.process_time() < until:
        sum(range(1000))


def waits_a_second(_: object) -> None:
    """A second without a processor: what is left of a run's time is the engine's, on busy machines too."""
    time.sleep(1.0)


def told(argument: tuple[str, int]) -> int:
    """A fifth of a second; first it says which process has it."""
    folder, number = argument
    Path(folder, f"{time.monotonic_ns()}-{os.getpid()}").touch()
    time.sleep(0.2)
    return number
