"""From paths or frames to a checked `Dataset`: the door of the data leg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from mediamix.core.errors import DataError, FolderError, SpecError, UserError
from mediamix.core.spec import Data, Spec
from mediamix.core.types import Finding, Findings
from mediamix.data.around import refuse_unknown
from mediamix.data.assemble import assemble
from mediamix.data.cells import capped
from mediamix.data.channels import reaching
from mediamix.data.checking import Evidence, by_severity, run_checks
from mediamix.data.dataset import Dataset
from mediamix.data.experiments import with_experiments
from mediamix.data.files import Source, merge_errors, read_rows
from mediamix.data.limits import refuse_too_many, refuse_too_many_columns, refuse_wide_mapping
from mediamix.data.normalise import long_tables
from mediamix.data.reach import with_reach
from mediamix.data.rows import Rows
from mediamix.data.spelling import one_spelling
from mediamix.data.tables import Tables
from mediamix.data.weekends import with_weekends
from mediamix.data.wide import wide_tables


def read(
    media: Source | None = None,
    outcome: Source | None = None,
    controls: Source | None = None,
    events: Source | None = None,
    *,
    wide: Source | None = None,
    experiments: Source | None = None,
    spec: Spec | None = None,
) -> Dataset:
    """Read long tables, or one wide table by the mapping in `spec.data`, and check them.

    Each table is a path (CSV, Parquet, Excel) or a pandas or polars frame. Without any table
    those of `spec.data` are read, relative to the working folder; and so are `spec.calibration`'s
    experiments where none are given.

    Raises:
        FolderError: A file is absent or can't be read.
        SpecError: The spec doesn't fit the data.
        DataError: All that is wrong with the rows, at once.
    """
    spec = spec or Spec()
    tests = experiments_of(spec, Path()) if experiments is None else experiments
    if media is None and outcome is None and wide is None:
        return build(tables_from_spec(spec, Path()), spec, experiments=tests)
    if wide is not None:
        if media is not None or outcome is not None or controls is not None or events is not None:
            raise DataError("give either one wide table or long tables, not both")
        return build(_read_wide(wide, spec), spec, experiments=tests)
    if media is None or outcome is None:
        missing = "media" if media is None else "outcome"
        raise DataError(f"the {missing} table is missing", expected="read(media=…, outcome=…)")
    # the tables given here stand for the spec's
    kept = Data(day_first=spec.data.day_first, loaded_at=spec.data.loaded_at, sheets=spec.data.sheets)
    spec = spec.model_copy(update={"data": kept})
    return build(_read_long(media, outcome, controls, events, spec), spec, experiments=tests)


def read_spec(spec: Spec, base: str | Path, today: date | None = None) -> Dataset:
    """Read and check the tables that the spec names, relative to `base`.

    Raises:
        FolderError: A file is absent or can't be read.
        SpecError: The spec names no data, or doesn't fit them.
        DataError: All that is wrong with the rows, at once.
    """
    return build(tables_from_spec(spec, base), spec, today, experiments_of(spec, base))


def experiments_of(spec: Spec, base: str | Path) -> Path | None:
    """The table of experiments that the spec names, relative to `base`."""
    return None if spec.calibration is None else Path(base) / spec.calibration


def tables_from_spec(spec: Spec, base: str | Path) -> Tables:
    """The tables that the spec names, relative to `base`, before they are checked.

    Raises:
        FolderError: A file is absent or can't be read.
        SpecError: The spec names no data.
        DataError: Columns or cells are wrong; all at once.
    """
    data, base = spec.data, Path(base)
    if data.wide is not None:
        return _read_wide(base / data.wide, spec)
    if not isinstance(data.media, str) or data.outcome is None:
        absent = [f"data.{key}" for key in ("media", "outcome") if getattr(data, key) is None]
        raise SpecError(
            f"the spec names no data: {' and '.join(absent)} missing",
            expected="data: {media: media.csv, outcome: outcome.csv}, or {wide: table.csv, …}",
            next_step="add the tables to the spec, or land rows: mediamix ingest (of its sources), or "
            "mediamix ingest files PATH…",
        )
    controls = data.controls if isinstance(data.controls, str) else None
    events = data.events if isinstance(data.events, str) else None
    return _read_long(
        base / data.media,
        base / data.outcome,
        None if controls is None else base / controls,
        None if events is None else base / events,
        spec,
    )


def build(
    tables: Tables, spec: Spec, today: date | None = None, experiments: Source | None = None
) -> Dataset:
    """Assemble and check: warnings travel in `Dataset.findings`, errors stop.

    `today` (default: the clock) is the day after which nothing can have happened.

    Raises:
        SpecError: The spec doesn't fit the tables.
        DataError: Every finding of severity error, at once.
    """
    findings, dataset, failure = _inspect(tables, spec, today or date.today(), experiments)
    errors = [finding for finding in findings if finding.severity == "error"]
    if failure is not None and not errors:
        raise failure
    if errors or dataset is None:
        lines = [f"{f.where}: {f.message} → {f.advice}" for f in errors]
        if failure is not None:
            lines += failure.details or [failure.message.replace("\n", "; ")]
        problems = "1 problem that stops" if len(lines) == 1 else f"{len(lines)} problems that stop"
        raise DataError(
            f"the data have {problems} a fit",
            details=capped(lines),
            next_step="mend the tables; `mediamix check` shows every finding with its reason",
        )
    return replace(dataset, findings=findings)


def examine(spec: Spec, base: str | Path, today: date | None = None) -> Findings:
    """Every finding about the spec's data, errors first; what stops reading is a finding too.

    Raises:
        SpecError: The spec names no data.
    """
    return Findings(inspect(spec, base, today)[0])


def inspect(
    spec: Spec, base: str | Path, today: date | None = None, tables: Tables | None = None
) -> tuple[tuple[Finding, ...], Dataset | None]:
    """As `examine`, and the dataset, where it can be assembled; of `tables`, where they have been read.

    Raises:
        SpecError: The spec names no data.
    """
    try:
        tables = tables_from_spec(spec, base) if tables is None else tables
    except (DataError, FolderError) as error:
        return as_findings(error, "reading"), None
    findings, dataset, failure = _inspect(tables, spec, today or date.today(), experiments_of(spec, base))
    told = as_findings(failure, "assembling") if failure else ()
    return by_severity([*told, *findings]), dataset


def _inspect(
    tables: Tables, spec: Spec, today: date, experiments: Source | None
) -> tuple[tuple[Finding, ...], Dataset | None, UserError | None]:
    """All findings, the dataset if it can be assembled, and why not if it can't."""
    tables = one_spelling(tables, channels=spec.channels)  # files are already, a mart may not be
    tables = with_weekends(tables, spec)
    tables = with_reach(tables, reaching(tables.media, spec))
    dataset, failure = None, None
    try:
        refuse_too_many(tables)
    except DataError as error:
        return (), None, error  # the checks would take as long as the fit
    try:
        dataset = assemble(tables, spec)
        if experiments is not None:
            dataset = with_experiments(dataset, experiments, spec)
        refuse_unknown(spec, _event_names(tables, dataset))
    except UserError as error:
        failure = error
    found = run_checks(Evidence(tables, dataset, spec, today))
    findings = [*tables.findings, *(dataset.findings if dataset else ()), *found]
    return by_severity(findings), dataset, failure


def _event_names(tables: Tables, dataset: Dataset) -> list[str]:
    """Of the table, those outside of the dates too, and the holidays."""
    table = [] if tables.events is None else [str(name) for name in tables.events["event"].unique()]
    return [*table, *(event.name for event in dataset.events)]


def as_findings(error: UserError, check: str) -> tuple[Finding, ...]:
    """An error's details, or the error itself, as findings."""
    advice = error.next_step or error.expected
    if not error.details:
        message = error.what + (f" (got: {error.got})" if error.got else "")
        return (Finding(check, "error", "data", message, "nothing can be fitted before", advice),)
    return tuple(
        Finding(check, "error", *_where(line), "nothing can be fitted before", advice)
        for line in error.details
    )


def _where(line: str) -> tuple[str, str]:
    """``table row 3, column 'x': what`` in its two parts."""
    where, colon, message = line.partition(": ")
    return (where, message) if colon else ("data", line)


def _read_wide(source: Source, spec: Spec) -> Tables:
    refuse_wide_mapping(spec)
    return wide_tables(read_rows(source, "wide", spec), spec)


def _read_long(
    media: Source, outcome: Source, controls: Source | None, events: Source | None, spec: Spec
) -> Tables:
    """Read all tables before complaining about any."""
    errors: list[UserError] = []
    rows: dict[str, Rows] = {}
    given = {"media": media, "outcome": outcome, "controls": controls, "events": events}
    for name, source in given.items():
        if source is not None:
            with _collected(errors):
                rows[name] = read_rows(source, name, spec)
    if errors:
        raise merge_errors(errors, "the tables can't be read")
    refuse_too_many_columns(rows.get("controls"))
    return long_tables(rows["media"], rows["outcome"], rows.get("controls"), rows.get("events"), spec)


@contextmanager
def _collected(errors: list[UserError]) -> Iterator[None]:
    try:
        yield
    except (DataError, FolderError) as error:
        errors.append(error)
