"""What uploaded tables were taken for, as tables to correct, and the corrections as answers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from mediamix.core.documents import parse_yaml
from mediamix.core.errors import SpecError, UserError
from mediamix.core.text import visible
from mediamix.data.guess.part import DELIVERY, delivery_name
from mediamix.data.guess.result import ROLES, Column, Guess, Question, Role, Table
from mediamix.data.guess.sources import grids_of
from mediamix.data.guess.whole import guess
from mediamix.project.drafts import Draft

#: Columns of the table of guesses.
COLUMN, ROLE, CHANNEL, UNIT, VALUES, WHY = "Column", "Role", "Channel", "Unit", "Values", "Why"
#: Rows of a table that are shown as they are.
PREVIEW = 30
#: Characters of a sample value.
LONGEST = 18
#: Columns of a table that are shown as they are.
WIDEST = 80
_MEDIA = (Role.SPEND, Role.EXPOSURE)
_SURE = {"certain": "", "likely": " (likely)", "asked": " (see the question)"}
_DELIVERIES = frozenset(name for name, _ in DELIVERY)
_WORDS = {
    ("day_first", "true"): "day first: 31/12/2024",
    ("day_first", "false"): "month first: 12/31/2024",
    ("decimal", "."): "a point: 1.5",
    ("decimal", ","): "a comma: 1,5",
    ("unit", "revenue"): "revenue: money",
    ("unit", "count"): "count: orders, leads, visits",
}
Pairs = tuple[tuple[str, str], ...]


def guessed(draft: Draft, answers: Mapping[str, str] | None = None) -> Guess:
    """What a draft's tables are, given its answers or others.

    Raises:
        UserError: They can't be read, or the answers can't be taken.
    """
    given = draft.answers if answers is None else answers
    return _guessed(tuple(map(str, draft.files)), tuple(sorted(given.items())))


@st.cache_data(max_entries=30, show_spinner="Looking at the tables …")
def _guessed(files: tuple[str, ...], answers: Pairs) -> Guess:
    return guess(files, dict(answers))


def shown_columns(found: Guess, table: str) -> tuple[list[Column], pd.DataFrame]:
    """The columns of one table, and how they are shown, a row each."""
    columns = [column for column in found.columns if column.table == table]
    currency, unit = _money(found)
    rows = [
        {
            COLUMN: visible(one.name),
            ROLE: str(one.role),
            CHANNEL: visible(one.channel) if one.channel and one.role in _MEDIA else "",
            UNIT: _unit(one, currency, unit),
            VALUES: " · ".join(map(_short, one.samples)),
            WHY: visible(one.why) + _SURE[one.certainty],
        }
        for one in columns
    ]
    return columns, pd.DataFrame(rows, columns=[COLUMN, ROLE, CHANNEL, UNIT, VALUES, WHY], dtype=object)


def roles_of(columns: Sequence[Column]) -> list[str]:
    """What a person may choose, and what only the guess says."""
    return [*ROLES, *dict.fromkeys(str(one.role) for one in columns if str(one.role) not in ROLES)]


def corrected(
    answers: Mapping[str, str], columns: Sequence[Column], edits: Mapping[int, Mapping[str, object]]
) -> dict[str, str]:
    """The answers with corrections of the table of guesses.

    Args:
        answers: Those before.
        columns: Of the table, in its order.
        edits: Row → column of the table → its new value.
    """
    made = dict(answers)
    for row, changes in edits.items():
        one = columns[int(row)]
        role = str(changes.get(ROLE) or one.role)
        if ROLE in changes:
            made[f"role.{one.name}"] = role if role in ROLES else str(Role.IGNORED)
            if role not in _MEDIA:
                made.pop(f"channel.{one.name}", None)
        name = str(changes.get(CHANNEL) or "").strip()
        if name and role in _MEDIA:
            made[f"channel.{one.name}"] = name
        elif CHANNEL in changes:
            made.pop(f"channel.{one.name}", None)
    return made


def answered(answers: Mapping[str, str], key: str, value: object) -> dict[str, str]:
    """The answers with one more, or with one taken back where there is no value."""
    made = {name: given for name, given in answers.items() if name != key}
    text = "" if value is None else str(value).strip()
    return {**made, key: text} if text else made


def widgets_of(found: Guess) -> list[Question]:
    """The questions that one widget answers; which columns are media is said in the table."""
    return [question for question in found.questions if question.key != "role"]


def worded(key: str, option: str) -> str:
    """An option in words."""
    return _WORDS.get((key, option), visible(option))


@st.cache_data(max_entries=20, show_spinner="Reading the rows …")
def raw_rows(files: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Sheet → its first rows as they are in the file, under the letters of a spreadsheet.

    Raises:
        UserError: A file can't be read.
    """
    found = {}
    for file in files:
        for grid in grids_of(Path(file)):
            cells = grid.cells.iloc[:PREVIEW, :WIDEST]
            texts = cells.map(lambda cell: "" if pd.isna(cell) else visible(str(cell)))
            texts.columns = pd.Index([letters(i) for i in range(texts.shape[1])])
            found[grid.name] = texts
    return found


def readable(draft: Draft) -> bool:
    """Whether its files hold rows, whatever those mean."""
    try:
        return bool(raw_rows(tuple(map(str, draft.files))))
    except UserError:
        return False


def written_rows(tables: Sequence[Table]) -> dict[str, pd.DataFrame]:
    """Name of a copy that is going to be written → its first rows."""
    found = {}
    for table in tables:
        if table.text is not None:
            rows = pd.read_csv(io.StringIO(table.text), dtype=str, nrows=PREVIEW, keep_default_na=False)
            found[table.name] = rows.map(visible).rename(columns=visible).iloc[:, :WIDEST]
    return found


def letters(number: int) -> str:
    """The name of a spreadsheet's column: A to Z, AA and so on; from 0."""
    before, last = divmod(number, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


def sheets_of(files: tuple[str, ...]) -> list[str]:
    """Sheets of workbooks with several; none where they can't be read."""
    try:
        return list(
            dict.fromkeys(grid.sheet for file in files for grid in grids_of(Path(file)) if grid.sheet)
        )
    except UserError:
        return []


def _short(sample: str) -> str:
    text = visible(sample)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _money(found: Guess) -> tuple[str, str]:
    """The currency, and whether the outcome is revenue or a count; empty where it isn't known yet."""
    taken = {question.key: question.taken or "" for question in found.questions}
    try:
        raw = parse_yaml(found.spec, "the spec", SpecError) if found.spec else {}
    except UserError:
        raw = {}
    outcome = raw.get("outcome", {}) if isinstance(raw, dict) else {}
    return (
        str(outcome.get("currency", taken.get("currency", ""))),
        str(outcome.get("unit", taken.get("unit", ""))),
    )


def _unit(column: Column, currency: str, unit: str) -> str:
    if column.role in (Role.SPEND, Role.VALUE):
        return visible(currency)
    if column.role is Role.OUTCOME:
        return visible(currency) if unit == "revenue" else unit
    if column.role is Role.EXPOSURE:
        name = delivery_name(column.name)
        return name if name in _DELIVERIES else "delivery"
    return ""
