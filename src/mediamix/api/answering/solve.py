"""One question from its text to the text of its answer, in whichever process it is solved.

Nothing here imports more than it must before a question comes: a solver's process sets its threads first.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediamix.core import errors
from mediamix.core.errors import UserError

#: Libraries that would start a thread per core in every solver.
_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "MEDIAMIX_CORES",
)
#: Seconds between two looks whether the service is there.
LOOK = 1.0


@dataclass(frozen=True)
class Failed:
    """An error on its way from another process."""

    kind: str
    parts: dict[str, Any]
    of_disk: bool

    @classmethod
    def of(cls, error: UserError) -> Failed:
        """An error, packed."""
        parts = {
            "what": error.what,
            "expected": error.expected,
            "got": error.got,
            "next_step": error.next_step,
            "details": error.details,
        }
        return cls(type(error).__name__, parts, isinstance(error.__cause__, OSError))

    def error(self) -> UserError:
        """The error as it was."""
        kind = getattr(errors, self.kind, UserError)
        if kind is errors.ExtraError:  # it words itself
            kind = errors.FolderError
        made: UserError = kind(self.parts["what"], **{k: v for k, v in self.parts.items() if k != "what"})
        if self.of_disk:
            made.__cause__ = OSError(self.parts["got"])
        return made


def solve(kind: str, folder: str, question: str) -> bytes | Failed:
    """The answer to a question.

    Args:
        kind: One of `questions.KINDS` or `measured.MEASURES`.
        folder: Of the fit.
        question: JSON.
    """
    from mediamix.api.answering.loaded import loaded
    from mediamix.core.plain import plain_text

    try:
        of, asked = loaded(Path(folder)), json.loads(question)
        from mediamix.api.answering.measured import MEASURES

        if kind in MEASURES:
            found = MEASURES[kind](of, asked)
        elif kind == "row":
            from mediamix.api.answering.row import row

            found = row(of, asked)
        else:
            from mediamix.api.answering.questions import KINDS

            found = KINDS[kind].answer(of, asked)
        return found if isinstance(found, bytes) else plain_text(found, indent=None).encode()
    except UserError as error:
        return Failed.of(error)


def begin(folder: str | None, service: int) -> None:
    """Begin a solver's process: one thread of its own, the promoted fit in memory, and its curves.

    Args:
        folder: Of the fit.
        service: The process that it answers to.
    """
    for name in _THREADS:
        os.environ[name] = "1"
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends it
    threading.Thread(target=_end_with, args=(service,), daemon=True).start()
    warm(folder)


def _end_with(service: int) -> None:
    """End when the service is gone, however it went: nobody would ask any more."""
    while os.getppid() == service:
        time.sleep(LOOK)
    os._exit(0)


def warm(folder: str | None) -> None:
    """Have a fit in memory before somebody asks; what goes wrong is told to who asks."""
    if folder is not None:
        solve("optimize", folder, json.dumps({"anyway": True}))
