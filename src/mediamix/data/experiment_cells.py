"""Cells of the table of experiments: a channel, geos, days, and a change of spend."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.names import plain
from mediamix.core.registry import suggestion
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis
from mediamix.data.tested import Change

#: A relative change beyond this is a percentage whose sign was forgotten.
LARGEST = 10.0
_ALL = frozenset({"", "all", "national", "everywhere"})
#: First and last day of the change, last day that was measured.
Days = tuple[np.datetime64, np.datetime64, np.datetime64]


def known_of(name: str, known: tuple[str, ...], what: str, wrong: list[str]) -> str | None:
    """The known name that is meant."""
    for one in known:
        if plain(one) == plain(name):
            return one
    if name:
        near = suggestion(name, known) or f"expected one of {', '.join(known[:10])}"
        wrong.append(f"column '{what}': the data have no {what} '{name}'; {near}")
    return None


def geos_of(cell: str, dataset: Dataset, wrong: list[str]) -> tuple[str, ...] | None:
    """Names of geos, empty for all; None where one isn't known."""
    if plain(cell) in _ALL:
        return ()
    known = {plain(geo): geo for geo in dataset.geos}
    if plain(cell) in known:  # a geo's own name may have a separator in it
        return (known[plain(cell)],) if len(dataset.geos) > 1 else ()
    parts = [part.strip() for part in cell.replace(";", "|").replace(" + ", "|").split("|")]
    found = [known_of(part, dataset.geos, "geo", wrong) for part in parts if part]
    named = tuple(sorted({geo for geo in found if geo is not None}, key=dataset.geos.index))
    if len(named) < len(found):
        return None
    return () if len(named) == len(dataset.geos) else named


def days_of(one: dict[str, pd.Timestamp], dataset: Dataset, wrong: list[str]) -> Days | None:
    """The days of a row, if they are in order and inside of the data."""
    given = [one[name] for name in ("start", "end", "until")]
    if any(pd.isna(day) for day in given):
        return None
    start, end, until = (np.datetime64(day.date(), "D") for day in given)
    axis = TimeAxis(dataset.dates, dataset.every)
    first, last = axis.starts[0], axis.ends[-1] - DAY
    if end < start or until < end:
        column, earlier, later = ("end", end, start) if end < start else ("until", until, end)
        wrong.append(f"column '{column}': {earlier} is before {later}")
        return None
    if start < first or until > last:
        wrong.append(
            f"columns 'start' to 'until': {start} to {until} lies outside of the data, which go from {first} "
            f"to {last}; give the data of these days, or leave the test out"
        )
        return None
    return start, end, until


def change_of(words: str, spend: float, wrong: list[str]) -> Change | None:
    """What was changed, from two cells of which one is filled (``off`` may have its money)."""
    word = plain(words)
    if word == "off" or word == "on":
        if np.isfinite(spend) and (word == "on" or spend >= 0):
            wrong.append(
                f"columns 'change' and 'spend_change': '{word}' with {spend:g}; expected one of them, or "
                "with 'off' a negative spend_change: the money that was saved"
            )
            return None
        return Change("on" if word == "on" else "off", spend if np.isfinite(spend) else None)
    if word and np.isfinite(spend):
        wrong.append("columns 'change' and 'spend_change': both are given; expected one of them")
        return None
    if not word:
        if not np.isfinite(spend) or spend == 0:
            wrong.append(
                "column 'spend_change': no change is given; expected money, or 'change' (off, on, -30%)"
            )
            return None
        return Change("money", spend)
    try:
        relative = float(word.rstrip("% ").replace("\u2212", "-")) / (100 if word.endswith("%") else 1)
    except ValueError:
        wrong.append(f"column 'change': {words!r} isn't a change; expected off, on, -30% or -0.3")
        return None
    if not -1 <= relative <= LARGEST or relative == 0:
        wrong.append(
            f"column 'change': {words} isn't a change of spend; expected -100% to +1000%, such as -30%"
        )
        return None
    return Change("off") if relative == -1 else Change("relative", relative)
