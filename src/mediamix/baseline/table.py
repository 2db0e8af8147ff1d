"""The table: one row per brand and day, the schema of the Multi-Region MMM dataset, cleaned by stated rules.

    revenue = all_purchases_original_price − all_purchases_gross_discount

A channel's spend is dropped where more than a stated part of its rows has no value; what is missing in the
channels that are left counts as nothing spent, or as no click. Source of the schema: Anderson (2024), doi
10.6084/m9.figshare.25314841.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from mediamix.core.errors import DataError, FolderError
from mediamix.core.registry import suggestion
from mediamix.data.csv_file import not_csv
from mediamix.data.files import parquet_frame

BRAND, DATE, CURRENCY = "mmm_timeseries_id", "date_day", "currency_code"
PRICE, DISCOUNT = "all_purchases_original_price", "all_purchases_gross_discount"
REVENUE = "revenue"
#: Counts of the schema: nothing that a model of money can be asked for.
COUNTS = ("first_purchases", "first_purchases_units", "all_purchases", "all_purchases_units")
#: What ends so is bought, and traffic that isn't.
SPEND = "_spend"
CLICKS = ("email_clicks", "organic_search_clicks", "direct_clicks", "branded_search_clicks")
CALENDAR = ("year", "month", "weekday")
#: Part of the rows that may be missing.
MISSING = 0.8


@dataclass(frozen=True)
class Table:
    """Rows by brand, then by day.

    Args:
        features: Names of the columns: spend, clicks, calendar.
        x_nk: Their values; months count from 1, weekdays from 0 (Monday).
        y_n: Revenue.
        brands: Names, in the order of the rows.
        starts_b: First row of each.
        currencies: Of each.
        day_n: Dates.
        dropped: Column → part of its rows that is missing.
        filled: Column → values that were missing and count as 0.
    """

    features: tuple[str, ...]
    x_nk: Float[np.ndarray, "row feature"]
    y_n: Float[np.ndarray, " row"]
    brands: tuple[str, ...]
    starts_b: Int[np.ndarray, " brand"]
    currencies: tuple[str, ...]
    day_n: np.ndarray
    dropped: Mapping[str, float]
    filled: Mapping[str, int]

    @property
    def spend_k(self) -> Int[np.ndarray, " spend"]:
        """Where the features are that are bought."""
        return np.array([k for k, name in enumerate(self.features) if name.endswith(SPEND)], dtype=int)

    def rows(self, brand: int) -> slice:
        """Of a brand."""
        stop = self.starts_b[brand + 1] if brand + 1 < len(self.starts_b) else len(self.y_n)
        return slice(int(self.starts_b[brand]), int(stop))

    def unit(self, brand: int | None = None) -> str:
        """What revenue is counted in; of all brands: every currency that there is."""
        if brand is not None:
            return self.currencies[brand]
        known = sorted(set(self.currencies))
        return known[0] if len(known) == 1 else f"mixed currencies ({', '.join(known)})"


def read_table(
    source: str | Path | pd.DataFrame, *, missing: float = MISSING, outcome: str = REVENUE
) -> Table:
    """Read and clean a table.

    Args:
        source: A CSV or Parquet file, or a frame; names of columns in capitals or not.
        missing: Spend and clicks with a larger part of missing rows are dropped.
        outcome: ``revenue``, or a column of money that stands for it.

    Raises:
        DataError: Columns are missing or no numbers, days are there twice, nothing is left; all at once.
        FolderError: The file can't be read.
    """
    if not 0 <= missing <= 1:
        raise DataError(
            "that is no part of the rows", expected="0 to 1", got=f"{missing:g}", next_step="say 0.8 for 80%"
        )
    frame = source if isinstance(source, pd.DataFrame) else _frame(Path(source))
    frame = frame.rename(columns=lambda name: str(name).strip().lower())
    money = [PRICE, DISCOUNT] if outcome == REVENUE else [outcome.lower()]
    _refuse_columns(frame, [BRAND, DATE, *money], outcome)
    frame = frame.assign(**{DATE: _days(frame[DATE])}).sort_values([BRAND, DATE], kind="stable")
    offered = [name for name in frame.columns if name.endswith(SPEND)] + [c for c in CLICKS if c in frame]
    numbers = _numbers(frame, [*offered, *money])
    _refuse_twice(frame)
    y_n = numbers[money[0]] - (numbers[DISCOUNT] if outcome == REVENUE else 0.0)
    if y_n.isna().any():
        raise DataError(
            f"{int(y_n.isna().sum()):,} rows have no {outcome}",
            expected=" and ".join(money) + " in every row",
            next_step="drop those rows, or fill them in",
        )
    empty = {name: float(numbers[name].isna().mean()) for name in offered}
    kept = [name for name in offered if empty[name] <= missing]
    if not kept:
        raise DataError(
            f"no feature is left: every channel has more than {missing:.0%} of its rows missing",
            expected="at least one column of spend or clicks with values",
            got=", ".join(f"{name} {part:.0%}" for name, part in empty.items()) or "no such column",
            next_step="raise --missing, or give the columns that have values",
        )
    day = frame[DATE].dt
    calendar = {"year": day.year, "month": day.month, "weekday": day.day_of_week}
    x = pd.concat([numbers[kept].fillna(0.0), pd.DataFrame(calendar)], axis=1)
    brand = frame[BRAND].astype(str).to_numpy()
    starts_b = np.flatnonzero(np.append(True, brand[1:] != brand[:-1]))
    currency = frame[CURRENCY].astype(str).to_numpy() if CURRENCY in frame else np.full(len(frame), "money")
    return Table(
        features=tuple(x.columns),
        x_nk=x.to_numpy(dtype=float),
        y_n=y_n.to_numpy(dtype=float),
        brands=tuple(brand[starts_b]),
        starts_b=starts_b,
        currencies=tuple(currency[starts_b]),
        day_n=frame[DATE].to_numpy(dtype="datetime64[D]"),
        dropped={name: part for name, part in empty.items() if name not in kept},
        filled={name: int(numbers[name].isna().sum()) for name in kept if empty[name] > 0},
    )


def _frame(path: Path) -> pd.DataFrame:
    if not path.is_file():
        near = suggestion(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise FolderError(
            f"there is no file {path}", expected="a CSV or Parquet file", next_step=near or "check the path"
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        return parquet_frame(path)
    from pyarrow import ArrowInvalid, csv

    try:
        frame: pd.DataFrame = csv.read_csv(path).to_pandas()
    except ArrowInvalid as error:
        raise not_csv(path, error) from error
    return frame


def _refuse_columns(frame: pd.DataFrame, needed: list[str], outcome: str) -> None:
    if outcome.lower() in COUNTS:
        raise DataError(
            f"{outcome} is a count, and this is a model of money: its errors and returns would be no amounts",
            expected="revenue, or a column of money",
            got=outcome,
            next_step="leave --outcome out, or fit counts with `outcome: {unit: count}` and `mediamix fit`",
        )
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise DataError(
            f"the table has no column {', '.join(absent)}",
            expected=", ".join(needed),
            got=", ".join(map(str, frame.columns[:8])) + ", …" * (len(frame.columns) > 8),
            next_step=suggestion(absent[0], [*frame.columns]) or "rename the columns to those of the schema",
        )
    if frame.empty:
        raise DataError(
            "the table has no rows", expected="a row per brand and day", next_step="export it again"
        )


def _days(column: pd.Series) -> pd.Series:
    found = pd.to_datetime(column, errors="coerce", format="ISO8601")
    wrong = found.isna()
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum()):,} rows have no date in {DATE}",
            expected="2023-12-31",
            got=str(column[wrong].iloc[0]),
            next_step="write dates as year-month-day",
        )
    return found.dt.tz_localize(None).astype("datetime64[s]")


def _numbers(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The columns as numbers; what isn't one is an error, all of them at once."""
    found = {name: pd.to_numeric(frame[name], errors="coerce") for name in names}
    wrong = {name: frame[name][found[name].isna() & frame[name].notna()] for name in names}
    details = [
        f"{name}: {len(bad):,} cells, such as {bad.iloc[0]!r}" for name, bad in wrong.items() if len(bad)
    ]
    negative = [name for name in names if name.endswith(SPEND) and (found[name] < 0).any()]
    details += [f"{name}: {int((found[name] < 0).sum()):,} amounts below zero" for name in negative]
    if details:
        raise DataError(
            "cells that are no amounts", details=details, next_step="correct them, or leave them empty"
        )
    return pd.DataFrame(found).replace([np.inf, -np.inf], np.nan)


def _refuse_twice(frame: pd.DataFrame) -> None:
    twice = frame.duplicated([BRAND, DATE])
    if twice.any():
        first = frame[twice].iloc[0]
        raise DataError(
            f"{int(twice.sum()):,} days are there twice",
            expected=f"one row per {BRAND} and {DATE}",
            got=f"{first[BRAND]} on {first[DATE]:%Y-%m-%d}",
            next_step="keep one of them",
        )
