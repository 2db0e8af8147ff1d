"""Names that differ in case, blanks or unicode form are one, wherever they stand, and a finding says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, SpecError
from mediamix.core.names import clashes, plain, tidy
from mediamix.core.spec import parse_spec
from mediamix.data.future import read_future
from mediamix.data.read import read

SPELLINGS = ("TV", "tv", " tv ", "Tv\u00a0", "\ufeffTV", "ＴＶ")


def mixed(media: pd.DataFrame, names: tuple[str, ...] = SPELLINGS) -> pd.DataFrame:
    """The channel tv under names that change from row to row."""
    tv = np.flatnonzero(media["channel"] == "tv")
    channel = media["channel"].to_numpy(dtype=object).copy()
    channel[tv] = [names[i % len(names)] for i in range(len(tv))]
    return media.assign(channel=channel)


def test_plain_forms() -> None:
    assert {plain(name) for name in SPELLINGS} == {"tv"}
    assert plain("Paid\nSocial –  Meta") == plain(" paid social - meta")
    assert plain("TV 1") != plain("TV 2")
    assert tidy(" a\n b ") == "a b"
    assert clashes(["a", "A ", "b"]) == [("a", "A ")]


@pytest.mark.parametrize("kind", ["frame", "csv", "parquet", "xlsx"])
def test_one_channel_and_a_finding(tmp_path: Path, frames, kind: str) -> None:
    media = mixed(frames.media, ("TV", "tv", "TV", " tv ", "Tv\u00a0"))
    source: object = media
    if kind != "frame":
        source = tmp_path / f"media.{kind}"
        write = {"csv": media.to_csv, "parquet": media.to_parquet, "xlsx": media.to_excel}[kind]
        write(source, index=False)
    data = read(source, frames.outcome)
    assert data.channel_names == ("TV", "search", "social")
    assert data.spend_c.tolist() == read(frames.media, frames.outcome).spend_c.tolist()
    found = [f for f in data.findings if f.check == "spelling"]
    assert [(f.severity, f.where) for f in found] == [("warning", "channel 'TV'")]
    assert found[0].message == "is also written 'tv' (64 rows), 'Tv' (32 rows): taken as one channel"


def test_blanks_around_are_told(frames) -> None:
    data = read(mixed(frames.media, ("tv", " tv ")), frames.outcome)
    assert data.channel_names[0] == "tv"
    assert [f.message for f in data.findings if f.check == "reading"] == [
        "'tv' is also written with blanks around: taken as one"
    ]


def test_both_spellings_on_one_date_are_no_silent_sum(frames) -> None:
    tv = frames.media[frames.media["channel"] == "tv"]
    with pytest.raises(DataError, match="repeat"):
        read(pd.concat([frames.media, tv.assign(channel="TV")]), frames.outcome)


def test_geos_of_all_tables(geo_frames) -> None:
    spec = parse_spec({"geo": {}})
    wanted = read(geo_frames.media, geo_frames.outcome, geo_frames.controls, spec=spec)
    media = geo_frames.media.replace({"geo": {"north": "NORTH "}})
    controls = geo_frames.controls.replace({"geo": {"south": "South\u00a0"}})
    data = read(media, geo_frames.outcome, controls, spec=spec)
    assert data.hash == wanted.hash
    assert sorted(f.where for f in data.findings if f.check == "spelling") == ["geo 'north'", "geo 'south'"]


def test_the_specs_spelling_goes_first(frames) -> None:
    spec = parse_spec({"channels": {"Tv ": {"exposure": "impressions"}}})
    data = read(frames.media, frames.outcome, spec=spec)
    assert (data.channels[0].name, data.channels[0].exposure) == ("Tv ", "impressions")
    assert [(f.check, f.severity) for f in data.findings if f.check == "spelling"] == [("spelling", "info")]
    with pytest.raises(SpecError, match="TV and tv in 'channels' are one name"):
        parse_spec({"channels": {"TV": {}, "tv": {}}})


def test_headers_are_found_by_their_plain_form(frames) -> None:
    media = frames.media.rename(columns={"date": " Date", "channel": "CHANNEL", "spend": "Spend\n"})
    outcome = frames.outcome.rename(columns={"revenue": "Revenue"})
    assert read(media, outcome).hash == read(frames.media, frames.outcome).hash
    with pytest.raises(DataError, match=r"columns 'Spend', 'SPEND' are all 'spend', written differently"):
        read(frames.media.rename(columns={"spend": "Spend"}).assign(SPEND=1.0), frames.outcome)
    with pytest.raises(DataError, match=r"columns 'price', 'Price' are one name"):
        read(frames.media, frames.outcome, frames.controls.assign(Price=1.0))


def test_names_of_a_wide_table() -> None:
    mapping = {"wide": "t", "date": "date", "outcome": "net sales (€)", "media": {"tv": {"spend": "TV – €"}}}
    spec = parse_spec({"data": {**mapping, "controls": ["price index"]}})
    n = 60
    frame = pd.DataFrame(
        {
            "DATE ": pd.date_range("2022-01-03", periods=n, freq="7D"),
            "Net\nSales (€)": np.linspace(900.0, 1000.0, n),
            "tv - €": np.linspace(10.0, 20.0, n),
            "Price  Index": np.linspace(1.0, 1.2, n),
        }
    )
    data = read(wide=frame, spec=spec)
    assert data.spend_c.tolist() == [pytest.approx(15.0 * n)]
    assert data.control_names == ("price index",)
    with pytest.raises(DataError, match="are all 'TV – €', written differently"):
        read(wide=frame.assign(**{"TV - €": 1.0}), spec=spec)
    with pytest.raises(SpecError, match="TV and tv in 'media' are one name"):
        parse_spec({"data": {**mapping, "media": {"TV": {"spend": "a"}, "tv": {"spend": "b"}}}})


def test_a_future_is_written_as_the_history(geo_frames) -> None:
    spec = parse_spec({"geo": {}})
    history = read(geo_frames.media, geo_frames.outcome, geo_frames.controls, spec=spec)
    day = (pd.Timestamp(str(history.dates[-1])) + pd.Timedelta(days=7)).strftime("%Y-%m-%d")
    media = pd.DataFrame(
        {"Date": day, "channel": ["TV", "tv"], "geo": ["NORTH", "south"], "spend": [5.0, 7.0]}
    )
    controls = pd.DataFrame({"date": [day], "PRICE": [1.0]})
    future = read_future(history, media, controls, spec=spec)
    assert future.geos == history.geos
    assert future.spend_gtc[:, 0, 0].tolist() == [5.0, 7.0]
