"""One raw table from a file or a frame: what is in the cells, not yet what it means.

CSV cells stay text, so that whoever turns them into numbers can name the row and the cell that
is wrong. The index of a raw frame is the row number that a spreadsheet shows (the header is 1).
"""

from __future__ import annotations

import csv
import io
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, ExtraError, FolderError, UserError
from mediamix.core.names import plain, tidy
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.data.csv_text import as_written
from mediamix.data.grid import LOOK, about_header, blank, blank_row, frame_of, header_at
from mediamix.data.packed import counted, refuse_bomb
from mediamix.data.plain_csv import plain_csv
from mediamix.data.rows import Rows
from mediamix.data.text_file import decoded, separator_of

# A path, a pandas frame or a polars frame, or what `read_rows` made of one. polars is optional and thus not
# named in the type.
Source = str | Path | pd.DataFrame | object

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx")


def read_rows(source: Source, name: str, spec: Spec | None = None) -> Rows:
    """Read one table from a path (CSV, Parquet, Excel) or take a pandas or polars frame.

    Excel: the first sheet; others with the same columns hold further rows and are refused. Columns
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
        frame, remarks = _read_file(path, name)
        name = path.name
    else:
        frame, remarks = _from_frame(source, name), []
    rows = Rows(name, _checked(frame, name), spec.numbers, spec.data.day_first)
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


def _read_file(path: Path, name: str) -> tuple[pd.DataFrame, list[str]]:
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
    if suffix in (".parquet", ".pq"):
        return parquet_frame(path), []
    if suffix == ".xlsx":
        sheets = excel_cells(path)
        first = next(iter(sheets))
        frame, about = frame_of(sheets[first], path.name)
        return as_written(frame), [about, _about_sheets(sheets, frame, path.name)]
    return _from_csv(path)


def not_csv(path: Path, error: Exception) -> FolderError:
    """The error of a file that isn't text in cells."""
    return FolderError(
        f"{path.name} can't be read as CSV",
        expected="UTF-8 text, cells separated by comma, semicolon or tab",
        got=str(error),
        next_step="save it as 'CSV UTF-8'",
    )


def _from_csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    try:
        text, about_text = decoded(path.read_bytes())
        separator = separator_of(text)
        plain = plain_csv(text, separator)
        if plain is not None:
            frame, about = _from_plain(plain)
            return as_written(frame) if "'" in text else frame, [about_text, about]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise not_csv(path, error) from error
    if text[:4].lower() == "sep=":
        rows[0] = []
    frame, about = frame_of(rows, path.name)
    return as_written(frame), [about_text, about]


def _from_plain(cells: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The same as `frame_of` of cells that are all there, the first row of them not blank."""
    first = [
        (i, row) for i, row in enumerate(cells.iloc[: LOOK + 1].to_numpy().tolist()) if not blank_row(row)
    ]
    top = header_at([row for _, row in first])
    at = first[top][0]
    header = [tidy(cell) for cell in cells.iloc[at]]
    body = cells.iloc[at + 1 :]
    codes, different = pd.factorize(body[0].to_numpy())  # a date or channel repeats
    empty = np.array([not cell.strip() for cell in different], dtype=bool)[codes]
    if empty.any():
        nothing = body[empty].map(blank).all(axis=1)
        body = body.drop(index=nothing.index[nothing])
    frame = body[[i for i, name in enumerate(header) if name]]
    frame.columns = pd.Index([name for name in header if name], dtype=object)
    frame.index = pd.Index(frame.index.to_numpy() + 1, dtype=np.int64)
    return frame, about_header(at + 1, [row for _, row in first[:top]])


def excel_cells(path: Path) -> dict[str, list[list[object]]]:
    """The cells of every sheet, in order.

    Raises:
        ExtraError: openpyxl isn't installed.
        FolderError: It can't be read, or holds more than a table does.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise ExtraError("openpyxl", "excel", f"reading {path.name}") from error
    try:
        with warnings.catch_warnings():
            # openpyxl warns about styles and validations that don't concern the cells
            warnings.simplefilter("ignore")
            # opened here, because openpyxl leaves the file open when it is no workbook
            refuse_bomb(path)
            with path.open("rb") as stream:
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
                try:
                    return {
                        sheet.title: list(counted(sheet.iter_rows(values_only=True), path))
                        for sheet in book.worksheets
                    }
                finally:
                    book.close()
    except UserError:
        raise
    except Exception as error:  # openpyxl lets the errors of zipfile and of its XML parser through
        raise _unreadable(path, "an Excel workbook (.xlsx)", error) from error


def _about_sheets(sheets: dict[str, list[list[object]]], frame: pd.DataFrame, name: str) -> str:
    """What is said about the sheets after the first, which aren't read.

    Raises:
        DataError: One of them has the columns of the first: its rows belong to the table.
    """
    first, *others = sheets
    filled = [title for title in others if not all(map(blank_row, sheets[title]))]
    wanted = {plain(str(column)) for column in frame.columns}
    same = [
        title
        for title in filled
        if any(
            wanted <= {plain(str(cell)) for cell in row if not blank(cell)} for row in sheets[title][:LOOK]
        )
    ]
    if same:
        raise DataError(
            f"{name} has the same columns on several sheets: {', '.join([first, *same][:6])}",
            expected="all rows of a table on its first sheet; only that one is read",
            next_step="put the rows of these sheets below each other, or remove the sheets that aren't meant",
        )
    return f"only the first sheet, '{first}', is read; not: {', '.join(filled[:6])}" if filled else ""


def parquet_frame(path: Path) -> pd.DataFrame:
    """The rows of a Parquet file; the index is the row that a spreadsheet would show.

    Raises:
        FolderError: It can't be read.
    """
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _unreadable(path, "a Parquet file", error) from error
    return _numbered(frame)


def _unreadable(path: Path, kind: str, error: Exception) -> FolderError:
    return FolderError(
        f"{path.name} can't be read",
        expected=kind,
        got=f"{type(error).__name__}: {str(error)[:200]}",
        next_step="the file seems damaged: export it again",
    )


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


def _checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    twice = _repeated(map(str, frame.columns))
    if twice:
        raise DataError(
            f"{name} has columns of the same name: {', '.join(twice)}",
            expected="every column once",
            next_step="rename or remove one of each",
        )
    if frame.empty:
        raise DataError(
            f"{name} has no rows", expected="a header and rows", got=f"columns {', '.join(frame.columns)}"
        )
    return frame


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
