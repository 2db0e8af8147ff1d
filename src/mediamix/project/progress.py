"""How far a run is: `progress.json` beside its record, for whoever looks on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mediamix.core.files import write_json
from mediamix.inference.progress import Progress

NAME = "progress.json"
#: Seconds between two writes while one step goes on.
EVERY = 0.4


@dataclass(frozen=True)
class Far:
    """How far a run is.

    Args:
        number: Of the step, from 1.
        step: What is done now, in words.
        seconds: Since the run began.
        sampling: Of the sampler, where the step samples.
    """

    number: int
    step: str
    seconds: float
    sampling: Progress | None = None


def read_progress(folder: Path) -> Far | None:
    """Of a run's folder; None where nothing is said."""
    try:
        raw: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        sampling = raw.pop("sampling")
        return Far(**raw, sampling=None if sampling is None else Progress(**sampling))
    except (OSError, ValueError, TypeError, KeyError):
        return None


class Telling:
    """Writes how far a run is, now and then.

    Args:
        folder: The run's.
        on_step: Told of every step as well.
        on_sampling: Told now and then how far the sampler is.
    """

    def __init__(
        self,
        folder: Path,
        on_step: Callable[[str], None] = lambda step: None,
        on_sampling: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._folder, self._began = folder, time.monotonic()
        self._on_step, self._on_sampling = on_step, on_sampling
        self._number, self._step, self._last = 0, "", 0.0

    def step(self, step: str) -> None:
        """Another step begins."""
        self._number, self._step = self._number + 1, step
        self._write(None)
        self._on_step(step)

    def sampling(self, progress: Progress) -> None:
        """The sampler is so far."""
        if time.monotonic() - self._last >= EVERY or progress.done == progress.total:
            self._write(progress)
            self._on_sampling(progress)

    def end(self) -> None:
        """Nothing more is said: the record says how it ended."""
        (self._folder / NAME).unlink(missing_ok=True)

    def _write(self, sampling: Progress | None) -> None:
        self._last = time.monotonic()
        far = Far(self._number, self._step, self._last - self._began, sampling)
        write_json(self._folder / NAME, asdict(far))
