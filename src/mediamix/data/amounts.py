"""One column of cells to numbers: typed cells as they are, text cells by the notation of the column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mediamix.core.names import plain
from mediamix.core.notation import Notation
from mediamix.core.spec import Numbers
from mediamix.data.days import MISSING, parse_days
from mediamix.data.notation import CANDIDATES, Decision, decide, fits, is_clear, values

if TYPE_CHECKING:
    import pyarrow as pa

POINT = Notation(".")
#: Attribute of a frame: columns that are numbers already, and whose points are decimals beyond doubt.
CLEARLY = "clearly decimals"
SAMPLE = 2_000  # texts that are looked at before all of them are
CLEAR = 3  # cells of another column that say what their point or comma is
BY_CHANCE = 0.2  # share of cells that fit what they aren't meant to be: three decimals among more
_SWITCHES = {"true": "1", "false": "0"}
# What is written into these says nothing about how amounts are written.
_KEYS = frozenset({"date", "end_date", "geo", "channel", "campaign", "currency", "event"})


@dataclass(frozen=True)
class Amounts:
    """A column as numbers.

    Args:
        values: float64; NaN where a cell is empty, bad or in doubt.
        bad: Filled cells that are no finite number.
        strange: Cells that are written otherwise than the rest of the column.
        readings: How texts were read; two, where they can be read in two ways; none without texts.
        telling: Cells whose text has a sign that a reading is about.
    """

    values: np.ndarray
    bad: np.ndarray
    strange: np.ndarray
    telling: np.ndarray
    readings: tuple[Notation, ...] = ()


def read_amounts(raw: pd.Series, said: Numbers | None = None, decimal: str | None = None) -> Amounts:
    """The numbers in a column of cells.

    Args:
        raw: Cells of any type.
        said: How the spec says that texts are written; what is written otherwise is bad.
        decimal: The sign before decimals that other columns give evidence of.
    """
    none = np.zeros(len(raw), dtype=bool)
    if pd.api.types.is_numeric_dtype(raw.dtype) and raw.dtype.kind != "c":  # booleans included
        plain_floats = raw.dtype == np.float64
        amounts = raw.to_numpy() if plain_floats else raw.to_numpy(dtype=np.float64, na_value=np.nan)
        return Amounts(amounts, np.isinf(amounts), none, none)
    if isinstance(raw.dtype, pd.CategoricalDtype):
        found = _of_codes(raw, said, decimal)
        if found is not None:
            return found
        raw = raw.astype(object)
    if pd.api.types.infer_dtype(raw, skipna=False) == "string":
        return _of_texts(raw, said, decimal)
    is_text = np.array([isinstance(cell, str) for cell in raw], dtype=bool)
    amounts, bad = np.full(len(raw), np.nan), none.copy()
    if not is_text.all():
        amounts[~is_text], bad[~is_text] = _of_typed(raw[~is_text])
    if not is_text.any():
        return Amounts(amounts, bad, none, none)
    cells = raw.to_numpy(dtype=object)[is_text]
    read = _of_texts(cells, said, decimal)
    amounts[is_text], bad[is_text] = read.values, read.bad
    strange, telling = none.copy(), none.copy()
    strange[is_text], telling[is_text] = read.strange, read.telling
    return Amounts(amounts, bad, strange, telling, read.readings)


def evidence(frame: pd.DataFrame, column: str) -> str | None:
    """The sign before decimals that all other columns of numbers agree on; None without clear ones."""
    signs = {"."} if set(frame.attrs.get(CLEARLY, ())) - {column} else set()
    for other in frame.columns:
        if other == column or is_key(str(other)) or pd.api.types.is_numeric_dtype(frame[other].dtype):
            continue
        texts = _filled([cell for cell in frame[other] if isinstance(cell, str)])
        if not texts or not parse_days(pd.Series(list(dict.fromkeys(texts)), dtype=object)).nothing:
            continue
        decision = decide(texts)
        odd = bool(decision.unreadable.any() or decision.strange.any())
        if len(decision.readings) == 1 and not odd and decision.clear >= CLEAR:
            signs.add(decision.readings[0].decimal)
    return signs.pop() if len(signs) == 1 else None


def is_key(column: str) -> bool:
    """Whether a column names rows: how amounts are written, it doesn't say."""
    return plain(column) in _KEYS


def number(text: str, notation: Notation) -> float:
    """What one text is in a notation."""
    return float(values([text.strip()], notation)[0])


def _filled(texts: list[str]) -> list[str]:
    stripped = (text.strip() for text in texts)
    return [text for text in stripped if text.lower() not in MISSING]


def _of_typed(cells: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of cells that aren't text: Decimals, integers of any size, booleans, empty cells."""
    empty = cells.isna().to_numpy()
    text = pd.Series([str(cell) for cell in cells], dtype=object).str.lower().replace(_SWITCHES)
    amounts = pd.to_numeric(text.where(~empty), errors="coerce").to_numpy(dtype=np.float64)
    return amounts, ~empty & ~np.isfinite(amounts)


def _of_texts(raw: pd.Series | np.ndarray, said: Numbers | None, decimal: str | None) -> Amounts:
    """The numbers of cells that are all text; they stay in Arrow's memory, for there may be millions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    none = np.zeros(len(raw), dtype=bool)
    packed = _packed(raw)
    if said is None and decimal is None and (quick := plainly_read(packed)) is not None:
        points = bool(pc.any(pc.match_substring(packed, ".")).as_py())
        if are_decimals(pc.utf8_trim_whitespace(packed[:SAMPLE]), quick, points=points):
            return Amounts(quick, none, none, none, (POINT,))
    cells = pc.utf8_trim_whitespace(packed)
    missing = pc.is_in(pc.utf8_lower(cells), pa.array(sorted(MISSING), cells.type))
    pa.default_memory_pool().release_unused()
    if said is None and decimal is None:
        try:
            quick = pc.cast(pc.if_else(missing, None, cells), pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            quick = None
        all_read = quick is not None and bool((np.isfinite(quick) | missing.to_numpy(False)).all())
        points = bool(pc.any(pc.match_substring(cells, ".")).as_py())
        if quick is not None and all_read and are_decimals(cells[:SAMPLE], quick, points=points):
            return Amounts(quick, none, none, none, (POINT,))
    filled = ~missing.to_numpy(zero_copy_only=False)
    texts = cells if filled.all() else cells.filter(pa.array(filled))
    for word, digit in _SWITCHES.items():
        texts = pc.if_else(pc.equal(pc.utf8_lower(texts), word), digit, texts)
    amounts, bad, strange, telling = np.full(len(raw), np.nan), none.copy(), none.copy(), none.copy()
    decision = decide(texts, decimal) if said is None else _by_law(texts, said)
    readings = decision.readings
    bad[filled], strange[filled] = decision.unreadable, decision.strange
    if len(readings) == 1:
        amounts[filled] = values(texts, readings[0])
        bad |= np.isinf(amounts)
    elif len(readings) == 2:
        one, two = (values(texts, reading) for reading in readings)
        telling[filled] = (one != two) & np.isfinite(one)
    return Amounts(amounts, bad, strange, telling, readings)


def plainly_read(cells: pa.Array) -> np.ndarray | None:
    """The numbers of texts that are all empty or written as numbers are in a program; None for others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if cells.null_count:
        return None
    filled = pc.not_equal(cells, "")
    try:
        numbers = pc.cast(pc.if_else(filled, cells, None), pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return numbers if int(np.isfinite(numbers).sum()) == (pc.sum(filled).as_py() or 0) else None


def are_decimals(sample: pa.Array, numbers: np.ndarray, *, points: bool) -> bool:
    """True if nothing speaks for another reading than ``1234.5`` of a column that can be read so.

    Args:
        sample: Its first cells, stripped.
        numbers: Of all cells, read so; NaN where one is empty.
        points: Whether there is a point in any of them.
    """
    if is_clear(sample, numbers):
        return True
    return not points and not bool((np.isfinite(numbers) & (numbers != np.rint(numbers))).any())


def clearly_decimals(sample: pa.Array) -> bool:
    """Whether cells say beyond doubt that their points are decimals."""
    decision = decide(sample.filter(_there(sample)))
    return decision.clear >= CLEAR and len(decision.readings) == 1 and decision.readings[0].decimal == "."


def _there(cells: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.not_equal(cells, "")


def _of_codes(raw: pd.Series, said: Numbers | None, decimal: str | None) -> Amounts | None:
    """The numbers of cells that repeat, by the different ones: if these are plainly numbers, or none at all.

    None: it takes a look at how often each comes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    codes, none = raw.cat.codes.to_numpy(), np.zeros(len(raw), dtype=bool)
    if (codes < 0).any() or pd.api.types.infer_dtype(raw.cat.categories, skipna=False) != "string":
        return None
    used = np.bincount(codes, minlength=len(raw.cat.categories)) > 0
    texts = pa.array(raw.cat.categories.to_numpy(dtype=object)[used], type=pa.large_string())
    stripped = pc.utf8_trim_whitespace(texts)
    numbers = plainly_read(texts) if said is None and decimal is None else None
    sample = pc.utf8_trim_whitespace(_packed(raw.iloc[:SAMPLE].astype(object)))
    found, bad = np.full(len(used), np.nan), np.zeros(len(used), dtype=bool)
    if numbers is not None:
        if not are_decimals(sample, numbers, points=bool(pc.any(pc.match_substring(texts, ".")).as_py())):
            return None
        found[used] = numbers
        return Amounts(found[codes], none, none, none, (POINT,))
    lower = pc.utf8_lower(stripped)
    filled = pc.invert(pc.is_in(lower, pa.array(sorted(MISSING), lower.type)))
    words = stripped.filter(filled)
    if pc.any(pc.is_in(lower, pa.array(list(_SWITCHES), lower.type))).as_py():
        return None
    if any(fits(words, candidate).any() for candidate in CANDIDATES):
        return None
    bad[used] = filled.to_numpy(zero_copy_only=False)
    readings = () if said is None else (said.notation,)
    return Amounts(found[codes], bad[codes], none, none, readings)


def _packed(raw: pd.Series | np.ndarray) -> pa.Array:
    """Texts as one array of Arrow."""
    import pyarrow as pa

    cells = pa.array(raw, type=pa.large_string(), from_pandas=True)
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _by_law(texts: pa.Array, said: Numbers) -> Decision:
    """As the spec says; a column that is written otherwise, and decides itself, as it is.

    One answer has to do for all tables, and ``0.9992`` can't be misread beside ``184.558``. A few cells of
    such a column may fit what the spec says (``1.002``); more of them are two hands in one column.
    """
    import pyarrow.compute as pc

    law = said.notation
    ok = fits(texts, law)
    with_sign = ~pc.match_substring_regex(texts, r"^[+-]*\d+$").to_numpy(zero_copy_only=False)
    if (ok & with_sign).sum() <= BY_CHANCE * with_sign.sum() and not ok.all():
        for own in (decide(texts, law.decimal), decide(texts)):
            if len(own.readings) == 1 and not (own.unreadable.any() or own.strange.any()):
                return own
    return Decision((law,), ~ok, np.zeros(len(texts), dtype=bool))
