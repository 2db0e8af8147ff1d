"""How a training makes a run: in its own process."""

from __future__ import annotations

from mediamix.pipeline import OnProgress, OnStep
from mediamix.project.folder import Project
from mediamix.project.record import Record


def made(project: Project, record: Record, on_step: OnStep, on_progress: OnProgress) -> Record:
    """Do the work of a run that was asked for, or wait for whoever does it.

    Raises:
        UserError: Of any step of the run; its record has it as well.
    """
    from mediamix.project.work import work_on

    return work_on(project, record.id, on_step, on_progress)
