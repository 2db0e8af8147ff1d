"""Work that takes long says now and then that it goes on, with what, how far and how long.

Where no live line shows it (a pipe, a log, a job), a second thread prints a line on stderr after
`FIRST_SECONDS` of one piece of work and then every `EVERY_SECONDS`. What is said through `note`, so that
whoever silences remarks silences it too.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediamix.cli.console import note

if TYPE_CHECKING:
    from mediamix.inference.progress import Progress

FIRST_SECONDS = 2.0
EVERY_SECONDS = 10.0
#: How often the thread looks; also how late a line may come.
_LOOK_SECONDS = 0.2


@dataclass
class _Work:
    """What is at work now.

    Args:
        text: In words.
        began: On the clock of `time.perf_counter`.
        said: When a line was last due, in seconds since then; None before the first.
        shown: A live line shows it already.
        progress: Of the sampler, if it samples.
        far: How far it is, in words, where something else is counted.
    """

    text: str
    began: float
    said: float | None = None
    shown: bool = False
    progress: Progress | None = None
    far: str = ""


class Watch:
    """Says what goes on while nothing else is said; see the module."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: _Work | None = None
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the command began."""
        return time.perf_counter() - self._started

    def begin(self, text: str, *, shown: bool = False) -> None:
        """Another piece of work begins."""
        with self._lock:
            self._work = _Work(text, time.perf_counter(), shown=shown)

    def rest(self) -> None:
        """Nothing is at work: what goes on now has no end."""
        with self._lock:
            self._work = None

    def sampling(self, progress: Progress) -> None:
        """How far the sampler is."""
        with self._lock:
            if self._work is not None:
                self._work.progress = progress

    def counting(self, far: str) -> None:
        """How far the work is, in words."""
        with self._lock:
            if self._work is not None:
                self._work.far = far

    def line(self, now: float) -> str:
        """What is due to be said; empty where nothing is."""
        with self._lock:
            work = self._work
            if work is None or work.shown:
                return ""
            elapsed = now - work.began
            due = FIRST_SECONDS if work.said is None else work.said + EVERY_SECONDS
            if elapsed < due:
                return ""
            work.said = elapsed
            so_far = work.far or f"{elapsed:,.0f} s so far"
            far = so_far if work.progress is None else far_words(work.progress)
            return f"[{now - self._started:6.1f} s] {work.text}: {far}"

    def look(self, stop: threading.Event) -> None:
        """Until `stop`: print what is due."""
        while not stop.wait(_LOOK_SECONDS):
            line = self.line(time.perf_counter())
            if line:
                try:
                    note(line)
                except (OSError, ValueError):  # nobody reads stderr any more
                    return


class _Current:
    """The watch of the command that runs."""

    watch = Watch()


def watch() -> Watch:
    """Of the command that runs."""
    return _Current.watch


def doing(text: str) -> None:
    """Name the work that begins now; only where it takes long is that said."""
    _Current.watch.begin(text)


@contextmanager
def watched(text: str = "Starting") -> Iterator[None]:
    """Watch over a command."""
    before = _Current.watch
    _Current.watch = Watch()
    _Current.watch.begin(text)
    stop = threading.Event()
    # With the context of the command: what silences it may be kept there.
    look = contextvars.copy_context().run
    thread = threading.Thread(target=look, args=(_Current.watch.look, stop), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(1.0)
        _Current.watch = before


def far_words(progress: Progress) -> str:
    """``12,000 of 25,000 draws (48 %), 500 draws/s, 0 divergences, 26 s left``."""
    share = progress.done / progress.total if progress.total else 0.0
    parts = [f"{progress.done:,} of {progress.total:,} draws ({share:.0%})", *speed_words(progress)]
    return ", ".join(parts).replace("%)", " %)")


def speed_words(progress: Progress) -> list[str]:
    """``500 draws/s``, ``0 divergences``, and the time left where it can be told; before them that it samples
    again, and how.
    """
    left = progress.seconds_left
    divergences = "divergence" if progress.divergences == 1 else "divergences"
    parts = [f"{progress.speed:,.0f} draws/s", f"{progress.divergences:,} {divergences}"]
    again = [f"sampling again with {progress.again}"] if progress.again else []
    return again + parts + ([f"{left:,.0f} s left"] if left != float("inf") else [])
