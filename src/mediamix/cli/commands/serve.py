"""`mediamix serve`: a project over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import command_line, note, warn
from mediamix.cli.projects import ProjectFolder, where
from mediamix.cli.watch import watch
from mediamix.core.extras import extras_of
from mediamix.core.machine import cores
from mediamix.project.folder import Project

NAME = "serve"
EXAMPLE = "mediamix serve my-project --port 8000"
#: Processes that answer questions, at most, unless more are asked for: each holds its own fits.
MOST = 4


def command(
    folder: ProjectFolder = Path(),
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="Of this machine; 0: any that is free.")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option("--host", metavar="HOST", help="Where to listen. Others than this machine need keys."),
    ] = "127.0.0.1",
    auth: Annotated[
        bool, typer.Option("--auth/--no-auth", help="Whether callers need a key. Without: this machine only.")
    ] = True,
    probes: Annotated[
        bool,
        typer.Option(
            "--open-probes", help="/, /health and /ready answer without a key, for a load balancer."
        ),
    ] = False,
    solvers: Annotated[
        int | None,
        typer.Option(
            "--solvers",
            metavar="N",
            min=0,
            max=64,
            help="Processes that answer questions. Absent: one a core.",
        ),
    ] = None,
    calls: Annotated[
        str, typer.Option("--rate-limit", metavar="RATE", help="Calls of one key.")
    ] = "20000/minute",
    works: Annotated[
        str,
        typer.Option(
            "--work-limit", metavar="RATE", help="Of those, how many may begin work or change things."
        ),
    ] = "60/minute",
    failures: Annotated[
        str,
        typer.Option(
            "--failure-limit",
            metavar="RATE",
            help="Failed attempts of one address; behind a proxy all callers have one.",
        ),
    ] = "20/minute",
) -> None:
    """Serve a project over HTTP: its runs, measures, reports, and the three questions; /docs has it all.

    It listens on this machine only, unless --host says otherwise and the project has keys. Ctrl-C ends it.
    """
    project = Project.at(folder)
    number = min(cores(), MOST) if solvers is None else solvers
    with extras_of("the service"):
        from mediamix.api.factory import application
        from mediamix.api.serving import Place, bound, serve, settled
        from mediamix.api.settings import Settings

        place = Place(host, port)
        given = Settings(
            auth=auth, probes=probes, calls=calls, works=works, failures=failures, solvers=number
        )
        settings = settled(project, place, given)
        sock = bound(place)
        shown = f"[{host}]" if ":" in host else host
        note(f"project: {project.root}; http://{shown}:{sock.getsockname()[1]}/docs")
        if not auth:
            warn("warning", "nobody is asked for a key: whoever uses this machine may do everything")
        elif settings.oidc is None and not _has_keys(project):
            note(f"there is no key yet: {command_line('keys', 'create', *(where(project) or (Path(),)))}")
        watch().rest()
        serve(application(project, settings), sock)


def _has_keys(project: Project) -> bool:
    from mediamix.api.access.keys import Keys

    return Keys(project).any()
