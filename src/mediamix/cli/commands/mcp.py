"""`mediamix mcp`: a project for assistants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.projects import ProjectFolder
from mediamix.core.extras import extras_of

NAME = "mcp"
EXAMPLE = "mediamix mcp my-project"


def command(
    project: ProjectFolder = Path(),
    write: Annotated[
        bool, typer.Option("--write", help="The assistant may begin runs, too; without, it only reads.")
    ] = False,
) -> None:
    """Answer an assistant (Model Context Protocol, on standard input and output): the three questions, what
    channels caused, whether to believe it.

    An assistant starts it by itself, as it is told in its configuration: command `mediamix`, arguments `mcp
    FOLDER`.
    """
    from mediamix.project.folder import Project

    here = Project.at(project)
    with extras_of("assistants"):
        from mediamix.assistants.server import serve

        serve(here, write=write)
