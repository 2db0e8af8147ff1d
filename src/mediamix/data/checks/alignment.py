"""Media and outcome that keep different calendars: longer periods, or other weekdays.

Judged per channel, and in a panel per geo, by the rhythm of the dates that have a value (see
`mediamix.data.rhythm`). A channel that truly ran once a week in a model of days says so by rows of
0 on the other days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.core.spec import Spec
from mediamix.core.types import Channel, Every, Finding, Kind, Severity
from mediamix.data.channels import by_channel
from mediamix.data.checking import Check, Evidence, found, some
from mediamix.data.dataset import Dataset
from mediamix.data.overlap import shift_of, weekly_rows
from mediamix.data.periods import TimeAxis, detect, different_days, divides, finer
from mediamix.data.rhythm import SEVERAL, Rhythm, rhythm_of

FEWEST_OF_GEO = 12  # dates of one geo: in a panel there are many to be wrong about


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error for a channel coarser than the periods and for weeks that can't be matched, else info."""
    tables, dataset = evidence.tables, evidence.dataset
    if tables is None or dataset is None:
        return
    own = by_channel(tables.media)
    coarse = [seen for channel in dataset.channels if (seen := _coarse(own[channel.name], channel, dataset))]
    yield from _longer(coarse, dataset)
    yield from _outcome_of_geos(evidence, dataset)
    if dataset.every is Every.FORTNIGHT:
        yield from _other_fortnights(own, dataset)
    yield from _shifted(tables.media, dataset, evidence.spec)
    rows = detect(tables.media["date"].to_numpy())
    if rows is not None and finer(rows, detect(tables.outcome["date"].to_numpy()) or dataset.every):
        yield found("info", "media: date", f"media rows per {rows} are summed per {dataset.every}")
    if tables.controls is not None and dataset.every is Every.WEEK:
        yield from _controls(tables.controls, dataset)


@dataclass(frozen=True)
class _Coarse:
    """A channel that keeps a longer rhythm than the periods.

    Args:
        channel: Which.
        rhythm: Of its dates.
        filled: There are rows of 0 between them.
        geos: In which; empty: everywhere.
    """

    channel: Channel
    rhythm: Rhythm
    filled: bool = False
    geos: tuple[str, ...] = ()

    def severity(self, every: Every) -> Severity:
        """Rows of 0 say that it is so; what is sent (organic) is often sent once a week."""
        if self.channel.kind is Kind.ORGANIC:
            return "info" if self.filled else "warning"
        return "error" if self.rhythm.certain(every) and not self.filled else "warning"


def _coarse(own: pd.DataFrame, channel: Channel, dataset: Dataset) -> _Coarse | None:
    """What rhythm the channel's rows keep, if it is longer than the periods."""
    columns = list(dict.fromkeys(["spend", channel.exposure]))
    values = [own[column].to_numpy(dtype=np.float64, na_value=np.nan) for column in columns]
    filled = np.logical_or.reduce([~np.isnan(one) for one in values])
    active = np.logical_or.reduce([one > 0 for one in values])
    axis, above = TimeAxis(dataset.dates, dataset.every), SEVERAL * dataset.every.days
    days = own["date"].to_numpy().astype("datetime64[D]")
    inside = axis.place(days) >= 0
    for rows, zeros in ((filled, False), (active, True)):
        rhythm = rhythm_of(days[rows & inside], above=above)
        if rhythm is not None and rhythm.coarser(dataset.every):
            return _Coarse(channel, rhythm, zeros)
    codes, geos = pd.factorize(own["geo"][filled])
    days, codes = days[filled & inside], codes[inside[filled]]
    seen = {}
    for g in _may_keep_one(codes, days, len(geos), above):
        rhythm = rhythm_of(days[codes == g], FEWEST_OF_GEO, above)
        if rhythm is not None and rhythm.coarser(dataset.every) and rhythm.certain(dataset.every):
            seen[str(geos[g])] = rhythm
    return _Coarse(channel, next(iter(seen.values())), geos=tuple(seen)) if seen else None


def _may_keep_one(codes: np.ndarray, days: np.ndarray, n: int, above: float) -> Iterable[int]:
    """The geos with dates enough for a rhythm, and not too close together for one, as `rhythm_of` has it."""
    if not len(days):
        return ()
    first = days.min()
    span = int((days.max() - first).astype(np.int64)) + 1
    if n * span > 8 * len(days) + 1_000_000:
        return range(n)
    there = np.zeros((n, span), dtype=bool)
    there[codes, (days - first).astype(np.int64)] = True
    count = there.sum(axis=1)
    distance = span - 1 - there.argmax(axis=1) - there[:, ::-1].argmax(axis=1)
    return np.flatnonzero((count >= FEWEST_OF_GEO) & (distance >= above * (count - 1))).tolist()


def _longer(coarse: list[_Coarse], dataset: Dataset) -> Iterator[Finding]:
    """A finding per rhythm: channels of one export share their fault."""
    every = dataset.every
    alike: dict[tuple[str, bool, Severity, tuple[str, ...]], list[_Coarse]] = {}
    for seen in coarse:
        alike.setdefault((seen.rhythm.name, seen.filled, seen.severity(every), seen.geos), []).append(seen)
    for (name, filled, severity, geos), group in alike.items():
        where = f"media: {some(seen.channel.name for seen in group)}" + (f" in {some(geos)}" if geos else "")
        n = max(seen.rhythm.n for seen in group)
        if filled:
            yield found(
                severity,
                where,
                f"active once per {name} ({n} times) and 0 in between; the outcome is looked at per {every}",
                advice=f"nothing if it ran like that; if these are totals of a {name}, give them per {every}",
            )
            continue
        yield found(
            severity,
            where,
            f"a row per {name} ({n} rows), while the outcome is looked at per {every}: the spend of a {name} "
            f"would fall on its first {every}",
            advice=f"give it per {every} (each row divided evenly over its {name} if no better is known)"
            f"{_coarser_model(name, every)}; if it truly ran once per {name}, add rows with 0 between",
        )


def _coarser_model(name: str, every: Every) -> str:
    """The other way out, where the rows can be made into such periods."""
    known = {str(e) for e in Every if divides(every, e)}
    name = "fortnight" if name == "2 weeks" else name
    return f", or say `time: {{every: {name}}}`" if name in known else ""


def _other_fortnights(own: Mapping[str, pd.DataFrame], dataset: Dataset) -> Iterator[Finding]:
    """Channels with a row per fortnight that begins within one of the outcome's."""
    off = {}
    for name, rows in own.items():
        days = rows["date"].to_numpy().astype("datetime64[D]")
        rhythm = rhythm_of(days)
        if rhythm is not None and rhythm.name == "2 weeks":
            late = (days - dataset.dates[0]).astype(np.int64) % int(Every.FORTNIGHT.days)
            off.update({name: days[0]} if late.any() else {})
    if off:
        yield found(
            "error",
            f"media: {some(off)}",
            f"fortnights begin on {next(iter(off.values()))} and so on, the outcome's on {dataset.dates[0]} "
            "and so on: each lies in two of the outcome's",
            advice="give media and outcome for the same fortnights, or per week or day",
        )


def _outcome_of_geos(evidence: Evidence, dataset: Dataset) -> Iterator[Finding]:
    """A geo whose outcome is given per longer period: the others' periods would hide it as missing."""
    if len(dataset.geos) < 2 or evidence.tables is None:
        return
    dates, coarse = dataset.dates, {}
    for geo, observed_t in zip(dataset.geos, dataset.observed_gt, strict=True):
        rhythm = rhythm_of(dates[observed_t], FEWEST_OF_GEO)
        if rhythm is not None and rhythm.coarser(dataset.every):
            coarse[geo] = rhythm
    if coarse:
        name = next(iter(coarse.values())).name
        yield found(
            "error",
            f"outcome of {some(coarse)}",
            f"has a value per {name}, the outcome is looked at per {dataset.every}: the total of a {name} "
            f"would be taken for that of a {dataset.every}",
            advice=f"give the outcome of every geo per {dataset.every}",
        )


def _shifted(media: pd.DataFrame, dataset: Dataset, spec: Spec) -> Iterator[Finding]:
    """Weeks on other weekdays than the outcome's: unknown which days they are of, or divided."""
    axis, dated = TimeAxis(dataset.dates, dataset.every), spec.time.media_dates
    days = different_days(media["date"].to_numpy())
    fits = dated != "last" and ((days - axis.starts[0]).astype(np.int64) % 7 == 0).all()
    if dataset.every is Every.DAY or (dataset.every in (Every.WEEK, Every.FORTNIGHT) and fits):
        return
    groups = list(weekly_rows(media))
    if dataset.every is not Every.WEEK:
        if groups:
            names = some(dict.fromkeys(group.channel for group in groups))
            yield found(
                "info",
                f"media: {names}",
                f"weeks (dated by their {dated or 'first'} day) that lie in two {dataset.every.label()} are "
                "divided by days",
            )
        return
    shifted = [group for group in groups if shift_of(group, axis, dated)]
    if not shifted:
        return
    names = some(dict.fromkeys(group.channel for group in shifted))
    day, start = (d.astype(object).strftime("%A") for d in (shifted[0].days[0], axis.starts[0]))
    if dated is not None:
        late = shift_of(shifted[0], axis, dated)
        yield found(
            "info",
            f"media: {names}",
            f"weeks dated by their {dated} day, a {day}, lie in two of the outcome's, which start on a "
            f"{start}: {7 - late} of 7 days go to the earlier one, {late} to the later",
        )
        return
    yield found(
        "error",
        f"media: {names}",
        f"media weeks are dated by a {day}, the outcome's by a {start}: whether such a date is the first or "
        "the last day of its week decides in which of two weeks most of its spend lies",
        advice="say `time: {media_dates: first}` or `time: {media_dates: last}`, and each week is divided by "
        "days; or date both tables by the same day",
    )


def _controls(controls: pd.DataFrame, dataset: Dataset) -> Iterator[Finding]:
    days = np.unique(controls["date"].to_numpy().astype("datetime64[D]"))
    off = (days - dataset.dates[0]).astype(np.int64) % 7 != 0
    if detect(days) is Every.WEEK and off.any():
        day, start = (d.astype(object).strftime("%A") for d in (days[off][0], dataset.dates[0]))
        yield found(
            "warning",
            f"controls: {days[off][0]} and {off.sum() - 1} others",
            f"are dated by a {day}, the outcome's weeks by a {start}; each value is taken into the outcome "
            "week that holds its date",
        )


CHECK = Check(
    name="alignment",
    title="Media and outcome on different calendars",
    why="spend that is dated into another period than its effect shortens or lengthens carry-over",
    advice="date both tables by the same first day of the period",
    find=find,
)
