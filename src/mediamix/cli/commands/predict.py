"""`mediamix predict`: the outcome of the periods that follow a fit's data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import emit_json, note, say, table
from mediamix.cli.options import Anyway, FitFolder, Force, Json
from mediamix.cli.targets import ready_file
from mediamix.cli.watch import doing
from mediamix.cli.words import print_warnings, tell_verdict

if TYPE_CHECKING:
    import pandas as pd

    from mediamix.data.dataset import Dataset
    from mediamix.measure.forecast import Forecast

NAME = "predict"
EXAMPLE = "mediamix predict fit --periods 8 --out forecast.csv"
#: How files begin that this command wrote.
OURS = {"": "date,mean,p5,p50,p95,", ".json": r'\{\s*"outcome"'}


def command(  # its options are the tables of the future
    folder: FitFolder,
    media: Annotated[
        Path | None, typer.Option("--media", metavar="FILE", help="Planned media: date, channel, spend.")
    ] = None,
    controls: Annotated[
        Path | None, typer.Option("--controls", metavar="FILE", help="Expected controls: date and each one.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option("--events", metavar="FILE", help="Planned events: date, event.")
    ] = None,
    periods: Annotated[
        int | None,
        typer.Option("--periods", metavar="N", help="How many; tables not given repeat the year before."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it as CSV, or as JSON.")
    ] = None,
    anyway: Anyway = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Forecast the outcome, from planned media or with the year before repeated."""
    from mediamix import pipeline
    from mediamix.core.files import write_json, write_text
    from mediamix.data.csv_text import csv_text
    from mediamix.data.future import read_future
    from mediamix.decide.answer.ahead import as_record
    from mediamix.measure.forecast import look_ahead
    from mediamix.measure.summary import verdict_of
    from mediamix.measure.verdict import refuse_failed

    if out is not None:
        ready_file(out, force=force, ours=OURS)
    doing(f"Reading the fit {folder}")
    fit = pipeline.load(folder)
    verdict = verdict_of(fit)
    refuse_failed(verdict, "forecast", anyway=anyway)
    future = read_future(fit.dataset, media, controls, events, periods=periods, spec=fit.spec)
    doing("Forecasting")
    made = look_ahead(fit, future)
    rows = made.table()
    if out is not None:
        if out.suffix.lower() == ".json":
            write_json(out, as_record(made, rows, fit), force=force)
        else:
            told = rows.assign(verdict=verdict.level) if verdict.failed else rows
            write_text(out, csv_text(told), force=force)
        note(f"written: {out}")
    if as_json:
        emit_json(as_record(made, rows, fit))
        return
    tell_verdict(verdict)
    print_warnings(made.findings, remarks=True)
    _print_forecast(made, rows, fit.dataset)


def _print_forecast(made: Forecast, rows: pd.DataFrame, data: Dataset) -> None:
    from mediamix.core.numbers import amount, quantity, span

    cells = [
        [
            f"{row['date']:%Y-%m-%d}",
            quantity(row["mean"]),
            span(row["p5"], row["p95"], quantity),
            quantity(row["baseline"]),
            quantity(row["media"]),
        ]
        for row in rows.to_dict("records")
    ]
    unit = f" in {made.unit}" if made.unit != data.outcome_name else ""
    table(
        f"{data.outcome_name}{unit}",
        ["from", "forecast", "90 % interval", "baseline", "media"],
        cells,
    )
    total = made.totals().iloc[0]
    interval = span(total["p5"], total["p95"], quantity)
    mean = amount(total["mean"], made.unit, data.currency)
    say(f"{made.window} together: {mean} ({interval})")
