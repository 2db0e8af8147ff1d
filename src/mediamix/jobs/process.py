"""The process of a job as its worker sees it: begun, listened to, killed with all that it began."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from mediamix.core.errors import FolderError
from mediamix.spread.workers import ended_words

COMMAND = (sys.executable, "-m", "mediamix.jobs.child")
#: Seconds that a process has to end by itself before it is killed.
PATIENCE_S = 0.8


class Process:
    """A process in a group of its own.

    Args:
        order: What it is to do: plain JSON.
        command: That begins it.

    Raises:
        FolderError: It can't be begun.
    """

    def __init__(self, order: Mapping[str, Any], command: Sequence[str] = COMMAND) -> None:
        try:
            # A group of its own, so that it ends with all that it begins; its input ends with this process.
            self._child = subprocess.Popen(
                [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise FolderError(
                "the process of a job can't be begun",
                got=str(error),
                next_step="see that memory and processes are left",
            ) from error
        self._said: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._child.stdin is not None
        with suppress(OSError):  # it is dead already: that is seen by its silence
            self._child.stdin.write(json.dumps(dict(order)).encode() + b"\n")
            self._child.stdin.flush()

    def next(self, timeout_s: float) -> tuple[dict[str, Any] | None, bool]:
        """What it says next, if anything within so many seconds; and whether it will say no more."""
        try:
            said = self._said.get(timeout=timeout_s)
        except Empty:
            return None, False
        return said, said is None

    def kill(self) -> None:
        """Ask it to end, then end it, with all that it began; the processors are free on return."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            if self._child.poll() is None:
                with suppress(OSError):
                    os.killpg(self._child.pid, kind)
                until = time.monotonic() + PATIENCE_S
                while self._child.poll() is None and time.monotonic() < until:
                    time.sleep(0.02)
        self.end()

    def end(self) -> str:
        """Take leave of it, kill what it left behind, and say in words how it ended."""
        with suppress(OSError):
            os.killpg(self._child.pid, signal.SIGKILL)
        code = self._child.wait()
        self._reader.join(PATIENCE_S)
        for stream in (self._child.stdin, self._child.stdout):
            # Not under a reader: something that left the group may hold the other end.
            if stream is not None and not (stream is self._child.stdout and self._reader.is_alive()):
                with suppress(OSError):
                    stream.close()
        return ended_words(code)

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            with suppress(ValueError):  # a line that its end has cut
                self._said.put(json.loads(line))
        self._said.put(None)
