"""Weekly media rows on periods that their weeks don't fit: divided by days of overlap.

A week that begins in one period and ends in the next gives each the part of its days. That a row
is one of a week is seen per channel and geo, by the rhythm of its dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mediamix.core.types import Every
from mediamix.data.periods import DAY, TimeAxis, ends_of, floor_to
from mediamix.data.rhythm import WEEK, rhythm_of

Dated = Literal["first", "last"] | None


@dataclass(frozen=True)
class WeeklyRows:
    """The rows of one channel in one geo, a week each.

    Args:
        channel: Name.
        geo: Name.
        days: Dates, all of one weekday.
        places: Positions in the media table.
    """

    channel: str
    geo: str
    days: np.ndarray
    places: np.ndarray


def weekly_rows(media: pd.DataFrame) -> Iterator[WeeklyRows]:
    """Channels (per geo) with a row per week, and those dated like them that have few rows."""
    all_days = media["date"].to_numpy().astype("datetime64[D]")
    number = media.groupby(["channel", "geo"], sort=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    edges = np.flatnonzero(np.diff(number[order], prepend=-1))
    groups = []
    for places in np.split(order, edges[1:]):
        channel, geo = (str(media[column].iloc[places[0]]) for column in ("channel", "geo"))
        groups.append(WeeklyRows(channel, geo, all_days[places], places))
    alike = [_one_weekday(group.days) for group in groups]
    weekdays = {
        _weekday(group.days[0])
        for group, is_alike in zip(groups, alike, strict=True)
        if is_alike and (rhythm := rhythm_of(group.days)) is not None and rhythm.name == "week"
    }
    for group, is_alike in zip(groups, alike, strict=True):
        if is_alike and _weekday(group.days[0]) in weekdays:
            yield group


def shift_of(group: WeeklyRows, axis: TimeAxis, dated: Dated) -> int:
    """Days of a media week that lie in the later one of two outcome weeks; 0: it fits."""
    first = group.days.min() - (WEEK - 1) * DAY * (dated == "last")
    return int((first - axis.starts[0]).astype(np.int64)) % WEEK


def by_overlap(media: pd.DataFrame, axis: TimeAxis, dated: Dated) -> pd.DataFrame:
    """The table with every week that lies in two periods divided between them, by days.

    Without `dated`, weeks that fit neither the outcome's weeks stay as they are (the check
    `alignment` refuses them); in longer periods a row is taken to be dated by its first day.
    """
    if axis.every is Every.DAY:
        return media
    if axis.every is Every.WEEK and dated is None:
        return media
    # Weeks dated by their last day move even where they fit the outcome's.
    moved = dated == "last" or axis.every is not Every.WEEK
    places = [g.places for g in weekly_rows(media) if moved or shift_of(g, axis, dated)]
    if not places:
        return media
    at = np.sort(np.concatenate(places))
    first = media["date"].to_numpy()[at].astype("datetime64[D]") - (WEEK - 1) * DAY * (dated == "last")
    end = ends_of(floor_to(first, axis.every, axis.starts[0]), axis.every)
    early = np.minimum((end - first).astype(np.int64), WEEK)
    weeks = media.iloc[at]
    numeric = [str(c) for c in weeks.columns if pd.api.types.is_numeric_dtype(weeks[c].dtype)]

    def part(rows: np.ndarray, days: np.ndarray, share: np.ndarray) -> pd.DataFrame:
        kept = weeks[rows].copy()
        kept["date"] = days[rows].astype("datetime64[s]")
        for column in numeric:
            kept[column] = kept[column] * share[rows]
        return kept

    everywhere = np.ones(len(at), dtype=bool)
    parts = [part(everywhere, first, early / WEEK), part(early < WEEK, end, 1 - early / WEEK)]
    rest = media.drop(index=media.index[at])
    return pd.concat([rest, *parts], ignore_index=True)


def _one_weekday(days: np.ndarray) -> bool:
    return bool(((days - days[0]).astype(np.int64) % WEEK == 0).all())


def _weekday(day: np.datetime64) -> int:
    return int(day.astype("datetime64[D]").astype(np.int64)) % WEEK
