"""Large CSV files with one bad line: no row is lost or doubled, and the line is named. By tiny blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediamix.core.errors import DataError, FolderError
from mediamix.core.spec import Spec
from mediamix.data import csv_file, held, text_file
from mediamix.data.files import read_rows
from mediamix.data.normalise import long_tables
from mediamix.data.tables import Tables

ROWS = 900
OUTCOME = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=90), "revenue": np.arange(1.0, 91.0)})


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, and files of a hundred rows that are large."""
    monkeypatch.setattr(csv_file, "_BLOCK", 1 << 10)
    monkeypatch.setattr(text_file, "PIECE", 1 << 10)
    monkeypatch.setattr(held, "LARGE", 100)
    monkeypatch.setattr("mediamix.data.cells.LARGE", 100)


def line(i: int) -> str:
    day = f"2024-{1 + i // 300:02d}-{1 + i // 10 % 28:02d}"
    return f'{day},"süd, {i % 2}",channel {i % 5},{i}.{i % 90 + 10},{i * 7}'


def file(path: Path, change: Callable[[list[str]], None] = lambda lines: None) -> Path:
    lines = [line(i) for i in range(ROWS)]
    change(lines)
    path.write_text("date,geo,channel,spend,clicks\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def tables(path: Path) -> Tables:
    spec = Spec()
    return long_tables(read_rows(path, "media", spec), read_rows(OUTCOME, "outcome", spec), None, None, spec)


def test_every_row_is_there_once_and_texts_that_repeat_are_codes(tmp_path: Path) -> None:
    path = file(tmp_path / "m.csv")
    rows = read_rows(path, "media").frame
    assert [str(rows[c].dtype) for c in rows] == ["category", "category", "category", "float64", "float64"]
    assert rows.index.equals(pd.RangeIndex(2, ROWS + 2))
    media = tables(path).media
    assert media["spend"].tolist() == [float(f"{i}.{i % 90 + 10}") for i in range(ROWS)]
    assert media["geo"].tolist() == [f"süd, {i % 2}" for i in range(ROWS)]


@pytest.mark.parametrize("text", ["n/k", "1,2,3", "12..5", "€ 5"])
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, text: str) -> None:
    def bad(lines: list[str]) -> None:
        lines[700] = f'2024-03-15,"süd, 0",channel 0,"{text}",7'

    with pytest.raises(DataError) as refused:
        tables(file(tmp_path / "m.csv", bad))
    assert f"m.csv row 702, column 'spend': {text!r} is not a number" in "\n".join(refused.value.details)


def test_a_cell_that_says_that_nothing_is_there_costs_no_other_row(tmp_path: Path) -> None:
    def bad(lines: list[str]) -> None:
        lines[700] = '2024-03-15,"süd, 0",channel 0,n/a,7'

    spend = tables(file(tmp_path / "m.csv", bad)).media["spend"]
    assert spend.isna().to_numpy().nonzero()[0].tolist() == [700]
    assert spend.iloc[701] == float("701.81")


def test_a_line_with_more_cells_is_named(tmp_path: Path) -> None:
    def bad(lines: list[str]) -> None:
        lines[700] += ",5"

    with pytest.raises(DataError, match=r"1 rows have more cells[\s\S]*rows 702\n"):
        tables(file(tmp_path / "m.csv", bad))


def test_a_line_that_is_cut_off_is_named(tmp_path: Path) -> None:
    def bad(lines: list[str]) -> None:
        lines[700] = '2024-03-15,"süd, 0"'

    with pytest.raises(DataError, match=r"m\.csv row 702, column 'channel': the cell is empty"):
        tables(file(tmp_path / "m.csv", bad))


@pytest.mark.parametrize("limit", [100, 131_072])
def test_a_quote_that_is_never_closed_is_named(tmp_path: Path, limit: int) -> None:
    """The `csv` module gives up after a limit of characters, or takes all that follows for one cell."""
    import csv

    def bad(lines: list[str]) -> None:
        lines[:] = [one.replace('"', "").replace("süd, ", "süd ") for one in lines]
        lines[700] = '2024-03-15,"süd,channel 0,1,7'

    before = csv.field_size_limit(limit)
    try:
        with pytest.raises(DataError, match=r"m\.csv row 702: a quotation mark is opened and never closed"):
            tables(file(tmp_path / "m.csv", bad))
    finally:
        csv.field_size_limit(before)


def test_a_broken_byte_among_utf_8_is_named(tmp_path: Path) -> None:
    path = file(tmp_path / "m.csv")
    content = path.read_bytes().split(b"\n")
    content[701] = content[701].replace("ü".encode(), b"\xc3")
    path.write_bytes(b"\n".join(content))
    with pytest.raises(FolderError, match=r"m\.csv row 702 has a byte that is no text"):
        tables(path)


@pytest.mark.parametrize("last", ["-", "1.234,5", "7 "])
def test_numbers_that_end_otherwise_are_read_as_in_a_small_file(
    tmp_path: Path, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that began as numbers is read again as text."""

    def bad(lines: list[str]) -> None:
        lines[-1] = f'2024-03-15,"süd, 0",channel 9,"{last}",7'

    path, said = file(tmp_path / "m.csv", bad), []
    for large in (100, 10_000):
        monkeypatch.setattr(held, "LARGE", large)
        monkeypatch.setattr("mediamix.data.cells.LARGE", large)
        try:
            said.append(tables(path).media.astype(object).to_csv())
        except DataError as error:
            said.append(str(error))
    assert said[0] == said[1]
