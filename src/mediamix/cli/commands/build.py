"""`mediamix build`: land the spec's tables in a warehouse and build the tested mart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediamix.cli.console import command_line, emit_json, say, table
from mediamix.cli.options import Json, SpecFile
from mediamix.cli.progress import Steps
from mediamix.cli.targets import named_warehouse
from mediamix.cli.words import print_warnings

NAME = "build"
EXAMPLE = "mediamix build mediamix.yml --warehouse warehouse.duckdb"


def command(
    spec: SpecFile,
    warehouse: Annotated[
        Path | None,
        typer.Option(
            "--warehouse",
            metavar="FILE",
            help="A DuckDB file. Absent: the spec's warehouse, or warehouse.duckdb beside the spec.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the data, land them in the warehouse and build the mart with its tests.

    What stops a fit stops a build. A warehouse that is there is brought up to date: the rows that came
    from files are replaced, those of other sources stay. If anything fails, or another program changes
    it meanwhile, it is left as it was.
    """
    from mediamix import pipeline
    from mediamix.core.spec import load_spec

    read = load_spec(spec)
    place = named_warehouse(read, spec, warehouse)
    with Steps() as steps:
        steps.step(f"Checking the data and building the mart in {place.title}")
        built, rows = pipeline.build_warehouse(read, spec.parent, place)
    if as_json:
        emit_json(
            {
                "warehouse": place.title,
                "models": [step.name for step in built.models],
                "tests": {step.name: step.status for step in built.tests},
                "rows": rows,
                "seconds": built.seconds,
                "warnings": list(built.warnings),
                "findings": [finding.to_dict() for finding in built.findings],
            }
        )
        return
    print_warnings(built.findings, remarks=True)
    table(f"Marts in {place.title}", ["mart", "rows"], [[name, f"{n:,}"] for name, n in rows.items()])
    say(f"{len(built.models)} models built, {len(built.tests)} tests passed in {built.seconds:.1f} s")
    if any(finding.check == "landed" for finding in built.findings):
        return  # nothing can be fitted yet
    known = read.warehouse is not None or not pipeline.names_tables(read)
    chosen = () if known and warehouse is None else ("--warehouse", place.title)
    say(f"Next: {command_line('fit', spec, *chosen, '--out', 'fit')}")
