"""The process of a run: ``python -m mediamix.project.worker PROJECT ID``."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from typing import Any, NoReturn

from mediamix.core.errors import UserError
from mediamix.core.locks import sole_writer
from mediamix.project.folder import Project
from mediamix.project.progress import Telling
from mediamix.project.record import Record, State
from mediamix.project.runs import folder_of, moment


def main(arguments: list[str]) -> int:
    """Do the work of a queued run; 0: done, 1: failed, 130: cancelled."""
    project, name = Project.at(arguments[0]), arguments[1]
    folder = folder_of(project, name)
    signal.signal(signal.SIGTERM, _interrupted)
    with sole_writer(folder):
        record = Record.read(folder)
        if record.state is not State.QUEUED:
            return 0
        record = replace(record, state=State.RUNNING, started=moment(), process=os.getpid())
        record.write(folder)
        telling = Telling(folder)
        changes: dict[str, Any]
        try:
            from mediamix.project.work import work

            changes = {"state": State.DONE, **work(project, record, folder, telling)}
        except KeyboardInterrupt:
            changes = {"state": State.CANCELLED}
        except UserError as error:
            changes = {"state": State.FAILED, "message": str(error)}
        except Exception as error:
            import traceback

            traceback.print_exc()  # into the run's log
            changes = {
                "state": State.FAILED,
                "message": f"that is not your fault: {type(error).__name__}: {error}",
            }
        telling.end()
        replace(record, ended=moment(), process=None, **changes).write(folder)
    return {State.DONE: 0, State.CANCELLED: 130}.get(changes["state"], 1)


def _interrupted(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: threads of a sampler that was interrupted are not waited for.
    os._exit(ended)
