"""`mediamix jobs`: what waits, works and has ended in a project's queue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediamix.jobs.job import Event, Job

NAME = "jobs"
EXAMPLE = "mediamix jobs --cancel job-1a2b3c4d5e6f"


def command(
    project: ProjectFolder = Path(),
    cancelled: Annotated[
        str | None, typer.Option("--cancel", metavar="ID", help="End a job that waits or works.")
    ] = None,
    events: Annotated[
        str | None, typer.Option("--events", metavar="ID", help="What was told of a job, in order.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="ID", help="Jobs that are older than this one.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Jobs at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List the jobs of a project, the newest first: what waits, who works on what, what became of it."""
    from mediamix.jobs.lease import workers_alive
    from mediamix.jobs.queue import queue_of
    from mediamix.project.folder import Project
    from mediamix.project.launch import user

    here = Project.within(project)
    queue = queue_of(here)
    if cancelled is not None:
        job = queue.cancel(cancelled, user())
        emit_json(job.to_dict()) if as_json else say(f"{job.id} is {job.state}")
        return
    if events is not None:
        told = queue.events(events)
        emit_json({"events": [one.to_dict() for one in told]}) if as_json else _print_events(told)
        return
    found, alive = queue.list(after, limit), workers_alive(queue.store)
    if as_json:
        emit_json({"jobs": [job.to_dict() for job in found], "workers": alive})
        return
    if found:
        headers = ["job", "kind", "state", "attempt", "asked for (UTC)", "took", "by"]
        table("Jobs, the newest first", headers, [_row(job) for job in found], text=range(len(headers)))
    for job in found:
        if job.message:
            say(f"{job.id}: {job.message.splitlines()[0]}")
    say(f"{alive:,} worker{'' if alive == 1 else 's'} at hand" if alive else _nobody(where(here)))


def _nobody(place: tuple[Path, ...]) -> str:
    return f"No worker is at hand. Next: {command_line('worker', *place)}"


def _row(job: Job) -> list[str]:
    took = "–" if job.started is None or job.ended is None else f"{(job.ended - job.started).seconds:,} s"
    asked = f"{job.asked:%Y-%m-%d %H:%M:%S}"
    return [job.id, job.kind, job.state, str(job.attempt or "–"), asked, took, job.who]


def _print_events(told: list[Event]) -> None:
    rows = [[str(one.number), f"{one.at:%Y-%m-%d %H:%M:%S}", one.what, _words(one.data)] for one in told]
    table("Events", ["number", "at (UTC)", "what", "which"], rows, text=(1, 2, 3))


def _words(data: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in data.items())
