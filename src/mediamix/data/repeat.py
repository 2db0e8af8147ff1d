"""The year before, once more: what stands for a future that nobody has planned yet.

A year is 52 weeks, 26 fortnights, 364 days (so that weekdays stay), 12 months or 4 quarters.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.types import Event, Every, Finding, Kind
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis
from mediamix.data.rows import Rows

#: Periods after which the calendar is taken to repeat, and its name.
YEAR = {
    Every.DAY: (364, "364 days"),
    Every.WEEK: (52, "52 weeks"),
    Every.FORTNIGHT: (26, "26 fortnights"),
    Every.MONTH: (12, "12 months"),
    Every.QUARTER: (4, "4 quarters"),
    Every.YEAR: (1, "1 year"),
}
#: Days between the same week of two years, where events are dated by weeks.
SAME_WEEK = (364, 371)


def refuse_short(history: Dataset) -> None:
    """DataError for a history in which no year before can be looked up."""
    periods, words = YEAR[history.every]
    if history.n_periods < periods:
        raise DataError(
            "the history is too short to repeat the year before",
            expected=f"at least {words} of history",
            got=f"{history.n_periods} {history.every.label(history.n_periods)}",
            next_step="give the planned media (and controls) of the future as tables",
        )


def media_year_before(history: Dataset, axis: TimeAxis) -> tuple[Rows, Finding]:
    """Spend and exposure of the same periods a year before, as a long media table."""
    source = _source(history, len(axis))
    parts = []
    for c, channel in enumerate(history.channels):
        part = _keys(history, axis)
        part["channel"] = channel.name
        part["spend"] = history.spend_gtc[:, source, c].ravel()
        if channel.exposure != "spend":
            part[channel.exposure] = history.exposure_gtc[:, source, c].ravel()
        if channel.kind is Kind.REACH_FREQUENCY and history.frequency_gtc is not None:
            part["frequency"] = history.frequency_gtc[:, source, c].ravel()
        parts.append(part)
    spend = history.spend_gtc[:, source].sum()
    what = f"spend ({spend:,.0f} {history.currency}) and exposure"
    return Rows("media of the year before", pd.concat(parts)), _finding("media", what, history, axis, source)


def controls_year_before(history: Dataset, axis: TimeAxis) -> tuple[Rows, Finding]:
    """Controls of the same periods a year before, as a long controls table."""
    source = _source(history, len(axis))
    table = _keys(history, axis)
    for k, name in enumerate(history.control_names):
        table[name] = history.controls_gtk[:, source, k].ravel()
    rows = Rows("controls of the year before", table)
    return rows, _finding("controls", ", ".join(history.control_names), history, axis, source)


def annual_events(
    history: Dataset, axis: TimeAxis, known: frozenset[str]
) -> tuple[tuple[Event, ...], list[Finding]]:
    """Events that came a year apart in the history, continued over the periods of `axis`.

    An event recurs if one of its name began on the same calendar date of the year before, or,
    in weekly data, in the same week (52 or 53 weeks earlier). Names in `known` are left out: a
    calendar already gives their dates.
    """
    first, last = axis.starts[0], axis.ends[-1] - DAY
    found: list[Event] = []
    single: list[Event] = []
    for event in (e for e in history.events if e.name not in known and e.start < first):
        others = [e for e in history.events if (e.name, e.geo) == (event.name, event.geo) and e != event]
        if any(e.start == _years_later(event.start, -1) for e in others):
            starts = [_years_later(event.start, k) for k in range(1, _years(event.start, last) + 2)]
        elif history.every is Every.WEEK and any(_days(e.start, event.start) in SAME_WEEK for e in others):
            starts = list(np.arange(event.start + 364 * DAY, last + DAY, 364 * DAY))
        else:
            if first <= event.start + 364 * DAY <= last:
                single.append(event)
            continue
        days = [day for day in starts if day is not None]
        if days and days[0] >= first:  # else a later one of the history stands for it, or it has ended
            length = event.end - event.start
            found += [Event(event.name, day, day + length, event.geo) for day in days if day <= last]
    return tuple(dict.fromkeys(found)), _about_events(found, single)


def _about_events(found: list[Event], single: list[Event]) -> list[Finding]:
    findings = []
    if found:
        shown = ", ".join(f"{e.name} on {e.start}" for e in found)
        findings.append(
            Finding("repeated_year", "info", "events", f"annual events are taken to come again: {shown}")
        )
    if single:
        names = ", ".join(dict.fromkeys(e.name for e in single))
        findings.append(
            Finding(
                "repeated_year",
                "warning",
                f"events: {names}",
                "happened in the year before the forecast and are not repeated, because they didn't "
                "come at the same date in the year before that",
                "their effect is missing if they come again",
                "give an events table with what is planned",
            )
        )
    return findings


def _source(history: Dataset, n: int) -> np.ndarray:
    """Index of the period a year before each of the `n` next ones; a longer future goes round."""
    year = YEAR[history.every][0]
    return history.n_periods - year + np.arange(n) % year


def _keys(history: Dataset, axis: TimeAxis) -> pd.DataFrame:
    dates = np.tile(axis.starts.astype("datetime64[s]"), len(history.geos))
    return pd.DataFrame({"date": dates, "geo": np.repeat(list(history.geos), len(axis))})


def _finding(where: str, what: str, history: Dataset, axis: TimeAxis, source: np.ndarray) -> Finding:
    again = ", more than once" if len(axis) > YEAR[history.every][0] else ""
    return Finding(
        "repeated_year",
        "info",
        f"{where}: {axis.starts[0]} to {axis.ends[-1] - DAY}",
        f"{what}: taken from the same periods {YEAR[history.every][1]} before "
        f"(from {history.dates[source[0]]}){again}",
        "the forecast holds if the year before comes again",
        f"give the planned {where} as a table",
    )


def _years_later(day: np.datetime64, years: int) -> np.datetime64 | None:
    """The same calendar date; None for a 29 February that isn't there."""
    year, rest = str(day.astype("datetime64[D]")).split("-", 1)
    try:
        return np.datetime64(f"{int(year) + years:04d}-{rest}", "D")
    except ValueError:
        return None


def _years(day: np.datetime64, last: np.datetime64) -> int:
    return int((last.astype("datetime64[Y]") - day.astype("datetime64[Y]")).astype(int))


def _days(earlier: np.datetime64, later: np.datetime64) -> int:
    return int((later - earlier).astype("timedelta64[D]").astype(int))
