"""Cells to typed columns: numbers, dates and names, with the row of everything that is none.

Each function appends what is wrong to `problems` (a line: table, row, column, value) and goes on,
so that a table is mended once and not line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.registry import suggestion
from mediamix.data.files import Rows

# Texts that stand for "no value" where a number or date is expected. Not used for names: NA is
# also Namibia.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nat", "<na>", "-"})
MAX_LINES = 20
MAX_LINES_PER_COLUMN = 5

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}\S*)?$"
# Tried in this order on a whole column. The last two are read only if the other one fails.
_FORMATS = ("%Y/%m/%d", "%Y%m%d", "%Y-%m", "%d.%m.%Y")
_AMBIGUOUS = ("%d/%m/%Y", "%m/%d/%Y")


def require(rows: Rows, columns: Iterable[str], problems: list[str]) -> bool:
    """True if all `columns` are there; each absent one is a problem with its nearest name."""
    known = [str(column) for column in rows.frame.columns]
    absent = [column for column in columns if column not in known]
    for column in absent:
        # a nearest name first by letters alone: 'Date' is nearer to 'date' than difflib thinks
        same = [name for name in known if name.lower() == column.lower()]
        hint = f"did you mean '{same[0]}'?" if same else suggestion(column, known)
        problems.append(
            f"{rows.name}: the column '{column}' is missing; " + (hint or f"columns: {', '.join(known)}")
        )
    return not absent


def numbers(rows: Rows, column: str, problems: list[str]) -> pd.Series[float]:
    """The column as float64, NaN where a cell is empty; text and infinities are problems."""
    raw = rows.frame[column]
    values, bad = _to_numbers(raw)
    _report(
        rows,
        column,
        bad,
        "is not a number (write 1234.5: no thousands separator, no unit, no currency sign)",
        problems,
    )
    return values


def is_numeric(raw: pd.Series) -> bool:
    """True if every filled cell is a finite number and at least one cell is filled."""
    values, bad = _to_numbers(raw)
    return not bool(bad.any()) and bool(values.notna().any())


def dates(rows: Rows, column: str, problems: list[str]) -> pd.Series:
    """The column as ``datetime64[s]`` days; empty, unparsable and ambiguous cells are problems."""
    raw = rows.frame[column]
    if pd.api.types.is_datetime64_any_dtype(raw.dtype):
        local = raw.dt.tz_localize(None) if getattr(raw.dtype, "tz", None) is not None else raw
        days: pd.Series = local.dt.normalize().astype("datetime64[s]")
        _report(rows, column, days.isna(), "is no date", problems)
        return days
    text = texts(raw)
    codes, different = pd.factorize(text.to_numpy())  # a panel has each date many times
    of_each = _parse_days(pd.Series(different, dtype=object))
    if of_each is None:
        both = text.map(lambda cell: cell.lower() not in MISSING)
        first = int(np.argmax(both.to_numpy()))
        problems.append(
            f"{rows.name} row {text.index[first]}, column '{column}': {text.iloc[first]!r} can be read as "
            "day/month and as month/day (write YYYY-MM-DD)"
        )
        return pd.Series(pd.NaT, index=raw.index, dtype="datetime64[s]")
    parsed = pd.Series(of_each.to_numpy()[codes], index=raw.index)
    _report(rows, column, parsed.isna(), "is no date (write YYYY-MM-DD)", problems)
    return parsed


def texts(raw: pd.Series) -> pd.Series[str]:
    """The column as stripped text, ``""`` where a cell is empty."""
    if pd.api.types.is_float_dtype(raw.dtype) and bool((raw.dropna() % 1 == 0).all()):
        raw = raw.astype("Int64")  # codes with a hole come as floats: 7.0 is the code 7
    missing = raw.isna()
    cells = raw.astype(object).where(~missing, "")
    if _only_text(cells):  # names and dates repeat: each is looked at once
        codes, different = pd.factorize(cells.to_numpy())
        stripped = np.array([cell.strip() for cell in different], dtype=object)
        return pd.Series(stripped[codes], index=raw.index, dtype=object)
    return pd.Series(cells.map(lambda cell: str(cell).strip()), dtype=object)


def names(rows: Rows, column: str, problems: list[str]) -> pd.Series[str]:
    """The column as names; an empty cell is a problem."""
    text = texts(rows.frame[column])
    _report(rows, column, text == "", "is empty", problems)
    return text


def raise_problems(problems: Sequence[str], what: str) -> None:
    """Raise one error with all problems, if there are any."""
    if problems:
        raise DataError(what, details=capped(problems), next_step="mend these at the source, and read again")


def capped(lines: Sequence[str], limit: int = MAX_LINES) -> list[str]:
    """At most `limit` lines and how many more there are."""
    more = len(lines) - limit
    return list(lines) if more <= 0 else [*lines[:limit], f"... and {more} more"]


def _to_numbers(raw: pd.Series) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Values and where they can't be read."""
    if pd.api.types.is_numeric_dtype(raw.dtype):  # booleans included
        values = pd.Series(raw.to_numpy(dtype=np.float64, na_value=np.nan), index=raw.index)
        return values, pd.Series(np.isinf(values.to_numpy()), index=raw.index)
    if not _only_text(raw):
        return _texts_to_numbers(raw)
    # numbers as they should be are read at once, the other cells one by one
    quick = pd.to_numeric(raw.astype(object), errors="coerce").to_numpy(dtype=np.float64).copy()
    wrong = np.zeros(len(quick), dtype=bool)
    rest = ~np.isfinite(quick)
    if rest.any():
        some, bad = _texts_to_numbers(raw[rest])
        quick[rest], wrong[rest] = some.to_numpy(), bad.to_numpy()
    return pd.Series(quick, index=raw.index), pd.Series(wrong, index=raw.index, dtype=bool)


def _only_text(cells: pd.Series) -> bool:
    return pd.api.types.infer_dtype(cells, skipna=True) == "string"


def _texts_to_numbers(raw: pd.Series) -> tuple[pd.Series[float], pd.Series[bool]]:
    text = texts(raw)
    lower = text.map(str.lower)
    empty = lower.isin(MISSING)
    switches = lower.map({"true": "1", "false": "0"})
    text = text.where(switches.isna(), switches).where(~empty, None)
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    # Excel and warehouses give infinities as text or as floats
    infinite = pd.Series(np.isinf(values.to_numpy()), index=raw.index)
    return values, (values.isna() & ~empty) | infinite


def _parse_days(text: pd.Series[str]) -> pd.Series | None:
    """Days, NaT where unparsable; None if day/month and month/day both fit."""
    empty = text.map(lambda cell: cell.lower() in MISSING)
    iso = text.str.extract(_ISO, expand=False)
    best = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
    if bool((best.isna() & ~empty).any()):
        for form in _FORMATS:
            other = pd.to_datetime(text, format=form, errors="coerce")
            best = other if other.notna().sum() > best.notna().sum() else best
        readings = [pd.to_datetime(text, format=form, errors="coerce") for form in _AMBIGUOUS]
        if max(reading.notna().sum() for reading in readings) > best.notna().sum():
            full = [reading for reading in readings if not bool((reading.isna() & ~empty).any())]
            if len(full) == 2 and not full[0].equals(full[1]):
                return None
            best = max(readings, key=lambda reading: int(reading.notna().sum()))
    return best.astype("datetime64[s]")


def _report(rows: Rows, column: str, bad: pd.Series[bool], says: str, problems: list[str]) -> None:
    """A line for each bad cell, up to a few, and the number of the others."""
    where = np.flatnonzero(bad.to_numpy())
    raw = rows.frame[column]
    for position in where[:MAX_LINES_PER_COLUMN]:
        cell = raw.iloc[position]
        shown = "the cell" if pd.isna(cell) or not str(cell).strip() else repr(str(cell))
        says_here = "is empty" if shown == "the cell" else says
        problems.append(f"{rows.name} row {raw.index[position]}, column '{column}': {shown} {says_here}")
    if len(where) > MAX_LINES_PER_COLUMN:
        more = len(where) - MAX_LINES_PER_COLUMN
        problems.append(f"{rows.name}, column '{column}': {more} more such cells")
