"""Thousands of channels, geos, controls or events are a wrong column, said at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import mediamix as mm
from mediamix.core.errors import DataError, UserError
from mediamix.core.spec import parse_spec
from mediamix.data.limits import MOST_CHANNELS
from mediamix.data.read import examine, read

N = 5_000
#: Seconds of processor time for tables of a hundred thousand rows, on a slow machine.
SECONDS = 30.0
DATES = pd.date_range("2023-01-02", periods=104, freq="7D")


def outcome(**more: Any) -> pd.DataFrame:
    return pd.DataFrame({"date": DATES, "revenue": np.linspace(1000.0, 1100.0, len(DATES)), **more})


def media(n: int = 2, rows: int = 104, **more: Any) -> pd.DataFrame:
    every = np.repeat(DATES[:rows], n)
    names = np.tile([f"channel {i}" for i in range(n)], rows)
    return pd.DataFrame({"date": every, "channel": names, "spend": 10.0, **more})


def timed(call: Callable[[], object], words: str) -> UserError:
    began = time.process_time()
    with pytest.raises(UserError, match=words) as error:
        call()
    assert time.process_time() - began < SECONDS
    assert len(str(error.value)) < 2_000
    return error.value


def test_five_thousand_channels_are_refused_at_once_with_the_column_that_may_be_meant() -> None:
    table = media(N, 20, platform=np.tile(["tv", "search", "social", "radio"], N * 5))
    error = timed(lambda: read(media=table, outcome=outcome()), "5,000 different names")
    assert isinstance(error, DataError)
    assert "'platform' (4) has fewer" in error.next_step
    assert error.got.startswith("channel 0, channel 1, channel 2, channel 3 and 4,996 more")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_so_they_are_from_files_and_check_says_the_same(ending: str, tmp_path: Path) -> None:
    for name, table in (("media", media(N, 20)), ("outcome", outcome())):
        path = tmp_path / f"{name}.{ending}"
        table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    spec = parse_spec({"data": {"media": f"media.{ending}", "outcome": f"outcome.{ending}"}})
    (finding,) = examine(spec, tmp_path)
    assert finding.severity == "error"
    assert "5,000 different names" in finding.message
    assert mm.examine(spec, tmp_path) == (finding,)


def test_a_wide_mapping_of_thousands_is_refused_before_the_table_is_read(tmp_path: Path) -> None:
    spec = {
        "data": {"wide": "no.csv", "outcome": "y", "media": {f"c{i}": {"spend": f"s{i}"} for i in range(N)}}
    }
    path = tmp_path / "mediamix.yml"
    path.write_text(yaml.safe_dump(spec))
    timed(lambda: examine(mm.load_spec(path), tmp_path), r"data\.media maps 5,000 columns")
    spec["data"] |= {"media": {"tv": {"spend": "s"}}, "controls": [f"c{i}" for i in range(N)]}
    timed(lambda: examine(parse_spec(spec), tmp_path), r"data\.controls maps 5,000 columns")


def test_the_other_names_have_their_bounds_too() -> None:
    wide = pd.DataFrame({f"c{i}": np.ones(len(DATES)) for i in range(N)}).assign(date=DATES)
    timed(lambda: read(media=media(), outcome=outcome(), controls=wide), "has 5,000 columns beside")
    events = pd.DataFrame({"date": np.resize(DATES, N), "event": [f"event {i}" for i in range(N)]})
    timed(
        lambda: read(media=media(), outcome=outcome(), events=events),
        "'event' of the events table holds 5,000",
    )
    ids = outcome(geo="x")
    panel = pd.concat([ids.assign(geo=f"geo {i}") for i in range(2_100)])
    spec = parse_spec({"geo": {}})
    error = timed(
        lambda: read(media=panel.assign(channel="tv", spend=1.0), outcome=panel, spec=spec),
        "more names than a fit can take",
    )
    assert len(error.details) == 2


def test_as_many_as_there_may_be_are_read() -> None:
    data = read(media=media(MOST_CHANNELS, 104, impressions=5.0), outcome=outcome())
    assert len(data.channels) == MOST_CHANNELS
