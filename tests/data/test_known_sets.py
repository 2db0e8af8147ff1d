"""Data sets of other tools become datasets whose totals are those of plain pandas sums."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.spec import parse_spec
from mediamix.core.types import Every, Kind
from mediamix.data.read import read_spec

TODAY = date(2026, 1, 1)


def test_robyn(shared: Path) -> None:
    media = {name: {"spend": f"{name}_S"} for name in ("tv", "ooh", "print")}
    media["facebook"] = {"spend": "facebook_S", "exposure": "facebook_I"}
    media["search"] = {"spend": "search_S", "exposure": "search_clicks_P"}
    media["newsletter"] = {"exposure": "newsletter"}
    data = {"wide": "dt_simulated_weekly.csv", "date": "DATE", "outcome": "revenue", "media": media}
    spec = parse_spec({"data": {**data, "controls": ["competitor_sales_B"], "events": "events"}})
    got = read_spec(spec, shared / "robyn", TODAY)
    frame = pd.read_csv(shared / "robyn/dt_simulated_weekly.csv")
    assert (got.n_periods, got.every, str(got.dates[0])) == (208, Every.WEEK, "2015-11-23")
    np.testing.assert_allclose(got.outcome_gt.sum(), frame["revenue"].sum())
    for index, (name, columns) in enumerate(media.items()):
        spend = frame[columns["spend"]].sum() if "spend" in columns else 0.0
        exposure = frame[columns.get("exposure", columns.get("spend"))].sum()
        np.testing.assert_allclose(got.spend_c[index], spend, err_msg=name)
        np.testing.assert_allclose(got.exposure_gtc[:, :, index].sum(), exposure, err_msg=name)
    assert got.channels[-1].kind is Kind.ORGANIC
    assert [(e.name, str(e.start)) for e in got.events] == [
        ("event1", "2018-05-21"),
        ("event2", "2019-04-22"),
    ]
    assert [f for f in got.findings if f.severity == "warning"] == []


def test_conjura(shared: Path) -> None:
    path = shared / "conjura/conjura_one_brand_weekly.csv"
    frame = pd.read_csv(path)
    channels = list(frame.columns[1:9])
    data = {
        "wide": path.name,
        "outcome": "all_revenue",
        "media": {name: {"spend": name} for name in channels},
    }
    got = read_spec(parse_spec({"data": data}), path.parent, TODAY)
    assert got.channel_names == tuple(channels)
    assert got.n_periods == 132
    np.testing.assert_allclose(got.spend_c, frame[channels].sum())
    np.testing.assert_allclose(got.outcome_gt[0], frame["all_revenue"])


def test_meridian(shared: Path) -> None:
    media = {f"c{i}": {"spend": f"Channel{i}_spend", "exposure": f"Channel{i}_impression"} for i in range(5)}
    data = {"wide": "geo_all_channels.csv", "date": "time", "outcome": "conversions", "geo": "geo"}
    spec = parse_spec(
        {
            "data": {**data, "population": "population", "media": media},
            "outcome": {"unit": "count"},
            "geo": {},
        }
    )
    got = read_spec(spec, shared / "meridian", TODAY)
    frame = pd.read_csv(shared / "meridian/geo_all_channels.csv")
    assert got.outcome_gt.shape == (40, 156)
    by_geo = frame.groupby("geo", sort=False)[["conversions", "Channel2_spend", "Channel3_impression"]].sum()
    np.testing.assert_allclose(got.outcome_gt.sum(axis=1), by_geo["conversions"])
    np.testing.assert_allclose(got.spend_gtc[:, :, 2].sum(axis=1), by_geo["Channel2_spend"])
    np.testing.assert_allclose(got.exposure_gtc[:, :, 3].sum(axis=1), by_geo["Channel3_impression"])
