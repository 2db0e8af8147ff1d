"""`mediamix fit`: from a spec to a folder that holds the fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say
from mediamix.cli.options import Force, Json, SpecFile
from mediamix.cli.progress import Steps
from mediamix.cli.targets import inputs_of, ready_folder
from mediamix.cli.words import print_channels, print_scores, print_warnings, refuse_trust

NAME = "fit"
EXAMPLE = "mediamix fit mediamix.yml --out fit"


def command(
    spec: SpecFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder for the fit.")],
    warehouse: Annotated[
        Path | None,
        typer.Option("--warehouse", metavar="FILE", help="Read the mart of `mediamix build`, not the files."),
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
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Fit the media mix model and write its folder. Exit code 3: written, but failed."""
    from mediamix.core.spec import load_spec

    read = load_spec(spec)
    ready_folder(out, force=force, inputs=inputs_of(read, spec, warehouse))
    with Steps() as steps:
        steps.step("Reading and checking the data")
        from mediamix import pipeline
        from mediamix.data.read import read_spec

        dataset = (
            read_spec(read, spec.parent)
            if warehouse is None
            else pipeline.read_mart(read, warehouse, spec.parent)
        )
        print_warnings(dataset.findings)
        steps.step("Approximating the model (quick)" if quick else "Fitting the model")
        made = pipeline.fit_model(
            dataset, read, steps.sampling, quick=quick, checks=not no_checks, on_step=steps.step
        )
        steps.step(f"Measuring, writing {out}")
        summary = pipeline.save(made, out, force=force)
    if as_json:
        emit_json(summary.to_dict())
        refuse_trust(summary)
        return
    print_channels(summary, dataset)
    print_scores(summary)
    refuse_trust(summary)
    say(f"{steps.total:.1f} s. Next: {command_line('optimize', out)}")
