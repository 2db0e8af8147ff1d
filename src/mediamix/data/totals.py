"""Rows below a table that are no rows of it: totals, averages, notes.

A row at the end without a date is looked at. One that is called a total, or has no name at all, is left
out if its numbers are the sums (or means) of the rows above, to a ten-thousandth; a remark names the
row and the money. Nothing is left out for its name alone: what can't be verified is a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediamix.core.names import plain, tidy
from mediamix.data.amounts import evidence, read_amounts
from mediamix.data.row_codes import row_codes
from mediamix.data.rows import Rows

WORDS = frozenset(
    """
    total totals grand sum sums subtotal overall all result average averages avg mean
    summe gesamt gesamtsumme gesamtergebnis insgesamt zwischensumme ergebnis durchschnitt mittelwert mittel
    totaal totale somme suma totalt moyenne promedio
    """.split()  # noqa: SIM905 - a list of thirty quoted words is no easier to read
)
# What a row of parts is called that is all of them; an average is no sum
_MEANS = frozenset("average averages avg mean durchschnitt mittelwert mittel moyenne promedio".split())  # noqa: SIM905
TOTAL = (WORDS - _MEANS) | {"alle", "gesamte", "tous", "todos"}
AT_END = 6  # rows that are looked at
LEAST = 3  # rows above; fewer may sum to anything
NEAR = 1e-4  # relative distance of a number from the sum that it is
_CELLS, _ROWS = 1_024, 1 << 22


@dataclass(frozen=True)
class _Body:
    """The rows above: their sums and means by column."""

    sums: dict[str, float]
    means: dict[str, float]


def without_totals(rows: Rows, date: str, problems: list[str]) -> Rows:
    """The table without the totals and notes at its end; a remark or a problem says what they are."""
    n_end = _n_without_date(rows.frame, date)
    if not n_end or len(rows.frame) - n_end < LEAST:
        return rows
    end = rows.frame.iloc[-n_end:]
    if all(_is_plain_row(row, date) for _, row in end.iterrows()):
        return rows  # a hole in the dates, as any other
    body = _Body({}, {})
    numbers: dict[str, np.ndarray] = {}
    for column, values in amounts_in(rows, date, np.arange(len(rows.frame) - n_end, len(rows.frame))).items():
        numbers[column] = values[-n_end:]
        body.sums[column] = float(np.nansum(values[:-n_end]))
        body.means[column] = float(np.nanmean(values[:-n_end]))
    keep = np.ones(len(rows.frame), dtype=bool)
    for k, (number, row) in enumerate(end.iterrows()):
        if _is_plain_row(row, date):
            continue
        figures = {column: float(v[k]) for column, v in numbers.items() if np.isfinite(v[k])}
        left_out = _judged(rows, str(number), _label(row), figures, body, problems)
        keep[len(keep) - n_end + k] = not left_out
    return replace(rows, frame=rows.frame[keep])


def amounts_in(rows: Rows, date: str, at: np.ndarray) -> dict[str, np.ndarray]:
    """The columns that have numbers both in the rows at these positions and in others, all rows of them."""
    others = np.ones(len(rows.frame), dtype=bool)
    others[at] = False
    found: dict[str, np.ndarray] = {}
    for column in (str(c) for c in rows.frame.columns):
        if column == date or all(map(is_empty, rows.frame[column].iloc[at])):
            continue
        values = _values(rows, column)
        if np.isfinite(values[others]).any() and np.isfinite(values[at]).any():
            found[column] = values
    return found


def sums_of_others(
    rows: Rows, key: str, table: pd.DataFrame, value: str, problems: list[str], *, within: Sequence[str]
) -> None:
    """A problem for a name that is the sum of all others in its cells: it would count them twice.

    It is a total if it is called one, or if there are several others: no amount is by chance the sum of
    two more. Names called neither are a problem of geos only (money may be planned in such parts).

    Args:
        rows: Where it comes from, for the message.
        key: The column that names the parts: channel, geo, campaign, device.
        table: With `key`, `value` and the columns `within`.
        value: What adds up.
        problems: Where to add to.
        within: Columns that are a cell: ``date``, and geo or channel.
    """
    codes, different = pd.factorize(table[key], use_na_sentinel=False)
    if len(different) < 2:
        return
    forms = [plain(str(name)) for name in different]
    if not any(_may_be_whole(form, key) for form in forms):
        return
    cells = row_codes(table, within)
    if not _may_be_sums(cells, codes, forms, table[value].to_numpy(dtype=np.float64, na_value=np.nan), key):
        return
    names = pd.Index(forms).take(codes)
    own = pd.DataFrame({"cell": cells, key: names, "date": table["date"].to_numpy(), "own": table[value]})
    by = own.groupby(["cell", key], sort=False, as_index=False).agg({"date": "first", "own": "sum"})
    whole = by.groupby("cell", sort=False)["own"]
    by["others"], by["n"] = whole.transform("sum") - by["own"], whole.transform("size") - 1
    by["same"] = (by["own"] - by["others"]).abs() <= NEAR * by["others"].abs() + 0.005
    for name, cell in by[by["n"] > 0].groupby(key, sort=False):
        called = _may_be_whole(str(name), "")
        sure = called or (key == "geo" and cell["n"].median() >= 2)
        if not (sure and len(cell) >= LEAST and cell["same"].mean() >= 0.95 and cell["own"].any()):
            continue
        shown = different[forms.index(str(name))]
        noun = "dates" if cell["date"].nunique() == len(cell) else "occasions"
        times = f"{int(cell['same'].sum())} of {len(cell)} {noun}"
        problems.append(
            f"{rows.name}, column '{key}': '{shown}' is the sum of all other {key}s on {times}, "
            f"{cell['own'].sum():,.15g} of {value} in all: it would count twice; remove these rows"
        )


def _may_be_sums(cells: np.ndarray, codes: np.ndarray, forms: list[str], own: np.ndarray, key: str) -> bool:
    """Whether a name may be the sum of the others, by sums that are rounded otherwise than those that decide.

    Nearly no name is, and this is many times quicker than to group rows.
    """
    form, different = pd.factorize(np.array(forms, dtype=object))
    n = len(different)
    if int(cells.max(initial=0)) >= max(4 * len(cells) // n, 1_000):  # most pairs aren't there
        cells = pd.factorize(cells)[0]
    size = int(cells.max(initial=0)) + 1
    if size == len(cells):
        return False
    if size * n > 8 * len(cells) + 1_000_000:
        return True
    rows, sums = np.zeros(size * n), np.zeros(size * n)
    for start in range(0, len(cells), _ROWS):
        some = slice(start, start + _ROWS)
        pairs, amounts = cells[some] * n + form[codes[some]], own[some]
        rows += np.bincount(pairs, minlength=size * n)
        sums += np.bincount(pairs, weights=np.where(np.isnan(amounts), 0.0, amounts), minlength=size * n)
    rows, sums = rows.reshape(size, n), sums.reshape(size, n)
    many, same, any_own = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for start in range(0, size, _CELLS):  # a part of the cells that a processor holds
        there, some = rows[start : start + _CELLS] > 0, sums[start : start + _CELLS]
        there &= (there.sum(axis=1) > 1)[:, None]
        with np.errstate(all="ignore"):
            others = some.sum(axis=1, keepdims=True) - some
            slack = 0.01 + 1e-9 * np.abs(some).sum(axis=1, keepdims=True)
            near = np.abs(some - others) <= 2 * NEAR * np.abs(others) + slack
        many += there.sum(axis=0)
        same += (near & there).sum(axis=0)
        any_own |= ((some != 0) & there).any(axis=0)
    may = np.array([_may_be_whole(str(name), key) for name in different])
    return bool((may & any_own & (many >= LEAST) & (same >= 0.95 * many)).any())


def _may_be_whole(name: str, key: str) -> bool:
    """Whether a name is called a total, or is one of a geo, whatever it is called."""
    return key == "geo" or bool(set(name.split()) & TOTAL)


def _judged(
    rows: Rows, number: str, label: str, figures: dict[str, float], body: _Body, problems: list[str]
) -> bool:
    """True if the row is none of the table's, said in a remark or a problem."""
    called = f"row {number}" + (f" ('{label[:40]}')" if label else "")
    if not figures:
        rows.tell(f"{called} has no number and no date, and is left out")
        return True
    sums = [c for c, v in figures.items() if _is_near(v, body.sums[c]) and v]
    means = [c for c, v in figures.items() if c not in sums and v and _is_near(v, body.means[c])]
    known = bool(set(plain(label).replace(":", " ").split()) & WORDS)
    others = [c for c in figures if c not in sums and c not in means and figures[c]]
    if (sums or means) and (known or not others):
        shown = ", ".join(f"{c} {figures[c]:,.15g}" for c in (sums or means)[:10])
        what = "sum" if sums else "mean"
        rows.tell(f"{called} is the {what} of the rows above and is left out: {shown}")
        if others:
            apart = ", ".join(f"{c} {figures[c]:,.15g} ({body.sums[c]:,.15g})" for c in others[:5])
            rows.tell(
                f"{called} is left out, and isn't the {what} of the rows above in: {apart}",
                "see whether rows are missing, where that column is one that adds up",
                severity="warning",
            )
        return True
    if known:
        shown = ", ".join(f"{c} {v:,.15g} (the rows sum to {body.sums[c]:,.15g})" for c, v in figures.items())
        problems.append(
            f"{rows.name} {called}: is called a total and isn't the sum of the rows above: {shown}; remove "
            "the row, or add the rows that it counts"
        )
        return True
    return False


def _n_without_date(frame: pd.DataFrame, date: str) -> int:
    """Rows at the end whose date is empty or words."""
    if date not in frame.columns:
        return 0
    cells = frame[date].iloc[-AT_END:].tolist()
    n = 0
    for cell in reversed(cells):
        empty = is_empty(cell)
        words = isinstance(cell, str) and bool(cell.strip()) and not any(map(str.isdigit, cell))
        if not (empty or words or has_word(cell)):
            break
        n += 1
    return n


def _is_plain_row(row: pd.Series, date: str) -> bool:
    """True for a row that lacks its date and is like the others for the rest: not one to judge here."""
    cell = row[date]
    if isinstance(cell, str) and cell.strip():
        return not (has_word(cell) or _n_filled(row) == 1)
    label = _label(row)
    return bool(label) and not has_word(label) and _n_filled(row) > 1


def has_word(cell: object) -> bool:
    """True for text that calls something a total or a mean."""
    return isinstance(cell, str) and bool(set(plain(cell).replace(":", " ").split()) & WORDS)


def _n_filled(row: pd.Series) -> int:
    return sum(not is_empty(cell) for cell in row)


def is_empty(cell: object) -> bool:
    """True for nothing and for blanks."""
    return bool(pd.isna(cell)) or (isinstance(cell, str) and not cell.strip())  # type: ignore[call-overload]


def _label(row: pd.Series) -> str:
    """The first words of a row."""
    texts = (tidy(cell) for cell in row if isinstance(cell, str))
    return next((text for text in texts if any(map(str.isalpha, text))), "")


def _is_near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= NEAR * abs(wanted) + 0.005


def _values(rows: Rows, column: str) -> np.ndarray:
    read = read_amounts(rows.frame[column], rows.numbers)
    if len(read.readings) == 2:
        sign = evidence(rows.frame, column) or read.readings[0].decimal
        read = read_amounts(rows.frame[column], None, sign)
    return read.values
