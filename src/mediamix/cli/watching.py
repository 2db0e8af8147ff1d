"""`mediamix ingest files --watch`: a folder that is looked at again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediamix.cli.answering import unanswered
from mediamix.cli.console import note, warn
from mediamix.cli.ingested import delivered_json, print_delivered
from mediamix.core.errors import UserError

if TYPE_CHECKING:
    from mediamix.project.ingesting import Options
    from mediamix.warehouse.engine import Warehouse

_Mark = tuple[tuple[str, int, int], ...]


def watch_files(
    paths: Sequence[str],
    spec: Path,
    store: Warehouse | None,
    options: Options,
    *,
    every: float,
    as_json: bool,
    sleep: Callable[[float], None] = time.sleep,
    rounds: int | None = None,
) -> None:
    """Land what is new or changed, until Ctrl-C. A file is taken once it has been the same for two looks:
    one that is still being written isn't.

    What can't be landed is said once, and tried again when a file changes.

    Args:
        paths: Files and folders; addresses are asked at each look.
        spec: The project's.
        store: Where to.
        options: How.
        every: Seconds between two looks.
        as_json: Print an object a delivery.
        sleep: Waits.
        rounds: Looks, for a test; None: without end.
    """
    from mediamix.project.ingesting import Unanswered, ingest_files

    note(f"Watching {', '.join(paths)}, every {every:g} s; Ctrl-C ends it")
    seen: _Mark | None = None
    done: _Mark | None = None
    looks = 0
    while rounds is None or looks < rounds:
        looks += 1
        mark = _mark(paths)
        if mark and mark == seen and (mark != done or _elsewhere(paths)):
            done = mark
            try:
                made = ingest_files(paths, spec, store, options, note)
                if not made.same:
                    delivered_json(made) if as_json else print_delivered(made, spec)
            except Unanswered as waiting:
                questions = waiting.read.guess.open if waiting.read.guess is not None else ()
                warn("error", unanswered(questions).message)
            except UserError as error:
                warn("error", error.message)
        seen = mark
        sleep(every)


def _elsewhere(paths: Sequence[str]) -> bool:
    return any("://" in path for path in paths)


def _mark(paths: Sequence[str]) -> _Mark:
    """Names, sizes and times of what would be taken."""
    from mediamix.ingest.given import is_table

    found = [] if not _elsewhere(paths) else [("", 0, 0)]
    for path in map(Path, (path for path in paths if "://" not in path)):
        try:
            inside = [one for one in path.iterdir() if is_table(one.name)] if path.is_dir() else [path]
            for one in inside:
                state = one.stat()
                found.append((str(one), state.st_size, state.st_mtime_ns))
        except OSError:
            continue  # gone between the two looks, or not there yet
    return tuple(sorted(found))
