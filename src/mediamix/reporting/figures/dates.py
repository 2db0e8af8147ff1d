"""The axis of time: months read as months, days as days."""

from __future__ import annotations

import numpy as np

from mediamix.reporting.figures.theme import Spec

#: Steps between labelled months; the first that needs no more labels than fit is taken.
STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
MOST = 7
#: Shorter axes name days.
FEW_DAYS = 75


def iso(moments: np.ndarray) -> list[str]:
    """Days as ISO dates, hours with a Z: a date without it would be the reader's own zone."""
    if moments.dtype == np.dtype("datetime64[h]"):
        return [f"{moment}:00Z" for moment in moments]
    return [str(day) for day in moments.astype("datetime64[D]")]


def time_axis(field: str, starts: np.ndarray) -> Spec:
    """Dates in UTC, with labels for months from the first to the last, or for days of a short stretch."""
    days = starts.astype("datetime64[D]")
    axis: Spec = {
        "title": None,
        "grid": False,
        "labelFlush": True,
        "labelOverlap": "greedy",
        "labelSeparation": 12,
        "labelPadding": 8,
    }
    if (days[-1] - days[0]).astype(int) < FEW_DAYS:
        axis |= {"format": "%-d %b", "tickCount": MOST}
    else:
        axis |= {"format": "%b %Y", "values": iso(_months(days[0], days[-1]))}
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def _months(first: np.datetime64, last: np.datetime64) -> np.ndarray:
    """First days of every so many months, counted from January."""
    start, stop = first.astype("datetime64[M]").astype(int), last.astype("datetime64[M]").astype(int)
    if first > np.datetime64(int(start), "M").astype("datetime64[D]"):
        start += 1
    for step in STEPS:
        months = np.arange(-(-start // step) * step, stop + 1, step)
        if len(months) <= MOST:
            break
    return months.astype("datetime64[M]").astype("datetime64[D]")
