"""`Tables` to `Dataset`: rows onto one regular grid of geo × time × channel.

Assembling forgives what the checks accuse: duplicated keys are summed, a gap in the outcome is
NaN, an absent media row is no spend. `read.build` runs both and refuses what is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import NATIONAL, Channel, Event, Every, Finding, Kind
from mediamix.data.dataset import Dataset
from mediamix.data.holiday import holiday_events
from mediamix.data.periods import TimeAxis, detect, finer, starts
from mediamix.data.tables import Tables
from mediamix.data.wide import outcome_column

# What an organic channel's exposure is where the spec doesn't say: the first that has values.
DELIVERY = ("exposure", "impressions", "clicks", "reach")


def assemble(tables: Tables, spec: Spec) -> Dataset:
    """Lay the rows out as arrays, geos in order of first appearance, channels likewise.

    Finer rows than `time.every` are aggregated: spend, exposure and outcome summed, controls
    averaged. Weeks start on the weekday of the first outcome date; an incomplete first or last
    period is left out with a finding. Without `spec.geo` all geos are summed.

    Raises:
        DataError: The outcome column is absent or the period can't be told.
        SpecError: The spec names channels or columns that aren't there.
    """
    column = _present_outcome(tables.outcome, spec)
    channels = find_channels(tables.media, spec)
    if spec.geo is None:
        tables = _one_geo_space(tables, column)
    axis, findings = time_axis(tables.outcome, column, spec)
    geos = tuple(str(geo) for geo in tables.outcome["geo"].unique())
    findings += _left_out(tables, axis, geos)
    population, about_population = _population(tables.outcome, geos, spec)
    events, about_events = _events(tables.events, axis, geos, spec)
    names = [] if tables.controls is None else [c for c in tables.controls.columns if c not in ("date", "geo")]
    controls = [_control(tables.controls, name, axis, geos) for name in names if tables.controls is not None]
    media = [_media(tables.media, channel, axis, geos) for channel in channels]
    dataset = Dataset(
        dates=axis.starts.copy(),
        every=axis.every,
        geos=geos,
        channels=channels,
        outcome_name=column,
        unit=spec.outcome.unit,
        currency=spec.outcome.currency,
        outcome_gt=_sum(tables.outcome, column, axis, geos, empty=np.nan),
        spend_gtc=np.stack([spend for spend, _ in media], axis=-1),
        exposure_gtc=np.stack([exposure for _, exposure in media], axis=-1),
        controls_gtk=np.stack(controls, axis=-1) if controls else np.zeros((len(geos), len(axis), 0)),
        control_names=tuple(names),
        events=events,
        population_g=population,
        value_per_unit=spec.outcome.value_per_unit,
        findings=(*findings, *about_population, *about_events),
    )
    return dataset.national() if spec.geo is None else dataset


def find_channels(media: pd.DataFrame, spec: Spec) -> tuple[Channel, ...]:
    """Channels in order of first appearance, each with its kind and exposure column.

    Raises:
        SpecError: The spec names a channel or an exposure column that the media table lacks,
            or calls a channel paid that has no spend; all at once.
    """
    known = [str(name) for name in media["channel"].unique()]
    problems = [
        f"channels.{name}: no such channel in the media table; "
        + (suggestion(name, known) or f"channels: {', '.join(known)}")
        for name in spec.channels
        if name not in known
    ]
    channels = [_channel(name, rows, spec, problems) for name, rows in media.groupby("channel", sort=False)]
    if problems:
        raise SpecError(
            "the spec doesn't fit the media table",
            details=problems,
            next_step="mend these entries of `channels`, or the media table",
        )
    return tuple(channels)


def time_axis(outcome: pd.DataFrame, column: str, spec: Spec) -> tuple[TimeAxis, list[Finding]]:
    """The periods that the outcome covers, and what had to be left out at their ends.

    Raises:
        DataError: The dates are neither days, weeks nor months, or no period is complete.
        SpecError: `time.every` is finer than the rows, or asks for months of weekly rows.
    """
    days = outcome["date"].to_numpy().astype("datetime64[D]")
    native = detect(days) or spec.time.every
    if native is None:
        unique = np.unique(days)
        raise DataError(
            "can't tell the period from the outcome's dates",
            expected="a row per day, week or month",
            got=f"{len(unique)} dates from {unique[0]} to {unique[-1]}",
            next_step="add the missing rows, or say `time: {every: week}`",
        )
    every = spec.time.every or native
    if finer(every, native) or (native is Every.WEEK and every is Every.MONTH):
        raise SpecError(
            f"time.every: {every} can't be made of rows that are {native.label()}",
            expected=f"{native}, or what {native.label()} divide into",
            got=str(every),
            next_step=f"say `time: {{every: {native}}}`, or give daily rows",
        )
    axis = TimeAxis(starts(days.min(), days.max(), every), every)
    if native is every:
        return axis, []
    whole = (axis.starts >= days.min()) & (axis.ends - 1 <= days.max())
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
                f"only {len(np.unique(days[inside]))} of {(axis.ends - axis.starts)[index].astype(int)} days "
                f"have rows: the {every} is left out, with {outcome.loc[inside, column].sum():,.0f} of {column}",
                "part of a period looks like a fall of the outcome",
                "nothing, or give the missing days",
            )
        )
    return TimeAxis(axis.starts[whole], every), findings


def _present_outcome(outcome: pd.DataFrame, spec: Spec) -> str:
    column = outcome_column(spec)
    numeric = [
        str(c)
        for c in outcome.columns
        if c not in ("date", "geo", "population") and pd.api.types.is_numeric_dtype(outcome[c].dtype)
    ]
    if column not in numeric:
        near = suggestion(column, numeric)
        raise DataError(
            f"the outcome table has no numeric column '{column}'",
            expected=f"'{column}', as the spec's outcome.column says",
            got=f"numeric columns: {', '.join(numeric) or 'none'}",
            next_step=near or f"say `outcome: {{column: {numeric[0] if numeric else '…'}}}`",
        )
    return column


def _channel(name: object, rows: pd.DataFrame, spec: Spec, problems: list[str]) -> Channel:
    override = spec.channel(str(name))
    paid = bool(rows["spend"].notna().any())
    kind = override.kind or (Kind.PAID if paid else Kind.ORGANIC)
    filled = [c for c in rows.columns if pd.api.types.is_numeric_dtype(rows[c].dtype) and rows[c].notna().any()]
    if kind is Kind.PAID and not paid:
        problems.append(f"channels.{name}.kind: 'paid', but the channel has no spend")
    exposure = override.exposure
    if exposure is not None and exposure not in filled:
        near = suggestion(exposure, filled) or f"columns with values: {', '.join(filled)}"
        problems.append(f"channels.{name}.exposure: the channel has no values in '{exposure}'; {near}")
    if exposure is None:
        candidates = ("exposure",) if paid else DELIVERY
        exposure = next((c for c in candidates if c in filled), "spend")
    if exposure == "spend" and not paid and override.exposure is None:
        problems.append(f"channel '{name}' has neither spend nor any of {', '.join(DELIVERY)}")
    return Channel(str(name), kind, exposure)


def _one_geo_space(tables: Tables, column: str) -> Tables:
    """For a national dataset: where only some tables have geos, sum those that do.

    With geos in both media and outcome the panel is kept, and summed once it is complete.
    """
    media_geos, outcome_geos = set(tables.media["geo"]), set(tables.outcome["geo"])
    if (media_geos == {NATIONAL}) == (outcome_geos == {NATIONAL}) and outcome_geos != {NATIONAL}:
        return tables
    outcome, controls = tables.outcome, tables.controls
    if outcome_geos != {NATIONAL}:
        # a hole stays a hole: skipna would make a sum of what is left
        wanted = [c for c in (column, "population") if c in outcome.columns]
        outcome = outcome.groupby("date", sort=False)[wanted].agg(lambda v: v.sum(skipna=False)).reset_index()
    if controls is not None and set(controls["geo"]) != {NATIONAL}:
        names = [c for c in controls.columns if c not in ("date", "geo")]
        controls = controls.groupby("date", sort=False)[names].agg(lambda v: v.mean(skipna=False)).reset_index()
    return replace(
        tables,
        media=tables.media.assign(geo=NATIONAL),
        outcome=outcome.assign(geo=NATIONAL),
        controls=None if controls is None else controls.assign(geo=NATIONAL),
    )


def _left_out(tables: Tables, axis: TimeAxis, geos: tuple[str, ...]) -> list[Finding]:
    """Rows that have no place on the grid, said aloud."""
    findings = []
    media = tables.media
    outside = axis.place(media["date"].to_numpy()) < 0
    if outside.any():
        lost = media[outside]
        spend = float(lost["spend"].sum())
        findings.append(
            Finding(
                "outside_dates",
                "warning" if spend else "info",
                f"{lost['date'].min():%Y-%m-%d} to {lost['date'].max():%Y-%m-%d}",
                f"{len(lost)} media rows lie outside the outcome's dates ({axis.starts[0]} to "
                f"{axis.ends[-1] - 1}) and are left out, with a spend of {spend:,.0f}",
                "media before the first outcome date may still act on it by carry-over",
                "give the outcome for these dates, or nothing",
            )
        )
    for name, table in (("media", media), ("controls", tables.controls)):
        if table is None:
            continue
        strangers = table[~table["geo"].isin([*geos, *([NATIONAL] if name == "controls" else [])])]
        if len(strangers):
            some = ", ".join(sorted(set(strangers["geo"]))[:5])
            findings.append(
                Finding(
                    "geo_match",
                    "error",
                    f"{name}: {some}",
                    f"{len(strangers)} {name} rows are of geos that the outcome doesn't have "
                    f"(it has {', '.join(geos[:5])}{' …' if len(geos) > 5 else ''})",
                    "what is spent there has no outcome to act on",
                    "write the geos alike in all tables, or remove these rows",
                )
            )
    return findings


def _sum(
    table: pd.DataFrame, column: str, axis: TimeAxis, geos: tuple[str, ...], *, empty: float = 0.0
) -> np.ndarray:
    """Sums per cell [geo, time]; `empty` where there is no row, NaN where a value is NaN."""
    g = pd.Index(geos).get_indexer(pd.Index(table["geo"], dtype=object))
    t = axis.place(table["date"].to_numpy())
    here = (g >= 0) & (t >= 0)
    cells = np.zeros((len(geos), len(axis)))
    np.add.at(cells, (g[here], t[here]), table[column].to_numpy(dtype=np.float64, na_value=np.nan)[here])
    rows = np.zeros(cells.shape, dtype=np.int64)
    np.add.at(rows, (g[here], t[here]), 1)
    return np.where(rows > 0, cells, empty)


def _media(
    media: pd.DataFrame, channel: Channel, axis: TimeAxis, geos: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Spend and exposure [geo, time]; a cell without a value counts as none."""
    rows = media[media["channel"] == channel.name]
    columns = ["spend"] if channel.exposure == "spend" else ["spend", channel.exposure]
    filled = rows.assign(**{column: rows[column].fillna(0.0) for column in columns})
    spend = _sum(filled, "spend", axis, geos)
    return spend, spend.copy() if channel.exposure == "spend" else _sum(filled, channel.exposure, axis, geos)


def _control(table: pd.DataFrame, name: str, axis: TimeAxis, geos: tuple[str, ...]) -> np.ndarray:
    """Means per cell [geo, time]; where a geo has no row of its own the national one holds."""
    counted = table.assign(one=1.0)

    def mean(places: tuple[str, ...]) -> np.ndarray:
        rows = _sum(counted, "one", axis, places)
        total = _sum(counted.rename(columns={name: "value"}), "value", axis, places)
        return np.where(rows > 0, total / np.maximum(rows, 1.0), np.nan)

    own, for_all = mean(geos), mean((NATIONAL,))
    has_row = _sum(counted, "one", axis, geos) > 0
    return np.where(has_row, own, for_all)


def _population(
    outcome: pd.DataFrame, geos: tuple[str, ...], spec: Spec
) -> tuple[np.ndarray | None, list[Finding]]:
    """Mean population per geo, or None with a finding where it is no number of people."""
    if "population" not in outcome.columns:
        return None, []
    by_geo = outcome.groupby("geo", sort=False)["population"].mean().reindex(list(geos))
    bad = by_geo.index[~(by_geo > 0)]
    if not len(bad):
        return by_geo.to_numpy(dtype=np.float64), []
    finding = Finding(
        "population",
        "warning" if spec.geo is None else "error",
        f"population: {', '.join(map(str, bad[:5]))}",
        f"{len(bad)} geos have no positive population",
        "geos are brought to one scale by their population",
        "fill the column for every geo, or set `geo: {population: null}` and remove it",
    )
    return None, [finding]


def _events(
    table: pd.DataFrame | None, axis: TimeAxis, geos: tuple[str, ...], spec: Spec
) -> tuple[tuple[Event, ...], list[Finding]]:
    """Events of the table and public holidays that touch the periods."""
    first, last = axis.starts[0], axis.ends[-1] - 1
    found: list[Event] = []
    if table is not None:
        days = (table[column].to_numpy().astype("datetime64[D]") for column in ("date", "end_date"))
        places = [None if pd.isna(geo) else str(geo) for geo in table["geo"]]
        found = [
            Event(str(n), a, b, g) for n, a, b, g in zip(table["event"], *days, places, strict=True)
        ]
    inside = [event for event in found if event.end >= first and event.start <= last]
    findings = []
    if len(inside) < len(found):
        findings.append(
            Finding(
                "outside_dates",
                "info",
                "events",
                f"{len(found) - len(inside)} of {len(found)} events lie outside {first} to {last} and are left out",
            )
        )
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
        inside += holiday_events(spec.holidays.country, first, last)
    return tuple(inside), findings
