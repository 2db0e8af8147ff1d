"""A grid of cells to a frame: which row is the header, which columns have a name."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import tidy

Row = Sequence[object]
TITLES = 20  # rows above a header, at most
LOOK = 50  # rows that say how wide the table is


def header_at(rows: Sequence[Row]) -> int:
    """Index of the header among rows that aren't blank: the first that is as wide as the table.

    Rows above it have at most half of the table's cells filled (a title, ``sep=;``, who exported it
    and when). A header is made of words; if the first wide row isn't, the first row of all is taken.
    """
    width = median(_n_filled(row) for row in rows[:LOOK])
    if width < 2 or 2 * _n_filled(rows[0]) > width:
        return 0
    for index, row in enumerate(rows[: TITLES + 1]):
        if 2 * _n_filled(row) > width:
            cells = [cell for cell in row if not blank(cell)]
            return index if all(_is_word(cell) for cell in cells) else 0
    return 0


def titles(rows: Sequence[Row]) -> str:
    """The rows above a header, in words to show."""
    shown = ["; ".join(tidy(str(cell)) for cell in row if not blank(cell)) for row in rows]
    return " / ".join(f"'{text[:60]}'" for text in shown[:3])


def frame_of(rows: Sequence[Row], name: str) -> tuple[pd.DataFrame, str]:
    """The frame of a grid of cells, and what to say about its header (or nothing).

    Raises:
        DataError: There is nothing in it, or rows are longer than the header.
    """
    filled = [(i + 1, row) for i, row in enumerate(rows) if not blank_row(row)]
    if not filled:
        raise DataError(f"{name} is empty", expected="a header and rows", next_step="export it again")
    top = header_at([row for _, row in filled[: LOOK + 1]])
    header = ["" if blank(cell) else tidy(str(cell)) for cell in filled[top][1]]
    body = filled[top + 1 :]
    n = len(header)
    wide = [number for number, row in body if len(row) > n and not blank_row(row[n:])]
    if wide:
        raise DataError(
            f"{name}: {len(wide)} rows have more cells than the header has columns",
            expected=f"{len(header)} cells a row",
            got=f"rows {', '.join(map(str, wide[:10]))}",
            next_step="put text with separators into quotes, and write numbers without thousands separators",
        )
    padded = [row if len(row) == n else [*row, *[None] * n][:n] for _, row in body]
    cells = zip(*padded, strict=True) if padded else [()] * n
    columns = {i: pd.Series(column, dtype=object) for i, column in enumerate(cells) if header[i]}
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index([header[i] for i in columns], dtype=object)
    frame.index = pd.Index([number for number, _ in body], dtype=np.int64)
    return frame, about_header(filled[top][0], [row for _, row in filled[:top]])


def about_header(number: int, above: Sequence[Row]) -> str:
    """What is said where the header isn't the first row that has something in it."""
    return (
        f"row {number} is taken as the header, what stands above it is left out: {titles(above)}"
        if above
        else ""
    )


def blank_row(row: Row) -> bool:
    """True if no cell of the row has anything in it."""
    # most rows say with their first cell that they aren't
    return not row or (blank(row[0]) and all(map(blank, row)))


def blank(cell: object) -> bool:
    """True for nothing and for text of nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _n_filled(row: Row) -> int:
    return sum(not blank(cell) for cell in row)


def _is_word(cell: object) -> bool:
    return isinstance(cell, str) and any(map(str.isalpha, cell))
