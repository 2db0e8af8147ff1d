"""Dates that are missing inside the range of a table, and dates off its rhythm.

A period in which no geo has an outcome row is an error, and so is one that a national outcome
lacks. In a panel the rows of one geo may start late, end early or have holes: these outcomes are
missing (`outcome_missing`, `geo_dates`). Controls must have no hole inside their own range.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediamix.core.types import Every, Finding
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.periods import TimeAxis, detect, different_days, distance_of, starts
from mediamix.data.weekends import is_weekend

FEWEST = 4  # days of weekends without a row, from which on a table is one of business days


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error per table and geo with missing or irregular dates."""
    tables = evidence.tables
    if tables is None:
        return
    panel = evidence.spec.geo is not None and tables.outcome["geo"].nunique() > 1
    asked = evidence.spec.time.every
    yield from _table("outcome", tables.outcome, asked, holes_allowed=panel)
    if tables.controls is not None:
        yield from _table("controls", tables.controls, asked, holes_allowed=False)


def _table(name: str, table: pd.DataFrame, asked: Every | None, *, holes_allowed: bool) -> Iterator[Finding]:
    """Judged by the rhythm of its dates; by what the spec asks for where they have none."""
    days = table["date"].to_numpy().astype("datetime64[D]")
    every = detect(days) or asked
    if every is None:
        return  # assembling says so
    whole = TimeAxis(starts(days.min(), days.max(), every), every)
    n_geos = table["geo"].nunique()
    if n_geos > 1:
        yield from _holes(name, different_days(days), whole)
    nowhere = np.setdiff1d(np.arange(len(whole)), whole.place(days)) if n_geos > 1 else np.array([], int)
    apart = "" if detect(days) or len(different_days(days)) < 3 else f" (rows are {distance_of(days)} apart)"
    for geo, places in table.groupby("geo", sort=False).indices.items():
        own = different_days(days[places])
        where = name if n_geos == 1 else f"{name} of {geo}"
        if not holes_allowed:
            yield from _holes(where, own, whole, said=nowhere, remark=apart)
        if every.months:
            yield from _twice(where, own, whole)
        elif every in (Every.WEEK, Every.FORTNIGHT):
            yield from _off_rhythm(where, own, whole.starts[0] if name == "outcome" else own[0], every)


def _holes(
    where: str, own: np.ndarray, axis: TimeAxis, said: np.ndarray | None = None, remark: str = ""
) -> Iterator[Finding]:
    """Periods between the first and the last of `own` without a date, but for those `said` before."""
    seen = axis.place(own)
    inside = np.arange(seen.min(), seen.max() + 1)
    missing = np.setdiff1d(inside, seen)
    if said is not None:
        missing = np.setdiff1d(missing, said)
    weekend = is_weekend(axis.starts[missing]) & (axis.every is Every.DAY) & (not is_weekend(own).any())
    if weekend.sum() >= FEWEST:
        yield found(
            "error",
            f"{where}: Saturdays and Sundays",
            f"{int(weekend.sum())} days of weekends have no row, and no weekend has one: whether nothing "
            "happened on them, or the Monday's or the Friday's row holds them, too, isn't said",
            advice="say `time: {weekends: zero}`, `time: {weekends: monday}` or `time: {weekends: friday}`; "
            "or add the rows at the source",
        )
        missing = missing[~weekend]
    if len(missing):
        yield found(
            "error",
            f"{where}: {some(axis.starts[missing])}",
            f"{len(missing)} of {len(inside)} {axis.every.label()} have no row{remark}",
        )


def _twice(where: str, own: np.ndarray, axis: TimeAxis) -> Iterator[Finding]:
    """Two dates in one calendar period: rows every four weeks are no months."""
    place, n = np.unique(axis.place(own), return_counts=True)
    twice = place[n > 1]
    if len(twice):
        yield found(
            "error",
            f"{where}: {some(axis.starts[twice])}",
            f"{len(twice)} {axis.every.label(len(twice))} have several dates: the rows are "
            f"{distance_of(own)} apart, and no calendar {axis.every.label()}",
            advice=f"give a row per {axis.every}, or per week or day",
        )


def _off_rhythm(where: str, own: np.ndarray, first: np.datetime64, every: Every) -> Iterator[Finding]:
    off = own[(own - first).astype(int) % int(every.days) != 0]
    if len(off):
        yield found(
            "error",
            f"{where}: {some(off)}",
            f"{len(off)} dates are not whole {every.label()} after the first one ({first})",
            advice=f"date each {every} by the same weekday",
        )


CHECK = Check(
    name="gaps",
    title="Missing and irregular dates",
    why="carry-over counts periods: a missing one shifts all that follow",
    advice="add the missing rows at the source; a true zero is a row with 0",
    find=find,
    missing=True,
)
