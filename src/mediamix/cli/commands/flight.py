"""`mediamix flight`: a budget per channel and period of the weeks to come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.amounts import budget_of
from mediamix.cli.console import emit_json, note, say, table, warn
from mediamix.cli.options import Anyway, FitFolder, Force, History, Json
from mediamix.cli.progress import Steps, planning
from mediamix.cli.targets import ready_file, two_forms
from mediamix.cli.watch import doing
from mediamix.cli.words import say_verdict

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Uplift
    from mediamix.decide.flighting.plan import FlightPlan
    from mediamix.measure.interval import Interval

NAME = "flight"
EXAMPLE = "mediamix flight fit --budget 1000000 --weeks 13 --rules rules.yml --out flight.csv"
#: How files begin that this command wrote.
OURS = {"": r"date,channel,spend,([^\r\n]*,)?contribution\r?\n", ".json": r'\{\s*"budget"'}
#: More channels than this don't fit beside each other on a screen.
ABREAST = 8


def command(  # its options are the question and the tables of the future
    folder: FitFolder,
    total: Annotated[
        float | None,
        typer.Option(
            "--budget",
            metavar="AMOUNT",
            parser=budget_of,
            help="Money to spread: 1000000, 1,000,000 or 1M. Absent: as a year before.",
        ),
    ] = None,
    periods: Annotated[
        int | None,
        typer.Option("--weeks", "--periods", metavar="N", help="Periods after the data. Absent: 13."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="YAML: limits, bursts, costs per channel and period."),
    ] = None,
    controls: Annotated[
        Path | None, typer.Option("--controls", metavar="FILE", help="Expected controls: date and each one.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option("--events", metavar="FILE", help="Planned events: date, event.")
    ] = None,
    history: History = True,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write flight.csv, and flight.json beside it."),
    ] = None,
    anyway: Anyway = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Spread a budget over channels and weeks, with carry-over, costs by week and burst rules."""
    from mediamix import pipeline
    from mediamix.core.files import json_text, write_together
    from mediamix.data.csv_text import csv_text
    from mediamix.data.future import read_future
    from mediamix.decide.flighting.problem import PERIODS
    from mediamix.decide.flighting.question import flighting
    from mediamix.decide.flighting.rules import Flighting, load_rules
    from mediamix.measure.summary import verdict_of
    from mediamix.measure.verdict import refuse_failed

    files = None if out is None else two_forms(out, ".csv", ".json")
    for path in files or ():
        ready_file(path, force=force, ours=OURS)
    asked = Flighting(total, periods, **({} if rules is None else load_rules(rules)))
    asked = replace(asked, history=history and asked.history)
    doing(f"Reading the fit {folder}")
    fit = pipeline.load(folder)
    refuse_failed(verdict_of(fit), "flighting", anyway=anyway)
    future = None
    if controls is not None or events is not None:
        future = read_future(
            fit.dataset, None, controls, events, periods=asked.periods or PERIODS, spec=fit.spec
        )
    with Steps() as progress:
        progress.step(planning(asked.history))
        plan = flighting(fit, asked, future=future, on_progress=progress.sampling, anyway=anyway)
    if files is not None:
        texts = (csv_text(plan.table()), json_text(plan.to_dict()))
        write_together(dict(zip(files, texts, strict=True)), force=force)
        note(f"written: {files[0]}, {files[1]}")
    if as_json:
        emit_json(plan.to_dict())
        return
    _print_plan(plan)


def _print_plan(plan: FlightPlan) -> None:
    from mediamix.core.numbers import money, quantity, span
    from mediamix.decide.answer.returns import return_header, return_of
    from mediamix.decide.problem.origin import during

    say_verdict(plan.origin)
    budget = money(plan.budget, plan.currency) + during(plan.origin)
    rows = [
        [
            name,
            quantity(part.spend),
            f"{part.on} of {len(plan.dates)} in {part.bursts}",
            quantity(part.contribution.mean),
            return_of(plan, part),
            span(*part.total, quantity),
        ]
        for name, part in plan.channels.items()
    ]
    spend, brings = f"spend, {plan.currency}", f"brings, {plan.unit}"
    headers = ["channel", spend, "periods in bursts", brings, return_header(plan), "allowed"]
    table(f"The best flighting of {budget} that was found", headers, rows)
    wide = len(plan.names) <= ABREAST
    shown = plan.periods()
    cells = [
        [
            f"{date:%Y-%m-%d}",
            *([quantity(float(spend)) for spend in plan.spend_ct[:, t]] if wide else []),
            quantity(row["spend"]),
            quantity(row["mean"]),
            span(row["p5"], row["p95"], quantity),
        ]
        for t, (date, row) in enumerate(zip(shown["date"], shown.to_dict("records"), strict=True))
    ]
    columns = ["from", *(plan.names if wide else ()), "spend", plan.outcome_name, "90 % interval"]
    table(f"Spend in {plan.currency}, and the expected {plan.outcome_name}", columns, cells)
    _print_words(plan)


def _print_words(plan: FlightPlan) -> None:
    """What the plan brings, how it compares, its proof, notes and warnings."""
    from mediamix.core.numbers import amount, chance, quantity, span
    from mediamix.decide.problem.origin import during

    def interval(part: Interval | Uplift) -> str:
        return f"{amount(part.mean, plan.unit, plan.currency)} ({span(part.p5, part.p95, quantity)})"

    whole, later = plan.contribution, plan.carry_out
    say(f"{plan.outcome_name}{during(plan.origin)}, baseline included: {interval(plan.outcome)}")
    say(
        f"the planned spend brings {interval(whole)}, "
        f"{amount(later.mean, plan.unit, plan.currency)} of it after the window"
    )
    for part in plan.comparisons.values():
        gain = part.uplift
        rest = "" if part.allowed else "; it doesn't keep the rules"
        say(
            f"against {part.meaning}: {interval(gain)}, better with a probability "
            f"of {chance(gain.probability_better)}{rest}"
        )
    proof = plan.certificate
    say(
        f"proof: {proof.status}; no plan within the limits brings more than "
        f"{amount(proof.upper_bound, plan.unit, plan.currency)} (gap {proof.gap:.2%} of what the media bring)"
    )
    for line in plan.binding:
        say(f"held by {line}")
    for line in plan.notes:
        say(f"note: {line}")
    for line in plan.warnings:
        warn("warning", line)
