"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SpecFile = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec, mediamix.yml.")]
FitFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `mediamix fit`.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for machines.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is already there.")]
Total = Annotated[
    float | None,
    typer.Option("--budget", metavar="AMOUNT", help="Money to split over the window. Absent: as today."),
]
BoundsFile = Annotated[
    Path | None,
    typer.Option("--bounds", metavar="FILE", help="YAML: per channel its lowest and highest spend."),
]
History = Annotated[
    bool,
    typer.Option(
        "--history/--no-history",
        help="Whether today's split counts as evidence that it is a good one.",
    ),
]
