"""Rows to arrays: totals are kept, grids are regular, what is left out is said."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.core.errors import DataError, ExtraError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.types import Every, Kind
from mediamix.data.assemble import assemble
from mediamix.data.periods import TimeAxis, detect, starts
from mediamix.data.read import read


def spends(data) -> dict[str, float]:
    return dict(zip(data.channel_names, data.spend_c, strict=True))


def test_totals_are_those_of_the_rows(frames) -> None:
    data = assemble(frames.tables(Spec()), Spec())
    assert spends(data) == pytest.approx(frames.media.groupby("channel")["spend"].sum().to_dict())
    np.testing.assert_allclose(data.outcome_gt[0], frames.outcome["revenue"])
    np.testing.assert_allclose(data.controls_gtk[0, :, 0], frames.controls["price"])
    assert data.every is Every.WEEK
    assert data.geos == ("national",)
    assert data.channel_names == ("tv", "search", "social")
    assert data.findings == ()


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_doesnt_matter_within_a_channel(random) -> None:
    dates = pd.date_range("2024-01-01", periods=30)
    outcome = pd.DataFrame({"date": dates, "revenue": np.arange(30.0) + 5})
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": np.arange(30.0) ** 2})
    order = list(range(30))
    random.shuffle(order)
    assert read(media.iloc[order], outcome.iloc[order]).hash == read(media, outcome).hash


def test_days_become_weeks_and_months_with_the_same_totals(daily_frames) -> None:
    tables = daily_frames.tables(Spec())
    days = assemble(tables, Spec())
    for every, rule in (("week", "W-SUN"), ("month", "MS")):
        spec = parse_spec({"time": {"every": every}})
        data = assemble(tables, spec)
        kept = (days.dates >= data.dates[0]) & (days.dates < TimeAxis(data.dates, data.every).ends[-1])
        np.testing.assert_allclose(data.spend_c, days.spend_gtc[0, kept].sum(axis=0))
        np.testing.assert_allclose(data.outcome_gt.sum(), days.outcome_gt[0, kept].sum())
        # an oracle of pandas' own: resampled sums and means of the whole periods
        daily = daily_frames.outcome.set_index("date")["revenue"].resample(rule).agg(["sum", "count"])
        whole = daily[daily["count"] == (7 if every == "week" else daily.index.days_in_month)]
        np.testing.assert_allclose(data.outcome_gt[0], whole["sum"])
        price = daily_frames.controls.set_index("date")["price"].resample(rule).mean()
        np.testing.assert_allclose(data.controls_gtk[0, :, 0], price.loc[whole.index])


def test_incomplete_periods_are_left_out_aloud(daily_frames) -> None:
    data = assemble(daily_frames.tables(Spec()), parse_spec({"time": {"every": "month"}}))
    assert str(data.dates[0]) == "2022-02-01"  # the rows start on the 3rd of January
    partial = [f for f in data.findings if f.check == "partial_period"]
    assert [f.where for f in partial] == ["month of 2022-01-01", "month of 2024-03-01"]
    lost = daily_frames.outcome.loc[daily_frames.outcome["date"] < "2022-02-01", "revenue"].sum()
    assert f"only 29 of 31 days have rows: the month is left out, with {lost:,.0f}" in partial[0].message
    outside = next(f for f in data.findings if f.check == "outside_dates")
    assert outside.severity == "warning"


def test_media_outside_the_outcome_are_left_out_aloud(frames) -> None:
    extra = pd.DataFrame({"date": ["2025-01-27"], "channel": ["tv"], "spend": [777.0], "impressions": [1.0]})
    media = pd.concat([extra, frames.media.assign(date=frames.media["date"].dt.strftime("%Y-%m-%d"))])
    data = read(media, frames.outcome)
    finding = next(f for f in data.findings if f.check == "outside_dates")
    assert "1 media rows" in finding.message
    assert "777" in finding.message
    assert data.spend_c.sum() == pytest.approx(frames.media["spend"].sum())


def test_media_that_never_meet_the_outcome_are_an_error(frames) -> None:
    with pytest.raises(DataError, match="480 media rows lie outside the outcome's dates"):
        read(frames.media.assign(date=frames.media["date"] - pd.Timedelta("3650D")), frames.outcome)


def test_daily_media_are_summed_into_the_outcomes_weeks(daily_frames) -> None:
    weekly = daily_frames.outcome.set_index("date")["revenue"].resample("7D").sum().reset_index()[:-1]
    data = read(daily_frames.media, weekly)
    expected = daily_frames.media[daily_frames.media["channel"] == "tv"].set_index("date")["spend"]
    np.testing.assert_allclose(data.spend_gtc[0, :, 0], expected.resample("7D").sum()[: len(weekly)])
    assert any(f.check == "alignment" and f.severity == "info" for f in data.findings)


def test_a_panel_keeps_its_geos_and_its_sum_is_national(geo_frames) -> None:
    panel = read(geo_frames.media, geo_frames.outcome, geo_frames.controls, spec=parse_spec({"geo": {}}))
    nation = read(geo_frames.media, geo_frames.outcome, geo_frames.controls)
    assert panel.geos == ("north", "south")
    assert nation.geos == ("national",)
    by_geo = geo_frames.media.groupby(["geo", "channel"])["spend"].sum()
    assert panel.spend_gtc.sum(axis=1)[1, 0] == pytest.approx(by_geo["south", "tv"])
    np.testing.assert_allclose(nation.outcome_gt[0], geo_frames.outcome.groupby("date")["revenue"].sum())
    np.testing.assert_allclose(panel.population_g, 1e6)


def test_population_can_be_left_aside_and_must_be_positive(geo_frames) -> None:
    outcome = geo_frames.outcome.assign(population=0)
    with pytest.raises(DataError, match="2 of 2 geos have a population of zero or less"):
        read(geo_frames.media, outcome, spec=parse_spec({"geo": {}}))
    assert (
        read(geo_frames.media, outcome, spec=parse_spec({"geo": {"population": None}})).population_g is None
    )
    renamed = geo_frames.outcome.rename(columns={"population": "people"})
    data = read(geo_frames.media, renamed, spec=parse_spec({"geo": {"population": "people"}}))
    np.testing.assert_allclose(data.population_g, 1e6)
    with pytest.raises(DataError, match="'people' is missing"):
        read(geo_frames.media, geo_frames.outcome, spec=parse_spec({"geo": {"population": "people"}}))


def test_national_outcome_takes_the_media_of_all_geos(geo_frames) -> None:
    outcome = geo_frames.outcome.groupby("date")[["revenue"]].sum().reset_index()
    data = read(geo_frames.media, outcome, geo_frames.controls)
    assert spends(data) == pytest.approx(geo_frames.media.groupby("channel")["spend"].sum().to_dict())
    np.testing.assert_allclose(
        data.controls_gtk[0, :, 0], geo_frames.controls.groupby("date")["price"].mean()
    )


def test_geos_that_the_outcome_lacks_are_an_error(geo_frames) -> None:
    media = geo_frames.media.replace({"geo": {"south": "coast"}})
    with pytest.raises(DataError, match=r"media: coast: 480 media rows are of geos that the outcome doesn't"):
        read(media, geo_frames.outcome, spec=parse_spec({"geo": {}}))


def test_campaigns_are_summed(frames) -> None:
    half = frames.media.assign(spend=frames.media["spend"] / 2, impressions=frames.media["impressions"] / 2)
    split = pd.concat([half.assign(campaign="a"), half.assign(campaign="b")])
    assert read(split, frames.outcome).hash == read(frames.media, frames.outcome).hash


def test_kinds_and_exposures(frames) -> None:
    mail = frames.media[frames.media["channel"] == "tv"].assign(channel="mail", spend=np.nan)
    media = pd.concat([frames.media, mail])
    spec = parse_spec({"channels": {"tv": {"exposure": "impressions"}, "social": {"kind": "organic"}}})
    data = read(media, frames.outcome, spec=spec)
    assert [(c.name, c.kind, c.exposure) for c in data.channels] == [
        ("tv", Kind.PAID, "impressions"),
        ("search", Kind.PAID, "spend"),
        ("social", Kind.ORGANIC, "spend"),
        ("mail", Kind.ORGANIC, "impressions"),
    ]
    np.testing.assert_allclose(data.exposure_gtc[0, :, 3], data.exposure_gtc[0, :, 0])
    assert data.spend_c[3] == 0


BAD_SPECS = {
    "unknown channel": ({"channels": {"tvv": {}}}, SpecError, "did you mean 'tv'"),
    "unknown exposure": (
        {"channels": {"tv": {"exposure": "impresions"}}},
        SpecError,
        "did you mean 'impressions'",
    ),
    "unknown outcome": ({"outcome": {"column": "revenu"}}, DataError, "did you mean 'revenue'"),
    "finer": ({"time": {"every": "day"}}, SpecError, "day can't be made of rows that are weeks"),
    "weeks to months": (
        {"time": {"every": "month"}},
        SpecError,
        "month can't be made of rows that are weeks",
    ),
}


@pytest.mark.parametrize("case", BAD_SPECS)
def test_specs_that_dont_fit_the_data(frames, case: str) -> None:
    raw, kind, message = BAD_SPECS[case]
    with pytest.raises(kind, match=message):
        read(frames.media, frames.outcome, spec=parse_spec(raw))


def test_a_missing_outcome_names_the_numeric_columns(frames) -> None:
    outcome = frames.outcome.rename(columns={"revenue": "sales"}).assign(orders=3, note="x")
    with pytest.raises(DataError, match=r"numeric columns: sales, orders\n"):
        read(frames.media, outcome)


def test_a_period_that_is_none(frames) -> None:
    outcome = frames.outcome.assign(date=pd.date_range("2022-01-01", periods=160, freq="3D"))
    with pytest.raises(DataError, match="3 days apart, which is no period"):
        read(frames.media, outcome)


def test_a_mistyped_year_is_no_axis_of_centuries(daily_frames) -> None:
    dates = daily_frames.outcome["date"].dt.strftime("%Y-%m-%d")
    dates.iloc[-1] = "9024-01-01"
    broken = replace(daily_frames, outcome=daily_frames.outcome.assign(date=dates))
    with pytest.raises(DataError, match="mistyped year"):
        assemble(broken.tables(Spec()), Spec())


def test_months_may_be_dated_by_any_day() -> None:
    ends = pd.date_range("2020-01-31", periods=30, freq="ME")
    media = pd.DataFrame({"date": ends, "channel": "tv", "spend": np.arange(30.0)})
    outcome = pd.DataFrame({"date": ends.to_period("M").to_timestamp(), "revenue": np.arange(30.0) + 1})
    data = read(media, outcome)
    assert data.every is Every.MONTH
    np.testing.assert_array_equal(data.spend_gtc[0, :, 0], np.arange(30.0))


@settings(max_examples=50, deadline=None)
@given(st.dates(), st.integers(2, 400), st.sampled_from(list(Every)))
def test_each_day_has_its_place(first, n: int, every: Every) -> None:
    if first.year > 9900:
        return
    start = np.datetime64(first, "D")
    axis = TimeAxis(starts(start, start + n, every), every)
    days = np.arange(start, start + n + 1)
    place = axis.place(days)
    assert (axis.starts[place] <= days).all()
    assert (days < axis.ends[place]).all()
    assert axis.place(np.array([axis.starts[0] - 1, axis.ends[-1]])).tolist() == [-1, -1]
    assert len(axis) < 3 or detect(axis.starts) is every


def test_holidays_need_their_package(frames, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ExtraError, match="needs the package 'holidays'"):
        read(frames.media, frames.outcome, spec=parse_spec({"holidays": {"country": "US"}}))


def test_holidays_become_events_of_one_name(frames, monkeypatch) -> None:
    def calendar(country: str, years, observed: bool, language: str) -> dict[object, str]:
        days = {pd.Timestamp(f"{y}-12-25").date(): "Christmas Day; Sunday" for y in years}
        return days | {pd.Timestamp(f"{y}-12-26").date(): "Christmas Day" for y in years}

    fake = SimpleNamespace(country_holidays=calendar, list_supported_countries=lambda: {"US": [], "DE": []})
    monkeypatch.setitem(sys.modules, "holidays", fake)
    data = read(frames.media, frames.outcome, spec=parse_spec({"holidays": {"country": "us"}}))
    found = [(e.name, str(e.start), str(e.end)) for e in data.events if e.name == "Christmas Day"]
    assert found == [("Christmas Day", f"{y}-12-25", f"{y}-12-26") for y in (2022, 2023, 2024)]
    with pytest.raises(SpecError, match="'UK' is not known"):
        read(frames.media, frames.outcome, spec=parse_spec({"holidays": {"country": "UK"}}))


def test_real_holidays_in_english(frames) -> None:
    pytest.importorskip("holidays", reason="the package holidays is not installed")
    data = read(frames.media, frames.outcome, spec=parse_spec({"holidays": {"country": "DE"}}))
    names = [e.name for e in data.events]
    assert names.count("New Year's Day") == 3  # 2022 starts before the first week
    assert all(data.dates[0] <= e.start for e in data.events)


def test_events_outside_the_dates_are_left_out_aloud(frames) -> None:
    events = pd.DataFrame({"date": ["2022-05-01", "2035-01-01"], "event": ["a", "b"]})
    data = read(frames.media, frames.outcome, events=events)
    assert [e.name for e in data.events] == ["a"]
    assert any("1 of 2 events lie outside" in f.message for f in data.findings)
