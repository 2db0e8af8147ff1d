"""Good tables to break: two years of weeks, three channels, one control, one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.spec import Spec
from mediamix.data.files import read_rows
from mediamix.data.normalise import long_tables
from mediamix.data.tables import Tables

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True)
class Frames:
    """The four long tables as frames."""

    media: pd.DataFrame
    outcome: pd.DataFrame
    controls: pd.DataFrame
    events: pd.DataFrame

    def tables(self, spec: Spec) -> Tables:
        """As the reader makes them."""
        named = {name: read_rows(frame, name) for name, frame in vars(self).items()}
        return long_tables(named["media"], named["outcome"], named["controls"], named["events"], spec)


def good_frames(n: int = 160, freq: str = "7D", geos: tuple[str, ...] = ()) -> Frames:
    """Frames with which no check finds an error or a warning."""
    rng = np.random.default_rng(5)
    dates = pd.date_range("2022-01-03", periods=n, freq=freq)
    channels = ("tv", "search", "social")
    media, outcome, controls = [], [], []
    for geo in geos or ("",):
        for channel in channels:
            spend = np.round(rng.gamma(4.0, 250.0, n), 2)
            part = pd.DataFrame({"date": dates, "channel": channel, "spend": spend})
            part["impressions"] = np.round(spend * rng.uniform(90, 110, n))
            media.append(part.assign(geo=geo))
        revenue = np.round(rng.normal(90_000, 6_000, n), 2)
        outcome.append(pd.DataFrame({"date": dates, "revenue": revenue, "geo": geo, "population": 1e6}))
        controls.append(
            pd.DataFrame({"date": dates, "price": np.round(rng.normal(1.0, 0.1, n), 4), "geo": geo})
        )
    drop = [] if geos else ["geo"]
    long = [pd.concat(parts, ignore_index=True).drop(columns=drop) for parts in (media, outcome, controls)]
    events = pd.DataFrame({"date": [dates[10], dates[60]], "event": ["sale", "sale"]})
    return Frames(long[0], long[1] if geos else long[1].drop(columns="population"), long[2], events)


@pytest.fixture
def make_frames() -> Callable[..., Frames]:
    """`good_frames`, to be called with other dates or geos."""
    return good_frames


@pytest.fixture
def frames() -> Frames:
    return good_frames()


@pytest.fixture
def geo_frames() -> Frames:
    return good_frames(geos=("north", "south"))


@pytest.fixture
def daily_frames() -> Frames:
    return good_frames(n=800, freq="D")


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared data sets are not beside this repository")
    return SHARED
