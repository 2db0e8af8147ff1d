"""How far a run is: `progress.json` beside its record, for whoever looks on."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.core.files import write_json

if TYPE_CHECKING:
    from mediamix.inference.nuts import Progress

NAME = "progress.json"
#: Seconds between two writes.
EVERY = 0.5


@dataclass(frozen=True)
class Far:
    """How far a run is.

    Args:
        step: What is done now, in words.
        done: Draws so far; 0 where nothing is sampled.
        total: Draws in all.
        seconds: Since the run began.
    """

    step: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0


def read_progress(folder: Path) -> Far | None:
    """Of a run's folder; None where nothing is said."""
    try:
        return Far(**json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


class Telling:
    """Writes how far a run is, now and then.

    Args:
        folder: The run's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._began, self._last = folder, time.monotonic(), -EVERY
        self._step = ""

    def step(self, step: str) -> None:
        """Another step begins."""
        self._step = step
        self._write(0, 0)

    def sampling(self, progress: Progress) -> None:
        """The sampler is so far."""
        if time.monotonic() - self._last >= EVERY:
            self._write(progress.done, progress.total)

    def end(self) -> None:
        """Nothing more is said: the record says how it ended."""
        (self._folder / NAME).unlink(missing_ok=True)

    def _write(self, done: int, total: int) -> None:
        self._last = time.monotonic()
        write_json(self._folder / NAME, asdict(Far(self._step, done, total, self._last - self._began)))
