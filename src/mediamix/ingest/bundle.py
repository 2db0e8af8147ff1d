"""A delivery of files: what each of its tables is, and their rows.

A table of a known form (`forms`) becomes rows of its contract; all others are guessed together, as
`mediamix init` does, and become the four long tables. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from mediamix.core.documents import parse_yaml
from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.files import write_text
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.files import merge_errors, read_rows
from mediamix.data.guess.result import Guess
from mediamix.data.guess.sources import too_large
from mediamix.data.guess.whole import guess
from mediamix.data.normalise import long_tables
from mediamix.data.read import tables_from_spec
from mediamix.data.rows import Rows
from mediamix.data.tables import Tables
from mediamix.ingest.cells_sql import headers_of
from mediamix.ingest.contracts import Contract
from mediamix.ingest.form import Form, form_of, forms, holds_money, split_further
from mediamix.ingest.given import File
from mediamix.ingest.wide import Given, Made, rows_of

_ACCOUNTS = frozenset(
    {"account_id", "customer_id", "advertiser_id", "ad_account_id", "organization_id", "profile_id"}
)


@dataclass(frozen=True)
class Sorted:
    """The files of a delivery by what they are.

    Args:
        known: File → its form.
        guessed: Those that are guessed.
        beside: Those that only name campaigns and accounts.
        left_out: File → why it isn't landed.
    """

    known: Mapping[File, Form]
    guessed: tuple[File, ...]
    beside: tuple[File, ...]
    left_out: Mapping[File, str]


@dataclass(frozen=True)
class Read:
    """A delivery, read.

    Args:
        source: Its name.
        files: All of them.
        sorted: What each is.
        guess: Of those that are guessed; None: there are none.
        tables: Their rows; None while a question is open.
        spec: What was guessed about them.
        made: Rows of known tables.
    """

    source: str
    files: tuple[File, ...]
    sorted: Sorted
    guess: Guess | None
    tables: Tables | None
    spec: Spec
    made: tuple[Made, ...]

    def wide(self) -> dict[Contract, list[Path]]:
        """Contract → Parquet files of its rows, of all known tables.

        Raises:
            DataError: Two tables hold rows of one name.
        """
        by: dict[Contract, list[Path]] = {}
        for made in self.made:
            by.setdefault(made.form.lands, []).append(made.file)
        for contract, files in by.items():
            _refuse_twice(contract, files)
        return by


def sort_files(files: Sequence[File]) -> Sorted:
    """What each file is, by its columns."""
    by_path = headers_of([file.path for file in files])
    headers = {file: by_path[file.path] for file in files}
    known = {}
    for file in files:
        form = form_of(headers[file], Path(file.name).name, large=too_large(file.path))
        if form is not None:
            known[file] = form
    names = [n for form in known.values() for n in (form.campaigns, form.accounts) if n is not None]
    raw = any(form.campaigns is not None for form in known.values())
    beside: list[File] = []
    left_out: dict[File, str] = {}
    guessed: list[File] = []
    unknown: list[File] = []
    for file in files:
        if file in known:
            continue
        there = set(headers[file])
        column = split_further(headers[file]) if raw else None
        if any(set(one.has) <= there for one in names):
            beside.append(file)
        elif column is not None:
            left_out[file] = (
                f"splits by '{column}' what campaigns' reports say as a whole: the same money again"
            )
        elif raw and _whole(headers[file]):
            left_out[file] = "says for whole accounts what campaigns' reports say: the same money again"
        elif raw and _describes(headers[file]):
            left_out[file] = "describes a platform's objects and holds no money"
        elif raw and any(set(headers[file]) == set(headers[other]) for other in known):
            left_out[file] = (
                "has the columns of a campaigns' report and isn't called one: the same money again"
            )
        elif raw and holds_money(headers[file]):
            unknown.append(file)
        else:
            guessed.append(file)
    if unknown:
        raise DataError(
            "tables of this delivery hold money, and what they are isn't known",
            details=[file.name for file in unknown],
            expected="reports of campaigns that are known: "
            + ", ".join(form.title for form in forms().values()),
            next_step="land the others without them, and these on their own: mediamix ingest files FILE",
        )
    return Sorted(known, tuple(guessed), tuple(beside), left_out)


def _describes(header: Sequence[str]) -> bool:
    """Whether a table beside raw reports is one of objects with ids: ads, creatives, keywords."""
    has_id = any(name == "id" or name.endswith("_id") for name in map(str.casefold, header))
    return has_id and not holds_money(header)


def _whole(header: Sequence[str]) -> bool:
    """Whether a table beside raw reports sums whole accounts."""
    names = {name.casefold() for name in header}
    return holds_money(names) and bool(_ACCOUNTS & names) and not {"id", "campaign_id"} & names


def read_delivery(
    source: str,
    files: Sequence[File],
    given: Given,
    aside: Path,
    answers: Mapping[str, str] | None = None,
    spec: Spec | None = None,
) -> Read:
    """Read all of a delivery.

    Args:
        source: Its name.
        files: Its files.
        given: What its tables don't say.
        aside: A folder for rows.
        answers: To the questions of a guess.
        spec: Of the project: how numbers and dates are written.

    Raises:
        FolderError: A file can't be read.
        DataError: What is wrong with rows; all at once.
        SpecError: A table says no currency.
    """
    found = sort_files(files)
    errors: list[UserError] = []
    made = []
    others = headers_of([file.path for file in found.beside])
    for file, form in found.known.items():
        try:
            made.append(rows_of(file.path, form, replace(given, source=source), aside, others))
        except DataError as error:
            errors.append(error)
    guessed, tables, told = None, None, spec or Spec()
    try:
        if found.guessed:
            guessed = guess([file.path for file in found.guessed], answers, whole=False)
            if not guessed.open:
                tables, told = _tables_of(guessed)
    except DataError as error:
        errors.append(error)
    if errors:
        raise merge_errors(errors, "the delivery can't be landed")
    return Read(source, tuple(files), found, guessed, tables, told, tuple(made))


def _tables_of(guessed: Guess) -> tuple[Tables, Spec]:
    """What was guessed, read as its spec says."""
    spec = parse_spec(parse_yaml(guessed.spec, "what was guessed", SpecError))
    with TemporaryDirectory(prefix="mediamix-") as folder:
        base = Path(folder)
        for table in guessed.tables:
            target = base / "data" / table.name
            target.parent.mkdir(exist_ok=True)
            if table.text is not None:
                write_text(target, table.text)
            elif table.source is not None:
                target.symlink_to(table.source.absolute())
        data = spec.data
        if data.wide is not None or (data.media is not None and data.outcome is not None):
            return tables_from_spec(spec, base), spec
        return _some_tables(spec, base), spec


def _some_tables(spec: Spec, base: Path) -> Tables:
    """Long tables of which media or outcome is not in this delivery: it stays empty."""
    rows: dict[str, Rows] = {}
    for name in ("media", "outcome", "controls", "events"):
        path = getattr(spec.data, name)
        if isinstance(path, str):
            rows[name] = read_rows(base / path, name, spec)
    # a row gives an absent table its types, and is cut off again
    stand_in = {"date": ["2000-01-03"], "channel": ["-"], "spend": ["0"], spec.outcome.column: ["1"]}
    absent = [name for name in ("media", "outcome") if name not in rows]
    for name in absent:
        keys = ("date", "channel", "spend") if name == "media" else ("date", spec.outcome.column)
        rows[name] = read_rows(pd.DataFrame({key: stand_in[key] for key in keys}), name, spec)
    made = long_tables(rows["media"], rows["outcome"], rows.get("controls"), rows.get("events"), spec)
    return replace(made, **{name: getattr(made, name).iloc[:0] for name in absent})


def _refuse_twice(contract: Contract, files: Sequence[Path]) -> None:
    """Stop at rows that have the name of another.

    Raises:
        DataError: Some have.
    """
    from mediamix.ingest.cells_sql import quoted, set_aside, text_of

    columns = {column.name for column in contract.all_columns}
    names = ", ".join(quoted(key) for key in contract.grain if key in columns)
    rows = f"read_parquet([{', '.join(text_of(str(file)) for file in files)}])"
    with set_aside() as database:
        found = database.execute(f"select count(*) > count(distinct hash({names})) from {rows}").fetchone()
        twice = (
            found is not None
            and found[0]
            and database.execute(
                f"select {names}, count(*) from {rows} group by {names} having count(*) > 1 "
                f"order by {names} limit 10"
            ).fetchall()
        )
    if twice:
        keys = [key for key in contract.grain if key in columns]
        raise DataError(
            "two tables of the delivery hold the same rows",
            details=[
                ", ".join(f"{k}={v}" for k, v in zip(keys, row, strict=False) if v is not None)
                for row in twice
            ],
            expected=f"each {', '.join(keys)} once",
            next_step="leave the table out that doesn't count; nothing was landed",
        )
