"""How a training makes a run: in the run's own process."""

from __future__ import annotations

from mediamix.pipeline import OnProgress, OnStep
from mediamix.project.folder import Project
from mediamix.project.job import cancel, follow, start
from mediamix.project.record import Record, State


def made(project: Project, record: Record, on_step: OnStep, on_progress: OnProgress) -> Record:
    """Do the work of a run that was asked for, or wait for who does it.

    Raises:
        UserError: Its folder can't be written, or its process not begun.
    """
    if record.state is State.QUEUED:
        start(project, record)
    try:
        return follow(project, record.id, on_step, on_progress)
    except KeyboardInterrupt:
        cancel(project, record.id)
        raise
