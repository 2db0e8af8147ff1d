"""Build the mart: staging, marts, calendar and all of their tests.

dbt builds. What it said to the database is kept, and a build of the same project with the same settings
repeats it, without importing dbt, for as long as the database answers the same (`warehouse.repeat`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from mediamix.core.errors import DataError, MediamixError, UserError
from mediamix.warehouse.engine import Session, Warehouse
from mediamix.warehouse.kept import cache_dir, keep, keep_parsed, kept, kept_parsed, key_of
from mediamix.warehouse.repeat import repeat
from mediamix.warehouse.run_dbt import arguments_of, run_dbt
from mediamix.warehouse.steps import BuildResult, Step
from mediamix.warehouse.telling import told

_SAMPLE_ROWS = 3
_LANDED = frozenset({"media_day", "campaign_day", "touch"})
_UNSHOWN = frozenset({"run_id", "loaded_at"})
#: Name of a test -> what else mends what it finds.
_OR_ELSE = {
    "currencies": "state what a unit of each is worth: `mart: {exchange_rates: rates.csv}` in the spec, a "
    "table of date, currency, to_currency, rate",
}

__all__ = ["BuildResult", "Step", "build", "dbt_project_dir"]


def build(
    warehouse: Warehouse,
    project: Path | None = None,
    variables: Mapping[str, object] | None = None,
    cache: Path | None = None,
) -> BuildResult:
    """Build the mart from the landing tables and test it. Idempotent.

    Where a test of the staging layer fails, the marts are left as they were.

    Args:
        warehouse: With rows in its landing tables.
        project: Folder of the dbt project, if not the one that comes with mediamix.
        variables: Vars of the dbt project that differ from its own.
        cache: Folder of what dbt said to the database, if not the user's.

    Raises:
        ExtraError: dbt or DuckDB isn't installed.
        FolderError: The warehouse can't be opened or written.
        DataError: Nothing was landed, or tests failed: all of them, with rows.
        MediamixError: dbt can't read the project.
    """
    project = project or dbt_project_dir()
    with warehouse.building() as inside:
        _refuse_unlanded(inside)
        started = time.perf_counter()
        steps, complaints, repeated = _steps(inside, project, variables or {}, cache or cache_dir())
        result = BuildResult(steps, time.perf_counter() - started, complaints, repeated=repeated)
        if not all(step.ok for step in result.steps):
            raise _failure(inside, result)
        return replace(result, findings=told(inside, result.tests))


def _steps(
    warehouse: Warehouse, project: Path, variables: Mapping[str, object], cache: Path | None
) -> tuple[tuple[Step, ...], tuple[str, ...], bool]:
    """Steps, complaints, and whether they were an earlier build's, repeated."""
    arguments = arguments_of(variables)

    def key() -> str | None:
        if cache is None:
            return None
        return key_of(project, arguments, [*warehouse.profile], warehouse.database)

    before = key()
    if cache is None or before is None:
        run = run_dbt(warehouse, project, arguments)
        return run.steps, run.warnings, False
    again = repeat(warehouse, kept(cache, before))
    if again is not None:
        dialogue, steps = again
        keep(cache, before, dialogue)
        return steps, dialogue.warnings, True
    run = run_dbt(warehouse, project, arguments, kept_parsed(cache, before))
    # A project that was edited meanwhile may have been read before or after.
    if key() == before:
        if run.dialogue is not None:
            keep(cache, before, run.dialogue)
        if run.parsed is not None:
            keep_parsed(cache, before, run.parsed)
    return run.steps, run.warnings, False


def dbt_project_dir() -> Path:
    """Folder of the dbt project: in the installed package, or in the source checkout.

    Raises:
        MediamixError: It is in neither.
    """
    package = Path(str(files("mediamix")))
    for folder in (package / "dbt", package.parent.parent / "dbt"):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise MediamixError(f"the dbt project is missing from this installation of mediamix ({package})")


def _refuse_unlanded(warehouse: Warehouse) -> None:
    with warehouse.connect(read_only=True) as session:
        for table in _LANDED & session.tables("landing"):
            if session.execute(f"select 1 from {session.name('landing', table)} limit 1").fetchone():
                return
    raise DataError(
        f"nothing was landed in {warehouse.title}",
        expected="rows in landing.media_day, landing.campaign_day or another landing table",
        next_step="land some: mediamix ingest files PATH…, or name the tables in the spec",
    )


def _failure(warehouse: Warehouse, result: BuildResult) -> UserError:
    failed = [step for step in result.steps if step.status in ("fail", "error")]
    full = warehouse.explained("\n".join(step.message for step in failed))
    if full is not None:
        return full
    skipped = [step.name for step in result.models if step.status == "skipped"]
    with warehouse.connect(read_only=True) as session:
        details = [_describe(step, session) for step in failed]
    n_tests = sum(step.kind == "test" for step in failed)
    return DataError(
        f"the mart of {warehouse.title} was not built: {n_tests} of {len(result.tests)} tests failed"
        + (f" and {len(failed) - n_tests} models" if n_tests < len(failed) else ""),
        details=details,
        got=f"left as they were: {', '.join(skipped)}" if skipped else "",
        next_step="; or ".join(
            [
                "mend the rows at their source, land them again, then run `mediamix build`",
                *(words for name, words in _OR_ELSE.items() if any(step.name == name for step in failed)),
            ]
        ),
    )


def _describe(step: Step, session: Session) -> str:
    """``test: n rows, such as …`` with the first rows that the test's own query finds."""
    if step.status != "fail" or not step.sql:
        return f"{step.name}: {' '.join(step.message.split())}"
    cursor = session.execute(f"select * from ({step.sql}) as found limit {_SAMPLE_ROWS}")
    columns = [column[0] for column in cursor.description or []]
    rows = [
        ", ".join(f"{name}={value}" for name, value in zip(columns, row, strict=True) if name not in _UNSHOWN)
        for row in cursor.fetchall()
    ]
    count = f"{step.failures} row{'s' if step.failures != 1 else ''}"
    return f"{step.name}: {count}, such as ({'); ('.join(rows)})"
