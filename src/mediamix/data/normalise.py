"""Raw long tables to `Tables`: known columns, known types, every wrong cell named at once."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mediamix.core.errors import SpecError
from mediamix.core.names import clashes
from mediamix.core.spec import Spec
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
    require,
    texts,
)
from mediamix.data.restated import latest, naming, refuse_unknown_load_time, summed
from mediamix.data.rows import Rows
from mediamix.data.spelling import one_spelling
from mediamix.data.subtotals import refuse_dated_total, without_subtotals
from mediamix.data.tables import Tables
from mediamix.data.totals import sums_of_others, without_totals

MEDIA_NUMBERS = ("spend", "impressions", "clicks", "reach", "frequency", "exposure")
MEDIA_TEXTS = ("campaign", "currency")
POPULATION = "population"


def long_tables(media: Rows, outcome: Rows, controls: Rows | None, events: Rows | None, spec: Spec) -> Tables:
    """Bring the four long tables into the form of `Tables`.

    Further columns are kept; those the spec doesn't name may hold anything.

    Raises:
        DataError: Columns are missing, cells aren't numbers or dates, keys are empty; all at once.
    """
    problems: list[str] = []
    given = [rows for rows in (media, outcome, controls, events) if rows is not None]
    refuse_unknown_load_time(given, spec)
    media = latest(media, ["date", "geo", "channel"], spec)
    outcome = latest(outcome, ["date", "geo"], spec)
    controls = None if controls is None else latest(controls, ["date", "geo"], spec)
    events = None if events is None else latest(events, ["date", "event", "geo"], spec)
    tables = Tables(
        media=_media(media, spec, problems),
        outcome=_outcome(outcome, spec, problems),
        controls=None if controls is None else _controls(controls, problems),
        events=None if events is None else _events(events, problems),
    )
    for rows in given:
        ask(rows, problems)
    named = ", ".join(rows.name for rows in given)
    raise_problems(problems, f"the tables can't be read as they are ({named})")
    remarks = tuple(finding for rows in given for finding in rows.remarks)
    return one_spelling(replace(tables, findings=remarks), channels=spec.channels)


def _media(rows: Rows, spec: Spec, problems: list[str]) -> pd.DataFrame:
    wanted = {*MEDIA_NUMBERS, *spec.exposures}
    rows = matched(rows, ("date", "channel", "spend", "geo", *MEDIA_TEXTS, *sorted(wanted)), problems)
    if not require(rows, ("date", "channel", "spend"), problems):
        return pd.DataFrame()
    rows = without_totals(without_subtotals(rows, "date", problems), "date", problems)
    told = len(problems)
    columns = _keys(rows, problems)
    columns["channel"] = names(rows, "channel", problems)
    for column in (str(c) for c in rows.frame.columns):
        if column in wanted:
            columns[column] = numbers(rows, column, problems)
            plausible(rows, columns, column, "channel", problems)
        elif column in MEDIA_TEXTS:
            columns[column] = texts(rows.frame[column])
        elif column not in columns:
            other = is_numeric(rows, column)
            columns[column] = numbers(rows, column, problems) if other else rows.frame[column]
    refuse_dated_total(rows, _numeric(columns), problems)
    table = _frame(columns, first=("date", "geo", "channel", "spend"))
    keys = ["date", "geo", "channel"]
    if len(problems) == told:  # sums of what can't be read say nothing
        sums_of_others(rows, "channel", table, "spend", problems, within=["date", "geo"])
        sums_of_others(rows, "geo", table, "spend", problems, within=["date", "channel"])
        for part in naming(table, keys)[len(keys) :]:
            sums_of_others(rows, part, table, "spend", problems, within=keys)
    return table


def _outcome(rows: Rows, spec: Spec, problems: list[str]) -> pd.DataFrame:
    population = population_column(spec)
    wanted = [column for column in ("date", "geo", spec.outcome.column, population, POPULATION) if column]
    rows = matched(rows, wanted, problems)
    if not require(rows, ("date",), problems):
        return pd.DataFrame()
    rows = without_totals(without_subtotals(rows, "date", problems), "date", problems)
    columns = _keys(rows, problems)
    if population not in (None, POPULATION):
        require(rows, (str(population),), problems)
    for column in (str(c) for c in rows.frame.columns):
        other = column not in (*columns, POPULATION)
        if column == population:
            columns[POPULATION] = numbers(rows, column, problems)
            plausible(rows, columns, POPULATION, None, problems)
        elif column == spec.outcome.column or (other and is_numeric(rows, column)):
            columns[column] = numbers(rows, column, problems)
            if column == spec.outcome.column:
                plausible(rows, columns, column, "geo", problems)
    refuse_dated_total(rows, {k: v for k, v in _numeric(columns).items() if k != POPULATION}, problems)
    table = _frame(columns, first=("date", "geo"))
    if spec.outcome.column in table.columns:
        sums_of_others(rows, "geo", table, spec.outcome.column, problems, within=["date"])
    return summed(table, rows)


def _controls(rows: Rows, problems: list[str]) -> pd.DataFrame:
    rows = matched(rows, ("date", "geo"), problems)
    if not require(rows, ("date",), problems):
        return pd.DataFrame()
    groups = (", ".join(map(repr, group)) for group in clashes(rows.frame.columns))
    problems.extend(f"{rows.name}: the columns {group} are one name, written differently" for group in groups)
    rows = without_totals(without_subtotals(rows, "date", problems), "date", problems)
    columns = _keys(rows, problems, geo_for_all=True)
    for column in (str(c) for c in rows.frame.columns):
        if column not in columns:
            columns[column] = numbers(rows, column, problems)
            plausible(rows, columns, column, "geo", problems)
    return _frame(columns, first=("date", "geo"))


def _events(rows: Rows, problems: list[str]) -> pd.DataFrame:
    rows = matched(rows, ("date", "event", "end_date", "geo"), problems)
    if not require(rows, ("date", "event"), problems):
        return pd.DataFrame()
    start = dates(rows, "date", problems)
    end = start
    if "end_date" in rows.frame.columns:
        filled = texts(rows.frame["end_date"]) != ""
        some = replace(rows, frame=rows.frame.loc[filled])
        if len(some.frame):
            end = dates(some, "end_date", problems).reindex(start.index).where(filled, start)
    too_early = start.index[(end < start).to_numpy()]
    problems.extend(f"{rows.name} row {row}, column 'end_date': is before 'date'" for row in too_early)
    geo = texts(rows.frame["geo"]) if "geo" in rows.frame.columns else None
    return pd.DataFrame(
        {
            "date": start,
            "end_date": end,
            "event": names(rows, "event", problems),
            "geo": for_all(geo, start.index),
        }
    ).drop_duplicates(ignore_index=True)  # an event that is named twice happens once


def population_column(spec: Spec) -> str | None:
    """The column that holds a geo's inhabitants; None if the spec wants none.

    One of the default name may be absent: a spec complete with its defaults names it, too.

    Raises:
        SpecError: `data.population` and `geo.population` name different columns.
    """
    mapped, wanted = spec.data.population, POPULATION if spec.geo is None else spec.geo.population
    if mapped is None or wanted is None:
        return wanted
    if wanted not in (POPULATION, mapped):
        raise SpecError(
            "the spec names two population columns",
            expected="data.population and geo.population of one name",
            got=f"data.population: {mapped}, geo.population: {wanted}",
            next_step="remove one of them",
        )
    return mapped


def for_all(geo: pd.Series[str] | None, index: pd.Index) -> pd.Series:
    """The geo of events as objects: None, where an event holds for all geos."""
    values: list[str | None] = [None] * len(index) if geo is None else [name or None for name in geo]
    return pd.Series(values, index=index, dtype=object)


def _keys(rows: Rows, problems: list[str], *, geo_for_all: bool = False) -> dict[str, pd.Series]:
    """``date`` and ``geo``; without a geo column (or, if so wanted, cell) a row is national."""
    day = dates(rows, "date", problems)
    if "geo" not in rows.frame.columns:
        geo = pd.Series(NATIONAL, index=rows.frame.index, dtype=object)
    elif geo_for_all:
        geo = texts(rows.frame["geo"]).astype(object).replace("", NATIONAL)
    else:
        geo = names(rows, "geo", problems)
    return {"date": day, "geo": geo}


def _numeric(columns: dict[str, pd.Series]) -> dict[str, pd.Series]:
    return {name: column for name, column in columns.items() if column.dtype.kind == "f"}


def _frame(columns: dict[str, pd.Series], first: tuple[str, ...]) -> pd.DataFrame:
    order = [*first, *(name for name in columns if name not in first)]
    return pd.DataFrame({name: columns[name] for name in order}, copy=False).reset_index(drop=True)
