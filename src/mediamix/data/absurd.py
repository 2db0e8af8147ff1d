"""Single values that can't be meant: 1e12 among thousands, 1e308, a series of 1e-300."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.types import NATIONAL
from mediamix.data.rows import Rows

LARGEST = 1e15  # larger amounts are mistakes, in any currency and unit
NOTHING = 1e-100  # no amount is that small, and a number divided by it may be too large for a float
SMALLEST = 1e-12  # a series that never reaches it is zero but for rounding
FACTOR = 1e4  # over the next largest of its own series,
ELSEWHERE = 100.0  # and over everything else in the column,
_APART = 6  # powers of two that lie between values `ELSEWHERE` times apart, at least
LEAST = 1e6  # and large by itself: small change beside one real payment is no mistake
FEW = 0.05  # share of a series' values that can be absurd; more of them are a change of unit
MAX_LINES = 5


def absurd(values: np.ndarray, series: np.ndarray) -> np.ndarray:
    """For each value the size of its neighbours if it can't be one of them, else NaN [cell].

    Args:
        values: Of one column; NaN where there is none.
        series: Which series (channel, geo) a value belongs to, as whole numbers from 0.
    """
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=np.inf))
    usual = np.full(len(size), np.nan)
    for code in np.unique(series[size >= LEAST]):
        inside = np.flatnonzero((series == code) & (size > 0))
        ordered = np.sort(size[inside])
        with np.errstate(over="ignore"):
            steps = np.flatnonzero(ordered[1:] >= ordered[:-1] * FACTOR)
        steps = steps[(len(ordered) - 1 - steps) <= max(1.0, FEW * len(ordered))]
        if not len(steps):
            continue
        below = ordered[steps[0]]
        far = inside[(size[inside] > below) & (size[inside] >= LEAST)]
        rest = np.delete(size, far)
        if size[far].min(initial=np.inf) >= ELSEWHERE * rest.max(initial=0.0):
            usual[far] = below
    usual[((size > LARGEST) | ((size > 0) & (size < NOTHING))) & np.isnan(usual)] = 0.0
    return usual


def _has_gap(size: np.ndarray) -> bool:
    """Whether a few values are `ELSEWHERE` times all others: those that are far from their series are."""
    few = max(1.0, FEW * len(size))
    positive = size[size > 0]
    if len(positive) <= few or not NOTHING <= positive.min() <= positive.max() <= LARGEST:
        return True
    # in powers of two, by which more may look far apart than are
    number = np.bincount(np.frexp(positive)[1] + 1_100)
    there = np.flatnonzero(number)
    above = number[there[::-1]].cumsum()[::-1][1:]
    return bool(((np.diff(there) >= _APART) & (above <= few)).any())


def plausible(
    rows: Rows, columns: dict[str, pd.Series], column: str, by: str | None, problems: list[str]
) -> None:
    """Problems for the values of a column that can't be meant: row, date, series and neighbours' size.

    Args:
        rows: Where they come from.
        columns: Typed columns by name; `column` and ``date`` among them.
        column: Which to look at.
        by: The column that names the series, if there are several.
        problems: Where to add to.
    """
    amounts = columns[column]
    names = columns[by] if by else pd.Series("", index=amounts.index, dtype=object)
    for where, message in unlikely(amounts, columns["date"], names):
        problems.append(f"{rows.name}{where and f' {where}'}, column '{column}': {message}")


def unlikely(amounts: pd.Series, date: pd.Series, names: pd.Series) -> list[tuple[str, str]]:
    """Where (``row 3``, by the index) and what of every value that can't be meant; a series that vanishes."""
    values = amounts.to_numpy(dtype=np.float64)
    size = np.abs(values)
    tiny = bool(((size > 0) & (size < SMALLEST)).any())
    if not tiny and float(np.fmax.reduce(size, initial=0.0)) < LEAST:
        return []
    if not tiny and not _has_gap(size):
        return []
    series, labels = pd.factorize(names)
    usual = absurd(values, series)
    found: list[tuple[str, str]] = []
    for i in np.flatnonzero(~np.isnan(usual)):
        of = _of(names.iloc[i])
        day = "" if pd.isna(date.iloc[i]) else f" on {date.iloc[i]:%Y-%m-%d}"
        others = f"amounts lie between {NOTHING:.0e} and {LARGEST:.0e}"
        if usual[i]:
            others = f"its other values reach {usual[i]:,.6g}"
        found.append((f"row {amounts.index[int(i)]}", f"{values[i]:.6g}{of}{day} can't be meant: {others}"))
    for code in np.unique(series[(size > 0) & (size < SMALLEST)]):
        largest = float(np.fmax.reduce(size[series == code]))
        if largest < SMALLEST:
            of = _of(labels[int(code)])
            found.append(("", f"the largest value{of} is {largest:.3g}, which is nothing but rounding"))
    more = len(found) - MAX_LINES
    return found if more <= 0 else [*found[:MAX_LINES], ("", f"{more} more such values")]


def _of(series: object) -> str:
    return f" of '{series}'" if series not in ("", NATIONAL) else ""
