"""The process of a job: ``python -m mediamix.jobs.child``, begun by a worker.

It reads its order on the standard input and writes a line of JSON for each thing it tells on what was its
standard output. It ends as soon as its input does: it never outlives its worker, whatever ended that one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn


def main() -> int:
    """Do the work of one job; 0: it said how it ended, 130: it was interrupted."""
    # Ctrl-C reaches every process of a terminal: the worker decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupted)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    lock = threading.Lock()

    def say(what: str, data: Any) -> None:
        with lock:
            answers.write(json.dumps({"what": what, "data": data}) + "\n")
            answers.flush()

    try:
        order = json.loads(sys.stdin.buffer.readline())
        threading.Thread(target=_leave_with_worker, daemon=True).start()
        what, data = _done(order, say)
        say(what, data)
    except KeyboardInterrupt:
        return 130
    return 0


def _done(order: Mapping[str, Any], say: Callable[[str, Any], None]) -> tuple[str, Any]:
    """Do it, and say how it ended."""
    from mediamix.core.errors import UserError
    from mediamix.core.files import refused_by_disk
    from mediamix.core.registry import pick
    from mediamix.jobs.job import plain_json
    from mediamix.jobs.kind import PACKAGE, Kind, Telling
    from mediamix.project.folder import Project

    telling = Telling(
        who=order["who"],
        step=lambda step: say("step", {"step": step}),
        sampling=lambda progress: say("sampling", asdict(progress)),
        about=lambda data: say("about", dict(data)),
    )
    try:
        kind = pick(PACKAGE, Kind, order["kind"])
        result = kind.run(order["payload"], Project(Path(order["project"])), telling)
        return "done", json.loads(plain_json(result, "result"))
    except UserError as error:
        return "failed", str(error)
    except Exception as error:
        if (refused := refused_by_disk(error)) is not None:
            return "failed", str(refused)
        import traceback

        traceback.print_exc()
        return "failed", f"that is not your fault: {type(error).__name__}: {error}"


def _leave_with_worker() -> None:
    while os.read(0, 1024):
        pass
    # At once, with all that this one has begun.
    os.killpg(0, signal.SIGKILL)


def _interrupted(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # At once: threads of a sampler that was interrupted are not waited for.
    os._exit(code)
