"""`mediamix app`: a project in the browser; without one, the demo."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import note
from mediamix.cli.watch import doing, watch
from mediamix.core.errors import UserError
from mediamix.core.extras import extras_of
from mediamix.project.compiling import begin
from mediamix.project.folder import SPEC, Project

NAME = "app"
EXAMPLE = "mediamix app my-project --port 8502"
#: Where the demo's project lies.
DEMO = Path("mediamix-demo")


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="PROJECT",
            show_default=False,
            help="The project's folder. Absent: the one where you stand, else a demo in mediamix-demo.",
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", metavar="N", help="Of this machine.")] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser on it.")] = True,
) -> None:
    """Show a project in the browser: what media caused, how sure that is, and the best budget.

    The app listens on this machine only. Ctrl-C ends it; runs at work go on.
    """
    _refuse_taken(port)
    compiler = begin()
    project = _demo() if folder is None and not Path(SPEC).is_file() else Project.within(folder or Path())
    note(f"project: {project.root}; http://127.0.0.1:{port}")
    if not project.founded:
        note("no data yet: the page Data makes a project of your tables")
    watch().rest()
    _serve(project, port, browser=browser)
    if compiler is not None:
        compiler.wait()


@extras_of("the app")
def _serve(project: Project, port: int, *, browser: bool) -> None:
    from mediamix.ui.serve import serve

    serve(project, port, browser=browser)


def _demo() -> Project:
    """The demo's project, with a run of it: at work, or done before."""
    from mediamix.jobs.runs import launch
    from mediamix.project.steps import demo_project

    if (DEMO / SPEC).is_file():
        project = Project.at(DEMO)
    else:
        doing("Generating three years of daily data with known truth")
        project = demo_project(DEMO)
    doing("Checking the data")
    record, new = launch(project)
    if new:
        note(f"run {record.id} of the demo has begun: the app shows how far it is")
    return project


def _refuse_taken(port: int) -> None:
    """UserError where another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            raise UserError(
                f"the app can't listen on port {port}",
                expected="a free port from 1024 to 65535",
                got="another program listens there" if taken else str(error),
                next_step="choose another: mediamix app --port 8502",
            ) from error
