"""One raw table from a file or a frame: what is in the cells, not yet what it means.

CSV cells stay text, so that whoever turns them into numbers can name the row and the cell that
is wrong. The index of a raw frame is the row number that a spreadsheet shows (the header is 1).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, FolderError, UserError
from mediamix.core.names import tidy
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.spec.data import Sheets
from mediamix.data.amounts import CLEARLY, is_key
from mediamix.data.csv_file import csv_cells
from mediamix.data.csv_text import as_written
from mediamix.data.grid import about_header, blank, checked, header_in, refuse_long
from mediamix.data.rows import Rows
from mediamix.data.sheets import first_sheet, joined
from mediamix.data.workbook import sheets_of, unreadable

# A path, a pandas frame or a polars frame, or what `read_rows` made of one. polars is optional and thus not
# named in the type.
Source = str | Path | pd.DataFrame | object

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx")


def read_rows(source: Source, name: str, spec: Spec | None = None) -> Rows:
    """Read one table from a path (CSV, Parquet, Excel) or take a pandas or polars frame.

    Excel: the first sheet; where others have the same columns the spec has to say what they are. Columns
    without a name and rows without a single value are left out, and so are titles above the header.
    What the spec says about numbers and dates goes with the rows.

    Raises:
        FolderError: The file is absent, of an unknown kind or can't be read.
        DataError: There are no rows, columns are named twice, rows have too many cells, or
            the argument is neither a path nor a frame.
    """
    if isinstance(source, Rows):
        return source
    spec = spec or Spec()
    if isinstance(source, str | Path):
        path = Path(source)
        kind = spec.data.sheets
        several = kind is not None and (kind is not Sheets.CHANNELS or name == "media")
        if kind is not None and several and path.suffix.lower() == ".xlsx":
            _refuse_unreadable(path, name)
            return joined(sheets_of(path), path, spec, kind)
        frame, remarks = _read_file(path, name, numbers=spec.numbers is None)
        name = path.name
    else:
        frame, remarks = _from_frame(source, name), []
    rows = Rows(name, checked(frame, name), spec.numbers, spec.data.day_first)
    for remark in filter(None, remarks):
        rows.tell(remark)
    return rows


def merge_errors(errors: Sequence[UserError], what: str) -> UserError:
    """One error that says all; a single one is handed through."""
    if len(errors) == 1:
        return errors[0]
    details: list[str] = []
    for error in errors:
        details.extend(error.details or [f"{error.what}" + (f" (got: {error.got})" if error.got else "")])
    return DataError(what, details=details, next_step="mend these and run `mediamix check` again")


def _read_file(path: Path, name: str, *, numbers: bool) -> tuple[pd.DataFrame, list[str]]:
    _refuse_unreadable(path, name)
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return parquet_frame(path), []
    return first_sheet(sheets_of(path), path) if suffix == ".xlsx" else _from_csv(path, numbers=numbers)


def _refuse_unreadable(path: Path, name: str) -> None:
    """Stop at a file that can't be one of a table.

    Raises:
        FolderError: It is absent or of an unknown kind.
        DataError: It is empty.
    """
    if not path.is_file():
        near = ""
        if path.parent.is_dir():
            near = suggestion(path.name, [p.name for p in path.parent.iterdir() if p.suffix in SUFFIXES])
        raise FolderError(
            f"there is no file {path}",
            expected=f"the {name} table as {', '.join(SUFFIXES)}",
            next_step=near or "check the path: paths in a spec are relative to the spec's folder",
        )
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FolderError(
            f"{path.name} is of a kind that can't be read",
            expected=" ".join(SUFFIXES),
            got=suffix or "no suffix",
            next_step="save the table as CSV, Parquet or Excel .xlsx",
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty", expected="a header and rows", next_step="export it again")


def _from_csv(path: Path, *, numbers: bool) -> tuple[pd.DataFrame, list[str]]:
    cells = csv_cells(path, numbers=numbers)
    rows, name = cells.frame, path.name
    first, top = header_in(cells.head)
    if not first:
        raise DataError(f"{name} is empty", expected="a header and rows", next_step="export it again")
    at, head = first[top]
    n = max(i for i, cell in enumerate(head) if cell is not None and cell == cell) + 1
    header = ["" if blank(cell) else tidy(str(cell)) for cell in head[:n]]
    body = rows.iloc[at + 1 :]
    if rows.shape[1] > n:
        beyond = ~np.all([_blanks(body[i]) for i in range(n, rows.shape[1])], axis=0)
        refuse_long(name, n, (body.index[beyond] + 1).tolist())
    empty = _blanks(body[0])
    if empty.any():
        nothing = body[empty].map(blank).all(axis=1)
        body = body.drop(index=nothing.index[nothing])
    frame = body[[i for i, column in enumerate(header) if column]]
    frame.columns = pd.Index([column for column in header if column], dtype=object)
    index = frame.index
    frame.index = (
        pd.RangeIndex(index.start + 1, index.stop + 1)
        if isinstance(index, pd.RangeIndex) and index.step == 1
        else pd.Index(index.to_numpy() + 1, dtype=np.int64)
    )
    frame.attrs[CLEARLY] = [header[i] for i in cells.clear if i < n and header[i] and not is_key(header[i])]
    about = about_header(at + 1, [row for _, row in first[:top]])
    return as_written(frame) if cells.text.guards else frame, [cells.text.note, about]


def _blanks(column: pd.Series) -> np.ndarray:
    """Where a column of text has nothing in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.dtype.kind == "f":
        return column.isna().to_numpy()
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        return np.append([blank(name) for name in column.cat.categories], True)[codes]
    cells = pa.array(column, type=pa.large_string(), from_pandas=True)
    empty: np.ndarray = pc.equal(pc.utf8_trim_whitespace(cells), "").fill_null(True).to_numpy(False)
    return empty


def parquet_frame(path: Path) -> pd.DataFrame:
    """The rows of a Parquet file; the index is the row that a spreadsheet would show.

    Raises:
        FolderError: It can't be read.
    """
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise unreadable(path, "a Parquet file", error) from error
    return _numbered(frame)


def _from_frame(source: object, name: str) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return _numbered(source)
    polars = sys.modules.get("polars")  # who hands over a polars frame has imported polars
    if polars is not None and isinstance(source, polars.DataFrame):
        return _numbered(source.to_pandas())
    raise DataError(
        f"{name} is neither a path nor a frame",
        expected="a path, a pandas DataFrame or a polars DataFrame",
        got=type(source).__name__,
    )


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose named index levels are columns and whose index is the spreadsheet's row."""
    named = any(level is not None and level not in frame.columns for level in frame.index.names)
    frame = frame.reset_index() if named else frame.copy()
    frame.columns = pd.Index([tidy(str(column)) for column in frame.columns], dtype=object)
    # what pandas calls the index column of a CSV that was written with its index
    frame = frame.loc[:, [bool(c) and not c.startswith("Unnamed:") for c in frame.columns]]
    frame.index = pd.Index(np.arange(2, len(frame) + 2))
    return frame.loc[~frame.isna().all(axis=1)]
