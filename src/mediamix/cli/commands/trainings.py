"""`mediamix trainings`: what ran, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.commands.train import print_training
from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder, where

NAME = "trainings"
EXAMPLE = "mediamix trainings my-project --last 4"


def command(
    project: ProjectFolder = Path(),
    one: Annotated[str | None, typer.Option("--show", metavar="ID", help="All steps of one of them.")] = None,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="How many.")] = 12,
    as_json: Json = False,
) -> None:
    """List a project's trainings, the newest first: by whom, what became of the run, and why it waits."""
    from mediamix.project.folder import Project
    from mediamix.project.runs import current
    from mediamix.training.record import all_trainings, broken_off, read, waiting
    from mediamix.training.said import HEADERS, next_step, row

    here = Project.at(project)
    if one is not None:
        found = read(here, one)
        if as_json:
            emit_json(found.to_dict())
        else:
            print_training(here, found)
        return
    trainings = all_trainings(here, last)
    waits = waiting(here, current(here))
    if as_json:
        emit_json(
            {
                "trainings": [made.to_dict() for made in trainings],
                "current": current(here),
                "waiting": None if waits is None else {"run": waits.run, "reasons": list(waits.reasons)},
            }
        )
        return
    if not trainings:
        say(f"No trainings yet. Next: {command_line('train', *where(here))}")
        return
    rows = [row(made, gone=broken_off(here, made)) for made in trainings]
    table("Trainings, the newest first", HEADERS, rows, text=range(len(HEADERS)))
    if waits is not None:
        for reason in waits.reasons:
            say(f"{waits.run} waits: {reason}")
        say(f"Next: {next_step(waits, *where(here))}")
