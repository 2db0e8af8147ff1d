"""What an engine is: ``map(work, tasks, means)``, whatever computes behind it.

An engine hands each task to a process that lives long, and yields how it ended as soon as it did. A task
whose process is killed is begun again, up to `Means.attempts` times; the others go on. An engine keeps
nothing: work that leaves its result where it is found again is not asked for twice, with any engine.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from mediamix.core.errors import MediamixError, UserError
from mediamix.core.machine import CORES
from mediamix.core.registry import discover, pick

PACKAGE = "mediamix.spread.engine"
#: A function of a module that can be imported where it is computed.
Work = Callable[[Any], Any]
#: Libraries that start threads, and how each is told how many.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", CORES)


class BrokenError(MediamixError):
    """Another process can't do the work at all: it can't be imported there."""


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Args:
        position: In the whole list, the same for everybody who reads the same input.
        name: For people.
        argument: What the work is given; it travels to another process.
    """

    position: int
    name: str
    argument: Any


@dataclass(frozen=True)
class Means:
    """What an engine may take.

    Args:
        workers: Processes at once; None: one per core, of a cluster that is there already all that it has.
        threads: Of each process.
        attempts: How often a task is begun at most, when its process is killed.
        shard: ``(i, n)``: only every n-th task, from the i-th (counted from 0); None: the engine's choice.
    """

    workers: int | None = None
    threads: int = 1
    attempts: int = 3
    shard: tuple[int, int] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables that bound the threads of a process."""
        return dict.fromkeys(_THREADS, str(self.threads))


@dataclass(frozen=True)
class Ended:
    """How a task ended.

    Args:
        task: Which.
        value: What the work returned.
        reason: Why there is no value, for people; empty where there is one.
        trace: Of an error that is our fault.
        attempts: How often it was begun.
        seconds: Of the last attempt, by the clock of its process.
        cpu_seconds: Of all threads of that process meanwhile.
    """

    task: Task
    value: Any = None
    reason: str = ""
    trace: str = ""
    attempts: int = 1
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Engine:
    """A way to spread work.

    Args:
        name: For ``--engine``.
        title: For a page.
        summary: One sentence.
        map: ``map(work, tasks, means)`` yields `Ended` as tasks end, in any order; tasks of other shards are
            not yielded. An exception of the work is a reason, none of it is raised. Closing the iterator
            stops what is at work.
        part: The shard that is meant; None: all tasks. Raises `SpecError` where it can't be told.
    """

    name: str
    title: str
    summary: str
    map: Callable[[Work, Sequence[Task], Means], Iterator[Ended]]
    part: Callable[[Means], tuple[int, int] | None] = lambda means: means.shard


def engines() -> Mapping[str, Engine]:
    """All engines by name."""
    return discover(PACKAGE, Engine)


def engine_called(name: str) -> Engine:
    """The engine of a name.

    Raises:
        SpecError: There is none.
    """
    return pick(PACKAGE, Engine, name)


def mine(tasks: Sequence[Task], shard: tuple[int, int] | None) -> list[Task]:
    """The tasks of a shard: those whose position leaves the rest i when it is divided by n."""
    return [task for task in tasks if shard is None or task.position % shard[1] == shard[0]]


def attempt(work: Work, argument: Any) -> dict[str, Any]:
    """Do a piece of work here; what becomes of it as the parts of an `Ended`."""
    began, cpu = perf_counter(), process_time()
    made: dict[str, Any]
    try:
        made = {"value": work(argument)}
    except UserError as error:
        made = {"reason": str(error)}
    except Exception as error:
        words = f"that is not your fault: {type(error).__name__}: {error}"
        made = {"reason": words, "trace": traceback.format_exc()}
    return {**made, "seconds": perf_counter() - began, "cpu_seconds": process_time() - cpu}


def lost(task: Task, attempts: int, last: str) -> Ended:
    """A task that no process lived through."""
    times = "once" if attempts == 1 else f"{attempts} times"
    return Ended(task, reason=f"its process ended {times} before it was done ({last})", attempts=attempts)
