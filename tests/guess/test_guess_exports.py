"""What platforms export, and tables in the columns of other open sets; rows are made, columns are theirs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from tables import assumed, channels, of, roles, saved
from test_guess_known_sets import read_back

from mediamix.data.guess.whole import guess

N = 60


def test_google_ads_with_its_title_and_total(wide: pd.DataFrame, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows: list[list[object]] = [["Campaign performance report"], ["January 1, 2024 - February 29, 2024"]]
    rows.append(["Campaign", "Day", "Currency code", "Cost", "Impr.", "Clicks", "Conversions"])
    days = pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d")
    total = np.zeros(4)
    for day in days:
        for campaign in ("Brand DE", "Generic", "Shopping"):
            numbers = [round(float(rng.gamma(2.0, 50.0)), 2), *map(int, rng.integers(9, 900, 3))]
            total += numbers
            rows.append([campaign, day, "USD", *numbers])
    rows.append(["Total: Campaigns", " --", "USD", round(total[0], 2), *map(int, total[1:])])
    path = tmp_path / "campaigns.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    orders = saved(pd.DataFrame({"date": days, "orders": rng.poisson(300, N)}), tmp_path / "orders.csv")
    found = guess([path, orders])
    assert roles(found) == {
        "Campaign": "channel",
        "Day": "date",
        "Currency code": "currency",
        "Cost": "spend",
        "Impr.": "exposure",
        "Clicks": "exposure",
        "Conversions": "ignored",  # what the platform counts as its own
        "date": "date",
        "orders": "outcome",
    }
    assert assumed(found) == {}
    assert any("row 184 ('Total: Campaigns') is the sum of rows above it" in note for note in found.notes)
    spec, findings, dataset = read_back(found, tmp_path / "project")
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    np.testing.assert_allclose(dataset.spend_c.sum(), total[0])
    assert spec.outcome.currency == "USD"
    assert {c.exposure for c in dataset.channels} == {"impressions"}


def test_meta_ads_is_one_channel(wide: pd.DataFrame, tmp_path: Path) -> None:
    ends = (pd.to_datetime(wide["date"]) + pd.Timedelta(days=6)).dt.strftime("%Y-%m-%d")
    export = pd.DataFrame({"Reporting starts": wide["date"], "Reporting ends": ends})
    export["Campaign name"] = "All"
    export["Amount spent (EUR)"] = wide["tv_spend"]
    export["Impressions"] = (wide["tv_spend"] * 50).round()
    export["Link clicks"] = (wide["tv_spend"] / 2).round()
    sales = saved(wide[["date", "revenue"]], tmp_path / "sales.csv")
    found = guess([saved(export, tmp_path / "meta.csv"), sales])
    assert channels(found) == {"media": ("Amount spent (EUR)", "Impressions")}
    assert assumed(found) == {}
    _, findings, dataset = read_back(found, tmp_path / "project")
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    np.testing.assert_allclose(dataset.spend_c, wide["tv_spend"].sum())


def test_the_prefixes_of_a_retailers_table(wide: pd.DataFrame, tmp_path: Path) -> None:
    """`mdip`: impressions, `mdsp`: spend, `hldy`: holidays, `seas`: season, `me`: economy, `st_ct`: shops."""
    n, rng = len(wide), np.random.default_rng(1)
    frame = pd.DataFrame({"wk_strt_dt": wide["date"], "sales": wide["revenue"]})
    for channel in ("dm", "tv"):
        frame[f"mdip_{channel}"] = rng.integers(0, 900_000, n)
        frame[f"mdsp_{channel}"] = rng.gamma(2.0, 300.0, n).round(2)
    frame["hldy_xmas"] = (np.arange(n) % 52 == 50).astype(int)
    frame["seas_week_3"] = (np.arange(n) % 52 == 3).astype(int)
    frame["mrkdn_valadd"] = rng.random(n).round(4)
    frame["me_gas_dpg"] = rng.normal(3.0, 0.1, n).round(4)
    frame["st_ct"] = 4000 + np.arange(n) // 9
    found = of(frame, tmp_path / "table.csv")
    assert channels(found) == {"dm": ("mdsp_dm", "mdip_dm"), "tv": ("mdsp_tv", "mdip_tv")}
    wanted = {"sales": "outcome", "hldy_xmas": "event", "seas_week_3": "ignored", "mrkdn_valadd": "control"}
    assert {name: role for name, role in roles(found).items() if name in wanted} == wanted
    assert assumed(found) == {"others": "ignored", "currency": "EUR"}
    assert "'me_gas_dpg', 'st_ct'" in found.questions[0].text


def test_numbered_media(wide: pd.DataFrame, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"week": wide["date"], "target": wide["revenue"]})
    frame = frame.assign(media_0=rng.random(len(wide)), media_1=rng.random(len(wide)))
    found = of(frame, tmp_path / "table.csv")
    assert channels(found) == {"media_0": (None, "media_0"), "media_1": (None, "media_1")}
    assert assumed(found) == {"unit": "revenue", "media": "exposure", "currency": "EUR"}
