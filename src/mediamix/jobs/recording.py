"""A job that brings runs into the tracking store, put where the spec names one."""

from __future__ import annotations

from mediamix.core.errors import UserError
from mediamix.core.spec import load_spec
from mediamix.jobs.job import Job
from mediamix.jobs.queue import queue_of
from mediamix.project.folder import Project
from mediamix.project.runs import moment


def recorded(project: Project, after: str, who: str) -> None:
    """As `record_soon`, for who has no worker: one is begun where none is alive.

    Raises:
        FolderError: The queue can't be written, or no worker be begun.
    """
    from mediamix.jobs.runs import tend

    if record_soon(project, after, who) is not None:
        tend(project, queue_of(project))


def record_soon(project: Project, after: str, who: str) -> Job | None:
    """Put it; None: the spec has no section `records`.

    Args:
        project: Whose runs.
        after: What has happened to a run, its id in it: the job is put once for each.
        who: Has done that.

    Raises:
        FolderError: The queue can't be written.
    """
    try:
        section = load_spec(project.spec()).records
    except UserError:  # it has been changed since, to something that can't be read
        return None
    if section is None:
        return None
    job, _ = queue_of(project).put("record", {}, who=who, key=f"record:{after}")
    return job


def record_promotion(project: Project, run: str, who: str) -> None:
    """Let the store know, in the background, which run is promoted now.

    Raises:
        FolderError: The queue can't be written, or no worker be begun.
    """
    recorded(project, f"promoted:{run}:{moment()}", who)
