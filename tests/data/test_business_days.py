"""Fortnights as periods, and days without weekends: nothing is assumed, and no sum changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Every
from mediamix.data.dataset import Dataset
from mediamix.data.read import read


def every_two_weeks(n: int = 60, shift: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = pd.date_range("2021-01-04", periods=n, freq="14D")
    outcome = pd.DataFrame({"date": dates, "revenue": np.arange(n) + 100.0})
    spent = pd.DataFrame({"channel": "tv", "spend": np.arange(n) + 1.0})
    return spent.assign(date=dates + pd.Timedelta(days=shift)), outcome


def test_fortnights_are_periods() -> None:
    media, outcome = every_two_weeks()
    data = read(media, outcome)
    assert (data.every, data.n_periods) == (Every.FORTNIGHT, 60)
    assert data.outcome_gt[0].tolist() == outcome["revenue"].tolist()
    assert data.spend_gtc[0, :, 0].tolist() == media["spend"].tolist()
    for finer in ("week", "day", "month"):
        with pytest.raises(SpecError, match="can't be made of rows that are fortnights"):
            read(media, outcome, spec=parse_spec({"time": {"every": finer}}))


def test_weeks_and_days_make_fortnights() -> None:
    for freq, whole in (("7D", 20.0), ("D", 140.0)):
        dates = pd.date_range("2021-01-04", periods=52 * 14 // (14 if freq == "7D" else 1), freq=freq)
        rows = pd.DataFrame(
            {"date": dates, "revenue": 10.0 + (np.arange(len(dates)) == 0), "spend": 2.0, "channel": "tv"}
        )
        spec = parse_spec({"time": {"every": "fortnight"}})
        data = read(rows[["date", "channel", "spend"]], rows[["date", "revenue"]], spec=spec)
        assert data.n_periods == len(dates) * (7 if freq == "7D" else 1) // 14
        assert np.unique(data.outcome_gt).tolist() == [whole, whole + 1]


def test_a_missing_fortnight_and_other_fortnights_are_errors() -> None:
    media, outcome = every_two_weeks()
    with pytest.raises(DataError, match="1 of 60 fortnights have no row"):
        read(media, outcome.drop(index=30))
    media, outcome = every_two_weeks(shift=7)
    with pytest.raises(
        DataError, match="fortnights begin on 2021-01-11 and so on, the outcome's on 2021-01-04"
    ):
        read(media, outcome)


def business_days() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    dates = pd.bdate_range("2024-01-01", "2024-06-28")  # a Monday to a Friday
    outcome = pd.DataFrame({"date": dates, "revenue": np.arange(len(dates)) * 3.0 + 300})
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": np.arange(len(dates)) % 9 + 1.0})
    return media, outcome, pd.DataFrame({"date": dates, "index": np.arange(len(dates)) + 50.0})


def said(means: str, **more: object) -> Dataset:
    media, outcome, controls = business_days()
    return read(media, outcome, controls, spec=parse_spec({"time": {"weekends": means, **more}}))


def test_what_no_row_on_weekends_means_is_asked() -> None:
    media, outcome, controls = business_days()
    with pytest.raises(DataError) as refused:
        read(media, outcome, controls)
    said_so = [line for line in refused.value.details if "Saturdays and Sundays" in line]
    assert "50 days of weekends have no row" in said_so[0]
    assert (
        "whether nothing happened on them, or the Monday's or the Friday's row holds them, too" in said_so[0]
    )
    assert "`time: {weekends: zero}`" in said_so[0]


@pytest.mark.parametrize("means", ["zero", "monday", "friday"])
def test_each_meaning_keeps_the_sum(means: str) -> None:
    _, outcome, _ = business_days()
    data = said(means)
    assert data.every is Every.DAY
    assert data.outcome_gt.sum() == pytest.approx(outcome["revenue"].sum())
    assert not np.isnan(data.controls_gtk).any()
    assert any(f.check == "weekends" for f in data.findings)
    day = {str(d): v for d, v in zip(data.dates, data.outcome_gt[0], strict=True)}
    friday, monday = 312.0, 315.0  # of 5 and 8 January 2024
    weekend = {"zero": 0.0, "monday": monday / 3, "friday": friday / 3}[means]
    assert (day["2024-01-06"], day["2024-01-07"]) == (weekend, weekend)
    assert day["2024-01-05"] == (friday / 3 if means == "friday" else friday)
    assert day["2024-01-08"] == (monday / 3 if means == "monday" else monday)
    index = dict(zip(map(str, data.dates), data.controls_gtk[0, :, 0], strict=True))
    assert index["2024-01-06"] == (55.0 if means == "monday" else 54.0)


def test_weeks_of_business_days() -> None:
    data = said("zero", every="week")
    assert data.outcome_gt[0, 0] == 300 + 303 + 306 + 309 + 312


def test_a_missing_day_of_business_is_still_missing() -> None:
    media, outcome, controls = business_days()
    with pytest.raises(DataError, match=r"outcome: 2024-01-10: 1 of \d+ days have no row"):
        read(
            media,
            outcome[outcome["date"] != "2024-01-10"],
            controls,
            spec=parse_spec({"time": {"weekends": "zero"}}),
        )
