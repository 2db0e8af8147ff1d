"""The end of a run that its own process didn't write: it was stopped, or killed too often."""

from __future__ import annotations

from dataclasses import replace

from mediamix.core.errors import FolderError
from mediamix.core.locks import remove, sole_writer
from mediamix.project.folder import Project
from mediamix.project.record import LOG, RECORD, Record, State
from mediamix.project.runs import folder_of, moment

#: Seconds that a process which was killed may take to let go of its run.
PATIENCE = 2.0


def stopped(project: Project, run: str, state: State, message: str) -> Record:
    """Write how a run ended; of one that has ended already nothing changes.

    Args:
        project: Whose.
        run: Its id.
        state: Failed or cancelled.
        message: Why it failed.

    Raises:
        FolderError: There is no such run, its process is still at work, or the folder can't be written.
    """
    folder = folder_of(project, run)
    with sole_writer(folder, patience=PATIENCE):
        record = Record.read(folder)
        if record.state.ended:
            return record
        for path in folder.iterdir():
            if path.name not in (RECORD, LOG):
                remove(path)
        said = message if state is State.FAILED else ""
        record = replace(record, state=state, ended=moment(), message=said, process=None)
        try:
            record.write(folder)
        except FileNotFoundError as error:  # somebody removes the folder meanwhile
            raise FolderError(f"the run {run} is gone", got=str(error)) from error
    return record
