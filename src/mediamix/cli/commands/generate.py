"""`mediamix generate`: a made-up market as files, with the truth that made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Force, Json
from mediamix.cli.targets import ready_folder
from mediamix.cli.watch import doing, watch

if TYPE_CHECKING:
    from mediamix.simulate import Simulation

NAME = "generate"
EXAMPLE = "mediamix generate --out market --every week --periods 156 --channels 6 --seed 7"
#: How much is made where nothing is said: enough for the checks to have no doubt.
LENGTH: dict[str, dict[str, Any]] = {
    "week": {"periods": 156},
    "month": {"periods": 168, "channels": 3, "start": "2011-01-01", "trend": 0.03},
}


def command(  # its options are the generator's knobs
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder.")],
    every: Annotated[str, typer.Option("--every", help="day, week or month.")] = "day",
    periods: Annotated[
        int | None,
        typer.Option("--periods", help="How many. Absent: three years; with months fourteen years."),
    ] = None,
    channels: Annotated[int | None, typer.Option("--channels", help="Absent: 5, of months 3.")] = None,
    geos: Annotated[int | None, typer.Option("--geos", help="Absent: 1, national.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    noise: Annotated[
        float | None, typer.Option("--noise", help="Standard deviation, as a fraction of the outcome.")
    ] = None,
    media_share: Annotated[
        float | None, typer.Option("--media-share", help="Fraction of the outcome that media cause.")
    ] = None,
    collinearity: Annotated[
        float | None, typer.Option("--collinearity", help="0: bought independently, 1: all alike.")
    ] = None,
    confounding: Annotated[
        float | None, typer.Option("--confounding", help="0: spend ignores demand, 1: follows it closely.")
    ] = None,
    late_geos: Annotated[
        float | None, typer.Option("--late-geos", help="Panel: fraction of the geos that start later.")
    ] = None,
    absent: Annotated[
        float | None, typer.Option("--absent", help="Panel: fraction of geo × channel that is never bought.")
    ] = None,
    missing_outcomes: Annotated[
        float | None, typer.Option("--missing-outcomes", help="Panel: fraction of outcomes left empty.")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            help="Media by campaign in so many rows at least, and as many touches of people on their way "
            "(Parquet files).",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate a market with known truth: six files, and a spec to check and fit them.

    With --rows the media table is split over campaigns whose cents add up to the market's, and people's
    touches and conversions lie beside it: tables of the size of an advertiser's, in seconds per million rows.
    """
    from mediamix.core.files import write_text
    from mediamix.core.folders import whole_folder
    from mediamix.core.numbers import percent, times
    from mediamix.simulate import Scenario, simulate, spec_text, write_simulation

    ready_folder(out, force=force)
    knobs: dict[str, Any] = {
        "periods": periods,
        "channels": channels,
        "geos": geos,
        "noise": noise,
        "media_share": media_share,
        "collinearity": collinearity,
        "demand_confounding": confounding,
        "late_geos": late_geos,
        "absent": absent,
        "missing_outcomes": missing_outcomes,
    }
    given = {**LENGTH.get(every, {}), **{name: value for name, value in knobs.items() if value is not None}}
    doing("Generating")
    made = simulate(Scenario(seed=seed, every=every, **given))  # type: ignore[arg-type]
    with whole_folder(out, force=force) as folder:
        written = write_simulation(made, folder)
        large = {} if rows is None else _large(made, folder, rows)
        written["mediamix.yml"] = folder / "mediamix.yml"
        text = spec_text(made)
        if large:
            written.pop("media.csv").unlink()
            text = text.replace("media.csv", "media.parquet")
        write_text(written["mediamix.yml"], text)
        files = {**large, **{name: _lines(path) for name, path in written.items()}}
    truth = made.truth.to_dict()
    if as_json:
        emit_json({"folder": str(out), "files": list(files), "seed": seed, "share": truth["share"]})
        return
    table(f"Written to {out}", ["file", "rows"], [[name, f"{n:,}" if n else ""] for name, n in files.items()])
    returns = [
        [name, times(truth["roi"][name]), times(truth["mroi"][name])] for name in truth["contribution"]
    ]
    table("The truth", ["channel", "ROI", "next unit"], returns)
    say(f"media cause {percent(truth['share'])} of {truth['outcome']['name']}")
    say(f"Next: {command_line('check', out / 'mediamix.yml')}")


def _large(made: Simulation, folder: Path, rows: int) -> dict[str, int]:
    """Write the large tables, with progress; file → rows."""
    from mediamix.simulate.bulk import write_bulk

    doing("Writing the large tables")
    return write_bulk(made, folder, rows, on_rows=lambda done: watch().counting(f"{done:,} rows")).rows


def _lines(path: Path) -> int:
    """Rows of a table without its header; 0 for what is no table."""
    if path.suffix != ".csv":
        return 0
    with path.open(encoding="utf-8") as file:
        return sum(1 for _ in file) - 1
