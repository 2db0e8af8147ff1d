"""Reach and frequency in tables: from any two columns, long or wide, over days and geos; what can't be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.spec import parse_spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.future import read_future
from mediamix.data.read import read
from mediamix.data.store import load_dataset, save_dataset

WEEKS = 80
SPEC = parse_spec({"channels": {"video": {"kind": "reach_frequency"}}})
SETS = [("reach", "frequency"), ("reach", "impressions"), ("frequency", "impressions")]


def days(n: int = WEEKS) -> pd.Series:
    return pd.Series(pd.date_range("2023-01-02", periods=n, freq="7D"))


def video(n: int = WEEKS, **geo: object) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    reach = np.round(rng.gamma(3.0, 10_000.0, n)) * (rng.random(n) < 0.8)
    frequency = np.where(reach > 0, 1.0 + rng.gamma(2.0, 1.0, n), np.nan)
    frame = pd.DataFrame({"date": days(n), "channel": "video", "spend": reach * 0.02, **geo})
    return frame.assign(reach=reach, frequency=frequency, impressions=np.nan_to_num(reach * frequency))


def tv(n: int = WEEKS, **geo: object) -> pd.DataFrame:
    spend = np.random.default_rng(4).gamma(2.0, 500.0, n)
    return pd.DataFrame({"date": days(n), "channel": "tv", "spend": spend, **geo})


def outcome(n: int = WEEKS, **geo: object) -> pd.DataFrame:
    revenue = np.random.default_rng(5).normal(20_000.0, 1000.0, n)
    return pd.DataFrame({"date": days(n), "revenue": revenue, **geo})


def whole() -> Dataset:
    return read(pd.concat([tv(), video()]), outcome(), spec=SPEC)


@pytest.mark.parametrize("kept", SETS, ids=" and ".join)
def test_any_two_columns_say_it(kept: tuple[str, str]) -> None:
    frame = video()
    own = frame[["date", "channel", "spend", *kept]]
    data = read(pd.concat([tv(), own]), outcome(), spec=SPEC)
    assert [(c.kind, c.exposure) for c in data.channels][1] == (Kind.REACH_FREQUENCY, "reach")
    np.testing.assert_allclose(data.exposure_gtc[0, :, 1], frame["reach"], rtol=1e-12)
    assert data.frequency_gtc is not None
    np.testing.assert_allclose(data.frequency_gtc[0, :, 1], frame["frequency"].fillna(0.0), rtol=1e-12)
    assert not data.frequency_gtc[0, :, 0].any()


def test_sums_are_of_reach_and_impressions() -> None:
    """Campaigns within a week, and geos of a national fit."""
    frame = video()
    halves = [
        frame.assign(campaign="a", reach=frame["reach"] / 4),
        frame.assign(campaign="b", reach=frame["reach"] * 0.75, frequency=frame["frequency"] + 1.0),
    ]
    media = pd.concat([tv(), *(half.drop(columns="impressions") for half in halves)])
    data = read(media, outcome(), spec=SPEC)
    assert data.frequency_gtc is not None
    want = np.where(frame["reach"] > 0, frame["frequency"] + 0.75, 0.0)
    np.testing.assert_allclose(data.frequency_gtc[0, :, 1], want, rtol=1e-12)
    geos = ("north", "south")
    tables = [pd.concat([make(geo=geo) for geo in geos]) for make in (tv, video, outcome)]
    tables[1] = tables[1].drop(columns="impressions")
    south = tables[1]["geo"] == "south"
    tables[1].loc[south, "frequency"] += 2.0
    media = pd.concat(tables[:2])
    summed = read(media, tables[2], spec=SPEC)
    kept = read(media, tables[2], spec=SPEC.model_copy(update={"geo": {}}))
    assert kept.geos == geos
    for data in (summed, kept.national()):
        assert data.frequency_gtc is not None
        want = np.where(frame["reach"] > 0, frame["frequency"] + 1.0, 0.0)
        np.testing.assert_allclose(data.frequency_gtc[0, :, 1], want, rtol=1e-12)
        np.testing.assert_allclose(data.exposure_gtc[0, :, 1], 2.0 * frame["reach"])


def test_a_wide_table_maps_it() -> None:
    frame = video().drop(columns=["channel"]).assign(revenue=outcome()["revenue"], tv=tv()["spend"])
    maps = {"video": {"spend": "spend", "reach": "reach", "frequency": "frequency"}, "tv": {"spend": "tv"}}
    spec = parse_spec({"data": {"wide": "t.csv", "outcome": "revenue", "media": maps}})
    data = read(wide=frame, spec=spec)
    assert data.channels[0].kind is Kind.REACH_FREQUENCY
    maps["video"] = {"spend": "spend", "reach": "reach", "exposure": "impressions"}
    other = read(
        wide=frame, spec=parse_spec({"data": {"wide": "t.csv", "outcome": "revenue", "media": maps}})
    )
    long = read(pd.concat([video(), tv()]), outcome(), spec=SPEC)
    for one in (data, other):
        assert one.frequency_gtc is not None
        np.testing.assert_allclose(one.frequency_gtc, long.frequency_gtc, rtol=1e-12)
        np.testing.assert_array_equal(one.exposure_gtc, long.exposure_gtc)


def test_it_is_stored_and_part_of_the_hash(tmp_path: Path) -> None:
    data = whole()
    save_dataset(data, tmp_path / "data.parquet")
    back = load_dataset(tmp_path / "data.parquet")
    assert back.hash == data.hash
    assert back.frequency_gtc is not None
    np.testing.assert_array_equal(back.frequency_gtc, data.frequency_gtc)
    twice = video().assign(frequency=lambda f: f["frequency"] * 2).drop(columns="impressions")
    assert read(pd.concat([tv(), twice]), outcome(), spec=SPEC).hash != data.hash


def test_media_from_before_the_outcome_keep_their_frequency() -> None:
    late = outcome().iloc[10:]
    data, frame = read(pd.concat([tv(), video()]), late, spec=SPEC), video()
    assert data.n_before == 10
    assert data.before_frequency_gtc is not None
    want = frame["frequency"].fillna(0.0)
    np.testing.assert_allclose(data.before_frequency_gtc[0, :, 1], want[:10], rtol=1e-12)
    assert np.imag(data.before_gt(1)).sum() == pytest.approx(frame["impressions"][:10].sum())


def test_the_year_before_is_repeated_with_its_frequency() -> None:
    data = whole()
    future = read_future(data, periods=8, spec=SPEC)
    assert future.frequency_gtc is not None
    assert data.frequency_gtc is not None
    source = slice(WEEKS - 52, WEEKS - 44)
    np.testing.assert_allclose(future.frequency_gtc, data.frequency_gtc[:, source], rtol=1e-12)
    given = video().iloc[:4].assign(date=days(WEEKS + 4)[WEEKS:].to_numpy())
    with pytest.raises(DataError, match="future has 1 problem") as caught:
        read_future(data, media=given.drop(columns=["frequency", "impressions"]), spec=SPEC)
    assert "needs two of reach, frequency, impressions; its rows have values in reach" in str(caught.value)


def test_a_frequency_under_one_is_refused_with_all_its_rows() -> None:
    frame = video()
    on = frame.index[frame["reach"] > 0][:4]
    frame.loc[on[:3], "frequency"] = 0.4
    frame.loc[on[3], ["frequency", "impressions"]] = np.nan
    with pytest.raises(UserError) as caught:
        read(pd.concat([tv(), frame.drop(columns="impressions")]), outcome(), spec=SPEC)
    said = str(caught.value)
    assert "3 rows have a frequency under 1, the lowest 0.4" in said
    assert all(f"{frame['date'][i]:%Y-%m-%d}" in said for i in on)
    assert "1 rows have no two of" in said


@pytest.mark.parametrize(
    ("spec", "columns", "match"),
    [
        ({"kind": "reach_frequency"}, ["reach"], "needs two of the columns reach, frequency, impressions"),
        ({"kind": "reach_frequency", "exposure": "impressions"}, ["reach", "frequency"], "it is the reach"),
    ],
)
def test_what_is_missing_is_said(spec: dict, columns: list[str], match: str) -> None:
    own = video()[["date", "channel", "spend", *columns]]
    if "exposure" in spec:
        own["impressions"] = video()["impressions"]
    with pytest.raises(SpecError) as caught:
        read(pd.concat([tv(), own]), outcome(), spec=parse_spec({"channels": {"video": spec}}))
    assert match in str(caught.value)


def test_half_a_wide_mapping_is_refused() -> None:
    media = {"video": {"spend": "s", "frequency": "f"}}
    with pytest.raises(SpecError, match="reach & frequency need two"):
        parse_spec({"data": {"wide": "t.csv", "outcome": "y", "media": media}})
