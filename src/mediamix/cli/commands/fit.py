"""`mediamix fit`: from a spec to a folder that holds the fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, note, say
from mediamix.cli.options import Force, Json, SpecFile
from mediamix.cli.progress import Steps
from mediamix.cli.targets import free_folder, inputs_of, named_warehouse, ready_folder
from mediamix.cli.words import print_channels, print_scores, print_warnings, refuse_trust
from mediamix.core.errors import SpecError

if TYPE_CHECKING:
    from mediamix.core.spec import Spec
    from mediamix.models.base import Fit

NAME = "fit"
EXAMPLE = "mediamix fit mediamix.yml --out fit"
DEFAULT = Path("fit")


def command(
    spec: SpecFile,
    others: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SPEC…", show_default=False, help="With --stack: the further specs."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="New folder for the fit. Absent: fit, or the next free one."
        ),
    ] = None,
    warehouse: Annotated[
        Path | None,
        typer.Option(
            "--warehouse",
            metavar="FILE",
            help="Read the mart of `mediamix build` in a DuckDB file, not the files. Absent: that of the "
            "spec's warehouse, where it names one.",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Approximate in about a second instead of sampling; the verdict says whether that will do. "
            "For example: mediamix fit mediamix.yml --out quick --quick",
        ),
    ] = False,
    no_checks: Annotated[
        bool,
        typer.Option(
            "--no-checks",
            help="Leave out the cheap refits that look for misfit (a second or two). "
            "For example: mediamix fit mediamix.yml --out fit --no-checks",
        ),
    ] = False,
    stack: Annotated[
        bool,
        typer.Option(
            "--stack",
            help="Average several specs, weighted by how well they forecast (see `mediamix compare`). "
            "For example: mediamix fit --stack base.yml finer.yml --out fit",
        ),
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="W,W…", help="With --stack: the weights, in the specs' order."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Fit the media mix model and write its folder. Exit code 3: written, but failed."""
    specs = [spec, *(others or [])]
    _refuse_mixed(specs, warehouse, weights, stack=stack)
    from mediamix.core.spec import load_spec

    read = load_spec(spec)
    if out is None:
        out = DEFAULT if force else free_folder(DEFAULT)
        if out != DEFAULT:
            note(f"{DEFAULT} is already there: writing to {out}")
    ready_folder(out, force=force, inputs=[*inputs_of(read, spec, warehouse), *specs])
    with Steps() as steps:
        from mediamix import pipeline

        if stack:
            from mediamix.cli.stacking import stacked_fit

            made = stacked_fit(specs, weights, steps, quick=quick, checks=not no_checks)
        else:
            made = _one_fit(read, spec, warehouse, steps, quick=quick, checks=not no_checks)
        steps.step(f"Measuring, writing {out}")
        summary = pipeline.save(made, out, force=force)
    if as_json:
        emit_json(summary.to_dict())
        refuse_trust(summary)
        return
    print_channels(summary, made.dataset)
    print_scores(summary)
    refuse_trust(summary)
    say(f"{steps.total:.1f} s. Next: {command_line('optimize', out)}")


def _one_fit(
    read: Spec, spec: Path, warehouse: Path | None, steps: Steps, *, quick: bool, checks: bool
) -> Fit:
    from mediamix import pipeline
    from mediamix.data.read import read_spec

    steps.step("Reading and checking the data")
    if warehouse is None and read.warehouse is None and pipeline.reads_tables(read, spec.parent):
        dataset = read_spec(read, spec.parent)
    else:
        dataset = pipeline.read_mart(read, named_warehouse(read, spec, warehouse), spec.parent)
    print_warnings(dataset.findings)
    steps.step("Approximating the model (quick)" if quick else "Fitting the model")
    return pipeline.fit_model(dataset, read, steps.sampling, quick=quick, checks=checks, on_step=steps.step)


def _refuse_mixed(specs: Sequence[Path], warehouse: Path | None, weights: str | None, *, stack: bool) -> None:
    """SpecError where the options don't go together."""
    if stack and warehouse is not None:
        raise SpecError(
            "--stack reads the files of its specs, not a warehouse", next_step="leave --warehouse away"
        )
    if not stack and (len(specs) > 1 or weights is not None):
        raise SpecError(
            "several specs are fitted together only to be averaged"
            if len(specs) > 1
            else "--weights are of a stack",
            expected="one spec, or --stack",
            got=", ".join(map(str, specs)),
            next_step=command_line("fit", "--stack", *specs, "--out", "fit"),
        )
