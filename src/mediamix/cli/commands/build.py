"""`mediamix build`: land the spec's tables in a warehouse and build the tested mart."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import emit_json, say, table
from mediamix.cli.options import Json, SpecFile
from mediamix.cli.progress import Steps
from mediamix.core.files import unwritable

if TYPE_CHECKING:
    from mediamix.core.spec import Spec
    from mediamix.warehouse.build import BuildResult
    from mediamix.warehouse.engine import Warehouse

NAME = "build"
EXAMPLE = "mediamix build mediamix.yml --warehouse warehouse.duckdb"


def command(
    spec: SpecFile,
    warehouse: Annotated[
        Path | None,
        typer.Option("--warehouse", metavar="FILE", help="Absent: warehouse.duckdb beside the spec."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Land the data in a DuckDB file and build the mart with its tests.

    A warehouse that is there is brought up to date: the rows that came from files are replaced,
    those of other sources stay. If anything fails, it is left as it was.
    """
    from mediamix.core.spec import load_spec

    read = load_spec(spec)
    path = warehouse if warehouse is not None else spec.parent / "warehouse.duckdb"
    with Steps() as steps:
        steps.step(f"Building the mart in {path}")
        built, rows = _whole_build(read, spec.parent, path)
    if as_json:
        emit_json(
            {
                "warehouse": str(path),
                "models": [step.name for step in built.models],
                "tests": {step.name: step.status for step in built.tests},
                "rows": rows,
                "seconds": built.seconds,
                "warnings": list(built.warnings),
            }
        )
        return
    table(f"Marts in {path}", ["mart", "rows"], [[name, f"{n:,}"] for name, n in rows.items()])
    say(f"{len(built.models)} models built, {len(built.tests)} tests passed in {built.seconds:.1f} s")


def _whole_build(spec: Spec, base: Path, path: Path) -> tuple[BuildResult, dict[str, int]]:
    """Build in a copy beside the warehouse, which takes its place only once every test has passed.

    dbt's views hold the name of the file, so that the copy has the same name in another folder.

    Raises:
        FolderError: The warehouse can't be read or written.
        DataError: The tables or the mart's tests; the warehouse is as it was.
    """
    from mediamix import pipeline
    from mediamix.warehouse.engine import Warehouse

    if path.exists():
        with Warehouse(path).connect(read_only=False):
            pass  # refuses what is no warehouse, or in use
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        aside = folder / path.name
        if path.exists():
            shutil.copyfile(path, aside)
        built = pipeline.land_and_build(spec, base, aside)
        rows = _rows(Warehouse(aside))
        os.replace(aside, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return built, rows


def _rows(warehouse: Warehouse) -> dict[str, int]:
    """Mart -> its rows."""
    from mediamix.warehouse.mart import MARTS

    with warehouse.connect(read_only=True) as connection:
        return {mart: int(connection.table(f"mart.{mart}").shape[0]) for mart in MARTS}
