"""Media and outcome on different calendars: rows coarser than the periods, weeks on other weekdays.

Each kind in several forms: long tables and a wide one, media, controls and the outcome of a geo.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Every, Finding
from mediamix.data.dataset import Dataset
from mediamix.data.read import read
from mediamix.measure.contribution import roi
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate

N = 728


def daily(seed: int = 3, n: int = N) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Media of two channels and an outcome, a row per day; what they do isn't of interest here."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2022-01-03", periods=n)
    media = [
        pd.DataFrame({"date": dates, "channel": name, "spend": rng.gamma(3.0, 300.0, n).round(2)})
        for name in ("tv", "search")
    ]
    outcome = pd.DataFrame({"date": dates, "revenue": rng.normal(10_000, 500, n).round(2)})
    return pd.concat(media, ignore_index=True), outcome


def by(media: pd.DataFrame, channel: str, freq: str) -> pd.DataFrame:
    """One channel's rows summed per longer period."""
    own = media[media["channel"] == channel].set_index("date")["spend"].resample(freq, label="left").sum()
    coarse = own.rename_axis("date").reset_index().assign(channel=channel)
    return pd.concat([media[media["channel"] != channel], coarse], ignore_index=True)


def alignment(data: Dataset) -> list[Finding]:
    return [f for f in data.findings if f.check == "alignment"]


@pytest.mark.parametrize(
    ("freq", "name"), [("W-MON", "week"), ("W-SUN", "week"), ("MS", "month"), ("28D", "4 weeks")]
)
def test_one_channel_coarser_than_the_others_is_named(freq: str, name: str) -> None:
    media, outcome = daily()
    with pytest.raises(DataError, match=f"media: tv: a row per {name} .* looked at per day"):
        read(by(media, "tv", freq), outcome)


def test_a_monthly_channel_in_weeks_and_its_way_out() -> None:
    media, outcome = daily()
    monthly = by(media, "tv", "MS")
    weekly = pd.concat([by(by(monthly, "search", "7D"), "search", "7D")], ignore_index=True)
    with pytest.raises(DataError, match=r"tv: a row per month .* looked at per week.*add rows with 0"):
        read(weekly, outcome, spec=parse_spec({"time": {"every": "week"}}))
    data = read(monthly, outcome, spec=parse_spec({"time": {"every": "month"}}))
    assert data.every is Every.MONTH


def test_cells_that_are_empty_in_a_wide_table_are_no_rows() -> None:
    media, outcome = daily()
    table = media.pivot(index="date", columns="channel", values="spend").reset_index()
    table["revenue"] = outcome["revenue"]
    table["tv"] = table["tv"].where(table.index % 7 == 0)
    mapped: dict[str, Any] = {name: {"spend": name} for name in ("tv", "search")}
    spec = parse_spec({"data": {"wide": "x.csv", "date": "date", "media": mapped}})
    with pytest.raises(DataError, match="media: tv: a row per week"):
        read(wide=table, spec=spec)
    zeros = alignment(read(wide=table.fillna({"tv": 0.0}), spec=spec))
    assert [(f.severity, f.where) for f in zeros] == [("warning", "media: tv")]
    assert "once per week (104 times) and 0 in between" in zeros[0].message


def test_one_geo_coarser_than_the_others_in_media_and_in_outcome() -> None:
    parts = [daily(seed) for seed in (3, 4)]
    geos = ("north", "south")
    media = pd.concat([m.assign(geo=g) for (m, _), g in zip(parts, geos, strict=True)], ignore_index=True)
    outcome = pd.concat([o.assign(geo=g) for (_, o), g in zip(parts, geos, strict=True)], ignore_index=True)
    south = media["geo"] == "south"
    coarse = by(media[south].drop(columns="geo"), "tv", "W-MON").assign(geo="south")
    panel = parse_spec({"geo": {}})
    with pytest.raises(DataError, match="media: tv in south: a row per week"):
        read(pd.concat([media[~south], coarse], ignore_index=True), outcome, spec=panel)
    first_of_month = (outcome["geo"] == "north") | (outcome["date"].dt.day == 1)
    with pytest.raises(DataError, match="outcome of south: has a value per month"):
        read(media, outcome[first_of_month], spec=panel)


def test_bursts_and_pauses_are_no_rhythm(subtests: pytest.Subtests) -> None:
    media, outcome = daily()
    tv = media["channel"] == "tv"
    day = (media["date"] - media["date"].min()).dt.days
    shapes = {
        "a burst of a week every month": day % 28 < 7,
        "workdays": media["date"].dt.day_of_week < 5,
        "three days a week": media["date"].dt.day_of_week.isin([0, 2, 4]),
        "half of the year": day % 365 < 180,
        "now and then": pd.Series(np.random.default_rng(1).random(len(media)) < 0.05),
    }
    for name, runs in shapes.items():
        with subtests.test(name):
            assert alignment(read(media[~tv | runs], outcome)) == []


def test_a_newsletter_is_sent_once_a_week() -> None:
    """What is organic may be a pulse: a warning, and with rows of 0 a remark."""
    media, outcome = daily()
    letters = pd.DataFrame({"date": outcome["date"], "channel": "newsletter"})
    letters["impressions"] = np.where(letters.index % 7 == 3, 9000.0, 0.0)
    sent = letters[letters["impressions"] > 0]
    for rows, severity in ((sent, "warning"), (letters, "info")):
        seen = alignment(read(pd.concat([media, rows], ignore_index=True), outcome))
        assert [(f.severity, f.where) for f in seen] == [(severity, "media: newsletter")]


def test_a_weekly_control_in_days_is_told_by_its_rhythm() -> None:
    media, outcome = daily()
    controls = pd.DataFrame({"date": outcome["date"], "price": 1.0 + np.arange(N) % 5})
    controls["cpi"] = np.where(np.arange(N) % 7 == 0, 100.0 + np.arange(N), np.nan)
    with pytest.raises(DataError, match=r"control 'cpi'.*a value per week, while the outcome .* per day"):
        read(media, outcome, controls)


# --- quarters, years, and what is no period ------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "n", "every"),
    [("QS", 40, Every.QUARTER), ("QE", 40, Every.QUARTER), ("YS", 24, Every.YEAR), ("YE", 24, Every.YEAR)],
)
def test_quarters_and_years_are_periods_like_others(freq: str, n: int, every: Every) -> None:
    rng = np.random.default_rng(0)
    dates = pd.date_range("1990-01-01", periods=n, freq=freq)
    outcome = pd.DataFrame({"date": dates, "revenue": rng.normal(1e6, 1e4, n)})
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": rng.gamma(3.0, 1e4, n)})
    data = read(media, outcome)
    assert data.every is every
    assert data.n_periods == n
    np.testing.assert_allclose(data.spend_gtc[0, :, 0], media["spend"])
    np.testing.assert_allclose(data.outcome_gt[0], outcome["revenue"])
    assert np.isfinite(
        roi(fit(data, parse_spec({"sampler": {"chains": 1, "draws": 50, "tune": 100}})))["roi_mean"]
    ).all()


def test_months_make_quarters_and_the_last_incomplete_one_is_left_out() -> None:
    dates = pd.date_range("2015-01-01", periods=100, freq="MS")
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": np.arange(100.0) + 1})
    outcome = pd.DataFrame({"date": dates, "revenue": 1000.0 + np.arange(100.0) % 7})
    data = read(media, outcome, spec=parse_spec({"time": {"every": "quarter"}}))
    assert data.n_periods == 33
    assert data.spend_gtc[0, -1, 0] == 97 + 98 + 99
    partial = [f for f in data.findings if f.check == "partial_period"]
    assert "only 1 of 3 months have rows" in partial[0].message
    with pytest.raises(SpecError, match=r"time\.every: week can't be made of rows that are months"):
        read(media, outcome, spec=parse_spec({"time": {"every": "week"}}))


@pytest.mark.parametrize("every", ["week", "day"])
@pytest.mark.parametrize(("freq", "apart"), [("21D", "21 days"), ("45D", "45 days")])
def test_odd_periods_are_refused_whatever_is_asked_for(freq: str, apart: str, every: str) -> None:
    dates = pd.date_range("2021-01-04", periods=78, freq=freq)
    outcome = pd.DataFrame({"date": dates, "revenue": np.arange(78.0) + 100})
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": np.arange(78.0) + 1})
    with pytest.raises(DataError, match=rf"{apart} apart, which is no period") as error:
        read(media, outcome)
    assert "time:" not in str(error.value)
    with pytest.raises(DataError, match=rf"have no row \(rows are {apart} apart\)"):
        read(media, outcome, spec=parse_spec({"time": {"every": every}}))


def test_four_week_periods_are_no_months() -> None:
    dates = pd.date_range("2021-01-04", periods=60, freq="28D")
    outcome = pd.DataFrame({"date": dates, "revenue": np.arange(60.0) + 100})
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": np.arange(60.0) + 1})
    with pytest.raises(DataError, match="several dates: the rows are 28 days apart, and no calendar months"):
        read(media, outcome)


# --- weeks on other weekdays -----------------------------------------------------------------------


def weekly(media: pd.DataFrame, shift: int, *, last: bool) -> pd.DataFrame:
    """Daily media as weeks that start `shift` days after the first one, dated by first or last day."""
    day = (media["date"] - media["date"].min()).dt.days
    start = media["date"].min() + pd.to_timedelta((day - shift) // 7 * 7 + shift, unit="D")
    table = media.assign(date=start + pd.Timedelta(days=6 * last))
    return table.groupby(["date", "channel"], as_index=False, sort=False)["spend"].sum()


@pytest.mark.parametrize("dated", ["first", "last"])
@pytest.mark.parametrize("shift", [-1, 2, 5])
def test_media_weeks_are_divided_by_days_of_overlap(shift: int, dated: str) -> None:
    media, outcome = daily(n=371)
    media["spend"] = 7.0  # even within its weeks: then the division is exact
    media.loc[media["date"].dt.month == 5, "spend"] = 70.0
    spec: dict[str, Any] = {"time": {"every": "week"}}
    weeks = weekly(media, shift, last=dated == "last")
    with pytest.raises(DataError, match=r"the first or the last day of its week decides.*media_dates: first"):
        read(weeks, outcome, spec=parse_spec(spec))
    spec["time"]["media_dates"] = dated
    got = read(weeks, outcome, spec=parse_spec(spec)).spend_gtc[0]
    exact = read(media, outcome, spec=parse_spec({"time": {"every": "week"}})).spend_gtc[0]
    plain = np.flatnonzero(exact[:, 0] == 49.0)
    inner = plain[(plain > 0) & (plain < len(exact) - 1)]
    steady = inner[np.isin(inner - 1, plain) & np.isin(inner + 1, plain)]
    np.testing.assert_allclose(got[steady], exact[steady])
    np.testing.assert_allclose(got[1:-1].sum(), exact[1:-1].sum(), rtol=0.01)


def test_weeks_that_end_on_the_outcomes_last_day_are_the_outcomes_weeks() -> None:
    media, outcome = daily(n=371)
    spec: dict[str, Any] = {"time": {"every": "week", "media_dates": "last"}}
    got = read(weekly(media, 0, last=True), outcome, spec=parse_spec(spec))
    exact = read(media, outcome, spec=parse_spec({"time": {"every": "week"}}))
    np.testing.assert_allclose(got.spend_gtc, exact.spend_gtc)
    assert alignment(got) == []


def test_weeks_are_divided_between_months() -> None:
    media, outcome = daily(n=729)
    media["spend"] = 10.0
    data = read(weekly(media, 0, last=False), outcome, spec=parse_spec({"time": {"every": "month"}}))
    days = (np.diff(data.dates.astype("datetime64[D]")).astype(int)).astype(float)
    np.testing.assert_allclose(data.spend_gtc[0, :-1, 0], 10.0 * days)
    assert "are divided by days" in alignment(data)[0].message


def test_divided_weeks_find_the_true_returns() -> None:
    """Media from Sunday to Saturday, outcome from Monday: a known market, its days put together twice.

    Taken by its label, each media week would lie six days too late.
    """
    market = simulate(Scenario(seed=5, every="day", periods=1092, channels=2, noise=0.05))
    media = market.tables.media[["date", "channel", "spend"]]
    outcome = market.tables.outcome[["date", "revenue"]]
    spec: dict[str, Any] = {"time": {"every": "week", "media_dates": "first"}}
    divided = read(weekly(media, -1, last=False), outcome, spec=parse_spec(spec))
    exact = read(media, outcome, spec=parse_spec({"time": {"every": "week"}}))
    for c in range(2):
        together = np.corrcoef(divided.spend_gtc[0, 1:-1, c], exact.spend_gtc[0, 1:-1, c])[0, 1]
        late = np.corrcoef(divided.spend_gtc[0, 1:-1, c], exact.spend_gtc[0, :-2, c])[0, 1]
        assert together > 0.9 > late
    table = roi(fit(divided, parse_spec({"sampler": {"chains": 2, "draws": 300, "tune": 300}})))
    for row in table.itertuples():
        assert row.roi_p5 < market.truth.roi[row.channel] < row.roi_p95
