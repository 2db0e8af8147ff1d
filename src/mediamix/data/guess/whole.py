"""`guess`: from the paths of tables to what a project needs. The only door of this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mediamix.core.errors import DataError, FolderError, UserError
from mediamix.core.registry import suggestion
from mediamix.data.files import merge_errors
from mediamix.data.guess.answers import Answers, parsed
from mediamix.data.guess.channels import channels_of
from mediamix.data.guess.compose import spec_text
from mediamix.data.guess.copies import FOLDER, Files, cleaned, reasons, written
from mediamix.data.guess.doubts import doubts_of, numbers_section
from mediamix.data.guess.keys import keys_of
from mediamix.data.guess.long import long_tables_of
from mediamix.data.guess.look import Look, look_at, refuse_dateless
from mediamix.data.guess.money import currency_of
from mediamix.data.guess.outcome import Chosen, choose_outcome
from mediamix.data.guess.part import Part
from mediamix.data.guess.result import Column, Guess, Question, Role, Table
from mediamix.data.guess.roles import Drafts, drafts_of
from mediamix.data.guess.shape import Shape, shape_of, stacked
from mediamix.data.guess.sources import grids_of
from mediamix.data.guess.units import total_of, with_units


def guess(
    paths: Sequence[str | Path], answers: Mapping[str, str] | None = None, *, whole: bool = True
) -> Guess:
    """What tables are: their columns, what isn't clear, and a spec that reads them.

    Args:
        paths: CSV, Parquet or Excel files: one wide table, long tables, or parts of both.
        answers: To questions, by their keys; also ``role.COLUMN``, ``channel.COLUMN`` (its name) and
            ``only.COLUMN`` (the rows with this value).
        whole: Whether outcome and media must be among them; else they may come from elsewhere.

    Returns:
        The guess. Its spec is empty as long as a question is open.

    Raises:
        FolderError: A file is absent or is no table.
        DataError: A table has no dates, no header or rows that can't be told apart.
        UserError: Answers that can't be taken.
    """
    said = parsed(answers or {})
    looks, notes = _looks([Path(path) for path in paths], said)
    keys = [keys_of(look, said) for look in looks]
    drafts = [drafts_of(look, key, said) for look, key in zip(looks, keys, strict=True)]
    chosen, drafts, questions = choose_outcome(looks, drafts, said)
    asked: list[Question] = [key.question for key in keys if key.question is not None]
    asked += questions
    money = chosen is not None and chosen.unit == "revenue"
    total = total_of(looks[chosen.at], chosen.column) if chosen is not None and money else None
    for at, look in enumerate(looks):
        drafts[at], more = with_units(look, drafts[at], said, total)
        asked += [question for question in more if question.key not in {q.key for q in asked}]
    parts, names = [], set[str]()
    for look, draft, key in zip(looks, drafts, keys, strict=True):
        channels, draft = ([], draft) if look.channel else channels_of(look, draft, said, names)
        parts.append(Part(look, draft, channels, key.geo))
    asked += doubts_of(looks, [part.drafts for part in parts], said)
    media = any(part.channels or part.look.channel for part in parts)
    if not whole and chosen is None and media and said.get("outcome") is None:
        asked = [question for question in asked if question.key != "outcome"]
    elif not media and (whole or chosen is None):
        asked.append(_no_media(parts))
    currency, more = currency_of(parts, said)
    asked += more
    said.refuse_unused([column for look in looks for column in look.shape.columns])
    notes += [note for look in looks for note in look.shape.notes]
    columns = tuple(column for part in parts for column in _columns(part))
    if any(question.taken is None for question in asked):
        return Guess(columns, tuple(asked), "", (), tuple(notes))
    data, sections, tables, more_notes = _written(parts, chosen, currency, said)
    notes += [*(chosen.notes if chosen is not None else ()), *more_notes]
    notes += [f"{table.name}: {change}" for table in tables for change in table.changes]
    text = spec_text(data, sections, columns, asked)
    return Guess(columns, tuple(asked), text, tuple(tables), tuple(dict.fromkeys(notes)))


def _looks(paths: Sequence[Path], said: Answers) -> tuple[list[Look], list[str]]:
    """Every table with dates, and what is said of those without."""
    if not paths:
        raise UserError("no table is given", next_step="mediamix init TABLE.csv")
    shapes: list[Shape] = []
    errors: list[UserError] = []
    broken: list[UserError] = []
    for path in dict.fromkeys(paths):
        try:
            own = [_shape_or_error(grid) for grid in grids_of(path)]
        except UserError as error:
            errors.append(error)
            continue
        found = _of_sheet([shape for shape in own if isinstance(shape, Shape)], own, path, said)
        shapes += stacked(found, said.get("sheets"))
        broken += [error for error in own if isinstance(error, UserError)]
        if not found:
            errors += [error for error in own if isinstance(error, UserError)]
    if errors:
        raise merge_errors(errors, "the tables can't be read")
    found_looks = [(shape, look_at(shape, said)) for shape in shapes]
    looks = [look for _, look in found_looks if look is not None]
    dateless = [shape for shape, look in found_looks if look is None]
    if not looks:
        raise refuse_dateless(dateless)
    files = {look.shape.source for look in looks}
    lost = [shape for shape in dateless if shape.source not in files]
    if lost:
        raise refuse_dateless(lost)
    notes = [f"{shape.name} has no dates and is left out" for shape in dateless]
    return looks, notes + [f"left out: {error.what}" for error in broken]


def _shape_or_error(grid: Any) -> Shape | UserError:
    """One sheet's table; what is wrong with one sheet of several doesn't stop the others."""
    try:
        return shape_of(grid)
    except DataError as error:
        return error


def _of_sheet(shapes: list[Shape], own: list[Any], path: Path, said: Answers) -> list[Shape]:
    """The sheet that an answer names, else all."""
    wanted = said.given.get("sheet")
    if wanted is None or not any(shape.sheet for shape in shapes):
        return shapes
    found = [shape for shape in shapes if shape.sheet.casefold() == wanted.casefold()]
    if not found:
        names = [shape.sheet for shape in shapes]
        raise FolderError(
            f"{path.name} has no sheet {wanted!r} with a table",
            expected=", ".join(names),
            next_step=suggestion(wanted, names) or "name one of them",
        )
    return found


def _no_media(parts: Sequence[Part]) -> Question:
    names = ", ".join(part.look.shape.name for part in parts)
    options = [
        f"role.{column}=spend"
        for part in parts
        for column, draft in part.drafts.items()
        if draft.role in (Role.CONTROL, Role.IGNORED) and part.look.figures[column].kind == "number"
    ]
    text = (
        f"no column of {names} is spend or exposure: which ones are? Say `--set role.COLUMN=spend` for each"
    )
    return Question("role", text, tuple(options[:12]))


def _columns(part: Part) -> list[Column]:
    look, found = part.look, []
    for name in look.shape.columns:
        draft = part.drafts[name]
        role = draft.role or Role.IGNORED
        if name == look.date:
            samples = tuple(
                dict.fromkeys(str(cell) for cell in look.rows[name].iloc[:50] if str(cell).strip())
            )[:3]
        else:
            samples = look.figures[name].samples
        found.append(Column(look.shape.name, name, role, draft.channel, samples, draft.why, draft.certainty))
    return found


def _written(
    parts: Sequence[Part], chosen: Chosen | None, currency: str, said: Answers
) -> tuple[dict[str, Any], dict[str, dict[str, Any]], list[Table], list[str]]:
    """The sections of the spec, the files, and what is said about them."""
    files = Files(part.look.shape.source for part in parts)
    outcome: dict[str, Any] = {"currency": currency}
    if chosen is not None:
        outcome = {"unit": chosen.unit, **outcome}
        if chosen.value_per_unit is not None:
            outcome["value_per_unit"] = chosen.value_per_unit
    sections: dict[str, dict[str, Any]] = {}
    if len(parts) == 1 and parts[0].look.channel is None and parts[0].channels and chosen is not None:
        data, tables, as_it_is = _wide(parts[0], chosen, files, said)
    else:
        long = long_tables_of(parts, chosen, files, said.numbers)
        data, tables, as_it_is = dict(long.data), long.tables, long.as_they_are
        outcome = {"column": long.outcome, **outcome} if chosen is not None else outcome
        if long.exposures:
            sections["channels"] = {name: {"exposure": column} for name, column in long.exposures.items()}
    if as_it_is:
        first = [part.look.dates.day_first for part in parts if part.look.dates.day_first is not None]
        if said.day_first is not None or first:
            data["day_first"] = said.day_first if said.day_first is not None else first[0]
        sections.update(numbers_section(said))
    geos = [part.geo is not None for part in parts if part.look.channel or part.channels]
    notes = []
    of_outcome = any(geos) if chosen is None else parts[chosen.at].geo is not None
    if of_outcome and all(geos):
        sections["geo"] = {}
    elif of_outcome or any(geos):
        notes.append("only some of the tables have geos: all of them are summed to one market")
    return data, {"outcome": outcome, **sections}, [*files.originals(), *tables], notes


def _wide(
    part: Part, chosen: Chosen, files: Files, said: Answers
) -> tuple[dict[str, Any], list[Table], bool]:
    look, drafts = part.look, part.drafts
    name, tables = files.of[look.shape.source], []
    why = reasons(look, drafts)
    if why:
        frame, changes = cleaned(look, drafts, said.numbers)
        name = files.free(f"{look.shape.source.stem}_clean.csv")
        tables.append(written(name, frame, changes))
    data: dict[str, Any] = {"wide": f"{FOLDER}/{name}", "date": look.date}
    if part.geo is not None:
        data["geo"] = part.geo
    population = _with(drafts, Role.POPULATION)
    if population and part.geo is not None:
        data["population"] = population[0]
    data["outcome"] = chosen.column
    data["media"] = {
        channel.name: {
            **({"spend": channel.spend} if channel.spend else {}),
            **({"exposure": channel.exposure} if channel.exposure else {}),
        }
        for channel in part.channels
    }
    events, controls = _with(drafts, Role.EVENT), _with(drafts, Role.CONTROL)
    words = [c for c in events if look.figures[c].kind == "text"]
    flags = [c for c in events if look.figures[c].kind == "number"]
    if len(words) == 1 or not flags:
        # beside a column that names events those of zeros and ones do as controls
        controls += flags
        flags = []
    if controls:
        data["controls"] = controls
    if len(words) == 1:
        data["events"] = words[0]
    elif flags:
        data["events"] = flags if flags[1:] else flags[0]
    return data, tables, not why


def _with(drafts: Drafts, role: Role) -> list[str]:
    return [column for column, draft in drafts.items() if draft.role is role]
