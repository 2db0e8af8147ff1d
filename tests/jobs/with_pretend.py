"""``python with_pretend.py child`` and ``… worker PROJECT LEASE_S [stays]``: as those of mediamix, with the
kind of the tests."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

HERE = Path(__file__).parent


def add() -> None:
    """Have this process know the kind."""
    from mediamix.core.registry import discover
    from mediamix.jobs import kinds

    if str(HERE / "pretend") not in kinds.__path__:
        kinds.__path__.append(str(HERE / "pretend"))
        discover.cache_clear()


CHILD = (sys.executable, str(HERE / "with_pretend.py"), "child")


def main() -> None:
    add()
    if sys.argv[1] == "child":
        from mediamix.jobs import child

        os._exit(child.main())
    from mediamix.jobs.worker import Ways, stopped_by_signals, work
    from mediamix.project.folder import Project

    stop = threading.Event()
    stopped_by_signals(stop)
    ways = Ways(until_idle="stays" not in sys.argv, every=0.1, lease_s=float(sys.argv[3]), command=CHILD)
    print(work(Project(Path(sys.argv[2])), ways, say=lambda line: print(line, flush=True), stop=stop))


if __name__ == "__main__":
    main()
