"""A file of any size as cells of text in a DuckDB of its own: a view with rows as a spreadsheet counts them.

Large CSV and Parquet files are streamed by DuckDB; what needs a look at each cell (Excel, text that isn't
UTF-8) goes through the readers of `mediamix.data`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mediamix.core.errors import DataError, FolderError
from mediamix.core.extras import extras_of
from mediamix.data.text_file import look_at_text, pieces, separator_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: What is held at a time; what is more goes to a file.
MEMORY = "1GB"
#: The row of a cell in its file; no column of a table is called that.
ROW = "mediamix row"
_HEAD = 1 << 16
#: Encodings that DuckDB is given as they are; others are written again beside its own files.
_READ_AS_THEY_ARE = frozenset({"utf-8-sig"})


def quoted(name: str) -> str:
    """An identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def text_of(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def set_aside() -> Iterator[DuckDBPyConnection]:
    """A database for a moment, in a folder of its own.

    Raises:
        ExtraError: DuckDB isn't installed.
    """
    with extras_of("reading tables"):
        import duckdb
    with TemporaryDirectory(prefix="mediamix-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "preserve_insertion_order": "true",
            "memory_limit": MEMORY,
            "temp_directory": folder,
        }
        # a file, not memory: what is set aside is packed there
        with duckdb.connect(str(Path(folder) / "aside.duckdb"), config=config) as database:
            yield database


def view_of(database: DuckDBPyConnection, path: Path, view: str) -> list[str]:
    """Make a view of a table with all of its cells as text; its columns, in order.

    Raises:
        FolderError: The file can't be read.
        DataError: Rows don't have the cells that the header says, or there is nothing in it.
    """
    import duckdb

    try:
        relation = _relation(database, path)
        columns = [str(name) for name in database.sql(f"select * from {relation} limit 0").columns]
        texts = ", ".join(f"cast({quoted(name)} as varchar) as {quoted(name)}" for name in columns)
        database.execute(
            f"create or replace view {quoted(view)} as "
            f"select row_number() over () + 1 as {quoted(ROW)}, {texts} from {relation}"
        )
    except (duckdb.Error, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    return columns


def unreadable(path: Path, error: Exception) -> DataError | FolderError:
    """Why a table can't be read, in words for the person who can mend it."""
    ragged = _ragged(path)
    if ragged:
        return DataError(
            f"{path.name} has rows with other cells than its header",
            details=ragged,
            expected="as many cells in each row as the header has; text with commas in quotes",
            next_step="mend these rows, or export the table again; nothing was landed",
        )
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return FolderError(
        f"{path.name} can't be read",
        expected="CSV, Parquet or Excel .xlsx with a header",
        got=said[:200],
        next_step="the file seems damaged: export it again",
    )


def _ragged(path: Path, most: int = 10) -> list[str]:
    """The first rows of a CSV file that have other cells than its header, as a spreadsheet counts them."""
    if path.suffix.lower() in (".parquet", ".pq", ".xlsx"):
        return []
    found = []
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            head = file.read(_HEAD)
            file.seek(0)
            rows = csv.reader(file, delimiter=separator_of(head))
            width = len(next(rows, []))
            for number, row in enumerate(rows, 2):
                if row and len(row) != width:
                    found.append(
                        f"row {number}: {len(row)} cells, the header has {width}: {','.join(row)[:60]!r}"
                    )
                    if len(found) == most:
                        break
    except (OSError, csv.Error) as error:
        found.append(f"row {rows.line_num}: {error}" if isinstance(error, csv.Error) else str(error))
    return found


def headers_of(paths: Iterable[Path]) -> dict[Path, list[str]]:
    """The columns of each table (of a workbook: of its first sheet); empty: it has no plain header."""
    found: dict[Path, list[str]] = {}
    with set_aside() as database:
        for path in paths:
            found[path] = []
            with suppress(DataError, FolderError):
                found[path] = view_of(database, path, "cells")
    return found


def _relation(database: DuckDBPyConnection, path: Path) -> str:
    """What stands behind ``from``."""
    name = str(path).replace("'", "''")
    ending = path.suffix.lower()
    if ending in (".parquet", ".pq"):
        return f"read_parquet('{name}')"
    if ending == ".xlsx":
        return _registered(database, path)
    text = look_at_text(path)
    if text.encoding not in _READ_AS_THEY_ARE:
        (folder,) = database.execute("select current_setting('temp_directory')").fetchone() or ("",)
        aside = Path(folder) / f"{abs(hash(path))}.csv"
        with aside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces(path, text.encoding))
        name = str(aside).replace("'", "''")
    # nothing is left to be guessed: a sign in one cell must not become what separates all of them
    how = f"delim = '{text.separator}', quote = '\"', escape = '\"', skip = 0, header = true"
    return f"read_csv('{name}', {how}, all_varchar = true, nullstr = '', sample_size = 20000)"


def _registered(database: DuckDBPyConnection, path: Path) -> str:
    from mediamix.data.cells import texts
    from mediamix.data.files import read_rows

    frame = read_rows(path, path.name).frame
    database.register("sheet", frame.apply(texts).replace("", None))
    return "sheet"
