"""`mediamix worker`: does the jobs of a project, and puts those that a schedule asks for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import emit_json, note, say
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder
from mediamix.cli.watch import watch

NAME = "worker"
EXAMPLE = "mediamix worker my-project"


def command(
    project: ProjectFolder = Path(),
    until_idle: Annotated[
        bool,
        typer.Option("--until-idle", help="End when no job waits and none is at work; fire no schedules."),
    ] = False,
    every: Annotated[
        float,
        typer.Option("--every", metavar="SECONDS", min=0.1, max=3600.0, help="Between two looks for a job."),
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Do the jobs of a project, one after the other, each in a process of its own, and fire its schedules.

    Start as many as fits shall be made at a time, on this machine or, where MEDIAMIX_JOBS names a PostgreSQL
    database, on several that share the project's folder. Ctrl-C ends it: its job goes back into the queue.
    """
    from mediamix.jobs.worker import Ways, stopped_by_signals, work
    from mediamix.project.folder import Project

    here = Project.within(project)
    stop = threading.Event()
    stopped_by_signals(stop)
    watch().rest()
    note(f"project: {here.root}; Ctrl-C ends the worker")
    ended = work(here, Ways(until_idle, every), say=_line, stop=stop)
    if as_json:
        emit_json({"ended": ended})
    else:
        say(", ".join(f"{number:,} {state}" for state, number in ended.items()) or "no jobs")


def _line(text: str) -> None:
    note(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {text}")
