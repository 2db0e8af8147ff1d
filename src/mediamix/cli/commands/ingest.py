"""`mediamix ingest`: rows of platforms, files and SQL tables into the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.answering import answered, parsed_answers
from mediamix.cli.failure import keep, keeping
from mediamix.cli.ingested import (
    delivered_json,
    exit_code,
    print_delivered,
    print_pulled,
    pulled_json,
)
from mediamix.cli.options import SPEC_NAMES, Json
from mediamix.cli.progress import Steps
from mediamix.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediamix.core.spec import Spec
    from mediamix.project.ingesting import Delivered, Options
    from mediamix.warehouse.engine import Warehouse

NAME = "ingest"
EXAMPLE = "mediamix ingest files exports/ && mediamix build && mediamix fit"
FILES, TABLE = "files", "table"
#: Seconds between two looks at a watched folder.
LOOK = 30.0
_KEPT = "Stopped. What has landed stays, whole days and whole deliveries; run it again for the rest."
_WHOLE = "Stopped. A delivery counts as a whole: run it again, and it lands, each row once."


def command(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT…",
            show_default=False,
            help="Names of sources, such as google_ads meta; absent: all that the spec names. Or `files "
            "PATH…`: files, folders and addresses (s3://, gs://). Or `table VARIABLE TABLE`: a SQL table of "
            "the database whose address that environment variable holds.",
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option("--spec", metavar="SPEC", help="Absent: mediamix.yml where you stand; made by `files`."),
    ] = None,
    warehouse: Annotated[
        Path | None,
        typer.Option("--warehouse", metavar="FILE", help="A DuckDB file. Absent: what the spec says."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Name of a delivery: the next of that name replaces it."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="Of money whose table says none.")
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An answer about tables, as of `mediamix init`."),
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OURS=THEIRS", help="Of a SQL table: spend=media_cost, date=day."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Of files: go on, and land what is new or changed.")
    ] = False,
    drop_gone: Annotated[
        bool, typer.Option("--drop-gone", help="Let rows of files go that aren't in the delivery any more.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Land files that have landed already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what is assumed.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch rows of ad platforms, files and SQL tables into the warehouse.

    Exit code 2: a platform or a table refuses; what landed of others stays. 3: landed, but the sum isn't the
    platform's own.
    """
    from mediamix.project.ingesting import Options

    words = list(what or [])
    path = _spec_path(spec)
    store = _store(warehouse)
    options = Options(name, currency, None, parsed_answers(answers or []), drop_gone, again)
    first = words[0] if words else ""
    if first not in (FILES, TABLE):
        _refuse(watch or name or currency or answers or renamed or drop_gone or again, words)
        with keeping(_stopped({})):
            _platforms(words, path, store, as_json=as_json)
        return
    if first == TABLE:
        with keeping(_WHOLE):
            _table(words[1:], path, store, options, _pairs(renamed or []), as_json=as_json, yes=yes)
        return
    paths = words[1:]
    if not paths:
        raise UserError(
            "no file is given", expected="mediamix ingest files PATH…", next_step="name files, or a folder"
        )
    if watch:
        from mediamix.cli.watching import watch_files

        with keeping(_KEPT):
            watch_files(paths, path, store, options, every=LOOK, as_json=as_json)
        return
    with keeping(_WHOLE):
        _files(paths, path, store, options, as_json=as_json, yes=yes)


def _stopped(landed: Mapping[str, int]) -> str:
    """What is said after Ctrl-C: rows of whole days that have landed by now, by platform."""
    there = ", ".join(f"{rows:,} rows of {title}" for title, rows in landed.items())
    what = f"Whole days have landed: {there}." if there else "Nothing has landed this time."
    return f"Stopped. {what} Nothing is half there; the next `mediamix ingest` fetches the rest."


def _platforms(names: Sequence[str], path: Path, store: Warehouse | None, *, as_json: bool) -> None:
    from mediamix.project.ingesting import pull_all
    from mediamix.warehouse.engine import warehouse_of

    read = _spec_or_default(path)
    landed: dict[str, int] = {}

    def count(title: str, rows: int) -> None:
        landed[title] = landed.get(title, 0) + rows
        keep(_stopped(landed))

    with Steps() as steps:
        place = store or warehouse_of(read, path.parent)
        found = pull_all(read, place, names, steps.step, on_landed=count)
    if as_json:
        pulled_json(found)
    else:
        print_pulled(found)
    code = exit_code(found)
    if code:
        raise typer.Exit(code)


def _files(
    paths: Sequence[str],
    path: Path,
    store: Warehouse | None,
    options: Options,
    *,
    as_json: bool,
    yes: bool,
) -> None:
    from mediamix.project.ingesting import ingest_files

    with Steps() as steps:
        made = answered(
            lambda said: ingest_files(paths, path, store, said, steps.step), options, ask=not (yes or as_json)
        )
    _show(made, path, as_json=as_json)


def _table(
    words: Sequence[str],
    path: Path,
    store: Warehouse | None,
    options: Options,
    renamed: dict[str, str],
    *,
    as_json: bool,
    yes: bool,
) -> None:
    from mediamix.project.ingesting import ingest_table

    if len(words) != 2:
        raise UserError(
            "a SQL table needs two words",
            expected="mediamix ingest table VARIABLE TABLE, as in: mediamix ingest table SHOP_DB shop.sales",
            got=" ".join(words) or "nothing",
            next_step="the first is the environment variable that holds the address of the database",
        )
    variable, table = words
    with Steps() as steps:
        made = answered(
            lambda said: ingest_table(variable, table, renamed, path, store, said, steps.step),
            options,
            ask=not (yes or as_json),
        )
    _show(made, path, as_json=as_json)


def _show(made: Delivered, path: Path, *, as_json: bool) -> None:
    if as_json:
        delivered_json(made)
    else:
        print_delivered(made, path)


def _spec_path(given: Path | None) -> Path:
    if given is not None:
        return given / SPEC_NAMES[0] if given.is_dir() else given
    return next((Path(one) for one in SPEC_NAMES if Path(one).is_file()), Path(SPEC_NAMES[0]))


def _spec_or_default(path: Path) -> Spec:
    from mediamix.core.spec import Spec, load_spec

    return load_spec(path) if path.is_file() else Spec()


def _store(path: Path | None) -> Warehouse | None:
    if path is None:
        return None
    from mediamix.warehouse.engines.duckdb import DuckDB

    return DuckDB(path)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    wrong = [one for one in given if not all(one.partition("=")[::2])]
    if wrong:
        raise UserError(
            f"--map takes two names, not {wrong[0]!r}",
            expected="--map OURS=THEIRS, such as --map spend=media_cost",
            next_step="write our column, an equals sign and the table's column",
        )
    return {one.partition("=")[0].strip(): one.partition("=")[2].strip() for one in given}


def _refuse(of_tables: object, words: Sequence[str]) -> None:
    if of_tables:
        raise UserError(
            "these options are of files and SQL tables",
            expected="mediamix ingest files PATH… or mediamix ingest table VARIABLE TABLE",
            got=" ".join(words) or "the spec's sources",
            next_step="of platforms the spec says all: `sources: {google_ads: {accounts: […], since: …}}`",
        )
