"""Which periods and which events a dataset has, and what was left out at its ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec
from mediamix.core.types import Event, Every, Finding
from mediamix.data.around import around_holidays, around_own, reach, touches
from mediamix.data.holiday import holiday_events
from mediamix.data.periods import TimeAxis, detect, distance_of, divides, ends_of, starts

MAX_PERIODS = 20_000  # 55 years of days: more is a mistyped year, and arrays that don't fit


def time_axis(outcome: pd.DataFrame, column: str, spec: Spec) -> tuple[TimeAxis, list[Finding]]:
    """The periods that the outcome covers, and what had to be left out at their ends.

    Raises:
        DataError: The dates are no periods of ours, or no period is complete; or they span more
            than `MAX_PERIODS`.
        SpecError: `time.every` is finer than the rows, or asks for months of weekly rows.
    """
    days = outcome["date"].to_numpy().astype("datetime64[D]")
    native = detect(days) or spec.time.every
    if native is None:
        raise _no_period(np.unique(days))
    every = spec.time.every or native
    if not divides(native, every):
        raise SpecError(
            f"time.every: {every} can't be made of rows that are {native.label()}",
            expected=f"{native}, or what {native.label()} divide into",
            got=str(every),
            next_step=f"say `time: {{every: {native}}}`, or give daily rows",
        )
    axis = TimeAxis(starts(days.min(), days.max(), every), every)
    if len(axis) > MAX_PERIODS:
        raise DataError(
            f"the outcome's dates span {len(axis):,} {every.label()}",
            expected=f"at most {MAX_PERIODS:,}",
            got=f"{days.min()} to {days.max()}",
            next_step="correct the mistyped year",
        )
    if native is every:
        return axis, []
    covered = starts(days.min(), days.max(), native)
    whole = (axis.starts >= covered[0]) & (axis.ends <= ends_of(covered[-1:], native)[0])
    if not whole.any():
        raise DataError(f"the outcome doesn't cover a single whole {every}", next_step="give more rows")
    findings = []
    for index in np.flatnonzero(~whole):
        inside = axis.place(days) == index
        findings.append(
            Finding(
                "partial_period",
                "warning",
                f"{every} of {axis.starts[index]}",
                f"only {len(np.unique(days[inside]))} of {_parts(axis, int(index), native)} {native.label()} "
                f"have rows: the {every} is left out, with "
                f"{outcome.loc[inside, column].sum():,.0f} of {column}",
                "part of a period looks like a fall of the outcome",
                "nothing, or give the missing days",
            )
        )
    return TimeAxis(axis.starts[whole], every), findings


def _no_period(unique: np.ndarray) -> DataError:
    """The error for dates that are neither days, weeks, fortnights, months, quarters nor years."""
    seen = f"{len(unique)} dates from {unique[0]} to {unique[-1]}"
    if len(unique) < 3:
        return DataError(
            "can't tell the period from the outcome's dates",
            expected="a row per day, week, fortnight, month, quarter or year",
            got=seen,
            next_step="give more rows",
        )
    return DataError(
        f"the outcome's rows are {distance_of(unique)} apart, which is no period that mediamix knows",
        expected="a row per day, week, fortnight, month, quarter or year",
        got=seen,
        next_step="give the outcome (and media) per week or day; if rows are missing, add them",
    )


def _parts(axis: TimeAxis, index: int, native: Every) -> int:
    """How many native periods one period of the axis has."""
    return len(starts(axis.starts[index], axis.ends[index] - 1, native))


def find_events(
    table: pd.DataFrame | None, axis: TimeAxis, geos: tuple[str, ...], spec: Spec
) -> tuple[tuple[Event, ...], list[Finding]]:
    """Events of the table and public holidays that touch the periods, and the days around them.

    Days after an event of the table that lie behind the last period are kept: a forecast has them.
    """
    first, last = axis.starts[0], axis.ends[-1] - 1
    found: list[Event] = []
    if table is not None:
        days = (table[column].to_numpy().astype("datetime64[D]") for column in ("date", "end_date"))
        places = [None if pd.isna(geo) else str(geo) for geo in table["geo"]]
        found = [Event(str(n), a, b, g) for n, a, b, g in zip(table["event"], *days, places, strict=True)]
    inside = [event for event in found if touches(event, first, last)]
    near = around_own(found, spec)
    behind = [day for event in inside for day in near if day.start == event.end + 1 and day.start > last]
    findings = []
    if len(inside) < len(found):
        findings.append(
            Finding(
                "outside_dates",
                "info",
                "events",
                f"{len(found) - len(inside)} of {len(found)} events lie outside {first} to {last} "
                "and are left out",
            )
        )
    inside += [day for day in near if touches(day, first, last)] + behind
    strangers = sorted({e.geo for e in inside if e.geo is not None} - set(geos))
    if spec.geo is None:
        if len(geos) > 1 and any(e.geo is not None for e in inside):
            findings.append(
                Finding("geo_match", "info", "events", "events of single geos are taken as national ones")
            )
        inside = list(dict.fromkeys(replace(event, geo=None) for event in inside))
    elif strangers:
        findings.append(
            Finding(
                "geo_match",
                "error",
                f"events: {', '.join(strangers[:5])}",
                "events are of geos that the outcome doesn't have",
                advice="write the geos alike in all tables; leave the geo empty where an event holds for all",
            )
        )
    if spec.holidays is not None:
        wide = np.timedelta64(reach(spec) + 1, "D")
        calendar = holiday_events(spec.holidays, first - wide, last + wide)
        feasts = [*calendar, *around_holidays(calendar, spec)]
        inside += [event for event in feasts if touches(event, first, last)]
    return tuple(inside), findings
