"""`Tables` to `Dataset`: rows onto one regular grid of geo × time × channel.

Assembling forgives what the checks accuse: duplicated keys are summed, a gap in the outcome is
NaN, an absent media row is no spend. `read.build` runs both and refuses what is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import NATIONAL, Channel, Finding, Kind
from mediamix.data.carry_in import about_carry_in, before_axis
from mediamix.data.channels import by_channel, find_channels
from mediamix.data.checking import some
from mediamix.data.dataset import Dataset
from mediamix.data.overlap import by_overlap
from mediamix.data.periods import TimeAxis, detect, finer
from mediamix.data.population import population_of
from mediamix.data.presence import fill_absence
from mediamix.data.reach import amounts
from mediamix.data.row_codes import codes_of
from mediamix.data.tables import Tables
from mediamix.data.timeline import find_events, time_axis
from mediamix.data.wide import outcome_column


def assemble(tables: Tables, spec: Spec) -> Dataset:
    """Lay the rows out as arrays, geos in order of first appearance, channels likewise.

    Finer rows than `time.every` are aggregated: spend, exposure and outcome summed, controls
    averaged. Weeks start on the weekday of the first outcome date; an incomplete first or last
    period is left out with a finding. Where a geo isn't present a control without a value holds the
    geo's mean: no deviation in a cell that no result looks at. Without `spec.geo` all geos are summed.

    Raises:
        DataError: The outcome column is absent or the period can't be told.
        SpecError: The spec names channels or columns that aren't there.
    """
    column = _present_outcome(tables.outcome, spec)
    table = pd.DataFrame() if tables.controls is None else tables.controls
    names = _control_names(table)
    channels = find_channels(tables.media, spec, names)
    if spec.geo is None:
        tables = _one_geo_space(tables, column)
    axis, findings = time_axis(tables.outcome, column, spec)
    geos = tuple(str(geo) for geo in tables.outcome["geo"].unique())
    tables = replace(tables, media=by_overlap(tables.media, axis, spec.time.media_dates))
    before = before_axis(tables.media, axis)
    if before is not None:
        findings += about_carry_in(tables.media, axis, before)
    findings += _left_out(tables, axis, before, geos, spec)
    events, about_events = find_events(tables.events, axis, geos, spec)
    table = pd.DataFrame() if tables.controls is None else tables.controls
    controls = [_control(table, name, axis, geos) for name in names]
    rows = by_channel(tables.media)
    media = [_media(rows[channel.name], channel, axis, geos) for channel in channels]
    earlier = [] if before is None else [_media(rows[c.name], c, before, geos) for c in channels]
    outcome_gt = _sum(tables.outcome, column, axis, geos, empty=np.nan)
    if spec.geo is not None and len(geos) > 1:
        outcome_gt, about_parts = _whole_periods(outcome_gt, tables.outcome, axis, geos)
        findings += about_parts
    dataset = Dataset(
        dates=axis.starts.copy(),
        every=axis.every,
        geos=geos,
        channels=channels,
        outcome_name=column,
        unit=spec.outcome.unit,
        currency=spec.outcome.currency,
        outcome_gt=outcome_gt,
        spend_gtc=np.stack([spend for spend, _ in media], axis=-1),
        exposure_gtc=np.stack([exposure for _, exposure in media], axis=-1),
        controls_gtk=np.stack(controls, axis=-1) if controls else np.zeros((len(geos), len(axis), 0)),
        control_names=tuple(names),
        events=events,
        population_g=population_of(tables.outcome, geos),
        value_per_unit=spec.outcome.value_per_unit,
        findings=(*findings, *about_events),
        before_spend_gtc=np.stack([spend for spend, _ in earlier], axis=-1) if earlier else None,
        before_exposure_gtc=np.stack([exposure for _, exposure in earlier], axis=-1) if earlier else None,
    )
    dataset = _with_frequency(dataset, tables.media, axis, before)
    filled = replace(dataset, controls_gtk=fill_absence(dataset.controls_gtk, dataset.present_gt))
    return filled.national() if spec.geo is None else filled


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
        outcome = outcome.groupby("date", sort=False)[wanted].sum(skipna=False).reset_index()
    if controls is not None and set(controls["geo"]) != {NATIONAL}:
        by_date = controls.groupby("date", sort=False)[_control_names(controls)]
        controls = by_date.mean(skipna=False).reset_index()
    return replace(
        tables,
        media=tables.media.assign(geo=NATIONAL),
        outcome=outcome.assign(geo=NATIONAL),
        controls=None if controls is None else controls.assign(geo=NATIONAL),
    )


def _left_out(
    tables: Tables, axis: TimeAxis, before: TimeAxis | None, geos: tuple[str, ...], spec: Spec
) -> list[Finding]:
    """Rows that have no place on the grid, said aloud."""
    findings = []
    if spec.geo is not None and geos == (NATIONAL,):
        findings.append(
            Finding(
                "geo_match",
                "warning",
                "outcome",
                "the spec asks for geos, the outcome has no geo column: it is taken as national",
                advice="add a `geo` column (wide: name it in `data.geo`), or remove `geo` from the spec",
            )
        )
    media = tables.media
    outside = axis.place(media["date"].to_numpy()) < 0
    alone = bool(outside.all())
    if before is not None:
        outside &= before.place(media["date"].to_numpy()) < 0
    if outside.any() or alone:
        lost = media if alone else media[outside]
        spend = float(lost["spend"].sum())
        findings.append(
            Finding(
                "outside_dates",
                "error" if alone else "warning" if spend else "info",
                f"{lost['date'].min():%Y-%m-%d} to {lost['date'].max():%Y-%m-%d}",
                f"{len(lost)} media rows lie outside the outcome's dates ({axis.starts[0]} to "
                f"{axis.ends[-1] - 1}) and are left out, with a spend of {spend:,.0f}",
                "media without an outcome teach nothing",
                "give the outcome for these dates, or nothing",
            )
        )
    if tables.controls is not None:
        n = int((axis.place(tables.controls["date"].to_numpy()) < 0).sum())
        if n:
            message = f"{n} control rows lie outside the outcome's dates and are left out"
            findings.append(Finding("outside_dates", "info", "controls", message))
    for name, table in (("media", media), ("controls", tables.controls)):
        if table is None:
            continue
        strangers = table[~table["geo"].isin([*geos, *([NATIONAL] if name == "controls" else [])])]
        if len(strangers):
            places = some(sorted(set(strangers["geo"])))
            findings.append(
                Finding(
                    "geo_match",
                    "error",
                    f"{name}: {places}",
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
    at = _cells(table, axis, geos)
    rows = np.bincount(at[at >= 0], minlength=len(geos) * len(axis)).reshape(len(geos), len(axis))
    return np.where(rows > 0, _added(table[column], at, rows.shape), empty)


def _cells(table: pd.DataFrame, axis: TimeAxis, geos: tuple[str, ...]) -> np.ndarray:
    """The cell of geo × time that each row belongs to, counted row by row of the grid; -1: to none."""
    codes, names = codes_of(table["geo"])
    g = pd.Index(geos).get_indexer(pd.Index(names, dtype=object))[codes]
    t = axis.place(table["date"].to_numpy())
    return np.where((g >= 0) & (t >= 0), g * len(axis) + t, -1)


def _added(values: pd.Series, at: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sums per cell [geo, time], in the order of the rows."""
    amounts, here = values.to_numpy(dtype=np.float64, na_value=np.nan), at >= 0
    size = int(np.prod(shape))
    return np.bincount(at[here], weights=amounts[here], minlength=size).astype(np.float64).reshape(shape)


def _media(
    rows: pd.DataFrame, channel: Channel, axis: TimeAxis, geos: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Spend and exposure of a channel's rows [geo, time]; a cell without a value counts as none."""
    if channel.kind is Kind.REACH_FREQUENCY:  # its reach comes from two columns, see `_with_frequency`
        channel = replace(channel, exposure="spend")
    at, shape = _cells(rows, axis, geos), (len(geos), len(axis))
    spend = _added(rows["spend"].fillna(0.0), at, shape)
    if channel.exposure == "spend":
        return spend, spend.copy()
    return spend, _added(rows[channel.exposure].fillna(0.0), at, shape)


def _with_frequency(
    dataset: Dataset, media: pd.DataFrame, axis: TimeAxis, before: TimeAxis | None
) -> Dataset:
    """The dataset with reach and frequency of its channels of that kind, if there are any."""
    reaching = [c for c, channel in enumerate(dataset.channels) if channel.kind is Kind.REACH_FREQUENCY]
    if not reaching:
        return dataset
    exposure_gtc, earlier = dataset.exposure_gtc.copy(), dataset.before_exposure_gtc
    exposure = (exposure_gtc, None if earlier is None else earlier.copy())
    often = [None if array is None else np.zeros(array.shape) for array in exposure]
    for c in reaching:
        rows = media[media["channel"] == dataset.channels[c].name]
        reach, impressions = amounts(rows)
        rows = rows.assign(reach=np.nan_to_num(reach), impressions=np.nan_to_num(impressions))
        for along, reach_gtc, often_gtc in zip((axis, before), exposure, often, strict=True):
            if along is not None and reach_gtc is not None and often_gtc is not None:
                reach_gt, seen_gt = (
                    _sum(rows, name, along, dataset.geos) for name in ("reach", "impressions")
                )
                reach_gtc[:, :, c] = reach_gt
                often_gtc[:, :, c] = np.where(
                    reach_gt > 0, seen_gt / np.where(reach_gt > 0, reach_gt, 1.0), 0.0
                )
    return replace(
        dataset,
        exposure_gtc=exposure_gtc,
        before_exposure_gtc=exposure[1],
        frequency_gtc=often[0],
        before_frequency_gtc=often[1],
    )


def _control_names(table: pd.DataFrame) -> list[str]:
    return [str(column) for column in table.columns if column not in ("date", "geo")]


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


def _whole_periods(
    outcome_gt: np.ndarray, outcome: pd.DataFrame, axis: TimeAxis, geos: tuple[str, ...]
) -> tuple[np.ndarray, list[Finding]]:
    """Periods of which a geo has only some days are missing: a part would look like a fall."""
    native = detect(outcome["date"].to_numpy())
    if native is None or not finer(native, axis.every):
        return outcome_gt, []
    dates = outcome.drop_duplicates(["date", "geo"])[["date", "geo"]].assign(one=1.0)
    rows_gt = _sum(dates, "one", axis, geos)
    part_gt = (rows_gt > 0) & (rows_gt < rows_gt.max(axis=0))
    if not part_gt.any():
        return outcome_gt, []
    lost = float(np.nansum(outcome_gt[part_gt]))
    names = [geo for geo, some_t in zip(geos, part_gt.any(axis=1), strict=True) if some_t]
    finding = Finding(
        "partial_period",
        "warning",
        f"outcome of {some(names)}",
        f"{part_gt.sum()} {axis.every.label(int(part_gt.sum()))} of a geo have only some of their days: "
        f"their outcome counts as missing, with a sum of {lost:,.0f}",
        "part of a period looks like a fall of the outcome",
        "give the missing days, or nothing",
    )
    return np.where(part_gt, np.nan, outcome_gt), [finding]
