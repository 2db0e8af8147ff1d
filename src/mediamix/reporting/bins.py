"""Long time axes in fewer points: means per week or month, so that a figure stays light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.types import Every

#: More points than this can't be told apart at the width of a page.
MOST = 260
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Bins:
    """Periods put together; values are means per original period, so cut-off ends don't dip.

    Args:
        starts: First day of each bin.
        bin_t: The bin of each period.
        every: Length of an original period.
        by: Length of a bin: day, week or month.
    """

    starts: np.ndarray
    bin_t: np.ndarray
    every: Every
    by: Every

    @property
    def per(self) -> str:
        """What a value is per: ``per day``."""
        return f"per {self.every.value}"

    @property
    def remark(self) -> str:
        """A sentence for the caption; empty where nothing was put together."""
        if self.by is self.every:
            return ""
        return f"Means {self.per}, one point a {self.by.value}."

    @property
    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the surroundings of each point begin and end, in hours: half way to its neighbours."""
        at = self.starts.astype("datetime64[h]")
        half = np.timedelta64(round(self.by.days * 12), "h")
        middle = at[1:] - (at[1:] - at[:-1]) // 2
        return np.concatenate([at[:1] - half, middle]), np.concatenate([middle, at[-1:] + half])

    @property
    def names(self) -> list[str]:
        """Each point as people say it: ``week of 1 Jan 2024``, ``Jan 2024``, ``1 Jan 2024``."""
        shown = []
        for day in self.starts.astype("datetime64[D]").tolist():
            month = f"{MONTHS[day.month - 1]} {day.year}"
            before = {Every.WEEK: f"week of {day.day} ", Every.DAY: f"{day.day} "}.get(self.by, "")
            shown.append(before + month)
        return shown

    def mean(self, values_t: Float[np.ndarray, "*row time"]) -> Float[np.ndarray, "*row bin"]:
        """Means per bin along the last axis; NaN is left out, an empty bin is NaN."""
        first = np.searchsorted(self.bin_t, np.arange(len(self.starts)))
        known = np.isfinite(values_t)
        total = np.add.reduceat(np.where(known, values_t, 0.0), first, axis=-1)
        count = np.add.reduceat(known.astype(float), first, axis=-1)
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def bins(dates: np.ndarray, every: Every, most: int = MOST) -> Bins:
    """Whole weeks (from Monday) or months, as coarse as `most` points need."""
    by = every
    starts, bin_t = dates.astype("datetime64[D]"), np.arange(len(dates))
    for coarser in (Every.WEEK, Every.MONTH):
        if len(starts) <= most:
            break
        if coarser.days <= every.days:
            continue
        by = coarser
        starts, bin_t = np.unique(_floor(dates, coarser), return_inverse=True)
    return Bins(starts, bin_t, every, by)


def _floor(dates: np.ndarray, by: Every) -> np.ndarray:
    day = dates.astype("datetime64[D]")
    if by is Every.MONTH:
        return np.asarray(day.astype("datetime64[M]").astype("datetime64[D]"))
    # 1970-01-05 was a Monday.
    weekday = (day.astype(np.int64) - 4) % 7
    return np.asarray(day - weekday.astype("timedelta64[D]"))
