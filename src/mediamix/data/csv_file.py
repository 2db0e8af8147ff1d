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

from mediamix.core.errors import FolderError
from mediamix.data.grid import LOOK, blank_row, header_at, refuse_long
from mediamix.data.text_file import TextFile, look_at_text, whole_lines

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows from which on a column of mostly different cells isn't made of Python's strings.
LARGE = 50_000
_REPEATS = 4  # cells per different one, from which on a column repeats itself
_BLOCK = 1 << 22  # bytes that Arrow splits together
_ROWS = 20_000  # rows that the `csv` module splits before they are packed


@dataclass(frozen=True)
class Cells:
    """The cells of a text file.

    Args:
        frame: Columns numbered from 0, the index from 0, the header among the rows.
        text: What was seen of the file.
        ragged: Whether rows may be longer or shorter than the header; None is a cell that isn't there.
    """

    frame: pd.DataFrame
    text: TextFile
    ragged: bool


def csv_cells(path: Path) -> Cells:
    """Every cell of a CSV file.

    Raises:
        FolderError: It isn't text in cells.
        DataError: Rows have more cells than the first one.
    """
    try:
        text = look_at_text(path)
        frame = _by_arrow(text)
        return Cells(_by_module(text), text, True) if frame is None else Cells(frame, text, False)
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


def _by_arrow(text: TextFile) -> pd.DataFrame | None:
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

    try:
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
            convert_options=arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())),
        ) as reader:
            packed = _packed((batch.columns for batch in reader), n)
    except pa.ArrowInvalid:
        return None
    refuse_long(text.path.name, n, long)
    return packed


def _plain_width(text: TextFile) -> int:
    """Cells of the first row of a file that can be split at once; 0 for one that can't."""
    if not text.plain_ends or text.names_separator or (text.quotes and not _plainly_quoted(text)):
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


def _by_module(text: TextFile) -> pd.DataFrame:
    """Cells of any file, row by row."""
    import pyarrow as pa

    def columns(rows: list[list[str]], n: int) -> list[pa.Array]:
        even: list[Sequence[str | None]] = [row if len(row) == n else _absent(row, n) for row in rows]
        return [pa.array(column, type=pa.large_string()) for column in zip(*even, strict=True)]

    with text.path.open(encoding=text.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=text.separator)
        batches: list[list[pa.Array]] = []
        width, first = 0, True
        while rows := list(islice(reader, _ROWS)):
            if first and text.names_separator:
                rows[0] = []
            first = False
            n = max(map(len, rows))
            width = max(width, n)
            batches.append(columns(rows, n) or [pa.nulls(len(rows), pa.large_string())])
    width = max(width, 1)
    for batch in batches:
        batch.extend(pa.nulls(len(batch[0]), pa.large_string()) for _ in range(width - len(batch)))
    return _packed(iter(batches), width)


def _absent(row: list[str], n: int) -> list[str | None]:
    """The row with cells that aren't there."""
    padded: list[str | None] = list(row)
    padded.extend([None] * (n - len(row)))
    return padded


def _packed(batches: Iterator[Sequence[pa.Array]], n: int) -> pd.DataFrame:
    """One frame of pieces: Python's strings where cells repeat or rows are few, else packed by Arrow."""
    import pyarrow as pa

    kept: list[list[pa.Array]] = [[] for _ in range(n)]
    repeats: list[bool] = []
    for batch in batches:
        coded = [column.dictionary_encode() for column in batch] if not repeats else []
        repeats = repeats or [len(c.dictionary) * _REPEATS <= len(c) for c in coded]
        for i, column in enumerate(batch):
            kept[i].append(column.dictionary_encode() if repeats[i] else column)
    rows = sum(map(len, kept[0]))
    columns = {}
    for i in range(n):
        whole = pa.chunked_array(kept[i], type=None if kept[i] else pa.large_string())
        kept[i] = []
        columns[i] = _texts(whole) if repeats[i] or rows < LARGE else pd.Series(whole, dtype="str")
    pa.default_memory_pool().release_unused()
    return pd.DataFrame(columns, copy=False)


def _texts(column: pa.ChunkedArray) -> pd.Series:
    """Python strings, one object per different cell: dates and names repeat."""
    import pyarrow as pa

    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0)
    different = [*coded.dictionary.to_pylist(), None]
    codes = coded.indices.fill_null(len(different) - 1).to_numpy(zero_copy_only=False)
    return pd.Series(pd.array(different, dtype=object).take(codes), dtype=object)
