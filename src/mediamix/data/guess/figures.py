"""What the cells of a column are, whatever its header says."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.core.notation import Notation
from mediamix.core.spec import Numbers
from mediamix.data.amounts import evidence, read_amounts
from mediamix.data.cells import texts
from mediamix.data.days import MISSING
from mediamix.data.guess.words import CURRENCIES

#: Rows that are looked at for what a column is like.
SAMPLE = 4_000
#: Of the filled cells that must be numbers, so that the others are errors in a column of numbers.
MOST = 0.7
SHOWN = 3
LONGEST = 40  # characters of a number and its sign
_SIGN = r"(?:[€$£¥₹]|EUR|USD|GBP|CHF|US\$)"
_AMOUNT = re.compile(
    rf"^([-+(]?)\s*({_SIGN})?\s*([-+]?[\d.,'\s\u00a0\u202f\u2009]*\d)\s*({_SIGN}|%)?\s*\)?$", re.I
)


@dataclass(frozen=True)
class Figures:
    """A column's cells.

    Args:
        kind: ``empty``, ``number`` or ``text``.
        values: Of numbers, the rows that were looked at, NaN where empty.
        different: How many different filled cells, of the rows that were looked at.
        samples: The first few different ones as they are written, those above zero first.
        sign: What is written beside the numbers: a currency's code, ``%`` or nothing.
        readings: Two, if its numbers can be read in two ways.
        example: A cell that can be read in two ways.
        missing: Share of empty cells and of those that say ``na``.
    """

    kind: str
    values: np.ndarray
    different: int
    samples: tuple[str, ...]
    sign: str = ""
    readings: tuple[Notation, ...] = ()
    example: str = ""
    missing: float = 0.0

    @property
    def known(self) -> np.ndarray:
        """Values without the empty cells."""
        known: np.ndarray = self.values[np.isfinite(self.values)]
        return known

    @property
    def zeros(self) -> float:
        """Share of zeros."""
        known = self.known
        return float((known == 0).mean()) if len(known) else 0.0

    @property
    def negative(self) -> bool:
        """True if a value is below zero."""
        return bool((self.known < 0).any())

    @property
    def whole(self) -> bool:
        """True if all values are whole numbers."""
        known = self.known
        return bool(len(known)) and bool((known == np.rint(known)).all())

    @property
    def flags(self) -> bool:
        """True for nothing but zeros and ones, both of them."""
        return set(np.unique(self.known)) == {0.0, 1.0}

    @property
    def cents(self) -> bool:
        """True for amounts of at most two decimals, some with decimals."""
        hundreds = self.known * 100
        return not self.whole and bool((np.abs(hundreds - np.rint(hundreds)) < 1e-4).all())


def looked_at(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are looked at: all, or of many an even choice that is the same every time."""
    if len(frame) <= SAMPLE:
        return frame
    chosen = np.sort(np.random.default_rng(0).choice(len(frame), SAMPLE, replace=False))
    return frame.iloc[chosen]


def figures_of(frame: pd.DataFrame, rows: pd.DataFrame, column: str, said: Numbers | None = None) -> Figures:
    """What a column's cells are.

    Args:
        frame: The table's cells.
        rows: Those that `looked_at` chose.
        column: Which one.
        said: How numbers are written, if somebody has said so.
    """
    text = texts(rows[column])
    filled = text.map(lambda cell: cell.lower() not in MISSING).to_numpy()
    missing = 1.0 - float(filled.mean())
    samples = _samples(frame[column])
    nothing = np.full(len(rows), np.nan)
    if not filled.any():
        return Figures("empty", nothing, 0, (), missing=missing)
    different = int(text[filled].nunique())
    cells, sign = without_signs(rows[column])
    read = read_amounts(cells, said)
    if len(read.readings) == 2 and len(rows) < len(frame):
        read_all = read_amounts(without_signs(frame[column])[0], said)
        if len(read_all.readings) == 1:
            read = read_amounts(cells, None, read_all.readings[0].decimal)
    readings: tuple[Notation, ...] = ()
    example = ""
    if len(read.readings) == 2:
        decimal = evidence(
            frame.assign(**{column: cells}) if sign and len(rows) == len(frame) else frame, column
        )
        if decimal is None:
            readings = read.readings
            telling = np.flatnonzero(read.telling)
            example = str(cells.iloc[telling[0]]).strip()
        read = read_amounts(cells, None, decimal or read.readings[0].decimal)
    good = np.isfinite(read.values) & filled
    if good.sum() < MOST * filled.sum():
        return Figures("text", nothing, different, samples, missing=missing)
    return Figures("number", read.values, different, samples, sign, readings, example, missing)


def column_amounts(frame: pd.DataFrame, column: str, said: Numbers | None = None) -> np.ndarray:
    """All rows of a column as numbers, NaN where a cell is none; in doubt as its table writes others."""
    cells = without_signs(frame[column])[0]
    read = read_amounts(cells, said)
    if len(read.readings) == 2:
        read = read_amounts(cells, None, evidence(frame, column) or read.readings[0].decimal)
    return read.values


def without_signs(column: pd.Series) -> tuple[pd.Series, str]:
    """The cells without a currency or percent sign beside their numbers, and the sign if most have it."""
    if column.dtype != object and not str(column.dtype).startswith("str"):
        return column, ""
    head = [cell for cell in column.iloc[:200] if isinstance(cell, str)]
    if not any(re.search(rf"{_SIGN}|%", cell, re.I) for cell in head):
        return column, ""
    found = [_amount(cell) for cell in column]
    signs = [(m[2] or m[4] or "").lower() for m in found if m]
    filled = sum(isinstance(cell, str) and cell.strip().lower() not in MISSING for cell in column)
    known = {sign for sign in signs if sign}
    if len(known) != 1 or sum(bool(sign) for sign in signs) < MOST * filled:
        return column, ""
    sign = known.pop()
    bare = [
        (("-" if m[1] in ("-", "(") else "") + m[3].strip()) if m else cell
        for m, cell in zip(found, column, strict=True)
    ]
    code = "%" if sign == "%" else CURRENCIES.get(sign, "USD")
    return pd.Series(bare, index=column.index, dtype=object), code


def _amount(cell: object) -> re.Match[str] | None:
    """A number with a sign beside it; text that is too long for one isn't looked at."""
    return _AMOUNT.match(cell.strip()) if isinstance(cell, str) and len(cell) <= LONGEST else None


def _samples(column: pd.Series) -> tuple[str, ...]:
    """The first different cells, those that aren't zero before the others."""
    different = dict.fromkeys(cell for cell in texts(column.iloc[:SAMPLE]) if cell.lower() not in MISSING)
    return tuple(sorted(different, key=lambda cell: not cell.strip("0.,-+ "))[:SHOWN])
