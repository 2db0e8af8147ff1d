"""A dataset in a file is the same dataset, or no dataset at all."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mediamix.core.errors import FolderError
from mediamix.core.types import Channel, Event, Every, Experiment, Finding, Kind
from mediamix.data.dataset import Dataset
from mediamix.data.read import read
from mediamix.data.store import load_dataset, save_dataset

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
NUMBERS = st.floats(allow_nan=True, allow_infinity=False, width=64)


def experiments() -> st.SearchStrategy[Experiment]:
    """Any numbers but NaN, which equals nothing."""
    finite, day = st.floats(-1e9, 1e9), np.datetime64("2024-01-01")
    numbers = (finite, finite, finite, st.none() | finite, st.lists(NAMES, max_size=2).map(tuple))
    return st.builds(Experiment, NAMES, st.just(day), st.just(day + 6), st.just(day + 9), *numbers)


@st.composite
def datasets(draw) -> Dataset:
    """Datasets of any size, names and numbers."""
    g, t, c, k = (draw(st.integers(low, 3)) for low in (1, 1, 1, 0))
    array = lambda *shape: draw(hnp.arrays(np.float64, shape, elements=NUMBERS))  # noqa: E731
    unique = lambda n: tuple(draw(st.lists(NAMES, min_size=n, max_size=n, unique=True)))  # noqa: E731
    start = np.datetime64("2024-01-01")
    return Dataset(
        dates=start + 7 * np.arange(t),
        every=draw(st.sampled_from(list(Every))),
        geos=unique(g),
        channels=tuple(Channel(name, draw(st.sampled_from(list(Kind))), draw(NAMES)) for name in unique(c)),
        outcome_name=draw(NAMES),
        unit=draw(st.sampled_from(["revenue", "count"])),
        currency=draw(NAMES),
        outcome_gt=array(g, t),
        spend_gtc=array(g, t, c),
        exposure_gtc=array(g, t, c),
        controls_gtk=array(g, t, k),
        control_names=unique(k),
        events=tuple(Event(draw(NAMES), start, start + 3, draw(st.none() | NAMES)) for _ in range(2)),
        population_g=draw(st.none() | hnp.arrays(np.float64, (g,), elements=st.floats(1, 1e9))),
        value_per_unit=draw(st.none() | st.floats(0.1, 1e6)),
        findings=(Finding("x", "info", draw(NAMES), draw(NAMES)),),
        experiments=draw(st.just(()) | st.tuples(experiments())),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets())
def test_there_and_back(tmp_path: Path, data: Dataset) -> None:
    path = save_dataset(data, tmp_path / "deep" / "data.parquet")
    back = load_dataset(path)
    assert back.hash == data.hash
    for f in fields(Dataset):
        one, other = getattr(data, f.name), getattr(back, f.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        else:
            assert one == other
    assert [p.name for p in path.parent.iterdir()] == ["data.parquet"]


def test_columns_can_be_read_by_others(tmp_path: Path, frames) -> None:
    data = read(frames.media, frames.outcome, frames.controls)
    table = pq.read_table(save_dataset(data, tmp_path / "d.parquet")).to_pandas()
    assert list(table.columns) == [
        "date", "geo", "outcome", "spend.tv", "spend.search", "spend.social",
        "exposure.tv", "exposure.search", "exposure.social", "control.price",
    ]  # fmt: skip
    assert table["spend.tv"].sum() == pytest.approx(data.spend_c[0])


def test_what_is_no_dataset(tmp_path: Path, frames) -> None:
    good = save_dataset(read(frames.media, frames.outcome), tmp_path / "good.parquet")
    with pytest.raises(FolderError, match="there is no dataset"):
        load_dataset(tmp_path / "none.parquet")
    frames.media.to_parquet(tmp_path / "other.parquet")
    with pytest.raises(FolderError, match="not a whole dataset"):
        load_dataset(tmp_path / "other.parquet")
    content = good.read_bytes()
    for keep in (0, 10, len(content) // 2, len(content) - 9):
        (tmp_path / "cut.parquet").write_bytes(content[:keep])
        with pytest.raises(FolderError, match="not a whole dataset"):
            load_dataset(tmp_path / "cut.parquet")
    table = pq.read_table(good)
    edited = table.set_column(2, "outcome", [np.arange(160.0)])
    pq.write_table(edited.replace_schema_metadata(table.schema.metadata), tmp_path / "edited.parquet")
    with pytest.raises(FolderError, match="has the hash"):
        load_dataset(tmp_path / "edited.parquet")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, frames) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match="can't write"):
        save_dataset(read(frames.media, frames.outcome), tmp_path / "file" / "data.parquet")
    assert (tmp_path / "file").read_text() == "x"
