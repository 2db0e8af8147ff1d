"""Rows between others that have no date: subtotals and headings, left out where that can be verified."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediamix.core.errors import DataError
from mediamix.core.spec import Numbers
from mediamix.data.cells import capped
from mediamix.data.guess.figures import column_amounts
from mediamix.data.guess.shape import Shape
from mediamix.data.rows import Rows
from mediamix.data.subtotals import between, without_subtotals
from mediamix.data.totals import has_word, without_totals


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
    leaves = _reading_leaves_out(shape, date, undated)
    if not undated[:last].any() and leaves:
        return shape, days
    columns = [c for c in shape.columns if c != date and c not in shape.unnamed]
    amounts = {c: column_amounts(shape.frame, c, said) for c in columns}
    amounts = {c: values for c, values in amounts.items() if np.isfinite(values).any()}
    found = between(shape.frame, undated, amounts, shape.columns)
    problems = [
        f"{shape.name} {called}:"
        + (" is called a total and" if any(map(has_word, shape.frame.iloc[i])) else "")
        + " has no date, and isn't the sum of rows above it"
        for i, called in found.unknown.items()
        if i < last
    ]
    if problems:
        raise DataError(
            f"{shape.name} has rows without a date between others",
            expected=f"a date in the column '{date}' of every row, or sums that can be verified",
            details=capped(problems),
            next_step="give these rows their date, or remove them",
        )
    keep = np.setdiff1d(np.arange(len(days)), found.gone)
    kept = replace(shape, frame=shape.frame.iloc[keep])
    if leaves:
        kept.notes.extend(found.told)
        return kept, days[keep]
    return replace(kept, changes=[*shape.changes, *found.told]), days[keep]


def without_end(shape: Shape, date: str, days: np.ndarray) -> tuple[Shape, np.ndarray]:
    """The table without totals and notes at its end, as reading would leave them out; for a copy of it.

    Raises:
        DataError: A row that is called a total isn't one, or rows have no date.
    """
    problems: list[str] = []
    rows = Rows(shape.name, shape.frame)
    kept = without_totals(without_subtotals(rows, date, problems), date, problems)
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
    rows = without_subtotals(Rows(shape.name, shape.frame), date, problems)
    kept = without_totals(rows, date, problems)
    return not problems and len(kept.frame) == int((~undated).sum())
