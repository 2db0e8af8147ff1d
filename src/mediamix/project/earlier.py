"""Which earlier run a report is compared with."""

from __future__ import annotations

from pathlib import Path

from mediamix.core.errors import FolderError, UserError
from mediamix.project.folder import FIT, ID, Project
from mediamix.project.runs import current, folder_of
from mediamix.reporting.changes import Earlier


def earlier_fit(project: Project) -> Earlier | None:
    """The fit of the promoted run: the one that people have seen; None: there is none that is whole."""
    name = current(project)
    if name is None:
        return None
    try:
        return Earlier.read(project.runs / name / FIT)
    except UserError:  # a damaged old run is no reason to fail a new one
        return None


def fit_since(asked: str, fit: Path) -> Path:
    """The folder of the earlier fit that somebody names: a run's id, its folder, or a fit's.

    Args:
        asked: What was named.
        fit: The fit that is reported; an id is one of its project.

    Raises:
        FolderError: There is no such run or folder.
    """
    folder = Path(asked)
    if folder.is_dir():
        return folder / FIT if (folder / FIT).is_dir() else folder
    run = fit.absolute().parent
    if ID.fullmatch(run.name):
        return folder_of(Project.at(run.parent.parent), asked) / FIT
    raise FolderError(
        f"there is no earlier run {asked}",
        expected="the folder of a fit or of a run; of a run in a project also its id",
        got="no such folder, and the fit is not one of a project's runs",
        next_step="name the folder: --since project/runs/ID",
    )
