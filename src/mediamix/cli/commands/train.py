"""`mediamix train`: what cron calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import emit_json, note, say, table, warn
from mediamix.cli.failure import keeping
from mediamix.cli.options import Json
from mediamix.cli.progress import Steps
from mediamix.cli.projects import ProjectFolder, where
from mediamix.cli.words import UNTRUSTED

if TYPE_CHECKING:
    from mediamix.project.folder import Project
    from mediamix.training.record import Training

NAME = "train"
EXAMPLE = "mediamix train my-project --json"
REFUSED = 2
_KEPT = "Stopped. What is done stays, and the next `mediamix train` goes on from there."


def command(
    project: ProjectFolder = Path(),
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="TEXT", help="Two trainings with the same key are one: 2026-W48."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a project anew: fetch its platforms, build, check, fit, compare with the promoted run, promote or
    not, and tell who shall hear of it.

    Exit code 2: a step failed, or a platform refused. 3: the new run waits for somebody to promote it.
    """
    from mediamix.jobs.recording import recorded
    from mediamix.project.folder import Project
    from mediamix.training.train import Tools, train

    here = Project.at(project)
    with Steps() as steps, keeping(_KEPT):
        made = train(here, key=key, tools=Tools(on_step=steps.step, on_progress=steps.sampling))
    recorded(here, f"trained:{made.id}", made.who)
    if as_json:
        emit_json(made.to_dict())
    else:
        print_training(here, made)
    code = exit_code(made)
    if code:
        raise typer.Exit(code)


def exit_code(made: Training) -> int:
    """0, 2 or 3."""
    from mediamix.project.record import State
    from mediamix.training.record import WAITS

    if made.state is State.FAILED or made.refused:
        return REFUSED
    return UNTRUSTED if made.decision == WAITS else 0


def print_training(project: Project, made: Training) -> None:
    """Its steps, what is wrong, and what to do next."""
    from mediamix.training.said import alarms, next_step, problems, told, untold

    headers, text = ["step", "", "what"], (0, 1, 2)
    rows = [[step.name, step.state, step.message.split("\n")[0] or "–"] for step in made.steps]
    table(f"Training {made.id}", headers, rows, text=text)
    for line in problems(made):
        warn("error", line)
    for line in untold(made):
        warn("warning", line)
    for line in told(made):
        note(line)
    for line in alarms(made):
        say(line)
    todo = next_step(made, *where(project))
    if todo is not None:
        say(f"Next: {todo}")
