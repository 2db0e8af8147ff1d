"""One wide table (a row per date and geo) to `Tables`, by the mapping in the spec's `data`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.errors import SpecError
from mediamix.core.names import plain
from mediamix.core.spec import Spec, WideChannel
from mediamix.core.types import NATIONAL
from mediamix.data.absurd import plausible
from mediamix.data.cells import (
    ask,
    dates,
    is_numeric,
    matched,
    names,
    numbers,
    raise_problems,
    report,
    require,
    texts,
)
from mediamix.data.channels import by_channel
from mediamix.data.normalise import POPULATION, for_all, population_column
from mediamix.data.periods import TimeAxis, detect, starts
from mediamix.data.restated import latest, refuse_unknown_load_time
from mediamix.data.rows import Rows
from mediamix.data.spelling import one_spelling
from mediamix.data.subtotals import refuse_dated_total, without_subtotals
from mediamix.data.tables import Tables
from mediamix.data.totals import sums_of_others, without_totals

NO_EVENT = frozenset({"", "na", "none", "nan"})


def outcome_column(spec: Spec) -> str:
    """The outcome's column: of a wide table where the spec maps one, else of the outcome table.

    Raises:
        SpecError: The wide mapping and `outcome.column` name different columns.
    """
    mapped = spec.data.outcome if spec.data.wide is not None else None
    if mapped is None:
        return spec.outcome.column
    default = Spec().outcome.column
    if spec.outcome.column not in (default, mapped):
        raise SpecError(
            "the spec names two outcome columns",
            expected="data.outcome and outcome.column of one name",
            got=f"data.outcome: {mapped}, outcome.column: {spec.outcome.column}",
            next_step="remove one of them",
        )
    return mapped


def wide_tables(rows: Rows, spec: Spec) -> Tables:
    """Bring one wide table into the form of `Tables`.

    The exposure column of each channel becomes `exposure`; a channel without a spend column is
    organic: its spend is NaN. A column of zeros and ones may name an event by its own name; of
    a list of event columns each does.

    Raises:
        SpecError: The spec doesn't map the table's columns.
        DataError: Columns are missing or cells aren't what they must be; all at once.
    """
    media = spec.data.media
    if not isinstance(media, dict):
        raise SpecError(
            "a wide table needs a mapping of its columns",
            expected="data: {wide: …, date: …, outcome: …, media: {tv: {spend: tv_S}}}",
            next_step="give a spec with `data.media`",
        )
    problems: list[str] = []
    controls = [*(spec.data.controls if isinstance(spec.data.controls, list) else [])]
    # A mediator is read as a control is, listed among them or not.
    controls += [c for c in _mediators(spec) if plain(c) not in map(plain, controls)]
    mapped = [column for c in media.values() for column in c.columns.values()]
    population = population_column(spec)
    named = population if population != POPULATION else spec.data.population
    flags = list(spec.data.flags)
    words = spec.data.events if isinstance(spec.data.events, str) else None
    optional = [c for c in (spec.data.geo, named, words, *flags) if c]
    columns = dict.fromkeys([spec.data.date, outcome_column(spec), *mapped, *controls, *optional])
    rows = matched(rows, [*columns, POPULATION], problems)
    require(rows, columns, problems)
    raise_problems(problems, f"{rows.name} lacks columns that the spec names")
    date = spec.data.date
    rows = without_totals(without_subtotals(rows, date, problems), date, problems)

    refuse_unknown_load_time([rows], spec)
    key_columns = [column for column in (spec.data.date, spec.data.geo) if column]
    rows = latest(rows, key_columns, spec, spec.data.date)
    keys = pd.DataFrame({"date": dates(rows, spec.data.date, problems)})
    keys["geo"] = (
        names(rows, spec.data.geo, problems)
        if spec.data.geo
        else pd.Series(NATIONAL, index=keys.index, dtype=object)
    )
    tables = Tables(
        media=_media(rows, keys, media, problems),
        outcome=_outcome(rows, keys, spec, problems),
        controls=_controls(rows, keys, controls, problems) if controls else None,
        events=_named(rows, keys, words) if words and not problems else _flagged(rows, keys, flags, problems),
    )
    ask(rows, problems)
    if not problems:
        refuse_dated_total(rows, _columns(tables, outcome_column(spec)), problems)
    raise_problems(problems, f"{rows.name} can't be read as it is")
    return one_spelling(replace(tables, findings=tuple(rows.remarks)), channels=spec.channels)


def _columns(tables: Tables, outcome: str) -> dict[str, np.ndarray]:
    """What adds up over the rows of the table: the outcome and the media."""
    found = {outcome: tables.outcome[outcome].to_numpy(dtype=np.float64)}
    for channel, part in by_channel(tables.media).items():
        for name in ("spend", "exposure"):
            if name in part.columns:
                found[f"{name} of {channel}"] = part[name].to_numpy(dtype=np.float64)
    return found


def _mediators(spec: Spec) -> list[str]:
    """The columns of mediators."""
    return [one.column or name for name, one in spec.mediators.items()]


def _media(
    rows: Rows, keys: pd.DataFrame, media: dict[str, WideChannel], problems: list[str]
) -> pd.DataFrame:
    empty = pd.Series(np.nan, index=keys.index)
    parts = []
    keys = keys.assign(geo=keys["geo"].astype("category"))
    channels = pd.CategoricalDtype(list(media))
    for name, columns in media.items():
        part = keys.assign(channel=pd.Series(name, index=keys.index, dtype=channels))
        part["spend"] = _amounts(rows, keys, columns.spend, problems) if columns.spend else empty
        part["exposure"] = _amounts(rows, keys, columns.exposure, problems) if columns.exposure else empty
        for reached in ("reach", "frequency"):
            if column := columns.columns.get(reached):
                part[reached] = _amounts(rows, keys, column, problems)
        if columns.reach or columns.frequency:
            part = part.rename(columns={"exposure": "impressions"})
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    if table["date"].notna().all():
        sums_of_others(rows, "channel", table, "spend", problems, within=["date", "geo"])
        sums_of_others(rows, "geo", table, "spend", problems, within=["date", "channel"])
    return table


def _outcome(rows: Rows, keys: pd.DataFrame, spec: Spec, problems: list[str]) -> pd.DataFrame:
    column = outcome_column(spec)
    table = keys.assign(**{column: _amounts(rows, keys, column, problems)})
    if keys["date"].notna().all():
        sums_of_others(rows, "geo", table, column, problems, within=["date"])
    population = population_column(spec)
    if population is not None and population in rows.frame.columns:
        table[POPULATION] = _amounts(rows, keys, population, problems, by=None)
    return table.reset_index(drop=True)


def _controls(rows: Rows, keys: pd.DataFrame, controls: list[str], problems: list[str]) -> pd.DataFrame:
    return keys.assign(**{name: _amounts(rows, keys, name, problems) for name in controls}).reset_index(
        drop=True
    )


def _amounts(
    rows: Rows, keys: pd.DataFrame, column: str, problems: list[str], by: str | None = "geo"
) -> pd.Series[float]:
    """A column of numbers, those that can't be meant named."""
    amounts = numbers(rows, column, problems)
    plausible(rows, {"date": keys["date"], "geo": keys["geo"], column: amounts}, column, by, problems)
    return amounts


def _named(rows: Rows, keys: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Events of a column of words, or of zeros and ones."""
    raw = rows.frame[column]
    label = texts(raw).astype(object)
    flags = numbers(rows, column, []) if is_numeric(rows, column) else None
    if flags is not None and set(flags.dropna()) <= {0.0, 1.0}:
        label = pd.Series(np.where(flags == 1.0, column, ""), index=raw.index, dtype=object)
    happens = ~label.map(str.lower).isin(NO_EVENT)
    return _events(keys, label[happens]) if happens.any() else None


def _flagged(rows: Rows, keys: pd.DataFrame, columns: list[str], problems: list[str]) -> pd.DataFrame | None:
    """Events of columns of zeros and ones, each by its own name; an empty cell is none."""
    found = []
    for column in columns:
        flags = numbers(rows, column, problems)
        other = flags.notna() & ~flags.isin((0.0, 1.0))
        report(rows, column, other, "is neither 0 nor 1, which an event column holds", problems)
        if (flags == 1.0).any() and not problems:
            found.append(_events(keys, pd.Series(column, index=flags.index[flags == 1.0], dtype=object)))
    return pd.concat(found, ignore_index=True) if found and not problems else None


def _events(keys: pd.DataFrame, label: pd.Series[str]) -> pd.DataFrame:
    """Events that last for the period of their row; one that all geos have holds for all."""
    days = keys["date"].to_numpy().astype("datetime64[D]")
    every = detect(days)
    end = days if every is None else TimeAxis(starts(days.min(), days.max(), every), every).last_day(days)
    table = keys.assign(end_date=end.astype("datetime64[s]")).loc[label.index].assign(event=label)
    n_geos = keys["geo"].nunique()
    everywhere = table.groupby(["date", "event"])["geo"].transform("nunique") == n_geos
    table["geo"] = for_all(table["geo"].astype(object).where(~everywhere, ""), table.index)
    table = table.drop_duplicates(["date", "event", "geo"]).reset_index(drop=True)
    return table[["date", "end_date", "event", "geo"]]
