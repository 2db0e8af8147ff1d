"""Processes that each take one task after the other, and are replaced when they die.

A thread of this process stands behind each: it hands over a task and waits for the answer. Where the
process dies instead, only the task that it had is begun again, by its successor.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from mediamix.spread.child import receive, send
from mediamix.spread.contract import BrokenError, Ended, Task, Work, lost

#: Bytes of what a process said last that are told when it died.
_TAIL = 600


class Workers:
    """So many processes for one kind of work.

    Args:
        work: A function of a module that a new process can import.
        number: Of processes.
        environment: Variables that are set for them.
        attempts: How often a task is begun at most.
    """

    def __init__(self, work: Work, number: int, environment: Mapping[str, str], attempts: int) -> None:
        self._first = {"path": list(sys.path), "work": pickle.dumps(work)}
        self._number, self._attempts = number, attempts
        self._environment = {**os.environ, **environment}
        self._waiting: deque[Task] = deque()
        self._ended: SimpleQueue[Ended | BaseException] = SimpleQueue()
        self._lock, self._stopped = threading.Lock(), False
        self._living: set[Process] = set()

    def map(self, tasks: Sequence[Task]) -> Iterator[Ended]:
        """How each task ended, as soon as it did; closing the iterator kills the processes.

        Raises:
            BrokenError: The work can't be imported by another process.
        """
        self._waiting.extend(tasks)
        threads = [
            threading.Thread(target=self._serve, name=f"worker {number}", daemon=True)
            for number in range(min(self._number, len(tasks)))
        ]
        try:
            for thread in threads:
                thread.start()
            for _ in tasks:
                ended = self._ended.get()
                if isinstance(ended, BaseException):
                    raise ended
                yield ended
        finally:
            self._stop()
            for thread in threads:
                thread.join()

    def _serve(self) -> None:
        """Of one thread: its process, and after that the next one, until no task waits."""
        process: Process | None = None
        try:
            while not self._stopped and (task := self._next()) is not None:
                for number in range(1, self._attempts + 1):
                    try:
                        if process is None:
                            process = self._start()
                            process.begin(self._first)
                        self._ended.put(Ended(task, attempts=number, **process.ask(task.argument)))
                        break
                    except (EOFError, OSError) as error:
                        last = str(error) if process is None else self._gone(process)
                        process = None
                    if self._stopped:
                        return
                else:
                    self._ended.put(lost(task, self._attempts, last))
        except BaseException as error:
            self._ended.put(error)
        finally:
            if process is not None:
                self._gone(process)

    def _next(self) -> Task | None:
        with suppress(IndexError):
            return self._waiting.popleft()
        return None

    def _start(self) -> Process:
        with self._lock:
            if self._stopped:
                raise EOFError("stopped")
            process = Process(self._environment)
            self._living.add(process)
        return process

    def _gone(self, process: Process) -> str:
        with self._lock:
            self._living.discard(process)
        return process.end()

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._living:
                process.kill()


class Process:
    """One process; `ask` raises EOFError or OSError once it is dead.

    Args:
        environment: Its variables.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `end`
        self._child = subprocess.Popen(
            [sys.executable, "-m", "mediamix.spread.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=dict(environment),
        )

    def begin(self, first: Mapping[str, Any]) -> None:
        """Hand over what it is for.

        Raises:
            BrokenError: It can't import the work.
        """
        answer = self.ask(first)
        if "broken" in answer:
            raise BrokenError(f"a new process can't import the work: {answer['broken']}\n{answer['trace']}")

    def ask(self, value: Any) -> dict[str, Any]:
        """Hand over, and wait for the answer."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        send(self._child.stdin, value)  # type: ignore[arg-type]
        answer: dict[str, Any] = receive(self._child.stdout)  # type: ignore[arg-type]
        return answer

    def kill(self) -> None:
        """End it at once."""
        with suppress(OSError):
            self._child.kill()

    def end(self) -> str:
        """End it, and say how it ended and what it said last."""
        own = self._child.poll()
        for stream in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        if own is None:
            self.kill()
        code = self._child.wait()
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _TAIL))
        said = self._said.read().decode("utf-8", "replace").strip().splitlines()
        self._said.close()
        words = ended_words(code)
        return f"{words}: {said[-1]}" if said else words


def ended_words(code: int) -> str:
    """How a process ended."""
    if code == -9:
        return "killed by signal 9, as a machine without memory does"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
