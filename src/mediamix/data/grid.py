"""A grid of cells to a frame: which row is the header, which columns have a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import tidy
from mediamix.data.workbook import Sheet

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


def header_in(rows: Sequence[Row]) -> tuple[list[tuple[int, Row]], int]:
    """The rows that aren't blank with their positions, and which of them is the header."""
    filled = [(i, row) for i, row in enumerate(rows) if not blank_row(row)]
    return filled, header_at([row for _, row in filled[: LOOK + 1]]) if filled else 0


def titles(rows: Sequence[Row]) -> str:
    """The rows above a header, in words to show."""
    shown = ["; ".join(tidy(str(cell)) for cell in row if not blank(cell)) for row in rows]
    return " / ".join(f"'{text[:60]}'" for text in shown[:3])


def frame_of(sheet: Sheet, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The frame of a sheet's cells, and what to say about its header and its merged cells.

    Raises:
        DataError: There is nothing in it, rows are longer than the header, or a number is in merged cells.
    """
    filled = [(i, row) for i, row in enumerate(sheet.cells) if not blank_row(row)]
    if not filled:
        raise DataError(f"{name} is empty", expected="a header and rows", next_step="export it again")
    top = header_at([row for _, row in filled[: LOOK + 1]])
    at = filled[top][0]
    header = ["" if blank(cell) else tidy(str(cell)) for cell in filled[top][1]]
    body = filled[top + 1 :]
    n = len(header)
    refuse_long(name, n, [i + 1 for i, row in body if len(row) > n and not blank_row(row[n:])])
    sheet.refuse(name, at, [i for i in range(n) if header[i]])
    padded = [row if len(row) == n else [*row, *[None] * n][:n] for _, row in body]
    cells = zip(*padded, strict=True) if padded else [()] * n
    columns = {i: pd.Series(column, dtype=object) for i, column in enumerate(cells) if header[i]}
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index([header[i] for i in columns], dtype=object)
    frame.index = pd.Index([i + 1 for i, _ in body], dtype=np.int64)
    return frame, [about_header(at + 1, [row for _, row in filled[:top]]), sheet.about(at)]


def refuse_long(name: str, n: int, long: Sequence[int]) -> None:
    """Stop at rows with more cells than the header.

    Raises:
        DataError: There are such rows.
    """
    if long:
        more = f" and {len(long) - 10:,} more" if len(long) > 10 else ""
        raise DataError(
            f"{name}: {len(long):,} rows have more cells than the header has columns",
            expected=f"{n} cells a row",
            got=f"rows {', '.join(map(str, long[:10]))}{more}",
            next_step="put text with separators into quotes, and write numbers without thousands separators",
        )


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
    return cell is None or (not cell.strip() if isinstance(cell, str) else cell is pd.NaT or cell != cell)


def _n_filled(row: Row) -> int:
    return sum(not blank(cell) for cell in row)


def _is_word(cell: object) -> bool:
    return isinstance(cell, str) and any(map(str.isalpha, cell))


def checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The frame, if it has rows and its columns different names.

    Raises:
        DataError: It hasn't.
    """
    twice = _repeated(map(str, frame.columns))
    if twice:
        raise DataError(
            f"{name} has columns of the same name: {', '.join(twice)}",
            expected="every column once",
            next_step="rename or remove one of each",
        )
    if frame.empty:
        raise DataError(
            f"{name} has no rows", expected="a header and rows", got=f"columns {', '.join(frame.columns)}"
        )
    return frame


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
