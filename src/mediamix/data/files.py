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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, ExtraError, FolderError, UserError
from mediamix.core.registry import suggestion
from mediamix.data.plain_csv import plain_csv

# A path, a pandas frame or a polars frame. polars is optional and thus not named in the type.
Source = str | Path | pd.DataFrame | object

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx")
SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Rows:
    """A raw table and the name to call it by in messages.

    Args:
        name: File name, or the argument's name for a frame.
        frame: Cells as read; the index is the row as a spreadsheet counts it.
    """

    name: str
    frame: pd.DataFrame


def read_rows(source: Source, name: str) -> Rows:
    """Read one table from a path (CSV, Parquet, Excel) or take a pandas or polars frame.

    Excel: the first sheet. Columns without a name and rows without a single value are left out.

    Raises:
        FolderError: The file is absent, of an unknown kind or can't be read.
        DataError: There are no rows, columns are named twice, rows have too many cells, or
            the argument is neither a path nor a frame.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        return Rows(path.name, _checked(_read_file(path, name), path.name))
    return Rows(name, _checked(_from_frame(source, name), name))


def merge_errors(errors: Sequence[UserError], what: str) -> UserError:
    """One error that says all; a single one is handed through."""
    if len(errors) == 1:
        return errors[0]
    details: list[str] = []
    for error in errors:
        details.extend(error.details or [f"{error.what}" + (f" (got: {error.got})" if error.got else "")])
    return DataError(what, details=details, next_step="mend these and run `mediamix check` again")


def _read_file(path: Path, name: str) -> pd.DataFrame:
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
        return _from_parquet(path)
    return _from_cells(_excel_cells(path), path.name) if suffix == ".xlsx" else _from_csv(path)


def _from_csv(path: Path) -> pd.DataFrame:
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
        header = text.lstrip("\r\n").split("\n", 1)[0]
        unquoted = "".join(header.split('"')[::2])
        separator = max(SEPARATORS, key=unquoted.count)
        plain = plain_csv(text, separator)
        if plain is not None:
            return _from_plain(plain)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FolderError(
            f"{path.name} can't be read as CSV",
            expected="UTF-8 text, cells separated by comma, semicolon or tab",
            got=str(error),
            next_step="save it as 'CSV UTF-8'",
        ) from error
    return _from_cells(rows, path.name)


def _from_plain(cells: pd.DataFrame) -> pd.DataFrame:
    """The same as `_from_cells` of cells that are all there, the header in row 0."""
    header = [cell.strip() for cell in cells.iloc[0]]
    body = cells.iloc[1:]
    empty = (body[0].str.strip() == "").to_numpy()
    if empty.any():
        blank = body[empty].map(_blank).all(axis=1)
        body = body.drop(index=blank.index[blank])
    frame = body[[i for i, name in enumerate(header) if name]]
    frame.columns = pd.Index([name for name in header if name], dtype=object)
    frame.index = pd.Index(frame.index.to_numpy() + 1, dtype=np.int64)
    return frame


def _excel_cells(path: Path) -> Sequence[Sequence[object]]:
    try:
        import openpyxl
    except ImportError as error:
        raise ExtraError("openpyxl", "excel", f"reading {path.name}") from error
    try:
        with warnings.catch_warnings():
            # openpyxl warns about styles and validations that don't concern the cells
            warnings.simplefilter("ignore")
            # opened here, because openpyxl leaves the file open when it is no workbook
            with path.open("rb") as stream:
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
                try:
                    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
                finally:
                    book.close()
    except Exception as error:  # openpyxl lets the errors of zipfile and of its XML parser through
        raise _unreadable(path, "an Excel workbook (.xlsx)", error) from error


def _from_parquet(path: Path) -> pd.DataFrame:
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


def _from_cells(rows: Sequence[Sequence[object]], name: str) -> pd.DataFrame:
    """The frame of a grid of cells whose first row that isn't blank is the header."""
    filled = [(i + 1, row) for i, row in enumerate(rows) if not _blank_row(row)]
    if not filled:
        raise DataError(f"{name} is empty", expected="a header and rows", next_step="export it again")
    header = ["" if _blank(cell) else str(cell).strip() for cell in filled[0][1]]
    body = filled[1:]
    n = len(header)
    wide = [number for number, row in body if len(row) > n and not _blank_row(row[n:])]
    if wide:
        raise DataError(
            f"{name}: {len(wide)} rows have more cells than the header has columns",
            expected=f"{len(header)} cells a row",
            got=f"rows {', '.join(map(str, wide[:10]))}",
            next_step="put text with separators into quotes, and write numbers without thousands separators",
        )
    padded = [row if len(row) == n else [*row, *[None] * n][:n] for _, row in body]
    cells = zip(*padded, strict=True) if padded else [()] * n
    columns = {i: pd.Series(column, dtype=object) for i, column in enumerate(cells) if header[i]}
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index([header[i] for i in columns], dtype=object)
    frame.index = pd.Index([number for number, _ in body], dtype=np.int64)
    return frame


def _blank_row(row: Sequence[object]) -> bool:
    # most rows say with their first cell that they aren't
    return not row or (_blank(row[0]) and all(map(_blank, row)))


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


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
    frame.columns = pd.Index([str(column).strip() for column in frame.columns], dtype=object)
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
