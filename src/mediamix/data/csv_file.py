"""The cells of a CSV file as text, read piece by piece: neither the file nor its rows are held as a whole.

Rows without quotes and of one length are split by Arrow. What needs a look at each row (quotes, ragged rows)
is left to the `csv` module, which is several times slower; the cells are the same. A blank line is a row of
empty cells.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, FolderError
from mediamix.data.grid import LOOK, blank_row, header_at, refuse_long
from mediamix.data.held import Held, hold
from mediamix.data.text_file import TextFile, look_at_text, whole_lines

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 1 << 22  # bytes that Arrow splits together
_ROWS = 20_000  # rows that the `csv` module splits before they are packed


@dataclass(frozen=True)
class Cells:
    """The cells of a text file.

    Args:
        frame: Columns numbered from 0, the index from 0, the header among the rows.
        text: What was seen of the file.
        ragged: Whether rows may be longer or shorter than the header; None is a cell that isn't there.
        head: The first rows, as text.
        clear: Columns of `frame` that are numbers already, and whose points are decimals beyond doubt.
    """

    frame: pd.DataFrame
    text: TextFile
    ragged: bool
    head: list[list[str | None]]
    clear: frozenset[int] = frozenset()


def csv_cells(path: Path, *, numbers: bool = False) -> Cells:
    """Every cell of a CSV file.

    Args:
        path: Of the file.
        numbers: Whether columns of a large file that can be read in no other way than as numbers are made
            numbers at once. They take less memory than their text.

    Raises:
        FolderError: It isn't text in cells.
        DataError: Rows have more cells than the first one.
    """
    try:
        text = look_at_text(path)
        held = _by_arrow(text, numbers)
        ragged = held is None
        held = held or _by_module(text)
        return Cells(held.frame, text, ragged, held.head, held.clear)
    except (UnicodeDecodeError, csv.Error) as error:
        raise not_csv(path, error) from error


def not_csv(path: Path, error: Exception) -> FolderError:
    """The error of a file that isn't text in cells."""
    return FolderError(
        f"{path.name} can't be read as CSV",
        expected="UTF-8 text, cells separated by comma, semicolon or tab",
        got=str(error),
        next_step="save it as 'CSV UTF-8'",
    )


def _by_arrow(text: TextFile, numbers: bool) -> Held | None:
    """Cells of a file that is plain; None for one that isn't."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    n = _plain_width(text)
    if n < 2:
        return None
    names = [f"f{i}" for i in range(n)]
    long = array("q")

    def other(row: arrow.InvalidRow) -> str:
        cells = next(csv.reader([row.text], delimiter=text.separator))
        if row.number is None or blank_row(cells[n:]):
            return "error"  # for the other reader
        long.append(row.number)
        return "skip"

    def opened(columns: Sequence[int]) -> Iterator[list[pa.Array]]:
        with arrow.open_csv(
            text.path,
            read_options=arrow.ReadOptions(
                autogenerate_column_names=True,
                block_size=_BLOCK,
                encoding="utf8" if text.encoding == "utf-8-sig" else text.encoding,
            ),
            parse_options=arrow.ParseOptions(
                delimiter=text.separator,
                quote_char='"' if text.quotes else False,
                newlines_in_values=text.quotes,
                ignore_empty_lines=False,
                invalid_row_handler=other,
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[names[i] for i in columns] if len(columns) < n else None,
            ),
        ) as reader:
            for batch in reader:
                yield batch.columns

    try:
        held = hold(opened(range(n)), n, numbers)
        refuse_long(text.path.name, n, long)
        if held.lost:  # some of their cells, further down, are no plain numbers
            held = held.with_texts(opened(held.lost))
    except pa.ArrowInvalid:
        return None
    return held


def _plain_width(text: TextFile) -> int:
    """Cells of the first row of a file that can be split at once; 0 for one that can't."""
    if not text.plain_ends or text.names_separator or (text.quotes and not _plainly_quoted(text)):
        return 0
    if "\n" not in text.head:  # its first row is longer than what was looked at
        return 0
    rows = list(csv.reader(text.head.splitlines()[: LOOK + 1], delimiter=text.separator))
    if not rows or blank_row(rows[0]):
        return 0
    filled = [row for row in rows if not blank_row(row)]
    return len(rows[0]) if len(filled[header_at(filled)]) == len(rows[0]) else 0


def _plainly_quoted(text: TextFile) -> bool:
    """True if every quote begins or ends a cell, or is one of two, and no cell has a line break in it."""
    sign = re.escape(text.separator)
    cell = re.compile(rf'(?:^|(?<={sign}))"(?:[^"\n]|"")*"(?={sign}|\r?$)', re.MULTILINE)
    return all(
        b'"' not in lines or _in_pairs(lines, text.separator) or '"' not in cell.sub("", lines.decode())
        for lines in whole_lines(text.path, text.encoding)
    )


def _in_pairs(lines: bytes, separator: str) -> bool:
    """True if quotes begin and end cells by turns and nothing else: what most files have."""
    signs = np.frombuffer(b"\n" + lines + b"\n", dtype=np.uint8)
    at = np.flatnonzero(signs == ord('"'))
    if len(at) % 2:
        return False
    begin, end = at[::2], at[1::2]
    before = np.isin(np.arange(256), [ord("\n"), ord(separator)])
    after = np.isin(np.arange(256), [ord("\n"), ord("\r"), ord(separator)])
    if not (before[signs[begin - 1]].all() and after[signs[end + 1]].all()):
        return False
    breaks = np.flatnonzero(signs == ord("\n"))
    return bool((np.searchsorted(breaks, begin) == np.searchsorted(breaks, end)).all())


def _by_module(text: TextFile) -> Held:
    """Cells of any file, row by row."""
    import pyarrow as pa

    def columns(rows: list[list[str]], n: int) -> list[pa.Array]:
        even: list[Sequence[str | None]] = [row if len(row) == n else _absent(row, n) for row in rows]
        return [pa.array(column, type=pa.string()) for column in zip(*even, strict=True)]

    with text.path.open(encoding=text.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=text.separator)
        batches: list[list[pa.Array]] = []
        width, first, last = 0, True, list[str]()
        while rows := _some(reader, text, sum(len(batch[0]) for batch in batches)):
            if first and text.names_separator:
                rows[0] = []
            first, last = False, rows[-1]
            n = max(map(len, rows))
            width = max(width, n)
            batches.append(columns(rows, n) or [pa.nulls(len(rows), pa.string())])
    if last and text.odd_quotes and any("\n" in cell for cell in last):
        raise _unclosed(text, sum(len(batch[0]) for batch in batches))
    width = max(width, 1)
    for batch in batches:
        batch.extend(pa.nulls(len(batch[0]), pa.string()) for _ in range(width - len(batch)))
    return hold(iter(batches), width)


def _some(reader: Iterator[list[str]], text: TextFile, before: int) -> list[list[str]]:
    """The next rows; a cell that doesn't end is one whose quotation mark isn't closed."""
    rows: list[list[str]] = []
    try:
        rows.extend(islice(reader, _ROWS))
    except csv.Error as error:
        if "field larger" not in str(error):
            raise
        raise _unclosed(text, before + len(rows) + 1) from error
    return rows


def _unclosed(text: TextFile, row: int) -> DataError:
    """The error of a quotation mark that takes all that follows into one cell."""
    return DataError(
        f"{text.path.name} row {row}: a quotation mark is opened and never closed",
        expected="a second one at the end of the cell",
        got="all that follows would be one cell",
        next_step="remove it, or close the cell; within a cell it is written twice",
    )


def _absent(row: list[str], n: int) -> list[str | None]:
    """The row with cells that aren't there."""
    padded: list[str | None] = list(row)
    padded.extend([None] * (n - len(row)))
    return padded
