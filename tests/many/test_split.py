"""The rows of each brand, what they are called, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from brands import CHANNELS, raw_spec, table

from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read
from mediamix.many.split import brands_of, tables_of

SPEC = parse_spec(raw_spec())


def brands(frame: pd.DataFrame, by: str = "brand", spec=SPEC):
    return brands_of(tables_of(spec, Path(), frame), by, spec)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return table(3)


def test_a_brand_reads_as_its_rows_alone_do(frame):
    shuffled = frame.sample(frac=1.0, random_state=3)
    for brand in brands(shuffled):
        alone = frame[frame["brand"] == brand.name].drop(columns="brand")
        assert read(**brand.tables, spec=SPEC).hash == read(wide=alone, spec=SPEC).hash


def test_the_hash_is_of_the_brands_own_rows(frame):
    before = {one.name: one.data for one in brands(frame)}
    assert len(set(before.values())) == 3
    changed = frame.copy()
    changed.loc[changed["brand"] == "Brand 1", "tv"] += 1.0
    more = pd.concat([table(1, seed=9).assign(brand="New"), changed], ignore_index=True)
    after = {one.name: one.data for one in brands(more)}
    assert {name for name in before if before[name] != after[name]} == {"Brand 1"}


def test_spellings_of_a_name_are_one_brand(frame):
    mixed = frame.copy()
    mixed.loc[mixed.index % 2 == 0, "brand"] = mixed["brand"].str.upper() + " "
    found = brands(mixed)
    assert [len(one.tables["wide"].frame) for one in found] == [60, 60, 60]


def test_rows_without_a_brand_are_their_own(frame):
    holed = frame.copy()
    holed.loc[[4, 7], "brand"] = None
    assert [(one.name, one.rows) for one in brands(holed)] == [
        ("Brand 0", 58), ("", 2), ("Brand 1", 60), ("Brand 2", 60),
    ]  # fmt: skip


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_channels_without_anything_are_silent(frame, nothing):
    holed = frame.copy()
    holed.loc[holed["brand"] == "Brand 1", ["tv", "social"]] = nothing
    assert {one.name: one.silent for one in brands(holed)} == {
        "Brand 0": (), "Brand 1": ("tv", "social"), "Brand 2": (),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "silent"), [("", True), ("0,00", True), ("€ 0.0", True), ("1.000,50", False)]
)
def test_amounts_are_told_from_nothing_in_any_notation(frame, cell, silent):
    text = frame.astype(str)
    text.loc[text["brand"] == "Brand 2", "tv"] = cell
    assert ("tv" in brands(text)[2].silent) == silent


def long_tables(frame: pd.DataFrame, folder: Path) -> None:
    media = frame.melt(["brand", "date"], list(CHANNELS), "channel", "spend")
    media.to_csv(folder / "media.csv", index=False)
    frame[["brand", "date", "revenue"]].to_csv(folder / "outcome.csv", index=False)
    frame.loc[frame["brand"] == "Brand 0", ["date", "price"]].to_csv(folder / "controls.csv", index=False)


def test_long_tables_are_cut_and_what_names_no_brand_holds_for_all(frame, tmp_path):
    quiet = frame.copy()
    quiet.loc[quiet["brand"] == "Brand 1", "tv"] = 0.0
    long_tables(quiet, tmp_path)
    raw = {"data": {"media": "media.csv", "outcome": "outcome.csv", "controls": "controls.csv"}}
    spec = parse_spec(raw)
    found = brands_of(tables_of(spec, tmp_path, None), "brand", spec)
    assert [one.silent for one in found] == [(), ("tv",), ()]
    sets = [read(**one.tables, spec=spec) for one in found]
    assert [len(data.channels) for data in sets] == [3, 2, 3]
    assert all(data.control_names == ("price",) for data in sets)
    for number, data in enumerate(sets):
        alone = quiet[quiet["brand"] == f"Brand {number}"]
        np.testing.assert_allclose(data.outcome_gt[0], alone["revenue"])


def test_a_brand_that_only_one_table_knows_lacks_the_other(frame, tmp_path):
    long_tables(frame, tmp_path)
    frame[frame["brand"] != "Brand 1"].to_csv(tmp_path / "outcome.csv", index=False)
    spec = parse_spec({"data": {"media": "media.csv", "outcome": "outcome.csv"}})
    found = {one.name: one.lacks for one in brands_of(tables_of(spec, tmp_path, None), "brand", spec)}
    assert found == {"Brand 0": (), "Brand 2": (), "Brand 1": ("outcome.csv",)}


def test_no_such_column_names_the_nearest(frame):
    with pytest.raises(DataError, match="there is no column 'brnad'") as error:
        brands(frame, by="brnad")
    assert "did you mean 'brand'" in error.value.message


def test_a_column_that_names_rows_is_refused(frame):
    with pytest.raises(DataError, match="names rows, not brands") as error:
        brands(frame.assign(order=range(len(frame))), by="order")
    assert "180 names in 180 rows" in error.value.message


@pytest.mark.parametrize("by", ["date", "revenue", "TV"])
def test_a_column_with_another_meaning_is_refused(frame, by):
    with pytest.raises(SpecError, match="can't name brands: in this spec it is"):
        brands(frame, by=by)


def test_tests_of_lift_must_say_whose_they_are(frame, tmp_path):
    rows = pd.DataFrame({"channel": ["tv"], "start": ["2023-02-06"], "end": ["2023-03-05"], "lift": [1.0]})
    rows.to_csv(tmp_path / "tests.csv", index=False)
    spec = parse_spec({**raw_spec(), "calibration": "tests.csv"})
    with pytest.raises(DataError, match="there is no column 'brand' that says whose rows they are") as error:
        brands_of(tables_of(spec, tmp_path, frame), "brand", spec)
    assert "tests.csv" in error.value.message
