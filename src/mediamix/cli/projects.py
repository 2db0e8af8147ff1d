"""What commands say about projects and their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import command_line, note
from mediamix.core.errors import FolderError
from mediamix.core.folders import refuse_no_folder
from mediamix.project.folder import FIT, SPEC, Project

ProjectFolder = Annotated[
    Path,
    typer.Argument(metavar="PROJECT", help="The project's folder; absent: the folder where you stand."),
]


def project_of(spec: Path) -> tuple[Project, str | None]:
    """The project that a spec belongs to, and which variant of its spec it is.

    Raises:
        FolderError: It belongs to none.
    """
    if spec.name == SPEC:
        return Project.at(spec.parent), None
    above = spec.absolute().parent
    if above.name == "specs" and (above.parent / SPEC).is_file():
        return Project.at(above.parent), spec.stem
    raise FolderError(
        f"{spec} is no spec of a project",
        expected=f"{SPEC}, or specs/NAME.yml beside it, in the project's folder",
        got=str(spec),
        next_step=f"say where results go: {command_line('run', spec, '--out', 'results')}",
    )


def where(project: Project) -> tuple[Path, ...]:
    """How a command names the project: not at all where one stands in it."""
    return () if project.root.absolute() == Path.cwd() else (project.root,)


def fit_in(given: Path) -> Path:
    """The folder of a fit: itself, a run's, or of a project that of its promoted run, else its own.

    Raises:
        FolderError: There is no such folder, or the project has no promoted run.
    """
    refuse_no_folder(given)
    own = given / FIT if (given / FIT / "run.json").is_file() else None
    if not (given / SPEC).is_file() or (given / "run.json").is_file():
        return own or given
    from mediamix.project.runs import CURRENT, current, folder_of

    project = Project.at(given)
    if own is not None and current(project) is None:
        return own
    run = folder_of(project, CURRENT)
    note(f"run: {run.name}, which is promoted")
    return run / FIT
