"""Ingesting: platforms and deliveries of tables into the warehouse that a spec names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mediamix.core.currencies import CODES
from mediamix.core.documents import as_yaml, parse_yaml
from mediamix.core.errors import DataError, FolderError, SpecError, UserError
from mediamix.core.files import write_text
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.ledger import Entry, added

if TYPE_CHECKING:
    from mediamix.ingest.bundle import Read
    from mediamix.ingest.contracts import Contract
    from mediamix.ingest.given import File
    from mediamix.ingest.land_wide import LandedWide
    from mediamix.ingest.load import Landed
    from mediamix.ingest.patience import Clock, Patience
    from mediamix.ingest.pulled import Pulled
    from mediamix.warehouse.engine import Warehouse

Told = Callable[[str], None]
#: Keys of a guessed spec that are the project's, not the delivery's.
_OF_PROJECT = ("outcome", "geo", "channels", "numbers")


@dataclass(frozen=True)
class PulledAll:
    """What became of each platform that was asked.

    Args:
        pulled: Those that answered.
        refused: Name → why nothing (more) came.
    """

    pulled: tuple[Pulled, ...]
    refused: Mapping[str, UserError]


def pull_all(
    spec: Spec,
    warehouse: Warehouse,
    names: Sequence[str],
    told: Told,
    environment: Mapping[str, str] | None = None,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    on_landed: Callable[[str, int], None] = lambda title, rows: None,
) -> PulledAll:
    """Fetch platforms, one after the other; one that refuses doesn't keep the others.

    Args:
        spec: Its ``sources``.
        warehouse: Where to.
        names: Of sources; none: all that the spec names.
        told: Takes lines of progress.
        environment: Variables with secrets; absent: those of this process.
        clock: Time.
        patience: How long a platform is waited for.
        on_landed: Takes a platform and rows of it, each time some have landed.

    Raises:
        SpecError: A name is of no source, or nothing is named.
        ExtraError: A client isn't installed.
    """
    from mediamix.core.spec.sources import SourceSpec
    from mediamix.ingest.asking import asked_of, source_of
    from mediamix.ingest.landing import landing_of
    from mediamix.ingest.pull import pull

    wanted = list(dict.fromkeys(names or spec.sources))
    if not wanted:
        raise SpecError(
            "the spec names no sources",
            expected='`sources: {google_ads: {accounts: ["123"]}}` in the spec, or a name after `ingest`',
            next_step="`mediamix list sources` shows all of them; files: mediamix ingest files PATH…",
        )
    sources = [source_of(name) for name in wanted]
    landing = landing_of(warehouse)
    pulled: list[Pulled] = []
    refused: dict[str, UserError] = {}
    for source in sources:
        told(f"{source.title}")
        try:
            asked, days = asked_of(source, spec.sources.get(source.name) or SourceSpec(), environment)
            pulled.append(
                pull(
                    source,
                    asked,
                    landing,
                    days,
                    clock=clock,
                    patience=patience,
                    told=told,
                    on_landed=partial(on_landed, source.title),
                )
            )
        except FolderError:  # the warehouse: no other platform fares better
            raise
        except UserError as error:
            refused[source.name] = error
    return PulledAll(tuple(pulled), refused)


def ledger_of_pull(pulled: Pulled) -> tuple[Entry, ...]:
    """What a pull restated, accounts added up."""
    return added(
        Entry(pulled.source, one.month, one.currency, one.metric, one.before, one.after, 1, pulled.pulled_at)
        for one in pulled.restated
    )


@dataclass(frozen=True)
class Delivered:
    """What a delivery of tables brought.

    Args:
        source: Its name.
        read: What its tables were taken for.
        landed: Long rows; None: there were none.
        wide: Rows of known tables; None: there were none.
        money: Currency → spend of its campaigns.
        told: What to know.
        same: Whether all of it had landed before, and nothing was done.
    """

    source: str
    read: Read | None
    landed: Landed | None
    wide: LandedWide | None
    money: Mapping[str, Decimal]
    told: tuple[str, ...] = ()
    same: bool = False


@dataclass(frozen=True)
class Options:
    """How a delivery is taken.

    Args:
        name: Of the delivery; None: after its files.
        currency: Of money whose table says none.
        time_zone: Of days whose table says none.
        answers: To questions about its tables.
        drop_gone: Whether rows of files that are gone go, too.
        again: Whether to land what has landed before.
    """

    name: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    answers: Mapping[str, str] | None = None
    drop_gone: bool = False
    again: bool = False


def ingest_files(
    paths: Sequence[str], spec_path: Path, warehouse: Warehouse | None, options: Options, told: Told
) -> Delivered:
    """Read tables from files, land them, and say in the spec what they are.

    Args:
        paths: Files, folders, addresses.
        spec_path: The project's spec; one that isn't there is written.
        warehouse: Where to; None: what the spec names.
        options: See there.
        told: Takes lines of progress.

    Raises:
        UserError: Something can't be read, a question is open, files are gone; nothing was landed.
    """
    from mediamix.ingest.given import files_of

    with TemporaryDirectory(prefix="mediamix-") as aside:
        files = files_of(paths, Path(aside))
        name = options.name or _name_of(paths)
        return _ingest(name, files, Path(aside), spec_path, warehouse, options, told)


def ingest_table(
    variable: str,
    table: str,
    renamed: Mapping[str, str],
    spec_path: Path,
    warehouse: Warehouse | None,
    options: Options,
    told: Told,
) -> Delivered:
    """The same of a SQL table.

    Raises:
        UserError: As of `ingest_files`, or the database can't be read.
    """
    from mediamix.ingest.given import files_of
    from mediamix.ingest.sql_table import read_table

    with TemporaryDirectory(prefix="mediamix-") as aside:
        target = Path(aside) / f"{table}.parquet"
        rows = read_table(variable, table, target, renamed, told=told)
        if not rows:
            raise DataError(f"the table {table} of {variable} has no rows", next_step="check its name")
        (file,) = files_of([str(target)], Path(aside))
        own = replace(file, name=f"{variable}: {table}")
        return _ingest(
            options.name or f"table/{table}", [own], Path(aside), spec_path, warehouse, options, told
        )


def _ingest(
    name: str,
    files: Sequence[File],
    aside: Path,
    spec_path: Path,
    warehouse: Warehouse | None,
    options: Options,
    told: Told,
) -> Delivered:
    from mediamix.ingest.bundle import read_delivery
    from mediamix.ingest.land_wide import land_wide
    from mediamix.ingest.load import land
    from mediamix.ingest.wide import Given
    from mediamix.warehouse.engine import warehouse_of

    spec = _spec(spec_path)
    store = warehouse or warehouse_of(spec or Spec(), spec_path.parent)
    if _landed_before(store, name, files, options):
        return Delivered(name, None, None, None, {}, same=True)
    at = datetime.now(UTC).replace(tzinfo=None)
    currency = options.currency or _said_currency(spec)
    told(f"Looking at {len(files)} {'file' if len(files) == 1 else 'files'}")
    answers = {**_known_answers(spec, currency), **(options.answers or {})}
    read = read_delivery(name, files, Given(name, at, currency, options.time_zone), aside, answers, spec)
    if read.guess is not None and read.guess.open:
        raise Unanswered(read)
    told(f"Landing in {store.title}")
    landed = None if read.tables is None else land(read.tables, store, source=name)
    money: dict[str, Decimal] = {}
    of_contract: dict[Contract, Decimal] = {}
    for made in read.made:
        for code, amount in made.money.items():
            if code is not None:
                money[code] = money.get(code, Decimal()) + amount
            of_contract[made.form.lands] = of_contract.get(made.form.lands, Decimal()) + amount
    taken = [(file, _taken(read, file)) for file in files]
    wide = land_wide(store, name, read.wide(), of_contract, taken, at, restates=not options.drop_gone)
    notes = [_no_currency(code) for code in sorted(money) if code.strip().upper() not in CODES]
    notes += [note for made in read.made for note in made.notes]
    notes += [f"{file.name} {why}" for file, why in read.sorted.left_out.items()]
    notes += [] if read.guess is None else list(read.guess.notes)
    notes += _say_in_spec(spec_path, spec, read)
    return Delivered(name, read, landed, wide if read.made else None, money, tuple(dict.fromkeys(notes)))


def _no_currency(code: str) -> str:
    """What to know of money in no currency: it lands as it is said, and needs a rate beside other money."""
    return (
        f"money is said to be in {code!r}, which is no code of ISO 4217 (a country's?): mend the table, or "
        "state what it is worth: `mart: {exchange_rates: rates.csv}`"
    )


class Unanswered(Exception):  # noqa: N818  # a question, no error: whoever can ask asks
    """A delivery has questions that nothing answers."""

    def __init__(self, read: Read) -> None:
        self.read = read
        super().__init__("a question is open")


def _name_of(paths: Sequence[str]) -> str:
    """``files/exports``: after the folder, or the files."""
    stems = [path.rstrip("/").rpartition("/")[2] or path for path in paths]
    own = [Path(stem).stem if "." in stem[1:] else stem for stem in stems]
    own = [Path().absolute().name if stem in ("", ".", "..") else stem for stem in own]
    return f"files/{'+'.join(dict.fromkeys(own))}"[:80]


def _spec(path: Path) -> Spec | None:
    from mediamix.core.spec import load_spec

    return load_spec(path) if path.is_file() else None


def _said_currency(spec: Spec | None) -> str | None:
    """The currency that a spec states; its default is none."""
    if spec is None or "outcome" not in spec.model_fields_set:
        return None
    return spec.outcome.currency if "currency" in spec.outcome.model_fields_set else None


def _known_answers(spec: Spec | None, currency: str | None) -> dict[str, str]:
    """What the project has said already isn't asked again."""
    found = {} if currency is None else {"currency": currency}
    if spec is not None and spec.numbers is not None:
        found["decimal"] = spec.numbers.decimal
    if spec is not None and spec.data.day_first is not None:
        found["day_first"] = str(spec.data.day_first).lower()
    return found


def _landed_before(store: Warehouse, name: str, files: Sequence[File], options: Options) -> bool:
    """Whether the very files have landed under this name.

    Raises:
        DataError: A file has landed under another name, or one of this delivery is gone.
    """
    from mediamix.ingest.land_wide import landed_files

    try:
        register = landed_files(store)
    except FolderError:  # no warehouse yet; what else is wrong with it is said when it is written
        return False
    own = {file_name: digest for source, file_name, digest in register if source == name}
    others = {digest: source for source, _, digest in register if source != name}
    twice = [f"{file.name} has landed as '{others[file.digest]}'" for file in files if file.digest in others]
    if twice:
        other = next(others[file.digest] for file in files if file.digest in others)
        raise DataError(
            "files of this delivery have landed before, under another name",
            details=twice,
            expected="each file in one delivery: its money counts once",
            got=f"the delivery '{name}'",
            next_step=f"replace that one: add --as {other}",
        )
    gone = sorted(own.keys() - {file.name for file in files})
    if gone and not options.drop_gone:
        raise DataError(
            f"files of '{name}' that have landed are gone",
            details=gone,
            expected="all files of the delivery: it replaces what has landed under its name",
            next_step="put them back, or land others under a name of their own (--as NAME); --drop-gone lets "
            "their rows go",
        )
    return not options.again and own == {file.name: file.digest for file in files}


def _taken(read: Read, file: File) -> str:
    if file in read.sorted.known:
        return read.sorted.known[file].title
    if file in read.sorted.left_out:
        return "nothing"
    return "names" if file in read.sorted.beside else "rows of days"


def _say_in_spec(path: Path, spec: Spec | None, read: Read) -> list[str]:
    """Write what was guessed of the project into its spec: keys that it doesn't say; never others.

    Returns what was written.
    """
    if read.tables is None:
        guessed: dict[str, Any] = {}
    else:
        sections = read.spec.model_dump(mode="json", exclude_unset=True)
        guessed = {key: sections[key] for key in _OF_PROJECT if sections.get(key) is not None}
        if read.spec.data.wide is not None:
            guessed["outcome"] = {"column": read.spec.data.outcome, **guessed.get("outcome", {})}
        if read.tables.outcome.empty:
            guessed.pop("outcome", None)
    if spec is None:
        text = as_yaml(guessed) if guessed else ""
        write_text(path, f"# What was ingested is in the warehouse; see docs/guide/ingest.md.\n{text}")
        return [f"{path} is new: it says what was guessed of these tables"]
    missing = {key: value for key, value in guessed.items() if key not in spec.model_fields_set}
    if not missing:
        return []
    old = path.read_text(encoding="utf-8")
    text = f"{old.rstrip()}\n\n# Guessed of '{read.source}'.\n{as_yaml(missing)}"
    try:
        parse_spec(parse_yaml(text, str(path), SpecError))
    except SpecError:
        return [f"{path} doesn't say, and was guessed: {as_yaml(missing, short=True).strip()}"]
    write_text(path, text)
    return [f"{path}: {', '.join(missing)} added, as guessed of '{read.source}'"]
