"""From a grid of cells to a table: its header and what stands above it, its rows, columns of one name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from mediamix.core.errors import DataError, shown
from mediamix.core.names import plain, tidy
from mediamix.core.text import visible
from mediamix.data.grid import LOOK, TITLES, blank, blank_row, header_at, titles
from mediamix.data.guess.across import dates_across, turned
from mediamix.data.guess.header import header_of, refuse_headerless, text_of
from mediamix.data.guess.naming import hint
from mediamix.data.guess.sources import Grid
from mediamix.data.guess.words import MEDIA, says, tokens


@dataclass(frozen=True)
class Shape:
    """A table of a file.

    Args:
        name: For messages: the file, and its sheet.
        source: The file.
        sheet: The sheet, in a workbook of several.
        frame: Cells; the index is the row as a spreadsheet counts it.
        unnamed: Columns that have no header; their names here are ours.
        notes: How it was understood.
        changes: What reading can't take as it is: a copy without it is written.
        title: The text above the header.
        first: Whether it is on the sheet that reading takes.
    """

    name: str
    source: Path
    sheet: str
    frame: pd.DataFrame
    unnamed: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    title: str = ""
    first: bool = True

    @property
    def columns(self) -> list[str]:
        """Headers in their order."""
        return [str(column) for column in self.frame.columns]


def shape_of(grid: Grid) -> Shape:
    """The table of a grid.

    Raises:
        DataError: It has no header, no rows, one column, or rows longer than its header.
    """
    cells = grid.cells
    top: list[tuple[int, list[object]]] = []
    for position in range(min(len(cells), LOOK + TITLES)):
        row = cells.iloc[position].tolist()
        if not blank_row(row):
            top.append((position, row))
    if not top:
        raise DataError(f"{grid.name} is empty", expected="a header and rows", next_step="export it again")
    across = next((at for at, row in top[: TITLES + 1] if dates_across(row)), None)
    if across is not None:
        frame, changes = turned(cells, across, grid.name)
        notes, changes = list(grid.notes), [*grid.changes, *changes]
        return Shape(
            grid.name, grid.source, grid.sheet, frame, notes=notes, changes=changes, first=grid.first
        )
    at = header_at([row for _, row in top[: LOOK + 1]])
    written, last, joined = header_of([row for _, row in top], at)
    names = [tidy("".join(letter for letter in name if visible(letter) == letter)) for name in written]
    refuse_headerless(grid.name, names, top[at][0] + 1)
    above = [row for _, row in top[: at - (1 if joined and last == at else 0)]]
    title = " ".join(text_of(cell) for row in above for cell in row)
    shape = replace(_table(grid, names, top[last][0]), title=title, first=grid.first)
    shape.notes.extend(grid.notes)
    shape.changes.extend(grid.changes)
    if grid.merged is not None and (merged := grid.merged.about(top[last][0])):
        shape.notes.append(merged)
    if above:
        shape.notes.append(f"row {top[at][0] + 1} is the header; above it stands {titles(above)}")
    if names != written:
        shape.changes.append("characters that nobody sees are left out of headers")
    if joined:
        shape.changes.append("two rows of headers are joined to one name each")
    return _unrepeated(shape)


def _table(grid: Grid, names: list[str], header: int) -> Shape:
    body = grid.cells.iloc[header + 1 :]
    head = grid.cells.iloc[header].tolist()
    there = [i for i, cell in enumerate(head) if cell is not None]
    width = max(there, default=-1) + 1 if grid.ragged else len(head)
    empty = body.iloc[:, 0].map(blank).to_numpy(dtype=bool)
    if empty.any():
        nothing = body[empty].map(blank).all(axis=1)
        body = body.drop(index=nothing.index[nothing])
    beyond = [i for i in range(width, body.shape[1]) if not body[i].map(blank).all()]
    if beyond:
        long = body.index[~body[beyond].map(blank).all(axis=1)]
        raise DataError(
            f"{grid.name}: {len(long)} rows have more cells than the header has columns",
            expected=f"{width} cells a row",
            got=f"rows {', '.join(map(str, long[:10]))}",
            next_step="name these columns, put text with separators into quotes, and write numbers without "
            "thousands separators",
        )
    kept = {
        i: names[i] or f"(column {_letter(i)})"
        for i in range(width)
        if names[i] or not body[i].map(blank).all()
    }
    if len(kept) < 2:
        only = shown(next(iter(kept.values()), ""))
        raise DataError(
            f"{grid.name} has one column only: {only}",
            expected="a date, an outcome and media, cells separated by comma, semicolon, tab or |",
            got=only,
            next_step="export it again as CSV, Parquet or .xlsx with one column per value",
        )
    if body.empty:
        raise DataError(
            f"{grid.name} has no rows",
            expected="rows below the header",
            got=f"columns {', '.join(kept.values())}",
            next_step="export it again",
        )
    if grid.merged is not None:
        grid.merged.refuse(grid.name, header, list(kept))
    frame = body[list(kept)].set_axis(list(kept.values()), axis=1)
    unnamed = frozenset(name for i, name in kept.items() if not names[i])
    return Shape(grid.name, grid.source, grid.sheet, frame, unnamed)


def _unrepeated(shape: Shape) -> Shape:
    """Columns of one name: the same cells once, others under names of their own."""
    names, drop, taken = shape.columns, [], set[str]()
    for i, name in enumerate(names):
        if name not in taken:
            taken.add(name)
            continue
        first = shape.columns.index(name)
        if shape.frame.iloc[:, first].equals(shape.frame.iloc[:, i]):
            drop.append(i)
            shape.changes.append(f"the column '{name}' is there twice with the same cells, and kept once")
            continue
        number = next(k for k in range(2, len(names) + 2) if f"{name} ({k})" not in (*names, *taken))
        names[i] = f"{name} ({number})"
        taken.add(names[i])
        shape.changes.append(f"a further column of the name '{name}' is called '{names[i]}'")
    if not shape.changes:
        return shape
    keep = [i for i in range(len(names)) if i not in drop]
    frame = shape.frame.set_axis(names, axis=1).iloc[:, keep]
    return replace(shape, frame=frame)


def _letter(position: int) -> str:
    """As a spreadsheet calls its columns: A, B, …, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


def stacked(shapes: list[Shape], said: str | None = None) -> list[Shape]:
    """Sheets of one file that have the same columns as one table, the others as they are.

    Their names become channels or geos, where it is said so, or where they are words of media.

    Args:
        shapes: The tables.
        said: What somebody says that the sheets are: ``channels``, ``geos`` or ``rows``.
    """
    groups: dict[tuple[Path, frozenset[str]], list[Shape]] = {}
    for shape in shapes:
        groups.setdefault((shape.source, frozenset(map(plain, shape.columns))), []).append(shape)
    made = []
    for group in groups.values():
        first = group[0]
        if len(group) > 1:
            kind = said or ("channels" if _are_channels(group) else "rows")
            column = {"channels": "channel", "geos": "geo"}.get(kind)
            if column is not None and column in map(plain, first.columns):
                raise DataError(
                    f"{first.source.name} has a column '{column}' on sheets whose names are {kind}, too",
                    expected="one of both",
                    next_step="remove the column, or say --set sheets=rows",
                )
            frames = [
                shape.frame.set_axis(_like(shape.columns, first.columns), axis=1).assign(
                    **({} if column is None else {column: shape.sheet})
                )
                for shape in group
            ]
            frame = pd.concat(frames, ignore_index=True)
            frame.index = pd.RangeIndex(2, len(frame) + 2)
            names = ", ".join(shape.sheet for shape in group)
            first = replace(first, name=f"{first.source.name}, sheets {names}", frame=frame)
            for shape in group[1:]:
                first.changes.extend(change for change in shape.changes if change not in first.changes)
            first.changes.append(
                f"the rows of the sheets {names} stand below each other"
                + ("" if column is None else f", a {column} each by their names")
            )
        made.append(first)
    return made


def _are_channels(group: list[Shape]) -> bool:
    """True if the sheets' names are words of media and no column names channels."""
    named = any(hint(column, False).kind == "channel" for column in group[0].columns)
    return not named and all(says(tokens(shape.sheet), MEDIA) for shape in group)


def _like(columns: list[str], wanted: list[str]) -> list[str]:
    by_plain = {plain(name): name for name in wanted}
    return [by_plain[plain(name)] for name in columns]
