"""Dates that are missing inside the range of a table, and dates off its rhythm.

The outcome of every geo must have a row for each period from the first to the last; controls
must have no hole inside their own range.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.periods import TimeAxis, detect, starts


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per table and geo with missing or irregular dates."""
    tables = evidence.tables
    if tables is None:
        return
    yield from _holes("outcome", tables.outcome, whole_range=True)
    if tables.controls is not None:
        yield from _holes("controls", tables.controls, whole_range=False)


def _holes(name: str, table: pd.DataFrame, *, whole_range: bool) -> Iterator[Finding]:
    days = table["date"].to_numpy().astype("datetime64[D]")
    every = detect(days)
    if every is None:
        return  # assembling says so
    n_geos = table["geo"].nunique()
    for geo, rows in table.groupby("geo", sort=False):
        own = np.unique(rows["date"].to_numpy().astype("datetime64[D]"))
        axis_of = days if whole_range else own
        axis = TimeAxis(starts(axis_of.min(), axis_of.max(), every), every)
        missing = axis.starts[np.setdiff1d(np.arange(len(axis)), axis.place(own))]
        where = name if n_geos == 1 else f"{name} of {geo}"
        if len(missing):
            yield found(
                "error",
                f"{where}: {some(missing)}",
                f"{len(missing)} of {len(axis)} {every.label()} have no row",
            )
        off = own[(own - axis.starts[0]).astype(int) % 7 != 0] if every is Every.WEEK else own[:0]
        if len(off):
            yield found(
                "error",
                f"{where}: {some(off)}",
                f"{len(off)} dates are not whole weeks after the first one ({axis.starts[0]})",
                advice="date each week by the same weekday",
            )


CHECK = Check(
    name="gaps",
    title="Missing and irregular dates",
    why="carry-over counts periods: a missing one shifts all that follow",
    advice="add the missing rows at the source; a true zero is a row with 0",
    find=find,
)
