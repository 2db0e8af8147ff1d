"""`mediamix init`: a project from tables, or an empty one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.answering import on_terminal, parsed_answers, prompt, unanswered
from mediamix.cli.console import command_line, emit_json, note, say, table
from mediamix.cli.options import Force, Json
from mediamix.cli.targets import free_folder
from mediamix.cli.watch import doing
from mediamix.cli.words import UNTRUSTED, print_warnings
from mediamix.core.errors import UserError
from mediamix.core.files import write_text
from mediamix.project.folder import Project
from mediamix.project.founding import found_project, refuse_founded

if TYPE_CHECKING:
    from mediamix.core.types import Finding
    from mediamix.data.guess.result import Column, Guess
    from mediamix.project.connecting import Connected

NAME = "init"
EXAMPLE = "mediamix init sales.xlsx --out shop"
#: Endings of what may be a table; another path that isn't there is a new folder.
_TABLES = frozenset(".csv .tsv .txt .parquet .pq .xlsx .xls .xlsm .ods .dat .json .gz .zip".split())  # noqa: SIM905
_LONGEST = 24


def command(
    given: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="Tables: CSV, Parquet or .xlsx. Or one folder: an empty project."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="New folder. Absent: named after the first table."),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="An answer: outcome=revenue, currency=USD, role.COLUMN=spend. Several times if wanted.",
        ),
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(
            "--sources", metavar="NAME,NAME", help="Platforms that rows are fetched from: google_ads,meta."
        ),
    ] = None,
    warehouse: Annotated[
        str | None,
        typer.Option(
            "--warehouse",
            metavar="ENGINE",
            help="Where rows land: duckdb (what is taken else), postgres or bigquery:PROJECT.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what is assumed.")] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a project from tables of any form: what each column is, what has to be asked, a spec that runs.

    Exit code 2: a question has no answer, and nothing was written. 3: written, but the data have errors.
    """
    said = parsed_answers(answers or [])
    ask = not (yes or as_json) and on_terminal()
    if len(given) == 1 and not given[0].is_file() and given[0].suffix.lower() not in _TABLES:
        if ask and sources is None and warehouse is None:
            sources, warehouse = _asked_sources()
        _make_empty(given[0], out, said, _connected(sources, warehouse), force=force, as_json=as_json)
        return
    extra = _connected(sources, warehouse)
    from mediamix.data.guess.whole import guess

    if out is not None:
        refuse_founded(out, force=force)
    doing("Looking at the tables")
    found = guess(given, said)
    if ask:
        found = _asked(given, found, said)
    if found.open:
        raise unanswered(found.open)
    root = out if out is not None else free_folder(Path(given[0].stem.strip(". ") or "project"))
    kept = found_project(root, found.spec + extra.sections, found.tables, force=force)
    _write_beside(root, extra)
    findings = _examined(Project(root).spec())
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        told = [finding.to_dict() for finding in findings]
        emit_json({"folder": str(root), **found.to_dict(), "kept": kept, "findings": told, "errors": errors})
    else:
        _print(found, kept)
        # how a file was read is said, whatever else is only for --verbose: no row goes silently
        print_warnings([f for f in findings if f.check == "reading"], remarks=True)
        print_warnings([f for f in findings if f.check != "reading"])
        warnings = sum(finding.severity == "warning" for finding in findings)
        say(f"Written to {root}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')} in the data.")
        say(f"Next: {command_line('check', Project(root).spec())}")
    if errors:
        raise typer.Exit(UNTRUSTED)


def _connected(sources: str | None, warehouse: str | None) -> Connected:
    """What the spec says of platforms and warehouse; nothing where nobody asked for either."""
    from mediamix.project.connecting import Connected, connected

    if not sources and not warehouse:
        return Connected("", {})
    names = [name.strip() for name in (sources or "").split(",") if name.strip()]
    return connected(names, warehouse or "duckdb")


def _asked_sources() -> tuple[str, str]:
    """Platforms and warehouse, as somebody types them."""
    from mediamix.ingest.asking import sources

    names = ", ".join(sources())
    chosen: str = typer.prompt(f"which platforms, by comma ({names})? empty: none yet", default="", err=True)
    engine: str = typer.prompt(
        "where do rows land: duckdb, postgres or bigquery:PROJECT?", default="duckdb", err=True
    )
    return chosen.strip(), engine.strip() if chosen.strip() or engine.strip() != "duckdb" else ""


def _write_beside(root: Path, extra: Connected) -> None:
    """Files beside the spec; what is there stays."""
    for name, text in extra.files.items():
        if (root / name).exists():
            note(f"{root / name} is there already, and stays as it is")
        else:
            write_text(root / name, text)


def _make_empty(
    root: Path, out: Path | None, said: dict[str, str], extra: Connected, *, force: bool, as_json: bool
) -> None:
    from mediamix.data.guess.compose import TEMPLATE

    if out is not None or said:
        raise UserError(
            f"{root} is no table, and an empty project takes neither --out nor --set",
            expected="mediamix init FILE… --out DIR, or mediamix init DIR",
            next_step="give the tables, or leave the options out",
        )
    kept = found_project(root, TEMPLATE + extra.sections, force=force)
    _write_beside(root, extra)
    if as_json:
        emit_json({"folder": str(root), "kept": kept})
        return
    for line in kept:
        note(line)
    say(f"An empty project: {root}")
    if extra.files:
        say(
            f"Next: fill in {root / '.env.example'}, then "
            f"{command_line('ingest', '--spec', Project(root).spec())}"
        )
        return
    say(f"Next: put your tables into {Project(root).data} and name them in {Project(root).spec()}")


def _asked(given: Sequence[Path], found: Guess, said: dict[str, str]) -> Guess:
    """Ask on the terminal until nothing is open; each answer may raise another question."""
    from mediamix.data.guess.whole import guess

    asked: set[str] = set()
    while questions := [q for q in found.questions if q.answer is None and q.key not in asked]:
        _print_columns(found.columns)
        for question in questions:
            asked.add(question.key)
            if question.key != "role":  # which columns are media: said by --set alone
                said[question.key] = prompt(question)
        found = guess(given, said)
    return found


def _examined(spec: Path) -> Sequence[Finding]:
    from mediamix.core.spec import load_spec
    from mediamix.data.read import examine

    doing("Reading and checking the data")
    return examine(load_spec(spec), spec.parent)


def _print(found: Guess, kept: Sequence[str]) -> None:
    _print_columns(found.columns)
    for line in (*found.notes, *kept):
        note(line)
    for question in found.questions:
        how = "as you said" if question.answer is not None else f"assumed; --set {question.key}=…"
        say(f"{question.text} → {question.taken} ({how})")


def _print_columns(columns: Sequence[Column]) -> None:
    """A table per file: what each column was taken for, with three of its values and the reason."""
    for name in dict.fromkeys(column.table for column in columns):
        rows = [
            [c.name, str(c.role), c.channel or "", " · ".join(map(_short, c.samples)), c.why]
            for c in columns
            if c.table == name
        ]
        table(name, ["column", "role", "channel", "values", "why"], rows, text=(0, 1, 2, 3, 4))


def _short(sample: str) -> str:
    return sample if len(sample) <= _LONGEST else f"{sample[: _LONGEST - 1]}…"


def _counted(n: int, noun: str) -> str:
    return f"{n or 'no'} {noun}{'' if n == 1 else 's'}"
