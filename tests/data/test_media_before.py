"""Media rows from before the first outcome: which are carried in, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read
from mediamix.data.store import load_dataset, save_dataset


def weeks(n: int = 60, geos: tuple[str, ...] = ("",)) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    dates = pd.date_range("2022-01-03", periods=n, freq="7D")
    media = [
        pd.DataFrame({"date": dates, "channel": c, "spend": rng.gamma(3, 300.0, n).round(2), "geo": g})
        for c in ("tv", "search")
        for g in geos
    ]
    outcome = [pd.DataFrame({"date": dates, "revenue": rng.normal(9e4, 5e3, n), "geo": g}) for g in geos]
    tables = [pd.concat(parts, ignore_index=True) for parts in (media, outcome)]
    first, second = (t if geos != ("",) else t.drop(columns="geo") for t in tables)
    return first, second


@pytest.mark.parametrize("geos", [("",), ("north", "south")])
def test_weeks_before_the_outcome_are_carried_in_and_in_no_total(geos, tmp_path: Path) -> None:
    media, outcome = weeks(geos=geos)
    spec = parse_spec({"geo": {}} if len(geos) > 1 else {})
    late = outcome[outcome["date"] >= "2022-05-02"]
    whole, data = read(media, outcome, spec=spec), read(media, late, spec=spec)
    n = 17
    assert data.n_before == n
    np.testing.assert_array_equal(data.series_gtc, whole.exposure_gtc)
    np.testing.assert_array_equal(data.before_spend_gtc, whole.spend_gtc[:, :n])
    np.testing.assert_array_equal(data.spend_c, whole.spend_gtc[:, n:].sum(axis=(0, 1)))
    (said,) = [f for f in data.findings if f.check == "carry_in"]
    assert said.severity == "info"
    assert "17 weeks before the first outcome" in said.message
    assert "outside_dates" not in {f.check for f in data.findings}
    again = load_dataset(save_dataset(data, tmp_path / "data.parquet"))
    assert again.hash == data.hash
    np.testing.assert_array_equal(again.before_exposure_gtc, data.before_exposure_gtc)
    np.testing.assert_array_equal(again.dates, data.dates)
    assert pd.read_parquet(tmp_path / "data.parquet")["date"].min() == whole.dates[0].astype(object)


def test_geos_are_summed_before_the_window_too() -> None:
    media, outcome = weeks(geos=("north", "south"))
    data = read(media, outcome[outcome["date"] >= "2022-05-02"])
    assert data.geos == ("national",)
    early = media[media["date"] < "2022-05-02"]
    assert data.before_spend_c.sum() == pytest.approx(early["spend"].sum())


def test_what_is_older_than_a_year_is_left_out_aloud() -> None:
    media, outcome = weeks(160)
    data = read(media, outcome[outcome["date"] >= "2024-01-01"])
    assert data.n_before == 52
    (said,) = [f for f in data.findings if f.check == "outside_dates"]
    assert said.where == "2022-01-03 to 2022-12-26"


def test_days_of_a_week_that_is_left_out_are_carried_in() -> None:
    dates = pd.date_range("2022-01-03", periods=360)
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": 10.0 + np.arange(360) % 9})
    outcome = pd.DataFrame({"date": dates, "revenue": 900.0 + np.arange(360) % 11})
    spec = parse_spec({"time": {"every": "week"}})
    late = read(media, outcome.iloc[10:], spec=spec)
    assert late.n_before == 2
    assert late.before_spend_c[0] == media["spend"].iloc[:10].sum()


def test_zeros_before_the_outcome_are_no_history_and_media_that_never_meet_it_an_error() -> None:
    media, outcome = weeks()
    late = outcome[outcome["date"] >= "2022-05-02"]
    zero = media.assign(spend=media["spend"].where(media["date"] >= "2022-05-02", 0.0))
    data = read(zero, late)
    assert data.n_before == 0
    assert data.before_exposure_gtc is None
    with pytest.raises(DataError, match="rows lie outside the outcome's dates"):
        read(media[media["date"] < "2022-05-02"], late)
