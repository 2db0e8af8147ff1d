"""The future as a dataset: what is read is what the history would have read, or last year again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Event
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.read import read

FIRST = pd.Timestamp("2022-01-03")
SPEC = parse_spec({"channels": {"tv": {"exposure": "impressions"}}})
ARRAYS = ("spend_gtc", "exposure_gtc", "controls_gtk")


def split(frames, date: str | pd.Timestamp):
    """The tables before and from a date on."""
    day = pd.Timestamp(date)
    tables = {name: getattr(frames, name) for name in ("media", "outcome", "controls")}
    past = {name: table[table["date"] < day] for name, table in tables.items()}
    ahead = {name: table[table["date"] >= day] for name, table in tables.items() if name != "outcome"}
    return past, ahead


def monday(n: int) -> pd.Timestamp:
    return FIRST + pd.Timedelta(weeks=n)


@pytest.fixture
def history(frames) -> Dataset:
    """The first 150 of 160 weeks."""
    return read(**split(frames, monday(150))[0], spec=SPEC)


@pytest.fixture
def ahead(frames) -> dict[str, pd.DataFrame]:
    return split(frames, monday(150))[1]


def findings_of(data: Dataset, check: str) -> list[str]:
    return [f"{f.severity} {f.where}: {f.message}" for f in data.findings if f.check == check]


def tables_of(every: str, frames, daily_frames):
    """Good tables; months are the first 48 weeks, dated anew."""
    if every != "month":
        return {"day": daily_frames, "week": frames}[every]
    months = dict(
        zip(
            sorted(frames.outcome["date"].unique())[:48],
            pd.date_range("2019-02-01", periods=48, freq="MS"),
            strict=True,
        )
    )
    dated = {
        name: getattr(frames, name)[getattr(frames, name)["date"].isin(months)].assign(
            date=lambda t: t["date"].map(months)
        )
        for name in ("media", "outcome", "controls")
    }
    return replace(frames, **dated)


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_reading_in_two_parts_is_reading_at_once(every: str, frames, daily_frames) -> None:
    tables = tables_of(every, frames, daily_frames)
    border = sorted(tables.media["date"].unique())[-7]
    past, later = split(tables, border)
    whole = read(tables.media, tables.outcome, tables.controls, spec=SPEC)
    history = read(**past, spec=SPEC)
    future = read_future(history, **later, spec=SPEC)
    assert future.n_periods == 7
    assert not future.observed_gt.any()
    np.testing.assert_array_equal(future.dates, whole.dates[-7:])
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(future, name), getattr(whole, name)[:, -7:], err_msg=name)
    for name in ("channels", "control_names", "geos", "currency", "unit", "outcome_name", "every"):
        assert getattr(future, name) == getattr(history, name)


def test_files_and_another_order_of_channels_and_controls(history: Dataset, ahead, tmp_path: Path) -> None:
    plain = read_future(history, **ahead, spec=SPEC)
    ahead["media"].iloc[::-1].to_csv(tmp_path / "plan.csv", index=False)
    ahead["controls"].iloc[::-1].to_csv(tmp_path / "controls.csv", index=False)
    again = read_future(history, tmp_path / "plan.csv", str(tmp_path / "controls.csv"), spec=SPEC)
    assert again.channels == history.channels
    assert again.hash == plain.hash


def test_a_channel_without_rows_has_no_spend(history: Dataset, ahead) -> None:
    media = ahead["media"][ahead["media"]["channel"] != "search"]
    future = read_future(history, media, ahead["controls"], spec=SPEC)
    assert future.channel_names == history.channel_names
    assert future.spend_gtc[0].sum(axis=0)[1] == 0
    assert future.spend_gtc[0].sum(axis=0)[0] > 0
    assert findings_of(future, "no_rows") == ["info media: search: no rows in the future: no spend"]


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_periods_alone_repeat_the_year_before(every: str, frames, daily_frames) -> None:
    tables = tables_of(every, frames, daily_frames)
    history = read(tables.media, tables.outcome, tables.controls, spec=SPEC)
    year = {"day": 364, "week": 52, "month": 12}[every]
    future = read_future(history, periods=year + 3, spec=SPEC)
    n = history.n_periods
    for name in ARRAYS:
        got, past = getattr(future, name), getattr(history, name)
        np.testing.assert_array_equal(got[:, :year], past[:, n - year :], err_msg=name)
        np.testing.assert_array_equal(got[:, year:], past[:, n - year : n - year + 3], err_msg=name)
    if every == "month":
        months = pd.DatetimeIndex(future.dates[:year]).month
        assert list(months) == list(pd.DatetimeIndex(history.dates[-year:]).month)
    else:
        source = pd.DatetimeIndex(history.dates[-year:]).day_of_week
        assert list(pd.DatetimeIndex(future.dates[:year]).day_of_week) == list(source)
    assert read_future(history, periods=1, spec=SPEC).dates.tolist() == future.dates[:1].tolist()
    said = findings_of(future, "repeated_year")
    assert len(said) == 2
    assert f"media: {future.dates[0]} to " in said[0]
    assert "more than once" in said[0]
    assert "price" in said[1]


def test_a_given_table_stands_and_the_others_are_repeated(history: Dataset, ahead) -> None:
    future = read_future(history, ahead["media"], periods=10, spec=SPEC)
    planned = read_future(history, **ahead, spec=SPEC)
    np.testing.assert_array_equal(future.spend_gtc, planned.spend_gtc)
    np.testing.assert_array_equal(future.controls_gtk, history.controls_gtk[:, 150 - 52 : 150 - 42])
    assert [line.split(":")[0] for line in findings_of(future, "repeated_year")] == ["info controls"]


def test_a_short_history_has_no_year_before(frames) -> None:
    past, later = split(frames, monday(51))
    history = read(**past, spec=SPEC)
    with pytest.raises(DataError, match=r"too short to repeat the year before(.|\n)*give the planned media"):
        read_future(history, periods=4, spec=SPEC)
    with pytest.raises(DataError, match="at least 52 weeks"):
        read_future(history, later["media"], periods=4, spec=SPEC)
    whole_year = read(**split(frames, monday(52))[0], spec=SPEC)
    assert read_future(whole_year, periods=4, spec=SPEC).n_periods == 4


@pytest.mark.parametrize("periods", [0, -3, 10**9])
def test_impossible_numbers_of_periods(history: Dataset, periods: int) -> None:
    with pytest.raises(DataError, match="periods ahead"):
        read_future(history, periods=periods, spec=SPEC)


def test_something_must_say_how_far(history: Dataset) -> None:
    with pytest.raises(DataError, match="nothing says how far"):
        read_future(history, spec=SPEC)


def test_all_that_is_wrong_is_said_at_once(history: Dataset, ahead) -> None:
    media = ahead["media"].copy()
    media["channel"] = media["channel"].replace("search", "serch")
    media.loc[media.index[0], "spend"] = -5.0
    media.loc[media["date"] == monday(152), "date"] = monday(149)
    controls = ahead["controls"].rename(columns={"price": "prise"})
    with pytest.raises(DataError, match="the future has") as caught:
        read_future(history, media, controls, spec=SPEC)
    text = caught.value.message
    for part in (
        "1 dates (2024-11-11) lie in the history, which ends on 2024-11-17",
        "no row in 1 of 10 weeks: 2024-12-02",
        "no channel 'serch'; did you mean 'search'?",
        "'price' is missing; did you mean 'prise'?",
        "negative values of spend",
    ):
        assert part in text


def test_a_gap_after_the_history(history: Dataset, ahead) -> None:
    media = ahead["media"][ahead["media"]["date"] > monday(151)]
    with pytest.raises(DataError, match=r"a gap of 2 weeks between the end of the history \(2024-11-17\)"):
        read_future(history, media, ahead["controls"], spec=SPEC)


def test_rows_of_the_history_alone_and_rows_beyond_the_periods(history: Dataset, frames, ahead) -> None:
    with pytest.raises(DataError, match="no row after the history"):
        read_future(history, split(frames, monday(150))[0]["media"], spec=SPEC)
    with pytest.raises(DataError, match="lie after the last of 4 weeks"):
        read_future(history, **ahead, periods=4, spec=SPEC)
    with pytest.raises(DataError, match="no row in 2 of 12 weeks"):
        read_future(history, **ahead, periods=12, spec=SPEC)


def test_controls_must_be_whole(history: Dataset, ahead) -> None:
    with pytest.raises(DataError, match="the fit has price, and no controls are given"):
        read_future(history, ahead["media"], spec=SPEC)
    late = ahead["controls"].iloc[:-2]
    with pytest.raises(DataError, match="control 'price': 2025-01-13, 2025-01-20: no value in 2 of 10 weeks"):
        read_future(history, ahead["media"], late, spec=SPEC)
    hole = ahead["controls"].assign(price=lambda t: t["price"].where(t["date"] != monday(153)))
    with pytest.raises(DataError, match="control 'price': 2024-12-09: no value in 1"):
        read_future(history, ahead["media"], hole, spec=SPEC)


def test_controls_that_are_too_many_are_named(history: Dataset, frames, ahead) -> None:
    future = read_future(history, ahead["media"], frames.controls.assign(moon="full"), spec=SPEC)
    np.testing.assert_array_equal(future.controls_gtk, read_future(history, **ahead, spec=SPEC).controls_gtk)
    assert findings_of(future, "outside_dates") == [
        "info controls: 150 control rows lie outside 2024-11-18 to 2025-01-26 and are left out"
    ]
    assert findings_of(future, "unknown_control") == [
        "warning controls: moon: the fit has no such control: left out"
    ]


def test_the_exposure_of_the_fit_must_be_given(history: Dataset, ahead) -> None:
    media = ahead["media"].drop(columns="impressions")
    with pytest.raises(DataError, match=r"10 rows of 'tv' have no impressions(.|\n)*one cost 0\.01"):
        read_future(history, media, ahead["controls"], spec=SPEC)
    blank = ahead["media"].copy()
    of_tv = blank["channel"] == "tv"
    blank.loc[of_tv & (blank["date"] == monday(155)), "impressions"] = np.nan
    with pytest.raises(DataError, match=r"1 rows of 'tv' have no impressions.*2024-12-23"):
        read_future(history, blank, ahead["controls"], spec=SPEC)
    blank.loc[of_tv & (blank["date"] == monday(155)), "spend"] = 0.0  # nothing bought, nothing delivered
    assert read_future(history, blank, ahead["controls"], spec=SPEC).exposure_gtc[0, 5, 0] == 0


def test_cells_and_files_that_cannot_be_read(history: Dataset, ahead, tmp_path: Path) -> None:
    media = ahead["media"].astype({"spend": object})
    media.iloc[1, media.columns.get_loc("spend")] = "12 EUR"
    with pytest.raises(DataError, match=r"row 3, column 'spend': '12 EUR'(.|\n)*no controls are given"):
        read_future(history, media, spec=SPEC)
    with pytest.raises(FolderError, match="there is no file"):
        read_future(history, tmp_path / "plan.csv", spec=SPEC)


def test_daily_rows_make_weeks(history: Dataset, ahead) -> None:
    weekly = read_future(history, **ahead, spec=SPEC)
    days = [ahead["media"].assign(date=lambda t, k=k: t["date"] + pd.Timedelta(days=k)) for k in range(7)]
    daily = pd.concat(days)
    daily[["spend", "impressions"]] /= 7
    future = read_future(history, daily, ahead["controls"], spec=SPEC)
    np.testing.assert_array_equal(future.dates, weekly.dates)
    np.testing.assert_allclose(future.spend_gtc, weekly.spend_gtc)
    short = daily[daily["date"] < daily["date"].max()]
    with pytest.raises(DataError, match="the rows end on 2025-01-25, inside the week of 2025-01-20"):
        read_future(history, short, ahead["controls"], spec=SPEC)


def test_weeks_that_start_on_another_day(history: Dataset, ahead) -> None:
    media = ahead["media"].assign(date=lambda t: t["date"] + pd.Timedelta(days=2))
    with pytest.raises(DataError, match="are not whole weeks after the history"):
        read_future(history, media, ahead["controls"], spec=SPEC)


def with_events(history: Dataset, *rows: tuple[str, str, str]) -> Dataset:
    events = tuple(Event(name, np.datetime64(a), np.datetime64(b)) for name, a, b in rows)
    return replace(history, events=events)


def dated(data: Dataset) -> list[tuple[str, str, str]]:
    return sorted((e.name, str(e.start), str(e.end)) for e in data.events)


def test_annual_events_come_again(history: Dataset) -> None:
    known = with_events(  # the history ends on 2024-11-17
        history,
        ("christmas", "2022-12-24", "2022-12-26"),
        ("christmas", "2023-12-24", "2023-12-26"),
        ("sale week", "2022-12-12", "2022-12-18"),
        ("sale week", "2023-12-11", "2023-12-17"),
        ("ended", "2022-10-01", "2022-10-02"),
        ("ended", "2023-10-01", "2023-10-02"),
        ("summer", "2022-07-01", "2022-07-02"),
        ("summer", "2023-07-01", "2023-07-02"),
        ("summer", "2024-07-01", "2024-07-02"),
        ("launch", "2023-12-04", "2023-12-10"),
        ("old launch", "2023-03-06", "2023-03-12"),
    )
    future = read_future(known, periods=12, spec=SPEC)
    assert dated(future) == [
        ("christmas", "2024-12-24", "2024-12-26"),
        ("sale week", "2024-12-09", "2024-12-15"),
    ]
    said = findings_of(future, "repeated_year")
    assert next(line for line in said if "launch" in line).startswith("warning events: launch: ")
    assert not [line for line in said if "old launch" in line or "ended" in line]
    far = dated(read_future(known, periods=60, spec=SPEC))
    assert ("summer", "2025-07-01", "2025-07-02") in far
    assert ("christmas", "2025-12-24", "2025-12-26") in far
    assert not [row for row in far if row[0] in ("ended", "launch", "old launch")]


def test_given_events_are_taken_as_they_are(history: Dataset, ahead) -> None:
    known = with_events(
        history, ("christmas", "2022-12-24", "2022-12-26"), ("christmas", "2023-12-24", "2023-12-26")
    )
    events = pd.DataFrame({"date": ["2024-12-02", "2023-12-02"], "event": ["sale", "sale"]})
    for periods in (None, 10):
        future = read_future(known, ahead["media"], ahead["controls"], events, periods=periods, spec=SPEC)
        assert dated(future) == [("sale", "2024-12-02", "2024-12-02")]
        assert "1 of 2 events lie outside" in findings_of(future, "outside_dates")[0]
    without = read_future(known, ahead["media"], ahead["controls"], spec=SPEC)
    assert without.events == ()
    assert "christmas about 2024-12-24" in findings_of(without, "no_events")[0]


def test_holidays_of_the_spec_come_by_themselves(history: Dataset) -> None:
    pytest.importorskip("holidays", reason="the package 'holidays' is not installed")
    spec = SPEC.model_copy(update={"holidays": parse_spec({"holidays": {"country": "US"}}).holidays})
    known = with_events(
        history,
        ("Thanksgiving Day", "2022-11-24", "2022-11-24"),
        ("Thanksgiving Day", "2023-11-23", "2023-11-23"),
    )
    future = dated(read_future(known, periods=4, spec=spec))
    # the fourth Thursday, not 364 days after the last one
    assert [row for row in future if "Thanksgiving" in row[0]] == [
        ("Thanksgiving Day", "2024-11-28", "2024-11-28")
    ]


def test_geos(geo_frames) -> None:
    spec = parse_spec({"geo": {}})
    past, later = split(geo_frames, monday(150))
    whole = read(geo_frames.media, geo_frames.outcome, geo_frames.controls, spec=spec)
    history = read(**past, spec=spec)
    future = read_future(history, **later, spec=spec)
    assert future.geos == ("north", "south")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(future, name), getattr(whole, name)[:, 150:])
    np.testing.assert_array_equal(future.population_g, history.population_g)
    again = read_future(history, periods=5, spec=spec)
    np.testing.assert_array_equal(again.exposure_gtc, history.exposure_gtc[:, 98:103])
    strangers = later["media"].assign(geo=later["media"]["geo"].replace("north", "nord"))
    with pytest.raises(DataError, match="media: nord: 30 media rows are of geos"):
        read_future(history, strangers, later["controls"], spec=spec)


def test_rows_of_geos_are_summed_for_a_national_history(geo_frames) -> None:
    past, later = split(geo_frames, monday(150))
    whole = read(geo_frames.media, geo_frames.outcome, geo_frames.controls, spec=Spec())
    history = read(**past, spec=Spec())
    future = read_future(history, **later, spec=Spec())
    assert future.geos == ("national",)
    np.testing.assert_allclose(future.spend_gtc, whole.spend_gtc[:, 150:])
    # geos of equal population: the plain mean is the weighted one, and it is said
    np.testing.assert_allclose(future.controls_gtk, whole.controls_gtk[:, 150:])
    assert "are averaged" in findings_of(future, "geo_match")[0]


def test_an_organic_channel_keeps_its_kind(frames) -> None:
    media = frames.media.copy()
    media.loc[media["channel"] == "social", "spend"] = np.nan
    past, later = split(replace(frames, media=media), monday(150))
    history = read(**past)
    future = read_future(history, **later, spec=Spec())
    assert future.channels == history.channels
    assert (future.exposure_gtc[0, :, 2] > 0).all()
    again = read_future(history, periods=3, spec=Spec())
    assert again.channels == history.channels
    np.testing.assert_array_equal(again.exposure_gtc, history.exposure_gtc[:, 98:101])
