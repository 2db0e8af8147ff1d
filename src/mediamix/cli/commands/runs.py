"""`mediamix runs`: the runs of a project, and the one that is promoted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Json
from mediamix.cli.projects import ProjectFolder, where
from mediamix.cli.watch import doing

if TYPE_CHECKING:
    from mediamix.project.folder import Project
    from mediamix.project.record import Record

NAME = "runs"
EXAMPLE = "mediamix runs --cancel 20261125T2301Z-ab12cd34"


def command(
    project: ProjectFolder = Path(),
    cancelled: Annotated[
        str | None, typer.Option("--cancel", metavar="ID", help="Stop a run, and keep nothing of it.")
    ] = None,
    recorded: Annotated[
        bool,
        typer.Option("--record", help="Record in MLflow what its store lacks, and which run is promoted."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List a project's runs, the newest first: state, verdict, when, how long, by whom."""
    from mediamix.jobs.runs import cancel, known_runs
    from mediamix.project.folder import Project
    from mediamix.project.runs import current

    here = Project.at(project)
    if recorded:
        _record(here, as_json)
        return
    if cancelled is not None:
        stopped = cancel(here, cancelled)
        if as_json:
            emit_json(stopped.to_dict())
        else:
            say(f"{stopped.id} is {stopped.state}")
        return
    found, promoted = known_runs(here), current(here)
    if as_json:
        emit_json({"runs": [record.to_dict() for record in found], "current": promoted})
        return
    if not found:
        say(f"No runs yet. Next: {command_line('run', *where(here))}")
        return
    headers = ["run", "state", "verdict", "spec", "asked for (UTC)", "took", "by"]
    rows = [_row(record, promoted) for record in found]
    table("Runs, the newest first", headers, rows, text=range(len(headers)))
    if promoted is None and any(record.verdict in ("ok", "caution") for record in found):
        say(f"None is promoted. Next: {command_line('promote', 'ID', *where(here))}")
    for record in found:
        if record.message:
            say(f"{record.id}: {record.message.splitlines()[0]}")


def _record(project: Project, as_json: bool) -> None:
    from mediamix.records.catching_up import catch_up

    told = catch_up(project, doing)
    if as_json:
        emit_json(told.to_dict())
        return
    many = f"{len(told.runs)} run{'' if len(told.runs) == 1 else 's'}"
    say(f"{many} recorded in {told.uri}" if told.runs else f"{told.uri} holds every run that is done")
    if told.current is not None:
        say(f"promoted there: {told.current}")


def _row(record: Record, promoted: str | None) -> list[str]:
    seconds = record.seconds.get("all_s")
    return [
        record.id + (" ← promoted" if record.id == promoted else ""),
        record.state,
        record.verdict or "–",
        record.variant or "–",
        record.asked.replace("T", " ").removesuffix("Z"),
        "–" if seconds is None else f"{seconds:,.0f} s",
        record.who,
    ]
