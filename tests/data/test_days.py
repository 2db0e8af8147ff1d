"""Dates by the pattern of their column, and the one rule that makes days of time stamps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mediamix.core.errors import DataError
from mediamix.core.spec import parse_spec
from mediamix.data.cells import dates
from mediamix.data.read import read
from mediamix.data.rows import Rows


def days(cells: object, day_first: bool | None = None) -> tuple[list[str], list[str], list[str]]:
    """Days as text, problems, remarks."""
    column = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype=object)
    rows = Rows("t.csv", pd.DataFrame({"date": column}), day_first=day_first)
    problems: list[str] = []
    found = dates(rows, "date", problems)
    return [str(day)[:10] for day in found], problems, [finding.message for finding in rows.remarks]


SEVERAL = ["2024-01-01T23:30:00+02:00", "2024-01-08T00:30:00+01:00"]


@pytest.mark.parametrize("form", ["text", "object", "parquet text"])
def test_a_stamp_is_the_day_that_it_shows_at_its_own_offset(tmp_path: Path, form: str) -> None:
    cells = pd.Series(SEVERAL, dtype=object)
    if form == "object":
        cells = pd.Series([dt.datetime.fromisoformat(cell) for cell in SEVERAL], dtype=object)
    if form == "parquet text":
        cells.to_frame("date").to_parquet(tmp_path / "t.parquet")
        cells = pd.read_parquet(tmp_path / "t.parquet")["date"]
    found, problems, remarks = days(cells)
    assert (found, problems) == (["2024-01-01", "2024-01-08"], [])
    assert remarks == [
        "time stamps with an offset (+01:00, +02:00) are the day that they show, at their own offset"
    ]


def test_stamps_of_a_zone_are_the_day_there_in_parquet_and_polars(tmp_path: Path) -> None:
    zone = pd.Series(pd.to_datetime(["2024-01-01 23:30", "2024-07-01 00:30"])).dt.tz_localize("Europe/Berlin")
    zone.to_frame("date").to_parquet(tmp_path / "t.parquet")
    for column in (
        zone,
        pd.read_parquet(tmp_path / "t.parquet")["date"],
        pl.Series("date", list(zone), dtype=pl.Datetime("us", "Europe/Berlin")).to_pandas(),
    ):
        found, problems, remarks = days(column)
        assert (found, problems) == (["2024-01-01", "2024-07-01"], [])
        assert remarks == ["time stamps of the zone Europe/Berlin are the day that they show there"]


WINTER_AND_SUMMER = ["2023-12-31T23:00:00Z", "2024-06-30T22:00:00Z"]
SHIFTED = {
    "Berlin": WINTER_AND_SUMMER,
    "Berlin, winter only": ["2023-12-31T23:00:00Z", "2024-01-07T23:00:00Z"],
    "BigQuery": ["2023-12-31 23:00:00 UTC", "2024-06-30 22:00:00 UTC"],
    "without an offset": ["2023-12-31 23:00:00", "2024-06-30 22:00:00"],
    "India": ["2023-12-31T18:30:00+00:00", "2024-01-07T18:30:00+00:00"],
    "typed": pd.Series(pd.to_datetime(WINTER_AND_SUMMER)),
    "typed, without a zone": pd.Series(pd.to_datetime(WINTER_AND_SUMMER)).dt.tz_localize(None),
}


@pytest.mark.parametrize("case", SHIFTED)
def test_midnights_of_another_zone_are_refused(case: str) -> None:
    _, problems, _ = days(SHIFTED[case])
    assert len(problems) == 1
    assert "as midnights of a time zone further east do when they are written in UTC" in problems[0]


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"],
        ["2024-01-01T05:00:00Z", "2024-07-01T04:00:00Z"],  # midnight in New York is the same day
        ["2024-01-01 23:59:59", "2024-01-07 23:59:59"],
        ["2024-01-01T23:00:00+02:00", "2024-01-02T23:00:00+02:00"],
        ["2024-01-01T23:00:00Z", "2024-01-02T11:17:00Z"],
    ],
)
def test_other_clock_times_are_their_day(cells: list[str]) -> None:
    found, problems, _ = days(cells)
    assert problems == []
    assert found == [cell[:10] for cell in cells]


@pytest.mark.parametrize("sign", ["/", "-"])
def test_the_whole_column_decides_day_and_month(sign: str) -> None:
    cells = [f"{day:02d}{sign}04{sign}2024" for day in (3, 10, 17)]
    assert days(cells)[0] == ["2024-04-03", "2024-04-10", "2024-04-17"]
    swapped = [f"04{sign}{day:02d}{sign}2024 00:00" for day in (3, 10, 17)]
    assert days(swapped)[0] == ["2024-04-03", "2024-04-10", "2024-04-17"]


def test_either_is_asked_and_the_answer_is_a_line_of_the_spec(frames) -> None:
    cells = ["03/04/2024", "05/06/2024"]
    _, problems, _ = days(cells)
    assert "`data: {day_first: true}` for day/month" in problems[0]
    assert days(cells, day_first=True)[0] == ["2024-04-03", "2024-06-05"]
    assert days(cells, day_first=False)[0] == ["2024-03-04", "2024-05-06"]
    assert days(["13/04/2024"], day_first=False)[1]  # what the spec says is law
    events = pd.DataFrame({"date": ["03/04/2022", "04/04/2022"], "event": ["a", "b"]})
    with pytest.raises(DataError, match="day_first"):
        read(frames.media, frames.outcome, events=events)
    spec = parse_spec({"data": {"media": "m", "outcome": "o", "day_first": True}})
    assert [str(e.start) for e in read(frames.media, frames.outcome, events=events, spec=spec).events] == [
        "2022-04-03",
        "2022-04-04",
    ]


@pytest.mark.parametrize("cells", [["44928", "44935"], [44928, 44935.0], pd.Series([44928, 44935])])
def test_excels_day_numbers_are_told(cells: object) -> None:
    found, problems, remarks = days(cells)
    assert (found, problems) == (["2023-01-02", "2023-01-09"], [])
    assert remarks == ["dates are Excel's day numbers: 44928 is 2023-01-02"]


def test_day_numbers_among_dates_are_none() -> None:
    assert "'44935' is no date" in days(["2023-01-02", "44935"])[1][0]
    assert np.isnat(np.datetime64(days(["2023-01-02", "44935"])[0][1]))
