"""What the tracking store lacks is brought there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mediamix.jobs.kind import Kind, Telling
from mediamix.project.folder import Project


def run(payload: Mapping[str, Any], project: Project, telling: Telling) -> Mapping[str, Any]:
    """All runs that are missing in MLflow, and which one is promoted. What was away is caught up by the next.

    Args:
        payload: Nothing of it is read.
        project: Whose runs.
        telling: Told of every run.

    Raises:
        UserError: The store can't be reached; the runs are in the project's folder all the same.
    """
    from mediamix.records.catching_up import catch_up

    return catch_up(project, telling.step).to_dict()


RECORD = Kind("record", "Runs in MLflow", run)
