"""A file that we wrote with guarded names is read with the names as they were, in every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.data.csv_text import csv_text

NAMES = ("=HYPERLINK(A1)", "@tv", "+search", "-5% off")
WEEKS = pd.date_range("2022-01-03", periods=40, freq="7D")


def media(names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    spend = rng.gamma(3.0, 900.0, (len(WEEKS), len(names))).round(2)
    return pd.DataFrame(
        {
            "date": np.repeat(WEEKS, len(names)),
            "channel": list(names) * len(WEEKS),
            "spend": spend.ravel(),
        }
    )


def outcome() -> pd.DataFrame:
    return pd.DataFrame({"date": WEEKS, "revenue": np.linspace(90_000.0, 120_000.0, len(WEEKS))})


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_channels_keep_their_names(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"media{suffix}"
    text = csv_text(media())
    if suffix == ".csv":
        path.write_text(text)
    else:  # opened in a spreadsheet and saved from there: the apostrophe is part of the cell
        guarded = media().assign(channel=[f"'{name}" for name in media()["channel"]])
        guarded.to_excel(path, index=False)
    data = mm.read(media=path, outcome=outcome())
    assert set(data.channel_names) == set(NAMES)
    assert data.spend_c.sum() == pytest.approx(media()["spend"].sum())


def test_controls_and_geos_keep_their_names(tmp_path: Path) -> None:
    geos = ("=north", "+south")
    tables = {
        "media": pd.concat([media(("tv",)).assign(geo=geo) for geo in geos]),
        "outcome": pd.concat([outcome().assign(geo=geo) for geo in geos]),
        "controls": pd.DataFrame({"date": WEEKS, "=price": np.arange(40.0) % 7}),
    }
    for name, table in tables.items():
        (tmp_path / f"{name}.csv").write_text(csv_text(table))
    data = mm.read(
        **{name: tmp_path / f"{name}.csv" for name in tables}, spec=mm.Spec(geo={"population": None})
    )
    assert set(data.geos) == set(geos)
    assert data.control_names == ("=price",)


def test_an_apostrophe_of_a_name_stays(tmp_path: Path) -> None:
    (tmp_path / "media.csv").write_text(csv_text(media(("'s Gravenhage", "tv"))))
    assert set(mm.read(media=tmp_path / "media.csv", outcome=outcome()).channel_names) == {
        "'s Gravenhage",
        "tv",
    }
