"""Reach and impressions of media rows, from whichever two columns there are.

Impressions are reach × frequency: `reach` with `frequency` or `impressions`, or `impressions` with
`frequency`. Both are amounts that can be summed; the frequency of a cell is their ratio.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from mediamix.data.checking import some
from mediamix.data.tables import Tables

COLUMNS = ("reach", "frequency", "impressions")
#: A frequency may be so much under one by rounding.
ROUNDING = 1e-6


def amounts(rows: pd.DataFrame) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Reach and impressions per row; NaN where they can't be told, 0 where nothing was delivered."""
    reach, frequency, impressions = (
        rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if name in rows.columns
        else np.full(len(rows), np.nan)
        for name in COLUMNS
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = np.where(np.isnan(reach), impressions / frequency, reach)
        seen = np.where(np.isnan(frequency), impressions, reached * frequency)
    empty = (np.nan_to_num(reach) == 0) & (np.nan_to_num(impressions) == 0)
    return np.where(empty, 0.0, reached), np.where(empty, 0.0, seen)


def with_reach(tables: Tables, channels: Collection[str]) -> Tables:
    """The tables with a column `reach` in the rows of these channels, where two others tell it."""
    own = tables.media["channel"].isin(channels)
    if not own.any():
        return tables
    reach, _ = amounts(tables.media)
    given = tables.media["reach"] if "reach" in tables.media.columns else np.nan
    return replace(tables, media=tables.media.assign(reach=np.where(own, reach, given)))


def told(rows: pd.DataFrame) -> list[str]:
    """Which of the columns have values."""
    return [name for name in COLUMNS if name in rows.columns and rows[name].notna().any()]


def problems(rows: pd.DataFrame) -> list[str]:
    """What is wrong with a channel's rows, in words: each with the number of rows and their dates."""
    if len(told(rows)) < 2:
        return []  # `find_channels` says so
    reach, impressions = amounts(rows)
    days = rows["date"].dt.strftime("%Y-%m-%d").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        frequency = impressions / reach
    low = (reach > 0) & (frequency < 1.0 - ROUNDING)
    found = []
    if low.any():
        least = float(frequency[low].min())
        found.append(
            f"{low.sum()} rows have a frequency under 1, the lowest {least:.3g}: whoever was reached saw it "
            f"once at least ({some(sorted(set(days[low])))})"
        )
    untold = ~np.isfinite(reach) | ~np.isfinite(impressions) | ((impressions > 0) & ~(reach > 0))
    if untold.any():
        found.append(
            f"{untold.sum()} rows have no two of {', '.join(COLUMNS)} above zero "
            f"({some(sorted(set(days[untold])))})"
        )
    return found
