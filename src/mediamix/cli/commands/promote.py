"""`mediamix promote`: which run of a project everybody sees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder, where

NAME = "promote"
EXAMPLE = "mediamix promote 20261125T2301Z-ab12cd34"


def command(
    run: Annotated[
        str, typer.Argument(metavar="ID", help="The run's id, or as much of its start as names one.")
    ],
    project: ProjectFolder = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Promote it though the verdict of its fit is failed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a run the one that everybody sees: in the app, and where a command is given the project."""
    from mediamix.jobs.recording import record_promotion
    from mediamix.project.folder import Project
    from mediamix.project.launch import user
    from mediamix.project.runs import current, promote

    here = Project.at(project)
    before = current(here)
    record = promote(here, run, force=force)
    record_promotion(here, record.id, user())
    if as_json:
        emit_json({"current": record.id, "before": before, "verdict": record.verdict})
        return
    instead = f" in place of {before}" if before not in (None, record.id) else ""
    say(f"{record.id} is promoted{instead}; its verdict is {record.verdict}.")
    say(f"Next: {command_line('optimize', *(where(here) or (Path(),)))}")
