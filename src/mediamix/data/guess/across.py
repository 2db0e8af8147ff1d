"""Tables whose dates run across, one column per period, turned so that they run down."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import tidy
from mediamix.data.checking import some
from mediamix.data.grid import blank
from mediamix.data.guess.calendars import read_dates
from mediamix.data.guess.header import DATE_LIKE, text_of

#: Dates in one row, and their share of its cells, from which on they run across.
ACROSS, ACROSS_SHARE = 5, 0.6


def dates_across(row: Sequence[object]) -> bool:
    """True if a row is a header of dates."""
    cells = [text_of(cell) for cell in row if not blank(cell)]
    like = [cell for cell in cells if DATE_LIKE.match(cell)]
    if len(like) < ACROSS or len(like) < ACROSS_SHARE * len(cells):
        return False
    return read_dates(pd.Series(like, dtype=object), named=False) is not None


def turned(cells: pd.DataFrame, header: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The table, a row per date, its columns named by what stood before the dates; and what was changed.

    Args:
        cells: The grid.
        header: The position of the row of dates.
        name: For messages.

    Raises:
        DataError: Nothing names its rows.
    """
    head = cells.iloc[header].tolist()
    dated = [i for i, cell in enumerate(head) if not blank(cell) and DATE_LIKE.match(text_of(cell))]
    after = [i for i in range(dated[0], len(head)) if i not in dated and not blank(head[i])]
    body = cells.iloc[header + 1 :]
    body = body[~body.map(blank).all(axis=1)]
    rows: list[list[object]] = body.to_numpy(dtype=object).tolist()
    labels = [tidy(" ".join(map(text_of, row[: dated[0]]))) for row in rows]
    if not any(labels):
        raise DataError(
            f"{name} has its dates across, and nothing that names its rows",
            expected="the name of a channel or of the outcome before the dates of its row",
            next_step="add a first column of names",
        )
    columns = {"date": pd.Series([head[i] for i in dated], dtype=object)}
    for k, label in enumerate(labels):
        if label:
            number = sum(made.partition(" (")[0] == label for made in columns)
            wanted = f"{label} ({number + 1})" if number else label
            columns[wanted] = pd.Series([rows[k][i] for i in dated], dtype=object)
    frame = pd.DataFrame(columns)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    n = len(columns) - 1
    changes = [f"its {len(dated)} dates run across: they are rows now, its {n} rows are columns"]
    nameless = [int(row) for row, label in zip(body.index, labels, strict=True) if not label]
    if nameless:
        changes.append(f"rows without a name are left out: {some(nameless)}")
    if after:
        left = ", ".join(f"'{text_of(head[i])}'" for i in after[:5])
        changes.append(f"what stands in {left} beside the dates is left out")
    return frame, changes
