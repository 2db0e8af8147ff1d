"""`mediamix run`: from a spec's tables to a report, in one folder or as a run of a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, note, say, warn
from mediamix.cli.options import BoundsFile, Force, Json, SpecFile, Total
from mediamix.cli.progress import Steps
from mediamix.cli.projects import project_of, where
from mediamix.cli.targets import inputs_of, ready_folder
from mediamix.cli.words import (
    UNTRUSTED,
    print_channels,
    print_plan,
    print_scores,
    print_warnings,
    refuse_trust,
)
from mediamix.core.errors import BudgetError, SpecError, UserError
from mediamix.core.registry import suggestion
from mediamix.project.folder import FIT, REPORT, Project

if TYPE_CHECKING:
    from mediamix.data.dataset import Dataset
    from mediamix.project.record import Record

NAME = "run"
EXAMPLE = "mediamix run mediamix.yml --out results --budget 1000000"


def command(
    spec: SpecFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="New folder for all results. Absent: a run of the spec's project."
        ),
    ] = None,
    total: Total = None,
    bounds: BoundsFile = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Of a project: begin the run and don't wait for it.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Build the mart, fit, plan and report, into one folder. Exit code 3: written, but failed.

    Without --out it is a run of the project that the spec belongs to, in runs/ID of its folder. A run of the
    same data and spec is found, not made again. It goes on if the terminal is closed; Ctrl-C cancels it.
    """
    if out is None:
        _refuse_budget(total, bounds)
        _in_project(spec, detach=detach, as_json=as_json)
        return
    if detach:
        raise SpecError("--detach is for runs of a project", next_step="leave --out or --detach away")
    _into_folder(spec, out, total, bounds, force=force, as_json=as_json)


def _into_folder(
    spec: Path, out: Path, total: float | None, bounds: Path | None, *, force: bool, as_json: bool
) -> None:
    from mediamix.core.spec import load_spec
    from mediamix.decide.fitted.spent import refuse_far
    from mediamix.decide.problem.bounds import load_bounds
    from mediamix.decide.problem.problem import Budget

    ready_folder(out, force=force, inputs=inputs_of(load_spec(spec), spec, bounds))
    budget = Budget(total, {} if bounds is None else load_bounds(bounds))

    def accept(dataset: Dataset) -> None:
        _refuse_unknown(budget.bounds, dataset.channel_names)
        refuse_far(dataset, budget)

    with Steps() as steps:
        steps.step("Checking the data")
        from mediamix import pipeline
        from mediamix.data.read import read_spec
        from mediamix.project.steps import run

        read = load_spec(spec)
        if pipeline.reads_tables(read, spec.parent):
            # Before the mart is built, which is checked again.
            accept(read_spec(read, spec.parent))
        made = run(
            spec,
            out,
            force=force,
            budget=budget,
            accept=accept,
            on_step=steps.step,
            on_progress=steps.sampling,
        )
    if as_json:
        emit_json(
            {
                "folder": str(out),
                "report": str(made.report),
                "summary": made.summary.to_dict(),
                "plan": made.plan.to_dict(),
                "seconds": {**steps.seconds, "total": steps.total},
            }
        )
        refuse_trust(made.summary)
        return
    print_warnings(made.summary.data_findings)
    print_channels(made.summary, made.fit.dataset)
    print_scores(made.summary)
    print_plan(made.plan)
    say(str(made.report))
    refuse_trust(made.summary)


def _in_project(spec: Path, *, detach: bool, as_json: bool) -> None:
    from mediamix.jobs.runs import cancel, follow, launch

    project, variant = project_of(spec)
    with Steps() as steps:
        steps.step("Checking the data")
        record, new = launch(project, variant)
        known = "" if new else f" is of the same data and spec, and {record.state}: nothing is done twice"
        note(f"run {record.id}{known}")
        if not detach:
            try:
                record = follow(project, record.id, steps.step, steps.sampling)
            except KeyboardInterrupt:
                cancel(project, record.id)
                note(f"run {record.id} was cancelled; nothing of it is kept")
                raise
    if as_json:
        emit_json(record.to_dict())
    elif detach:
        say(f"{record.id} is {record.state}. Next: {command_line('runs', *where(project))}")
    if record.message:
        first, *others = record.message.splitlines()
        raise UserError(f"the run {record.id} failed: {first}", details=others)
    if not (as_json or detach):
        _print_run(project, record)
    if record.verdict == "failed":
        warn("error", "done, but don't use it: the verdict is failed")
        raise typer.Exit(UNTRUSTED)


def _print_run(project: Project, record: Record) -> None:
    from mediamix.measure.summary import summary_of
    from mediamix.pipeline import load
    from mediamix.project.runs import folder_of

    if record.verdict is None:
        say(f"{record.id} was {record.state}")
        return
    folder = folder_of(project, record.id)
    fit = load(folder / FIT)
    summary = summary_of(fit)
    print_warnings(summary.data_findings)
    print_channels(summary, fit.dataset)
    print_scores(summary)
    say(str(folder / REPORT))
    if record.verdict != "failed":
        following = command_line("promote", record.id, *where(project))
        say(f"Next: open the report, then `{following}`: everybody sees the promoted run")


def _refuse_budget(total: float | None, bounds: Path | None) -> None:
    if total is not None or bounds is not None:
        raise BudgetError(
            "a run of a project plans today's budget: other questions are asked of its fit",
            got="--budget" if total is not None else "--bounds",
            next_step="run first, then ask: mediamix optimize . --budget 1000000; or give --out",
        )


def _refuse_unknown(bounds: Iterable[str], channels: Sequence[str]) -> None:
    strangers = [name for name in bounds if name not in channels]
    if strangers:
        raise BudgetError(
            f"the bounds name '{strangers[0]}', which is no channel of the data",
            expected=f"some of {', '.join(channels)}",
            got=", ".join(strangers),
            next_step=suggestion(strangers[0], channels) or "mend the bounds",
        )
