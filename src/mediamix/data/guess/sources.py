"""The cells of a file, whatever its name says it is: one grid per sheet.

A grid is a frame of raw cells, its columns numbered from 0 and its index the row as a spreadsheet counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, FolderError
from mediamix.core.registry import suggestion
from mediamix.data.csv_file import csv_cells
from mediamix.data.csv_text import as_written
from mediamix.data.files import SUFFIXES, parquet_frame
from mediamix.data.grid import blank_row
from mediamix.data.packed import MOST_CELLS, refuse_cells
from mediamix.data.workbook import Sheet, sheets_of

#: A larger file is no table of days and channels, but the log that one is summed from.
MOST_BYTES = 256 << 20
_KINDS = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
#: Share of control characters that text may have.
_CONTROLS = 0.02
_OURS = {"parquet": (".parquet", ".pq"), "xlsx": (".xlsx",), "csv": (".csv", ".tsv", ".txt")}


@dataclass(frozen=True)
class Grid:
    """One sheet of cells.

    Args:
        source: The file.
        sheet: Its name in a workbook; empty otherwise.
        cells: See the module.
        first: Whether it is the sheet that reading takes.
        notes: How it was read.
        changes: What reading couldn't take as it is.
        ragged: Whether rows may be longer than the header, which then ends at its last cell that isn't None.
        merged: The sheet, for its merged cells.
    """

    source: Path
    sheet: str
    cells: pd.DataFrame
    first: bool = True
    notes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    ragged: bool = False
    merged: Sheet | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.source.name}, sheet '{self.sheet}'" if self.sheet else self.source.name


def grids_of(path: Path) -> list[Grid]:
    """Every sheet of a file that has cells.

    Raises:
        FolderError: The file is absent, too large, or no table.
        DataError: There is nothing in it.
    """
    kind = _kind_of(path)
    told = "" if path.suffix.lower() in _OURS[kind] else f"is {_A[kind]}, whatever its ending says"
    changes = (f"written as CSV, because {path.name} {told}",) if told else ()
    if kind == "parquet":
        refuse_cells(_parquet_cells(path), path)
        frame = parquet_frame(path)
        header = pd.DataFrame([list(frame.columns)])
        cells = pd.concat(
            [header, frame.set_axis(range(frame.shape[1]), axis=1).astype(object)], ignore_index=True
        )
        return [Grid(path, "", _numbered(cells), changes=changes)]
    if kind == "csv":
        found = csv_cells(path)
        cells = as_written(found.frame) if found.text.guards else found.frame
        notes = tuple(filter(None, [found.text.note]))
        return [Grid(path, "", _numbered(cells), notes=notes, changes=changes, ragged=True)]
    sheets = sheets_of(path)
    names = list(sheets)
    filled = {name: sheet for name, sheet in sheets.items() if not all(map(blank_row, sheet.cells))}
    if not filled:
        raise DataError(f"{path.name} is empty", expected="a header and rows", next_step="export it again")
    return [
        Grid(
            path,
            name if len(names) > 1 else "",
            _padded(sheet.cells),
            first=name == names[0],
            changes=changes,
            merged=sheet,
        )
        for name, sheet in filled.items()
    ]


def too_large(path: Path) -> bool:
    """Whether a table has more in it than is looked at cell by cell."""
    parquet = path.suffix.lower() in (".parquet", ".pq")
    return path.stat().st_size > MOST_BYTES or (parquet and _parquet_cells(path) > MOST_CELLS)


def _parquet_cells(path: Path) -> int:
    """What the file says it holds: a few bytes may stand for billions of rows. 0 where it can't be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return 0
    return int(about.num_rows * max(1, about.num_columns))


def _kind_of(path: Path) -> str:
    """``parquet``, ``xlsx`` or ``csv``, by the first bytes.

    Raises:
        FolderError: It is absent, something else, or too large.
        DataError: It is empty.
    """
    try:
        if not path.is_file():
            raise _absent(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise FolderError(
            f"can't read {path}", got=error.strerror or str(error), next_step="check the path and its rights"
        ) from error
    if not size:
        raise DataError(f"{path.name} is empty", expected="a header and rows", next_step="export it again")
    if size > MOST_BYTES:
        raise FolderError(
            f"{path.name} is too large to be guessed",
            expected=f"at most {MOST_BYTES >> 20} MiB: a row per day, geo and channel",
            got=f"{size / 2**20:,.0f} MiB",
            next_step="sum it to days and channels first, in the warehouse that it comes from",
        )
    kind = next(
        (name for mark, name in _KINDS if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(mark)), "csv"
    )
    text = head[:400].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<", b"<!doctype")):
        kind = "a web page (HTML or XML)"
    if kind == "csv" and head[:2] not in (b"\xff\xfe", b"\xfe\xff") and _is_binary(head):
        kind = "no text"
    if kind not in _OURS:
        raise FolderError(
            f"{path.name} is no table that can be read",
            expected="CSV, Parquet or Excel .xlsx",
            got=kind,
            next_step="open it where it comes from and save the table as CSV UTF-8 or .xlsx",
        )
    return kind


def _is_binary(head: bytes) -> bool:
    """True if it has zeros, but those of UTF-16 at every other place, or many control characters."""
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) > len(head) // 4:
        return min(odd, even) > len(head) // 20
    return bool(odd or even) or sum(byte < 9 or 13 < byte < 32 for byte in head) > _CONTROLS * len(head)


def _absent(path: Path) -> FolderError:
    near = ""
    if path.is_dir():
        return FolderError(
            f"{path} is a folder", expected="a file with a table", next_step=f"give its files: {path}/*.csv"
        )
    if path.parent.is_dir():
        near = suggestion(path.name, [p.name for p in path.parent.iterdir() if p.suffix in SUFFIXES])
    return FolderError(
        f"there is no file {path}",
        expected=f"a table as {', '.join(SUFFIXES)}",
        next_step=near or "check the path",
    )


def _padded(rows: list[list[object]]) -> pd.DataFrame:
    width = max(map(len, rows), default=0)
    even = [row if len(row) == width else [*row, *[None] * (width - len(row))] for row in rows]
    columns = zip(*even, strict=True) if even else ()
    frame = pd.DataFrame({i: pd.Series(list(column), dtype=object) for i, column in enumerate(columns)})
    return _numbered(frame)


def _numbered(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.set_axis(np.arange(1, len(cells) + 1), axis=0)


_A = {"parquet": "a Parquet file", "xlsx": "an Excel workbook", "csv": "text"}
