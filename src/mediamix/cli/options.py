"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.amounts import budget_of
from mediamix.cli.console import note
from mediamix.cli.projects import fit_in
from mediamix.core.errors import SpecError

SPEC_NAMES = ("mediamix.yml", "mediamix.yaml")


def spec_here() -> Path:
    """The spec in the folder where one stands.

    Raises:
        SpecError: There is none.
    """
    spec = _spec_in(Path())
    note(f"spec: {spec}")
    return spec


def _spec_in(folder: Path) -> Path:
    found = [folder / name for name in SPEC_NAMES if (folder / name).is_file()]
    if len(found) == 2:
        raise SpecError(
            f"there are two specs in {folder.absolute()}",
            expected="one of them",
            got=", ".join(SPEC_NAMES),
            next_step=f"say which: {found[0]}",
        )
    if not found:
        raise SpecError(
            f"there is no {SPEC_NAMES[0]} in {folder.absolute()}",
            expected=f"{SPEC_NAMES[0]} in the folder, or the path of a spec as argument",
            next_step=_above(folder) or "give the path of your spec; `mediamix demo` writes one to look at",
        )
    return found[0]


def _above(folder: Path) -> str:
    """What to do where one stands in a folder of a project, below its spec."""
    for steps, above in enumerate(folder.absolute().parents, 1):
        for name in SPEC_NAMES:
            if (above / name).is_file():
                return f"one lies above: say {Path(folder, *[os.pardir] * steps, name)}, or go to {above}"
    return ""


def _told_spec(given: Path) -> Path:
    """The spec itself; of a folder the one in it."""
    if not given.is_dir():
        return given
    spec = _spec_in(given)
    note(f"spec: {spec}")
    return spec


SpecFile = Annotated[
    Path,
    typer.Argument(
        metavar="SPEC",
        default_factory=spec_here,
        show_default=False,
        callback=_told_spec,
        help="The spec; absent: mediamix.yml in the folder where you stand.",
    ),
]

SpecFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="SPEC…",
        show_default=False,
        callback=lambda given: [_told_spec(path) for path in given],
        help="The specs.",
    ),
]


def _told_fit(given: Path) -> Path:
    """The fit's folder; refused before the engine is loaded where there is none."""
    return fit_in(given)


FitFolder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        callback=_told_fit,
        help="A folder written by `mediamix fit` or `run`, or a project: its promoted run.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for machines.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is already there.")]
Anyway = Annotated[
    bool,
    typer.Option(
        "--anyway",
        help="Go on with a fit whose verdict is failed, or a budget far from today's; the plan says so.",
    ),
]
Total = Annotated[
    float | None,
    typer.Option(
        "--budget",
        metavar="AMOUNT",
        parser=budget_of,
        help="Money to split over the window: 1000000, 1,000,000 or 1M. Absent: as today.",
    ),
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
