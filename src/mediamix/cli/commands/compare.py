"""`mediamix compare`: several specs of one outcome, judged by what they say of weeks they haven't seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import command_line, emit_json, note, say, table
from mediamix.cli.options import Force, Json, SpecFiles
from mediamix.cli.progress import Steps
from mediamix.cli.targets import ready_file
from mediamix.cli.words import print_warnings

if TYPE_CHECKING:
    from mediamix.measure.choosing.comparison import Comparison

NAME = "compare"
EXAMPLE = "mediamix compare base.yml finer.yml linear.yml"


def command(
    specs: SpecFiles,
    origins: Annotated[
        int | None,
        typer.Option("--origins", metavar="N", help="Where the data are cut: 4, fewer where they are short."),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", metavar="N", help="Periods ahead of each cut; absent: a quarter."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Approximate every refit instead of sampling it.")
    ] = False,
    kept: Annotated[
        Path | None,
        typer.Option(
            "--kept",
            metavar="DIR",
            help="Where finished refits are kept: an interrupted comparison goes on. "
            "Absent: .mediamix/refits beside the first spec.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Its picture, .png or .svg.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare specs by leave-future-out and leave-one-out, against naive forecasts; with stacking weights.

    Each is fitted anew before several days of the past and forecasts the quarter after each, given the media
    that there were.
    """
    from mediamix import choosing

    if out is not None:
        from mediamix.reporting.pictures import refuse_other_forms

        refuse_other_forms(out)
        ready_file(out, force=force)
    with Steps() as steps:
        steps.step("Reading and checking the data")
        read = choosing.candidates(specs, quick=quick)
        for one in read:
            print_warnings(one.dataset.findings)
        found = choosing.compare(
            read,
            origins=origins,
            horizon=horizon,
            kept=kept or specs[0].parent / choosing.REFITS,
            on_step=steps.step,
        )
        if out is not None:
            from mediamix.reporting.choosing import draw_comparison

            steps.step("Drawing")
            for path in draw_comparison(found, out):
                note(f"picture: {path}")
    if as_json:
        emit_json(found.to_dict())
        return
    print_warnings(found.findings, remarks=True)
    print_comparison(found)
    say(found.sentence)
    best = next(path for path, one in zip(specs, read, strict=True) if one.name == found.best.name)
    again = ["--stack", *specs] if found.gain is not None and found.gain > 0 else [best]
    say(f"Next: {command_line('fit', *again, '--out', 'fit')}")


def print_comparison(found: Comparison) -> None:
    """A row a model, then by how far ahead."""
    from mediamix.core.numbers import percent, quantity
    from mediamix.showing.comparison import cells

    table(
        f"Forecasts of {found.horizon} {found.every.label(found.horizon)} after {', '.join(found.origins)}",
        ["model", f"CRPS, {found.unit}", "MAPE", "inside 90 %", "weight", "LOO behind"],
        [cells(row, found) for row in found.ranked],
    )
    parts = [f"{first + 1}–{stop}" for first, stop in found.stretches]
    rows = []
    for row in found.ranked:
        means = [row.score.means(first, stop) for first, stop in found.stretches]
        rows.append(
            [
                row.name,
                *(quantity(one["crps"]) for one in means),
                *(percent(one["coverage90"]) for one in means),
            ]
        )
    headers = [*(f"CRPS {part}" for part in parts), *(f"inside {part}" for part in parts)]
    table(f"By {found.every.label()} ahead", ["model", *headers], rows)
