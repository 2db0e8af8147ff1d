"""A market written by campaign adds up to the market, whatever its size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.errors import SpecError
from mediamix.simulate import Scenario, Simulation, bulk, simulate
from mediamix.simulate.bulk import parts, write_bulk


@pytest.fixture(scope="module")
def market() -> Simulation:
    return simulate(Scenario(every="day", periods=60, channels=3, geos=2))


def test_campaigns_add_up_to_the_cent_and_to_the_click(
    market: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 500)  # so that there are many row groups
    seen: list[int] = []
    written = write_bulk(market, tmp_path, 2_000, on_rows=seen.append)
    small, large = market.tables.media, pd.read_parquet(tmp_path / "media.parquet")
    assert written.rows["media.parquet"] == len(large) == len(small) * written.campaigns >= 2_000
    assert pq.ParquetFile(tmp_path / "media.parquet").num_row_groups > 2
    keys = ["date", "geo", "channel"]
    assert not large.duplicated([*keys, "campaign"]).any()
    added = large.assign(cents=(large["spend"] * 100).round().astype(int)).groupby(keys, observed=True)
    wanted = small.set_index(keys)
    found = added[["cents", "impressions", "clicks"]].sum()
    found.index = found.index.set_levels(pd.to_datetime(found.index.levels[0]), level=0)
    found = found.reindex(wanted.index)
    assert (found["cents"] == (wanted["spend"] * 100).round()).all()
    assert (found["impressions"] == wanted["impressions"]).all()
    assert (found["clicks"] == wanted["clicks"]).all()
    assert seen == sorted(seen)
    assert seen[-1] == sum(written.rows.values())


def test_touches_are_in_order_and_each_conversion_follows_its_last_touch(
    market: Simulation, tmp_path: Path
) -> None:
    write_bulk(market, tmp_path, 3_000)
    touches = pd.read_parquet(tmp_path / "touches.parquet")
    bought = pd.read_parquet(tmp_path / "conversions.parquet")
    assert len(touches) >= 3_000
    by_user = touches.groupby("user_id", sort=False)["touched_at"]
    assert by_user.is_monotonic_increasing.all()
    assert bought["conversion_id"].is_unique
    last = by_user.max().reindex(bought["user_id"]).to_numpy()
    assert (bought["converted_at"].to_numpy() - last == np.timedelta64(3_600, "s")).all()
    assert 0 < len(bought) < touches["user_id"].nunique()
    assert set(touches["channel"]) == set(market.dataset.channel_names)


def test_the_same_seed_gives_the_same_bytes(market: Simulation, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_bulk(market, tmp_path / name, 400)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_fewer_rows_than_cells_are_refused(market: Simulation, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="can't be written in 10 rows"):
        write_bulk(market, tmp_path, 10)
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.integers(1, 40), st.integers(0, 9))
def test_parts_add_up(totals: list[int], count: int, seed: int) -> None:
    weights = np.random.default_rng(seed).gamma(2.0, size=(len(totals), count))
    made = parts(np.array(totals, np.int64), weights)
    assert (made.sum(axis=1) == totals).all()
    assert (made >= 0).all()
