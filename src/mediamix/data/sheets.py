"""Workbooks whose sheets are parts of one table: a sheet per channel, per geo, or per year."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from mediamix.core.errors import DataError, UserError
from mediamix.core.names import plain, tidy
from mediamix.core.spec import Spec
from mediamix.core.spec.data import Sheets
from mediamix.data.cells import capped, matched
from mediamix.data.checking import some
from mediamix.data.csv_text import as_written
from mediamix.data.grid import LOOK, blank, blank_row, checked, frame_of
from mediamix.data.rows import Rows
from mediamix.data.subtotals import without_subtotals
from mediamix.data.totals import without_totals
from mediamix.data.workbook import Sheet


def first_sheet(sheets: Mapping[str, Sheet], path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The table on the first sheet, and what is said of it and of the others.

    Raises:
        DataError: Another one has its columns: its rows belong to the table.
    """
    title, *others = sheets
    frame, about = frame_of(sheets[title], path.name)
    filled = [other for other in others if not all(map(blank_row, sheets[other].cells))]
    wanted = {plain(str(column)) for column in frame.columns}
    same = [other for other in filled if _has_columns(sheets[other], wanted)]
    if same:
        raise DataError(
            f"{path.name} has the same columns on several sheets: {some([title, *same], 6)}",
            expected="a line in the spec that says what the sheets are",
            got="sheets that may be a channel each, a geo each, or further rows (a year each)",
            next_step="say `data: {sheets: channels}`, `data: {sheets: geos}` or `data: {sheets: rows}`; or "
            "remove the sheets that aren't meant",
        )
    left = f"only the first sheet, '{title}', is read; not: {', '.join(filled[:6])}" if filled else ""
    return as_written(frame), [*about, left]


def _has_columns(sheet: Sheet, wanted: set[str]) -> bool:
    rows = sheet.cells[:LOOK]
    return any(wanted <= {plain(str(cell)) for cell in row if not blank(cell)} for row in rows)


def joined(sheets: Mapping[str, Sheet], path: Path, spec: Spec, kind: Sheets) -> Rows:
    """The rows of all sheets as one table; its index names sheet and row.

    Totals and notes are left out of each sheet. Sheets without the column of dates are left out, too.

    Raises:
        DataError: The sheets have different columns, or a column of what their names stand for; totals
            that are none.
    """
    date = spec.data.date if spec.data.wide is not None else "date"
    column = _column(spec, kind)
    parts: dict[str, Rows] = {}
    told = Rows(path.name, pd.DataFrame())
    problems: list[str] = []
    without: list[str] = []
    for title, sheet in sheets.items():
        if all(map(blank_row, sheet.cells)):
            continue
        name = f"{path.name}, sheet '{tidy(title)}'"
        try:
            frame, about = frame_of(sheet, name)
            frame = checked(frame, name)
        except UserError as error:
            without.append(f"{title} ({error.what.removeprefix(name).strip(': ')})")
            continue
        rows = Rows(name, as_written(frame), spec.numbers, spec.data.day_first)
        rows = matched(rows, [date], problems)
        if date not in rows.frame.columns:
            without.append(title)
            continue
        for remark in filter(None, about):
            rows.tell(remark)
        rows = without_totals(without_subtotals(rows, date, problems), date, problems)
        told.remarks.extend(rows.remarks)
        parts[tidy(title)] = rows
    if without:
        told.tell(f"sheets without the column '{date}' are left out: {some(without, 6)}", severity="warning")
    problems += _unlike(parts, path, column)
    if problems or not parts:
        raise DataError(
            f"{path.name} can't be read as sheets of one table",
            expected=f"the same columns on every sheet, '{date}' among them",
            got="" if parts else f"no sheet has a column '{date}'",
            details=capped(problems),
            next_step="mend these sheets; or let `mediamix init` make a table of them",
        )
    names = ", ".join(parts)
    told.tell(f"{len(parts)} sheets are read as {_AS[kind]}: {names}")
    return Rows(path.name, _stacked(parts, column), spec.numbers, spec.data.day_first, told.remarks)


def _column(spec: Spec, kind: Sheets) -> str | None:
    """The column that a sheet's name stands for."""
    if kind is Sheets.ROWS:
        return None
    return "channel" if kind is Sheets.CHANNELS else spec.data.geo or "geo"


def _unlike(parts: Mapping[str, Rows], path: Path, column: str | None) -> list[str]:
    problems: list[str] = []
    first: set[str] | None = None
    for title, rows in parts.items():
        own = {plain(str(name)) for name in rows.frame.columns}
        if column is not None and column in own:
            problems.append(
                f"{rows.name}: has a column '{column}' of its own, which its name stands for, too"
            )
        first = own if first is None else first
        if own != first:
            more, less = sorted(own - first), sorted(first - own)
            told = ([f"also has {', '.join(more)}"] if more else []) + (
                [f"lacks {', '.join(less)}"] if less else []
            )
            problems.append(f"{path.name}, sheet '{title}': {' and '.join(told)}")
    return problems


def _stacked(parts: Mapping[str, Rows], column: str | None) -> pd.DataFrame:
    wanted = {plain(str(name)): str(name) for name in next(iter(parts.values())).frame.columns}
    frames = []
    for title, rows in parts.items():
        frame = rows.frame.rename(columns=lambda name: wanted[plain(str(name))])
        frame = frame.set_axis([f"{number} of sheet '{title}'" for number in frame.index])
        frames.append(frame if column is None else frame.assign(**{column: title}))
    return pd.concat(frames).astype(object)


_AS = {
    Sheets.CHANNELS: "a channel each, by their names",
    Sheets.GEOS: "a geo each, by their names",
    Sheets.ROWS: "one table",
}
