"""The shortcut for plain CSV files reads what the `csv` module reads, or leaves the file to it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamix.data.cells import numbers
from mediamix.data.csv_file import csv_cells
from mediamix.data.files import read_rows
from mediamix.data.rows import Rows

CELL = st.text(alphabet="ab1.- \té€", max_size=4)
GRIDS = st.integers(2, 4).flatmap(
    # rows of n cells, and blank lines
    lambda n: st.lists(st.one_of(st.lists(CELL, min_size=n, max_size=n), st.just([])), min_size=1, max_size=6)
)


def by_csv_module(text: str, separator: str) -> dict[int, list[str]]:
    """Spreadsheet row -> cells below named columns, blank rows left out."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    named = [i for i, name in enumerate(rows[0]) if name.strip()]
    body = {number: row for number, row in enumerate(rows[1:], start=2) if any(c.strip() for c in row)}
    return {number: [row[i] for i in named] for number, row in body.items()}


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_same_cells_as_the_csv_module(grid: list[list[str]], end: str, ends: bool) -> None:
    header = [f"c{i}" for i in range(max([2, *map(len, grid)]))]
    text = end.join(";".join(row) for row in [header, ["x"] * len(header), *grid]) + (end if ends else "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text, encoding="utf-8", newline="")
        assert not csv_cells(path).ragged
        frame = read_rows(path, "t").frame
    expected = by_csv_module(text, ";")
    assert list(frame.columns) == header
    assert dict(zip(frame.index, frame.to_numpy().tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n"1,"5,2\n',  # text behind quotes
        "a,b\n1\n",  # short row
        "a,b\n1,2,\n",  # long row with nothing in it
        "a\n1\n",  # one column: a blank line would be a cell
        "\na,b\n1,2\n",
        "a,b\n1,2\r3,4\n",
    ],
)
def test_what_is_not_plain_is_left_to_the_other_reader(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, newline="")
    found = csv_cells(tmp_path / "t.csv")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert found.ragged
    assert [[cell for cell in row if cell is not None] for row in found.frame.to_numpy().tolist()] == rows


def test_columns_without_a_name_are_left_out_and_rows_are_counted_as_in_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",a,b\n0,1,x\n , , \n1,oops,y\n")
    rows = read_rows(tmp_path / "t.csv", "t")
    assert list(rows.frame.columns) == ["a", "b"]
    assert rows.frame.index.tolist() == [2, 4]
    problems: list[str] = []
    numbers(rows, "a", problems)
    assert problems == [
        "t.csv row 4, column 'a': 'oops' is not a number (write 1234.5: no thousands separator, no unit, "
        "no currency sign)"
    ]


def test_numbers_and_the_other_cells_beside_them() -> None:
    cells = ["1.5", " 2 ", "", "NA", "true", "1,00", "inf", None, "-3e2", "nan"]
    problems: list[str] = []
    values = numbers(Rows("t", pd.DataFrame({"x": pd.Series(cells, dtype=object)})), "x", problems)
    known = {i: v for i, v in values.items() if pd.notna(v) and abs(v) < 1e300}
    assert known == {0: 1.5, 1: 2.0, 4: 1.0, 8: -300.0}
    assert [line.split("'x': ")[1].split(" is not")[0] for line in problems] == ["'inf'", "'1,00'"]
