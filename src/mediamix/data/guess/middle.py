"""Rows between others that have no date: subtotals and headings, left out where that can be verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import plain, tidy
from mediamix.core.spec import Numbers
from mediamix.data.cells import capped
from mediamix.data.guess.figures import column_amounts
from mediamix.data.guess.shape import Shape
from mediamix.data.rows import Rows
from mediamix.data.totals import NEAR, WORDS, without_totals


def without_middle(
    shape: Shape, date: str, days: np.ndarray, said: Numbers | None
) -> tuple[Shape, np.ndarray]:
    """The table without the subtotals and headings among its rows, and its days.

    A row without a date is left out if it has no number, or if its numbers are the sums of the rows since the
    last such row or since the start, to a ten-thousandth; else it is an error. What stands at the end is left
    for reading, which says what it was.

    Raises:
        DataError: Rows without a date that aren't sums.
    """
    undated = np.isnat(days)
    last = int(np.flatnonzero(~undated)[-1])
    if not undated[:last].any() and _reading_leaves_out(shape, date, undated):
        return shape, days
    columns = [c for c in shape.columns if c != date and c not in shape.unnamed]
    amounts = {c: column_amounts(shape.frame, c, said) for c in columns}
    amounts = {c: values for c, values in amounts.items() if np.isfinite(values).any()}
    problems: list[str] = []
    left: list[str] = []
    gone: list[int] = []
    start = 0
    for i in np.flatnonzero(undated).tolist():
        row = shape.frame.iloc[i]
        number, label = int(shape.frame.index[i]), _label(row)
        figures = {c: float(v[i]) for c, v in amounts.items() if np.isfinite(v[i])}
        called = f"row {number}" + (f" ('{label[:40]}')" if label else "")
        why = ""
        if _repeats_header(shape, i):
            why = "repeats the header"
        elif not figures:
            why = "has no number and no date"
        elif _is_sum(figures, amounts, undated, start, i) or _is_sum(figures, amounts, undated, 0, i):
            amount = ", ".join(f"{c} {v:,.15g}" for c, v in list(figures.items())[:4])
            why = f"is the sum of rows above it ({amount})"
        if why:
            left.append(f"{called} {why} and is left out")
            gone.append(i)
        elif i < last:
            named = " is called a total and" if _named_total(row) else ""
            no_sum = f"{named} has no date, and isn't the sum of rows above it"
            problems.append(f"{shape.name} {called}:{no_sum}")
        start = i + 1
    if problems:
        raise DataError(
            f"{shape.name} has rows without a date between others",
            expected=f"a date in the column '{date}' of every row, or sums that can be verified",
            details=capped(problems),
            next_step="give these rows their date, or remove them",
        )
    keep = np.setdiff1d(np.arange(len(days)), gone)
    changes = [*shape.changes, *left]
    return replace(shape, frame=shape.frame.iloc[keep], changes=changes), days[keep]


def without_end(shape: Shape, date: str, days: np.ndarray) -> tuple[Shape, np.ndarray]:
    """The table without totals and notes at its end, as reading would leave them out; for a copy of it.

    Raises:
        DataError: A row that is called a total isn't one, or rows have no date.
    """
    problems: list[str] = []
    rows = Rows(shape.name, shape.frame)
    kept = without_totals(rows, date, problems)
    at = shape.frame.index.get_indexer(kept.frame.index)
    undated = [int(shape.frame.index[i]) for i in at.tolist() if np.isnat(days[i])]
    problems += [f"{shape.name} row {row}, column '{date}': has no date" for row in undated]
    if problems:
        raise DataError(
            f"{shape.name} has rows that are no rows of its table",
            expected="a date in every row",
            details=capped(problems),
            next_step="give these rows their date, or remove them",
        )
    changes = [*shape.changes, *(finding.message for finding in rows.remarks)]
    return replace(shape, frame=kept.frame, changes=changes), days[at]


def _reading_leaves_out(shape: Shape, date: str, undated: np.ndarray) -> bool:
    """Whether reading takes the undated rows at the end for what they are."""
    if not undated.any():
        return True
    problems: list[str] = []
    kept = without_totals(Rows(shape.name, shape.frame), date, problems)
    return not problems and len(kept.frame) == int((~undated).sum())


def _is_sum(
    figures: dict[str, float], amounts: dict[str, np.ndarray], undated: np.ndarray, start: int, end: int
) -> bool:
    """True if most of a row's numbers are sums of the dated rows from `start` on, and at least one is."""
    rows = np.flatnonzero(~undated[start:end]) + start
    if len(rows) < 2:
        return False
    sums = {c: float(np.nansum(amounts[c][rows])) for c in figures}
    near = [c for c, v in figures.items() if v and abs(v - sums[c]) <= NEAR * abs(sums[c]) + 0.005]
    return bool(near) and len(near) * 2 > sum(v != 0 for v in figures.values())


def _repeats_header(shape: Shape, position: int) -> bool:
    cells: Sequence[object] = shape.frame.iloc[position].tolist()
    same = [isinstance(c, str) and plain(c) == plain(n) for c, n in zip(cells, shape.columns, strict=True)]
    return sum(same) * 2 > len(same)


def _named_total(row: pd.Series) -> bool:
    return any(isinstance(cell, str) and set(plain(cell).replace(":", " ").split()) & WORDS for cell in row)


def _label(row: pd.Series) -> str:
    named = [tidy(cell) for cell in row if isinstance(cell, str) and any(map(str.isalpha, cell))]
    return named[0] if named else ""
