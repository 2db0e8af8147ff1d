"""Rows between others that are no rows of the table: subtotals, headings, headers that come again.

A row without a date is left out if its numbers are the sums of the rows since an earlier such row, or since
the start; or if it repeats the header, or is a line of words without a number. Each is told with its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from mediamix.core.names import plain, tidy
from mediamix.data.cells import different_texts, texts
from mediamix.data.days import parse_days
from mediamix.data.rows import Rows
from mediamix.data.totals import NEAR, amounts_in, has_word, is_empty

#: Rows above a dated last row with an amount: the sum of so many is no other row by chance.
MANY = 6
CENTS = 0.005


@dataclass(frozen=True)
class Between:
    """What rows without a date are.

    Args:
        gone: Positions of those that are left out.
        told: Why, in words.
        sums: Which of them are sums of rows above.
        whole: Which are sums of all of these.
        unknown: Position → row and label of those that are no sums.
    """

    gone: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    sums: set[int] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    unknown: dict[int, str] = field(default_factory=dict)


def between(
    frame: pd.DataFrame, undated: np.ndarray, amounts: Mapping[str, np.ndarray], columns: Sequence[str]
) -> Between:
    """What the rows without a date are, in order.

    Args:
        frame: Cells; the index is the row as a spreadsheet counts it.
        undated: Where a row has no date.
        amounts: The columns of numbers.
        columns: The names of all columns, for headers that come again.
    """
    found = Between()
    if not undated.any():
        return found
    names = list(amounts)
    values = np.array([np.where(undated, 0.0, np.nan_to_num(amounts[name])) for name in names])
    values = values.reshape(len(names), len(undated))
    sums = np.concatenate([np.zeros((len(names), 1)), np.cumsum(values, axis=1)], axis=1)
    dated = np.concatenate([[0], np.cumsum(~undated)])
    starts = [0]
    for i in np.flatnonzero(undated).tolist():
        row = frame.iloc[i]
        figures = np.array([amounts[name][i] for name in names])
        label = _label(row)
        called = f"row {frame.index[i]}" + (f" ('{label[:40]}')" if label else "")
        why = ""
        if _repeats_header(row, columns):
            why = "repeats the header"
        elif not np.isfinite(figures).any():
            why = "has no number and no date"
        elif (start := _sum_from(figures, sums, dated, starts, i, named=any(map(has_word, row)))) is not None:
            found.sums.add(i)
            found.whole.update([i] if start == 0 else [])
            shown = [f"{n} {v:,.15g}" for n, v in zip(names, figures, strict=True) if np.isfinite(v)]
            of = "all rows" if start < 0 else "rows above it"
            why = f"is the sum of {of} ({', '.join(shown[:4])})"
        if why:
            found.gone.append(i)
            found.told.append(f"{called} {why} and is left out")
        else:
            found.unknown[i] = called
        starts.append(i + 1)
    return found


def without_subtotals(rows: Rows, date: str, problems: list[str]) -> Rows:
    """The table without the subtotals and headings among its rows, each told; those at its end are left.

    One that is called a total and isn't the sum of rows above it is a problem.
    """
    if date not in rows.frame.columns or pd.api.types.is_datetime64_any_dtype(rows.frame[date].dtype):
        return rows
    text = texts(rows.frame[date])
    codes, different = different_texts(text)
    days = parse_days(pd.Series(different, dtype=object), rows.day_first)
    if days.either or days.doubt or days.nothing:
        return rows  # asked where dates are read
    undated = np.isnat(days.values)[codes]
    if not undated.any():
        return rows
    last = int(np.flatnonzero(~undated)[-1])
    amounts = amounts_in(rows, date, np.flatnonzero(undated))
    found = between(rows.frame, undated, amounts, [str(c) for c in rows.frame.columns])
    gone: list[int] = []
    for i, why in zip(found.gone, found.told, strict=True):
        at_end = i > last and (i in found.whole or i not in found.sums)
        if not at_end and (i in found.sums or _leaves(rows.frame.iloc[i], date, why)):
            rows.tell(why)
            gone.append(i)
    for i, called in found.unknown.items():
        if i < last and any(map(has_word, rows.frame.iloc[i])):
            problems.append(
                f"{rows.name} {called}: is called a total, has no date and isn't the sum of rows above it; "
                "remove the row, or add the rows that it counts"
            )
            gone += [i, *range(last + 1, len(undated))]  # what stands at the end can't be verified then
    gone = sorted(set(gone))
    return replace(rows, frame=rows.frame.drop(index=rows.frame.index[gone])) if gone else rows


def refuse_dated_total(
    rows: Rows, amounts: Mapping[str, np.ndarray | pd.Series], problems: list[str]
) -> None:
    """A problem for a last row that has a date and is the sum of all others in every column of numbers."""
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in amounts.items()}
    columns = {n: v for n, v in columns.items() if len(v) and np.isfinite(v[-1]) and v[-1] != 0}
    if not columns:
        return
    sums: dict[str, float] = {}
    for name, values in columns.items():
        above = values[:-1][np.isfinite(values[:-1])]
        if np.count_nonzero(above) >= MANY and _is_exactly(values[-1], float(above.sum())):
            sums[name] = float(values[-1])
        elif not len(above) or not _is_exactly(values[-1], float(above.mean())):
            return
    if not sums:
        return
    shown = ", ".join(f"{name} {value:,.15g}" for name, value in list(sums.items())[:4])
    problems.append(
        f"{rows.name} row {rows.frame.index[-1]}: has a date and is the sum of all rows above it ({shown}): "
        "it is a total, which would be taken for a period, or a period of just that size; remove the row"
    )


def _is_exactly(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= CENTS + 1e-9 * abs(value)


def _leaves(row: pd.Series, date: str, why: str) -> bool:
    """False for a row of several names whose date is missing, as any other hole in the dates."""
    if "has no number" not in why:
        return True
    return not is_empty(row[date]) or sum(not is_empty(cell) for cell in row) == 1


def _sum_from(
    figures: np.ndarray, sums: np.ndarray, dated: np.ndarray, starts: list[int], end: int, *, named: bool
) -> int | None:
    """From which of `starts` on most of a row's numbers are the sums of the dated rows; None: from none,
    -1: they are the sums of all in the table, as a total above its rows is.

    Of a row that isn't called a total only the nearest start and the first of all count.
    """
    tried = starts if named else list(dict.fromkeys((starts[0], starts[-1])))
    at = np.array([start for start in tried if dated[end] - dated[start] >= (1 if named else 2)], dtype=int)
    known = np.isfinite(figures) & (figures != 0)
    if not known.any():
        return None
    wanted = sums[known][:, [end]] - sums[known][:, at]
    near = np.abs(figures[known][:, None] - wanted) <= NEAR * np.abs(wanted) + CENTS
    good = at[2 * near.sum(axis=0) > known.sum()]
    if len(good):
        return int(good[0])
    of_all = sums[known, -1]
    near_all = np.abs(figures[known] - of_all) <= NEAR * np.abs(of_all) + CENTS
    return -1 if named and 2 * near_all.sum() > known.sum() else None


def _repeats_header(row: pd.Series, columns: Sequence[str]) -> bool:
    same = [isinstance(c, str) and plain(c) == plain(n) for c, n in zip(row, columns, strict=True)]
    return sum(same) * 2 > len(same)


def _label(row: pd.Series) -> str:
    named = [tidy(cell) for cell in row if isinstance(cell, str) and any(map(str.isalpha, cell))]
    return named[0] if named else ""
