"""Does a media table continue the history: which periods, which channels, which exposure?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.registry import suggestion
from mediamix.core.types import Every, Kind
from mediamix.data import reach
from mediamix.data.checking import some
from mediamix.data.dataset import Dataset
from mediamix.data.periods import DAY, TimeAxis, detect, finer, starts
from mediamix.data.timeline import MAX_PERIODS


def following(history: Dataset, n: int) -> np.ndarray:
    """First days of the next `n` periods."""
    first = TimeAxis(history.dates, history.every).ends[-1]
    if months := history.every.months:
        return np.asarray((first.astype("datetime64[M]") + np.arange(n) * months).astype("datetime64[D]"))
    return np.asarray(first + np.arange(n) * int(history.every.days) * DAY)


def axis_of(history: Dataset, media: pd.DataFrame) -> TimeAxis:
    """From the end of the history to the last date of the media table."""
    first = following(history, 1)[0]
    last = media["date"].to_numpy().astype("datetime64[D]").max()
    if last < first:
        raise DataError(
            "the media table has no row after the history",
            expected=f"dates from {first}",
            got=f"dates up to {last}",
            next_step="give the planned media of the periods after the history",
        )
    axis = TimeAxis(starts(first, last, history.every), history.every)
    if len(axis) > MAX_PERIODS:
        raise DataError(
            f"the media table reaches {len(axis):,} {history.every.label()} ahead",
            expected=f"at most {MAX_PERIODS:,}",
            got=f"dates up to {last}",
            next_step="correct the mistyped year",
        )
    return axis


def about_dates(history: Dataset, media: pd.DataFrame, axis: TimeAxis, name: str) -> list[str]:
    """Dates inside the history, after the horizon, off its rhythm; periods without a row."""
    days = np.unique(media["date"].to_numpy().astype("datetime64[D]"))
    first, after, every = axis.starts[0], axis.ends[-1], history.every
    native = detect(days)
    problems: list[str] = []
    if (days < first).any():
        early = days[days < first]
        problems.append(
            f"{name}: {len(early)} dates ({some(early)}) lie in the history, which ends on {first - DAY}"
        )
    if (days >= after).any():
        problems.append(
            f"{name}: {some(days[days >= after])} lie after the last of {len(axis)} "
            f"{every.label(len(axis))}, which ends on {after - DAY}"
        )
    inside = days[(days >= first) & (days < after)]
    missing = axis.starts[np.setdiff1d(np.arange(len(axis)), axis.place(inside))]
    if len(inside) and len(missing) and missing[0] == first:
        lead = missing[missing < inside[0]]
        missing = missing[missing > inside[0]]
        problems.append(
            f"{name}: a gap of {len(lead)} {every.label(len(lead))} between the end of the history "
            f"({first - DAY}) and the first row after it ({inside[0]})"
        )
    if len(missing):
        problems.append(
            f"{name}: no row in {len(missing)} of {len(axis)} {every.label()}: {some(missing)} "
            "(a true zero is a row with 0)"
        )
    if native in (Every.WEEK, Every.FORTNIGHT) and every.months:
        problems.append(
            f"{name}: rows per {native} can't be made into {every.label()}; give a row per {every}, "
            "or daily rows"
        )
    elif native is not None and finer(native, every):
        if len(inside) and axis.starts[-1] <= inside[-1] < after - DAY:
            problems.append(
                f"{name}: the rows end on {inside[-1]}, inside the {every} of {axis.starts[-1]}; "
                f"give all its days to {after - DAY}"
            )
    elif every in (Every.WEEK, Every.FORTNIGHT):
        off = inside[(inside - first).astype(int) % int(every.days) != 0]
        if len(off):
            problems.append(
                f"{name}: {some(off)} are not whole {every.label()} after the history (its weeks "
                f"start on the weekday of {history.dates[-1]})"
            )
    return problems


def about_channels(history: Dataset, media: pd.DataFrame, name: str) -> list[str]:
    """Unknown channels, and rows of known ones without the exposure that the fit uses."""
    problems = []
    for channel in media["channel"].unique():
        if channel not in history.channel_names:
            near = suggestion(str(channel), history.channel_names)
            hint = near or f"channels: {', '.join(history.channel_names)}"
            problems.append(f"{name}: the fit has no channel '{channel}'; {hint}")
    for c, known in enumerate(history.channels):
        rows = media[media["channel"] == known.name]
        if known.exposure == "spend" or rows.empty:
            continue
        if known.kind is Kind.REACH_FREQUENCY:
            given = reach.told(rows)
            if len(given) < 2:
                problems.append(
                    f"{name}: '{known.name}' needs two of {', '.join(reach.COLUMNS)}; its rows have values "
                    f"in {', '.join(given) or 'none of them'}{_price(history, c)}"
                )
            problems += [f"{name}: '{known.name}': {line}" for line in reach.problems(rows)]
            continue
        if known.exposure in rows.columns:
            # an organic channel acts by its exposure alone: every row of it must have one
            acts = (rows["spend"] > 0) | (known.kind is Kind.ORGANIC)
            lacks = rows[acts & rows[known.exposure].isna()]
        else:
            lacks = rows
        if len(lacks):
            days = [f"{day:%Y-%m-%d}" for day in lacks["date"]]
            problems.append(
                f"{name}: {len(lacks)} rows of '{known.name}' have no {known.exposure}, which is what the "
                f"fit's response to it is about ({some(days)}){_price(history, c)}"
            )
    return problems


def _price(history: Dataset, c: int) -> str:
    """What the exposure has cost, to convert a plan in money."""
    spend, exposure = history.spend_gtc[..., c].sum(), history.exposure_gtc[..., c].sum()
    if spend <= 0 or exposure <= 0:
        return ""
    return f"; over the history one cost {spend / exposure:,.6g} {history.currency}"
