"""The names of a table's columns: of one row of headers or of two, and what is no header."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediamix.core.errors import DataError
from mediamix.core.names import tidy
from mediamix.data.grid import blank

Row = Sequence[object]
#: What a date looks like, and hardly a header: to be sure, `read_dates` is asked.
DATE_LIKE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[A-Za-zÀ-ÿ]{2}.*\d\d|\d{4}-?[Ww]?\d\d|\d\d?[./]\d{4}$"
)


def header_of(rows: list[list[object]], at: int) -> tuple[list[str], int, bool]:
    """The names of the columns, the last row of the header, and whether two rows were joined."""
    names = [text_of(cell) for cell in rows[at]]
    filled = [name for name in names if name]
    below = rows[at + 1] if at + 1 < len(rows) else []
    gaps = len(filled) < sum(not blank(cell) for cell in below) or len(set(filled)) < len(filled)
    if gaps and at + 2 < len(rows) and _all_words(below) and not _all_words(rows[at + 2]):
        return _joined(names, [text_of(cell) for cell in below]), at + 1, True
    if at and len(set(filled)) < len(filled) and sum(not blank(cell) for cell in rows[at - 1]) > 1:
        return _joined([text_of(cell) for cell in rows[at - 1]], names), at, True
    return names, at, False


def _joined(groups: list[str], names: list[str]) -> list[str]:
    """``TV`` over ``Spend`` and ``GRP`` is ``TV Spend`` and ``TV GRP``."""
    made, group = [], ""
    for over, name in zip(groups, names, strict=True):
        group = over or group
        made.append(tidy(f"{group} {name}") if name != group else name)
    return made


def refuse_headerless(table: str, names: list[str], row: int) -> None:
    """Stop at a first row that isn't one of names.

    Raises:
        DataError: Most of its cells are numbers or dates.
    """
    filled = [name for name in names if name]
    words = [name for name in filled if any(map(str.isalpha, name))]
    if len(words) * 2 < len(filled):
        raise DataError(
            f"{table} has no header: row {row} looks like values",
            expected="a row of names above the values",
            got=", ".join(filled[:6]),
            next_step="add a first row that names the columns",
        )


def _all_words(row: Row) -> bool:
    cells = [text_of(cell) for cell in row if not blank(cell)]
    return bool(cells) and all(any(map(str.isalpha, cell)) and not DATE_LIKE.match(cell) for cell in cells)


def text_of(cell: object) -> str:
    """A cell in one line; empty for a blank one."""
    return "" if blank(cell) else tidy(str(cell))
