"""`Tables` as landing rows: checked against the contracts, then melted into the long form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError
from mediamix.data.cells import texts
from mediamix.data.restated import name_columns, naming
from mediamix.data.tables import Tables
from mediamix.ingest.contracts import CONTROL_DAY, EVENT_DAY, MEDIA_DAY, OUTCOME_DAY, Contract

# Totals are kept as DECIMAL(38,6); larger amounts are mistakes, not money.
_LARGEST = 1e15
_SHOWN = 20

_MEDIA_KEYS = ("date", "geo", "channel")
_MEDIA_TEXTS = ("campaign", "currency")


def landing_rows(tables: Tables) -> tuple[dict[Contract, pd.DataFrame], tuple[str, ...]]:
    """Every table as the rows of its contract (without lineage), in the order they came.

    A metric, outcome or control column becomes rows; missing values stay, as missing values.
    Columns of media and outcome that hold no numbers have no place there; they are named in the
    second result, as ``media.objective``.

    Raises:
        DataError: A table breaks its contract; all findings at once.
    """
    findings = [
        *_check("media", tables.media, _MEDIA_KEYS, ["spend"]),
        *_check("outcome", tables.outcome, ["date", "geo"], []),
        *_check("controls", tables.controls, ["date", "geo"], None),
        *_check_events(tables.events),
    ]
    if findings:
        hidden = len(findings) - _SHOWN
        raise DataError(
            f"the rows can't be landed: {len(findings)} finding{'s' if len(findings) > 1 else ''}",
            details=[*findings[:_SHOWN], *([f"… and {hidden} more"] if hidden > 0 else [])],
            expected="dates without time of day, complete keys, finite numbers",
            next_step="mend the source, then load it again; nothing was written",
        )
    named = _parts(tables.media)
    media = tables.media.assign(part=_part(tables.media, named))
    rows = {
        MEDIA_DAY: _melt(media, [*_MEDIA_KEYS, *_MEDIA_TEXTS, "part"], "metric"),
        OUTCOME_DAY: _melt(tables.outcome, ["date", "geo"], "metric"),
        CONTROL_DAY: _melt(tables.controls, ["date", "geo"], "control"),
        EVENT_DAY: _events(tables.events),
    }
    left_out = [
        f"{table}.{column}"
        for table, frame in (("media", tables.media), ("outcome", tables.outcome))
        for column in frame.columns
        if column not in {*_MEDIA_KEYS, *_MEDIA_TEXTS, *value_columns(frame)}
        and (table, column) not in {("media", name) for name in named}
    ]
    return rows, tuple(left_out)


def value_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that hold numbers, in the frame's order: each becomes a metric. Codes are names."""
    keys = {*_MEDIA_KEYS, *_MEDIA_TEXTS, "part", *(name_columns(frame) if "channel" in frame.columns else ())}
    numeric = pd.api.types.is_numeric_dtype
    return [column for column in frame.columns if column not in keys and numeric(frame[column].dtype)]


def _parts(media: pd.DataFrame) -> list[str]:
    """What names a media row beside the columns that landing has."""
    known = [*_MEDIA_KEYS, *_MEDIA_TEXTS]
    return [name for name in naming(media, _MEDIA_KEYS) if name not in known]


def _part(media: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """``account=A1, ad=7`` per row; None where nothing is named."""
    part = pd.Series("", index=media.index, dtype=object)
    for name in names:
        cells = texts(media[name])
        part += (", " + name + "=" + cells).where(cells != "", "")
    return part.str.removeprefix(", ").map(lambda text: text or None).astype(object)


def _melt(frame: pd.DataFrame | None, keys: Sequence[str], name: str) -> pd.DataFrame:
    """Column after column, so that the order of the first column's rows is the frame's."""
    if frame is None:
        return pd.DataFrame(columns=[*keys, name, "value"])
    values = value_columns(frame)
    full = frame.assign(**{key: None for key in keys if key not in frame.columns})
    melted = full.astype(dict.fromkeys(values, "float64")).melt(
        id_vars=list(keys), value_vars=values, var_name=name, value_name="value"
    )
    return melted[[*keys, name, "value"]]


def _events(frame: pd.DataFrame | None) -> pd.DataFrame:
    columns = [column.name for column in EVENT_DAY.columns]
    return pd.DataFrame(columns=columns) if frame is None else frame[columns]


def _check(
    table: str, frame: pd.DataFrame | None, keys: Sequence[str], numbers: Sequence[str] | None
) -> list[str]:
    """Findings of one table; `numbers` must hold numbers, None: all columns but the keys."""
    if frame is None:
        return []
    findings = _missing_columns(table, frame, [*keys, *(numbers or [])])
    if findings:
        return findings
    findings += _check_dates(table, frame, "date")
    for key in keys:
        findings += _check_text(table, frame, key) if key != "date" else []
    if numbers is None:
        numbers = [column for column in frame.columns if column not in keys]
    for column in dict.fromkeys([*numbers, *value_columns(frame)]):
        findings += _check_numbers(table, frame, column)
    return findings


def _check_events(frame: pd.DataFrame | None) -> list[str]:
    if frame is None:
        return []
    findings = _missing_columns("events", frame, [column.name for column in EVENT_DAY.columns])
    if findings:
        return findings
    return [
        *_check_dates("events", frame, "date"),
        *_check_dates("events", frame, "end_date"),
        *_check_text("events", frame, "event"),
    ]


def _missing_columns(table: str, frame: pd.DataFrame, needed: Sequence[str]) -> list[str]:
    twice = sorted({str(column) for column in frame.columns[frame.columns.duplicated()]})
    return [
        *(f"{table}: no column '{column}'" for column in needed if column not in frame.columns),
        *(f"{table}: two columns are called '{column}'" for column in twice),
    ]


def _check_dates(table: str, frame: pd.DataFrame, column: str) -> list[str]:
    dates = frame[column]
    if not pd.api.types.is_datetime64_dtype(dates.dtype):
        return [f"{table}.{column}: dates without time zone are needed, got {dates.dtype}"]
    bad = dates.isna() | (dates != dates.dt.normalize())
    return [_first_rows(f"{table}.{column}: missing, or not a whole day", dates, bad)] if bad.any() else []


def _check_text(table: str, frame: pd.DataFrame, column: str) -> list[str]:
    bad = frame[column].isna() | (frame[column].astype(str).str.strip() == "")
    return [_first_rows(f"{table}.{column}: missing", frame["date"], bad)] if bad.any() else []


def _check_numbers(table: str, frame: pd.DataFrame, column: str) -> list[str]:
    values = frame[column]
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return [f"{table}.{column}: numbers are needed, got {values.dtype}"]
    bad = values.astype("float64").abs() >= _LARGEST
    return [_first_rows(f"{table}.{column}: infinite, or beyond 1e15", values, bad)] if bad.any() else []


def _first_rows(problem: str, values: pd.Series, bad: pd.Series) -> str:
    """``problem in 3 rows, first in row 17: value``; rows count from 1, without the header."""
    places = np.flatnonzero(bad.to_numpy())
    rows = f"{len(places)} row{'s' if len(places) > 1 else ''}"
    return f"{problem} in {rows}, first in row {places[0] + 1}: {values.iloc[places[0]]}"
