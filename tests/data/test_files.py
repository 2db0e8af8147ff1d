"""Reading raw tables: kinds of files, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.data.files import read_rows
from mediamix.data.read import read

FRAME = pd.DataFrame({"date": ["2024-01-01", "2024-01-02"], "name": ["a;b", "ü,\nx"], "n": [1.5, -2.0]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_any_separator_and_encoding(tmp_path: Path, separator: str, encoding: str) -> None:
    FRAME.to_csv(tmp_path / "t.csv", sep=separator, encoding=encoding, index=False)
    rows = read_rows(tmp_path / "t.csv", "media")
    assert rows.name == "t.csv"
    assert rows.frame.astype(str).to_numpy().tolist() == FRAME.astype(str).to_numpy().tolist()
    assert list(rows.frame.columns) == ["date", "name", "n"]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\na,b\n1,2\n,\n3,4\n\n5\n")
    frame = read_rows(tmp_path / "t.csv", "media").frame
    assert list(frame.index) == [3, 5, 7]
    assert frame.loc[7, "b"] is None
    assert list(read_rows(FRAME, "media").frame.index) == [2, 3]


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv")  # with pandas' index
    assert list(read_rows(tmp_path / "t.csv", "media").frame.columns) == ["date", "name", "n"]


def test_a_named_index_is_a_column() -> None:
    assert list(read_rows(FRAME.set_index("date"), "media").frame.columns) == ["date", "name", "n"]


BAD_FILES = {
    "empty.csv": (b"", DataError, "is empty"),
    "blank.csv": (b"\n , \n", DataError, "is empty"),
    "header.csv": (b"a,b\n", DataError, "has no rows"),
    "twice.csv": (b"a,b,a\n1,2,3\n", DataError, "same name: a"),
    "thousands.csv": (b"a,b\n1,234,5\n1,2\n", DataError, r"1 rows have more cells[\s\S]*rows 2"),
    "bytes.csv": (b"a,b\n\x81\x8d,1\n", FolderError, "CSV UTF-8"),  # nothing in Windows-1252
    "broken.parquet": (b"PAR1 this is none", FolderError, "can't be read"),
    "broken.xlsx": (b"PK this is none", FolderError, "can't be read"),
    "table.pkl": (b"\x80\x04", FolderError, "of a kind that can't be read"),
    "table.xls": (b"x", FolderError, "Excel .xlsx"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_say_what_to_do(tmp_path: Path, name: str) -> None:
    content, kind, message = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(kind, match=message) as caught:
        read_rows(tmp_path / name, "media")
    assert name in caught.value.message


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "media.csv").write_text("a\n1\n")
    with pytest.raises(FolderError, match=r"did you mean 'media\.csv'"):
        read_rows(tmp_path / "medai.csv", "media")
    with pytest.raises(FolderError, match="there is no file"):
        read_rows(tmp_path / "nowhere" / "media.csv", "media")


def test_neither_path_nor_frame() -> None:
    with pytest.raises(DataError, match=r"neither a path nor a frame[\s\S]*list"):
        read_rows([1, 2], "media")


def test_all_files_are_looked_at_before_complaining(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no-media\.csv[\s\S]*no-outcome\.csv"):
        read(tmp_path / "no-media.csv", tmp_path / "no-outcome.csv")


def test_every_kind_of_source_gives_the_same_dataset(tmp_path: Path, frames) -> None:
    wanted = read(frames.media, frames.outcome, frames.controls, frames.events).hash
    four = {
        "media": frames.media,
        "outcome": frames.outcome,
        "controls": frames.controls,
        "events": frames.events,
    }
    for suffix in (".csv", ".parquet", ".xlsx"):
        for name, frame in four.items():
            write = {".csv": frame.to_csv, ".parquet": frame.to_parquet, ".xlsx": frame.to_excel}[suffix]
            write(tmp_path / f"{name}{suffix}", index=False)
        got = read(**{name: tmp_path / f"{name}{suffix}" for name in four})
        assert got.hash == wanted, suffix
    assert read(**{name: pl.from_pandas(frame) for name, frame in four.items()}).hash == wanted
