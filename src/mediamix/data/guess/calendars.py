"""Dates beyond what reading takes: ranges, years of two digits, weeks that are counted in several ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.core.names import fold
from mediamix.data.cells import texts
from mediamix.data.days import MISSING, of_stamps, parse_days
from mediamix.data.spelled import LONGEST, SHORT_MONTHS, other_week

#: Of a column's different cells that must be dates: totals and notes are none.
MOST = 0.8
_HEAD = 200
#: Of the usual grid: what the right reading has at least, and the wrong one at most.
STEADY, DOUBTFUL = 0.9, 0.6
YEARS = "years, each written as its first day"
WEEKS = "weeks as ISO 8601 counts them, each written as its Monday"
_RANGE = re.compile(r"^(.{6,}?)\s*(?:–|—|\s-\s|\bto\b|\bbis\b|\s/\s)\s*.{6,}$")
_WEEKDAY = re.compile(r"^[a-z]{2,10}\.?,?\s+(?=\d)")


@dataclass(frozen=True)
class Dates:
    """A column as days.

    Args:
        days: ``datetime64[D]``, NaT where a cell is no date.
        spelling: How it is written, where reading doesn't take it; empty: it does.
        day_first: What decides between day/month and month/day, where the texts don't: None.
        either: Both are possible, and nothing decides.
    """

    days: np.ndarray
    spelling: str = ""
    day_first: bool | None = None
    either: bool = False


def read_dates(column: pd.Series, *, named: bool, day_first: bool | None = None) -> Dates | None:
    """The column as dates; None if it is none.

    Args:
        column: Cells of any type.
        named: Whether its header says that it is one: only then a number may be a date.
        day_first: Whether 03/04 is the third of April, if somebody has said so.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return Dates(of_stamps(column).values.astype("datetime64[D]"))
    text = texts(column)
    codes, different = pd.factorize(text.to_numpy())
    cells = pd.Series(different, dtype=object)
    filled = ~cells.map(lambda cell: cell.lower() in MISSING).to_numpy()
    if not filled.any() or not _may_be_dates(cells[filled], named):
        return None
    for cells_as, spelling in _spellings(cells, filled):
        found = _enough(cells_as, filled, day_first)
        if found is not None:
            days = found.days[codes]
            return Dates(days, spelling, found.day_first, found.either)
    return None


def _may_be_dates(cells: pd.Series, named: bool) -> bool:
    """False for what is no date at a look: words, and numbers under a header that doesn't name a date."""
    head = cells.iloc[:_HEAD]
    if head.str.contains(r"\d").mean() < MOST:
        return False
    if named or head.str.fullmatch(r"[-+]?[\d.,\s]*").mean() <= 1 - MOST:
        return True
    return bool(head.str.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2,4}").mean() >= MOST)


def _spellings(cells: pd.Series, filled: np.ndarray) -> Iterator[tuple[pd.Series, str]]:
    """The cells as they are, then rewritten to days by each rule that knows some of them."""
    yield cells, ""
    for rule, words in _RULES:
        changed = cells.map(lambda cell, rule=rule: rule(fold(cell.strip())) if len(cell) <= LONGEST else "")
        if (changed[filled] != "").mean() >= MOST:
            yield changed, words


def _enough(cells: pd.Series, filled: np.ndarray, day_first: bool | None) -> Dates | None:
    """Days, if most of the cells are some; what decides between two readings is their regularity."""
    first = parse_days(cells, day_first)
    if first.either or (day_first is None and np.isnat(first.values[filled]).any()):
        return _by_regularity(cells, filled, first.values, either=first.either)
    days = first.values.astype("datetime64[D]")
    return Dates(days, day_first=None) if (~np.isnat(days[filled])).mean() >= MOST else None


def _by_regularity(cells: pd.Series, filled: np.ndarray, as_is: np.ndarray, *, either: bool) -> Dates | None:
    readings = {flag: parse_days(cells, flag).values.astype("datetime64[D]") for flag in (True, False)}
    good = {flag: (~np.isnat(days[filled])).mean() for flag, days in readings.items()}
    if max(good.values()) < MOST:
        return None
    if not either:
        # a total or a note among them: `parse_days` takes the reading that fits more of them
        return Dates(as_is.astype("datetime64[D]"))
    steady = {flag: _regular(days) for flag, days in readings.items()}
    if max(steady.values()) >= STEADY and min(steady.values()) < DOUBTFUL:
        flag = steady[True] >= steady[False]
        return Dates(readings[flag], day_first=flag)
    return Dates(readings[True], either=True)


def _regular(days: np.ndarray) -> float:
    """How much of the steps' usual grid is there, from the first to the last day: 1 without a gap.

    Months have 28 to 31 days, quarters 90 to 92.
    """
    unique = np.unique(days[~np.isnat(days)])
    if len(unique) < 3:
        return 0.0
    steps = np.diff(unique).astype(np.int64)
    usual = float(np.median(steps))
    near = float((np.abs(steps - usual) <= (0 if usual < 28 else 3)).mean())
    return near * min(1.0, len(unique) / (float(steps.sum()) / usual + 1))


def _short_year(text: str) -> str:
    found = re.fullmatch(r"(\d{1,2})([./\-])(\d{1,2})\2(\d\d)", _WEEKDAY.sub("", text))
    return f"{int(found[1]):02d}{found[2]}{int(found[3]):02d}{found[2]}{_year(found[4])}" if found else ""


def _weekday(text: str) -> str:
    short = _WEEKDAY.sub("", text)
    return short if short != text else ""


def _range(text: str) -> str:
    found = _RANGE.match(text)
    return (_short_year(found[1].strip()) or found[1].strip()) if found else ""


def _only_year(text: str) -> str:
    return f"{text}-01-01" if re.fullmatch(r"(?:19|20)\d\d", text) else ""


def _year(text: str) -> str:
    return text if len(text) == 4 else f"20{text}"


_RULES: Sequence[tuple[Callable[[str], str], str]] = (
    (other_week, WEEKS),
    (SHORT_MONTHS.day, SHORT_MONTHS.words),
    (_short_year, "years of two digits"),
    (_weekday, "days with their weekday"),
    (_range, "periods, each written as its first day"),
    (_only_year, YEARS),
)
