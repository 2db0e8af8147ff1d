"""Rhythms of dates: found where they are, and hardly ever by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediamix.core.types import Every
from mediamix.data.rhythm import rhythm_of


def days(index: pd.DatetimeIndex) -> np.ndarray:
    return index.to_numpy().astype("datetime64[D]")


@pytest.mark.parametrize(
    ("dates", "name"),
    [
        (pd.date_range("2023-01-02", periods=60, freq="7D"), "week"),
        (pd.date_range("2023-01-02", periods=60, freq="14D"), "2 weeks"),
        (pd.date_range("2023-01-02", periods=40, freq="28D"), "4 weeks"),
        (pd.date_range("2023-01-01", periods=24, freq="MS"), "month"),
        (pd.date_range("2023-01-31", periods=24, freq="ME"), "month"),
        (pd.date_range("2023-01-15", periods=24, freq="MS") + pd.Timedelta("14D"), "month"),
        (pd.date_range("2023-01-01", periods=24, freq="BMS"), "month"),
        (pd.date_range("2023-01-01", periods=24, freq="WOM-1MON"), "month"),
        (pd.date_range("2023-01-01", periods=10, freq="QS"), "quarter"),
        (pd.date_range("2023-01-01", periods=36, freq="MS").delete([1, 3, 9, 10, 11, 20]), "month"),
        (pd.date_range("2023-01-02", periods=60, freq="7D").delete([5, 6, 7, 30]), "week"),
    ],
)
def test_rhythms_are_found_whatever_day_they_keep(dates: pd.DatetimeIndex, name: str) -> None:
    found = rhythm_of(days(dates))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "dates",
    [
        pd.date_range("2023-01-02", periods=60, freq="D"),
        pd.date_range("2023-01-02", periods=60, freq="B"),
        pd.date_range("2023-01-02", periods=3, freq="MS"),
        pd.date_range("2023-01-02", periods=52, freq="7D")[[0, 1, 2, 20, 21, 22, 23, 40, 41, 42]],
    ],
    ids=["daily", "workdays", "three dates", "bursts of weeks in a weekly model"],
)
def test_daily_rows_and_bursts_are_no_coarser_rhythm(dates: pd.DatetimeIndex) -> None:
    found = rhythm_of(days(dates))
    assert found is None or not found.coarser(Every.WEEK)


@pytest.mark.parametrize("every", [Every.DAY, Every.WEEK])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.2, 0.35, 0.5])
def test_chance_is_hardly_ever_taken_for_a_rhythm(every: Every, share: float) -> None:
    """The stated law: below 1 in 1,000, of single periods and of bursts; seeds are fixed."""
    n = 156 if every is Every.WEEK else 730
    grid = days(pd.date_range("2022-01-03", periods=n, freq="7D" if every is Every.WEEK else "D"))
    rng = np.random.default_rng(11)
    alarms, tried = 0, 2000
    for k in range(tried):
        active = rng.random(n) < share
        if k % 2:  # bursts of one to six periods
            starts = np.flatnonzero(rng.random(n) < share / 3)
            active = np.zeros(n, bool)
            for start in starts:
                active[start : start + rng.integers(1, 7)] = True
        found = rhythm_of(grid[active])
        alarms += found is not None and found.coarser(every) and found.certain(every)
    assert alarms <= 2, alarms
