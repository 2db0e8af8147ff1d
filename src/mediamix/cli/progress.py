"""Progress of long work on stderr: a live line on a terminal, a line per step elsewhere.

Elsewhere a step that takes long says so now and then (`cli.watch`).
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mediamix.cli.console import console, note
from mediamix.cli.voice import record
from mediamix.cli.watch import speed_words, watch

if TYPE_CHECKING:
    from mediamix.inference.progress import Progress


class Steps:
    """The steps of one command, with their times.

    `step` begins a step and ends the one before; `sampling` moves the bar of the current step.
    `seconds` holds the time of each finished step.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began = time.perf_counter()
        self._current: tuple[str, float] | None = None
        self._live: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        screen = console(stderr=True)
        if screen.is_terminal:
            from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Live

            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[detail]}"),
                TimeElapsedColumn(),
            )
            self._live = Live(*columns, console=screen, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish(done=kind is None)
        if self._live is not None:
            self._live.stop()
        watch().begin("Finishing")

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._began

    def step(self, text: str) -> None:
        """Begin a step."""
        self._finish(done=True)
        self._current = (text, time.perf_counter())
        watch().begin(text, shown=self._live is not None)
        if self._live is None:
            note(f"[{watch().seconds:6.1f} s] {text}")
        else:
            self._task = self._live.add_task(text, total=None, detail="")

    def sampling(self, progress: Progress) -> None:
        """Show how far the sampler is."""
        watch().sampling(progress)
        if self._live is not None:
            self._live.update(
                self._task, completed=progress.done, total=progress.total, detail=sampler_words(progress)
            )
        elif progress.done == progress.total:
            again = f" again, with {progress.again}" if progress.again else ""
            note(
                f"[{watch().seconds:6.1f} s] {progress.total:,} draws{again} in {progress.seconds:.1f} s "
                f"({progress.speed:,.0f} draws/s), {_count(progress.divergences, 'divergence')}"
            )

    def counting(self, done: int, total: int, far: str) -> None:
        """Show how much of a step is done, of `total` pieces, and in words how far that is."""
        watch().counting(far)
        if self._live is not None:
            self._live.update(self._task, completed=done, total=total, detail=far)

    def _finish(self, *, done: bool) -> None:
        if self._current is None:
            return
        text, began = self._current
        self._current = None
        seconds = time.perf_counter() - began
        if done:
            self.seconds[text] = self.seconds.get(text, 0.0) + seconds
        if self._live is not None:
            self._live.remove_task(self._task)
            if done:
                record(f"{text}: {seconds:.1f} s")
                self._live.console.print(f"[green]✓[/green] {text} [dim]{seconds:.1f} s[/dim]")


def planning(history: bool) -> str:
    """What a planner does, where the fit may be sampled again for it."""
    return "Counting today's split as evidence, planning" if history else "Planning"


def sampler_words(progress: Progress) -> str:
    """``25,000 draws/s · 0 divergences · 2 s left``."""
    return " · ".join(speed_words(progress))


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
