"""How numbers are written: ``1234.5``, ``1,234.5``, ``1.234,5``, ``1 234,5``, ``1'234.5``.

A column's texts decide by their own pattern. ``1.234`` alone can be a thousand or a decimal: a
column of nothing else stays undecided here, whoever reads it has to ask. What is decided gives the
numbers that were written, in every notation, or none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mediamix.core.notation import Notation

if TYPE_CHECKING:
    import pyarrow as pa

Texts: TypeAlias = "Sequence[str] | pa.Array"

_CLASS = {".": r"\.", ",": ",", " ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
FEW = 20  # so many cells of a form make cells of another form strange,
RARE = 0.02  # if these are fewer than this share
MOST = 0.85  # share of numbers with two decimals where two are written; cut zeros leave 0.9 of them


CANDIDATES = tuple(
    Notation(decimal, thousands)
    for decimal, other in ((".", ","), (",", "."))
    for thousands in (other, " ", "'")
)


@dataclass(frozen=True)
class Decision:
    """What a column's texts say about their notation.

    Args:
        readings: None: nothing in it is a number. One: decided. Two: in doubt.
        unreadable: Cells that no notation can read [cell].
        strange: Cells that are written otherwise than the rest [cell].
        clear: Cells that can be read with one sign before decimals only.
    """

    readings: tuple[Notation, ...]
    unreadable: np.ndarray
    strange: np.ndarray
    clear: int = 0


@cache
def pattern(notation: Notation) -> str:
    """The regular expression of a number: thousands in groups of three, or none."""
    point = _CLASS[notation.decimal]
    whole = r"\d+"
    if notation.thousands:
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{_CLASS[notation.thousands]}\d{{3}})+)"
    # 5. is a number in every programming language, 5, is a slip
    after = rf"{point}\d*" if notation.decimal == "." else rf"{point}\d+"
    exponent = rf"(?:\d+(?:{after})?|{point}\d+)[eE][+-]?\d+"
    return rf"^[+-]?(?:{whole}(?:{after})?|{point}\d+|{exponent})$"


def fits(texts: Texts, notation: Notation) -> np.ndarray:
    """Where a stripped text is a number in this notation [cell]."""
    return _matches(texts, pattern(notation))


def values(texts: Texts, notation: Notation) -> np.ndarray:
    """The numbers that the texts are in this notation, NaN where they are none [cell]."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ok = fits(texts, notation)
    cells = as_arrow(texts).filter(pa.array(ok))
    if notation.thousands:
        cells = pc.replace_substring_regex(cells, _CLASS[notation.thousands], "")
    if notation.decimal != ".":
        cells = pc.replace_substring(cells, notation.decimal, ".")
    numbers = np.full(len(texts), np.nan)
    numbers[ok] = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def as_arrow(texts: Texts) -> pa.Array:
    """The texts as Arrow holds them."""
    import pyarrow as pa

    return texts if isinstance(texts, pa.Array) else pa.array(texts, type=pa.string())


def decide(texts: Texts, decimal: str | None = None) -> Decision:
    """The notation of a column of stripped, filled texts.

    Args:
        texts: The cells.
        decimal: The sign before decimals, where other evidence names it.
    """
    candidates = [c for c in CANDIDATES if decimal in (None, c.decimal)]
    fit = {candidate: fits(texts, candidate) for candidate in CANDIDATES}
    readable = np.logical_or.reduce(list(fit.values()))
    whole = [c for c in candidates if bool(fit[c][readable].all())]
    none = np.zeros(len(texts), dtype=bool)
    if not readable.any():
        return Decision((), ~readable, none)
    if not whole:
        best = max(candidates, key=lambda c: int(fit[c].sum()))
        return Decision((best,), ~readable, readable & ~fit[best])
    by_sign = [np.logical_or.reduce([fit[c] for c in CANDIDATES if c.decimal == sign]) for sign in ".,"]
    clear = int((by_sign[0] ^ by_sign[1]).sum())
    readings = _different(texts if readable.all() else as_arrow(texts).filter(readable), whole)
    if len(readings) > 1:
        return Decision(readings[:2], ~readable, none, clear)
    strange = _strange(texts, readings[0]) if decimal is None else none
    return Decision(readings, ~readable, strange, clear)


def is_clear(sample: Texts, numbers: np.ndarray) -> bool:
    """True if a sample of texts and all `numbers` read from the column say that points are decimals.

    Cheap, for large files: what isn't clear here is looked at by `decide`.
    """
    with_point = as_arrow(sample)
    with_point = with_point.filter(_matches(with_point, r"\."))
    grouped = int(_matches(with_point, pattern(Notation(",", "."))).sum())
    if len(with_point) - grouped <= RARE * max(len(with_point), FEW):
        return False
    # 184.558 further down, in a column that begins with two decimals
    return grouped > RARE * len(with_point) or not bool(_three_decimals(numbers).any())


def _three_decimals(numbers: np.ndarray) -> np.ndarray:
    """Where a number looks like ``184.558`` [cell]."""
    size = np.abs(numbers)
    hundreds = np.where(size < 1000, size, 0.0) * 100
    return np.asarray((size >= 1) & (np.abs(hundreds - np.rint(hundreds)) > 1e-4))


def _different(texts: Texts, candidates: Sequence[Notation]) -> tuple[Notation, ...]:
    """The notations that give different numbers; without a thousands sign that no text has."""
    found: list[tuple[Notation, np.ndarray]] = []
    for candidate in candidates:
        sign = candidate.thousands
        used = bool(_matches(texts, _CLASS[sign]).any())
        reading = candidate if used else Notation(candidate.decimal)
        numbers = values(texts, reading)
        if not any(np.array_equal(numbers, other) for _, other in found):
            found.append((reading, numbers))
    return tuple(reading for reading, _ in found)


def _strange(texts: Texts, notation: Notation) -> np.ndarray:
    """Cells of another hand than the rest [cell]: their sign may stand between thousands or before decimals.

    Either a few cells (``12.5``) alone make decimals of a column of ``184.558``: numbers with three
    decimals whose zeros were cut would have fewer digits in every tenth cell. Or ``184.558`` stands among
    numbers that have two decimals. A leading zero or four digits before the sign prove three decimals.
    """
    sign = _CLASS[notation.decimal]
    with_sign = _matches(texts, sign)
    thousands = Notation("," if notation.decimal == "." else ".", notation.decimal)
    grouped: np.ndarray = with_sign & fits(texts, thousands)
    other: np.ndarray = with_sign & ~grouped
    if _matches(texts, rf"^[+-]?(?:0|\d{{4,}})?{sign}\d{{3}}$|{sign}\d{{4,}}$|[eE]").any():
        return np.zeros(len(texts), dtype=bool)
    n_grouped, n_other = int(grouped.sum()), int(other.sum())
    if n_grouped >= FEW and 0 < n_other <= RARE * n_grouped:
        return other
    two = int(_matches(texts, rf"{sign}\d{{2}}$").sum())
    if n_grouped and n_other >= FEW and two >= MOST * n_other:
        return grouped
    return np.zeros(len(texts), dtype=bool)


def _matches(texts: Texts, expression: str) -> np.ndarray:
    import pyarrow.compute as pc

    found: np.ndarray = pc.match_substring_regex(as_arrow(texts), expression).to_numpy(zero_copy_only=False)
    return found.astype(bool)
