"""Cells to typed columns: numbers, dates and names, with the row of everything that is none.

Each function appends what is wrong to `problems` (a line: table, row, column, value) and goes on,
so that a table is mended once and not line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.names import fold, plain
from mediamix.core.notation import Notation
from mediamix.core.registry import suggestion
from mediamix.data.amounts import POINT, Amounts, evidence, number, read_amounts
from mediamix.data.days import DAY_NUMBERS, MISSING, Days, of_stamps, parse_days
from mediamix.data.held import LARGE
from mediamix.data.notation import FEW
from mediamix.data.rows import Doubt, Rows, asked

WRITE = "write YYYY-MM-DD"
_WEEK_WORDS = frozenset("week weeks wk kw cw woche semaine semana".split())  # noqa: SIM905
MAX_LINES = 20
MAX_LINES_PER_COLUMN = 5
EXAMPLES = 3  # values that a question shows


def matched(rows: Rows, wanted: Iterable[str], problems: list[str]) -> Rows:
    """The table with the `wanted` columns under these names, found by the plain form of their headers.

    A header that is written exactly as wanted goes first; two others of the same plain form are a problem.
    """
    known = [str(column) for column in rows.frame.columns]
    by_plain: dict[str, list[str]] = {}
    for column in known:
        by_plain.setdefault(plain(column), []).append(column)
    renamed: dict[str, str] = {}
    for name in dict.fromkeys(wanted):
        same = [column for column in by_plain.get(plain(name), []) if column not in renamed]
        if name in known or not same:
            continue
        if len(same) > 1:
            shown = ", ".join(map(repr, same))
            problems.append(f"{rows.name}: the columns {shown} are all '{name}', written differently")
        renamed[same[0]] = name
    return replace(rows, frame=rows.frame.rename(columns=renamed)) if renamed else rows


def require(rows: Rows, columns: Iterable[str], problems: list[str]) -> bool:
    """True if all `columns` are there; the absent ones are one problem, with their nearest names."""
    known = [str(column) for column in rows.frame.columns]
    absent = [column for column in columns if column not in known]
    if not absent:
        return True
    hints = {column: suggestion(column, known) for column in absent}
    there = f"columns: {', '.join(known)}"
    if len(absent) == 1:
        problems.append(f"{rows.name}: the column '{absent[0]}' is missing; {hints[absent[0]] or there}")
    else:
        named = ", ".join(f"'{c}'" + (f" ({hints[c]})" if hints[c] else "") for c in absent)
        problems.append(f"{rows.name}: {len(absent)} columns are missing: {named}; {there}")
    return False


def numbers(rows: Rows, column: str, problems: list[str]) -> pd.Series[float]:
    """The column as float64, NaN where a cell is empty; text and infinities are problems.

    Text that can be read in two ways is a doubt of the table, which `ask` makes a problem.
    """
    read = read_amounts(rows.frame[column], rows.numbers)
    if len(read.readings) == 2:
        decimal = evidence(rows.frame, column)
        if decimal is None:
            rows.doubts.append(_doubt(rows, column, read))
        else:
            doubt = _doubt(rows, column, read)
            read = read_amounts(rows.frame[column], None, decimal)
            cell = doubt.examples[0][0]
            # a thousandth is at stake: three decimals whose last zeros nobody cut are rare
            many = bool(read_amounts(rows.frame[column]).telling.sum() >= FEW)
            as_decimals = number(cell, read.readings[0]) < number(cell, _other(read.readings[0]))
            rows.tell(
                f"'{column}' is read with {read.readings[0].words()}, as other columns of the table are "
                f"written: '{cell}' is {number(cell, read.readings[0]):.15g}",
                f"if that is wrong, say `{_other(read.readings[0]).as_spec()}` in the spec",
                severity="warning" if many and as_decimals else "info",
            )
    elif rows.numbers is None and read.readings and read.readings[0] != POINT:
        rows.tell(f"numbers are read with {read.readings[0].words()}, as the columns are written")
    elif rows.numbers is not None and read.readings and read.readings[0] != rows.numbers.notation:
        rows.tell(
            f"'{column}' is read with {read.readings[0].words()}, because it can't be read as the spec "
            f"says (`{rows.numbers.notation.as_spec()}`)"
        )
    says = "is not a number (write 1234.5: no thousands separator, no unit, no currency sign)"
    if rows.numbers is not None:
        says = f"is not written as the spec says (`{rows.numbers.notation.as_spec()}`)"
    report(rows, column, read.bad, says, problems)
    if read.strange.any() and read.readings:
        one, other = read.readings[0], _other(read.readings[0])
        says = (
            "is not written as the rest of the column: correct it, or say in the spec how all numbers are "
            f"written, `{one.as_spec()}` or `{other.as_spec()}`"
        )
        report(rows, column, read.strange, says, problems)
    if rows.frame[column].dtype == np.float64:
        return rows.frame[column].copy(deep=False)
    return pd.Series(read.values, index=rows.frame.index, copy=False)


def ask(rows: Rows, problems: list[str]) -> None:
    """Make the doubts of the table problems: one question for all columns that raise the same one."""
    problems.extend(asked(rows.doubts, rows.name))
    rows.doubts.clear()


def is_numeric(rows: Rows, column: str) -> bool:
    """True if every filled cell is a finite number that can be read in one way, and one is filled."""
    read = read_amounts(rows.frame[column], rows.numbers)
    if len(read.readings) == 2 and evidence(rows.frame, column) is None:
        return False
    return not bool(read.bad.any() or read.strange.any()) and bool(np.isfinite(read.values).any())


def dates(rows: Rows, column: str, problems: list[str]) -> pd.Series:
    """The column as ``datetime64[s]`` days; empty, unparsable and ambiguous cells are problems."""
    raw = rows.frame[column]
    if pd.api.types.is_datetime64_any_dtype(raw.dtype):
        found = of_stamps(raw)
        days = pd.Series(found.values, index=raw.index)
        report(rows, column, days.isna(), "is no date", problems)
    else:
        text = texts(raw)
        codes, different = different_texts(text)  # a panel has each date many times
        found = parse_days(pd.Series(different, dtype=object), rows.day_first)
        doubt = _two_readings(rows, column, text, found)
        if doubt:
            problems.append(doubt)
            return pd.Series(pd.NaT, index=raw.index, dtype="datetime64[s]")
        days = pd.Series(found.values[codes], index=raw.index)
        report(rows, column, days.isna(), f"is no date ({WRITE})", problems)
        _about_mixture(rows, column, raw, text[days.isna()], problems)
    _about_stamps(rows, column, found, problems)
    return days


def _two_readings(rows: Rows, column: str, text: pd.Series[str], found: Days) -> str:
    """The problem of dates that can be read in two ways; empty, where they can't."""
    at = next((i for i in range(len(text)) if text.iloc[i].lower() not in MISSING), 0)
    where, first = f"{rows.name} row {text.index[at]}, column '{column}'", text.iloc[at]
    if found.either:
        return (
            f"{where}: {first!r} can be read as day/month and as month/day ({WRITE}, or say in the spec "
            "`data: {day_first: true}` for day/month, `false` for month/day)"
        )
    if found.doubt:
        return f"{where}: {found.doubt}"
    if found.form == "%Y-%m" and set(fold(column).replace("_", " ").split()) & _WEEK_WORDS:
        return (
            f"{where}: {first!r} can be read as a month, and as a week as the column's name says "
            f"({WRITE}, or {first[:4]}-W{first[5:].zfill(2)} for a week of ISO 8601)"
        )
    return ""


def _about_mixture(
    rows: Rows, column: str, raw: pd.Series, unread: pd.Series[str], problems: list[str]
) -> None:
    """What mixes in a column whose other cells are dates, too, but of another kind."""
    filled = unread[unread != ""]
    if filled.empty or len(filled) == len(raw):
        return
    typed = int(raw.astype(object).map(lambda cell: isinstance(cell, date)).sum())
    other = parse_days(pd.Series(different_texts(filled)[1], dtype=object), rows.day_first)
    if other.nothing or other.remark.startswith(DAY_NUMBERS):
        return
    shown = f"{rows.name}, column '{column}': {len(filled):,} of {len(raw):,} dates"
    if typed:
        problems.append(
            f"{shown} are text and {typed:,} are dates of Excel, which turns text into dates where its own "
            "order of day and month allows it: in those that it turned both may be the wrong way round; "
            "export the table anew with dates as YYYY-MM-DD"
        )
    else:
        problems.append(
            f"{shown} are written in another way than the others; write all in one way, YYYY-MM-DD"
        )


def _about_stamps(rows: Rows, column: str, found: Days, problems: list[str]) -> None:
    if found.shifted:
        problems.append(
            f"{rows.name}, column '{column}': every time stamp shows {found.shifted}, as midnights of a time "
            "zone further east do when they are written in UTC: the day before would be read; write the "
            "local day as YYYY-MM-DD"
        )
    elif found.remark:
        rows.tell(found.remark, "write dates as YYYY-MM-DD", where=f"column '{column}'")


def texts(raw: pd.Series) -> pd.Series[str]:
    """The column as stripped text, ``""`` where a cell is empty."""
    return _stripped(raw)[0]


def different_texts(text: pd.Series[str]) -> tuple[np.ndarray, np.ndarray]:
    """A code per cell, and the different texts in order of appearance."""
    codes, different = pd.factorize(text)
    return codes, np.asarray(different, dtype=object)


def names(rows: Rows, column: str, problems: list[str]) -> pd.Series[str]:
    """The column as names; an empty cell is a problem."""
    text, spellings = _stripped(rows.frame[column])
    report(rows, column, text == "", "is empty", problems)
    if spellings:
        rows.tell(
            f"{', '.join(spellings[:5])} {'is' if len(spellings) == 1 else 'are'} also written with blanks "
            "around: taken as one",
            "write names alike in all rows",
            severity="warning",
            where=f"column '{column}'",
        )
    return text


def _stripped(raw: pd.Series) -> tuple[pd.Series[str], list[str]]:
    """Stripped text, and the names that occur with and without blanks around."""
    if pd.api.types.is_float_dtype(raw.dtype) and bool((raw.dropna() % 1 == 0).all()):
        raw = raw.astype("Int64")  # codes with a hole come as floats: 7.0 is the code 7
    if isinstance(raw.dtype, pd.CategoricalDtype) and len(raw) >= LARGE:
        return _stripped_codes(raw)
    missing = raw.isna()
    cells = raw.astype(object).where(~missing, "")
    if pd.api.types.infer_dtype(cells, skipna=True) != "string":
        return pd.Series(cells.map(lambda cell: str(cell).strip()), dtype=object), []
    codes, different = pd.factorize(cells.to_numpy())  # names and dates repeat: each is looked at once
    stripped = np.array([cell.strip() for cell in different], dtype=object)
    again = pd.Series(stripped).value_counts()
    twice = [repr(str(name)) for name in again.index[again > 1] if name]
    return pd.Series(stripped[codes], index=raw.index, dtype=object), twice


def _stripped_codes(raw: pd.Series) -> tuple[pd.Series[str], list[str]]:
    """The same of texts that repeat: they stay codes."""
    codes, different = pd.factorize(raw, use_na_sentinel=False)
    texts = ["" if pd.isna(name) else str(name).strip() for name in different]
    filled = [text for text, name in zip(texts, different, strict=True) if not pd.isna(name)]
    again = pd.Series(filled, dtype=object).value_counts()
    own, kept = pd.factorize(np.array(texts, dtype=object))
    small = own.astype(np.min_scalar_type(-max(len(kept), 1)))
    found = pd.Categorical.from_codes(small[codes], pd.Index(kept, dtype=object))
    return pd.Series(found, index=raw.index), [repr(str(n)) for n in again.index[again > 1] if n]


def raise_problems(problems: Sequence[str], what: str) -> None:
    """Raise one error with all problems, if there are any."""
    if problems:
        asks = any("in the spec" in line for line in problems)
        answer = "mend these at the source, and answer in the spec what is asked" if asks else ""
        next_step = answer or "mend these at the source, and read again"
        raise DataError(what, details=capped(problems), next_step=next_step)


def capped(lines: Sequence[str], limit: int = MAX_LINES) -> list[str]:
    """At most `limit` lines and how many more there are."""
    more = len(lines) - limit
    return list(lines) if more <= 0 else [*lines[:limit], f"... and {more} more"]


def _doubt(rows: Rows, column: str, read: Amounts) -> Doubt:
    raw = rows.frame[column]
    where = list(dict.fromkeys(zip(raw.to_numpy()[read.telling], raw.index[read.telling], strict=True)))
    shown: dict[str, str] = {}
    for cell, row in where:
        shown.setdefault(str(cell).strip(), str(row))
    examples = tuple(list(shown.items())[:EXAMPLES])
    one, two = read.readings
    return Doubt(column, examples, (one, two), (number(examples[0][0], one), number(examples[0][0], two)))


def _other(notation: Notation) -> Notation:
    """What the same text would be with its sign between thousands."""
    return Notation("," if notation.decimal == "." else ".", notation.decimal)


def report(
    rows: Rows, column: str, bad: pd.Series[bool] | np.ndarray, says: str, problems: list[str]
) -> None:
    """A line for each bad cell, up to a few, and the number of the others."""
    where = np.flatnonzero(np.asarray(bad))
    raw = rows.frame[column]
    for position in where[:MAX_LINES_PER_COLUMN]:
        cell = raw.iloc[position]
        shown = "the cell" if pd.isna(cell) or not str(cell).strip() else repr(str(cell))
        says_here = "is empty" if shown == "the cell" else says
        problems.append(f"{rows.name} row {raw.index[position]}, column '{column}': {shown} {says_here}")
    if len(where) > MAX_LINES_PER_COLUMN:
        more = len(where) - MAX_LINES_PER_COLUMN
        problems.append(f"{rows.name}, column '{column}': {more} more such cells")
