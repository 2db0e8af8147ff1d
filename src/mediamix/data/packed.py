"""Files that are small on disk and unpack to more than a table is: refused before they are unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mediamix.core.errors import FolderError

#: What the sheets of a workbook may unpack to, in bytes.
MOST_UNPACKED = 512 << 20
#: Above so many bytes unpacked, how many times its size on disk a workbook may unpack to: no sheet of
#: different rows is packed to a fiftieth, one character again and again to a thousandth.
LARGE, MOST_TIMES = 32 << 20, 200
#: Cells of one table, empty ones between others included.
MOST_CELLS = 10_000_000
_NEXT = "sum it to a row per day, geo and channel first, and save that as CSV or as a new workbook"


def refuse_bomb(path: Path) -> None:
    """Refuse a workbook whose sheets unpack to more than `MOST_UNPACKED`, or to `MOST_TIMES` of their size.

    Nothing is unpacked for that; a workbook that lies about its size ends where it says.

    Raises:
        FolderError: They do.
        zipfile.BadZipFile: It is none.
    """
    with zipfile.ZipFile(path) as archive:
        size = sum(one.file_size for one in archive.infolist() if one.filename.endswith((".xml", ".rels")))
    if size > MOST_UNPACKED or (size > LARGE and size > MOST_TIMES * path.stat().st_size):
        raise FolderError(
            f"{path.name} unpacks to more than a table is",
            expected=f"sheets of at most {MOST_UNPACKED >> 20} MiB, {MOST_TIMES} times the file's size",
            got=f"{size / 2**20:,.0f} MiB in a file of {path.stat().st_size / 2**20:,.1f} MiB",
            next_step=_NEXT,
        )


def counted(rows: Iterable[Sequence[object]], path: Path) -> Iterator[list[object]]:
    """The rows, as long as there aren't too many cells.

    A sheet with one cell far out has all the empty ones before it.

    Raises:
        FolderError: There are.
    """
    cells = 0
    for row in rows:
        cells += max(1, len(row))
        refuse_cells(cells, path)
        yield list(row)


def refuse_cells(cells: int, path: Path) -> None:
    """Refuse a table of too many cells.

    Raises:
        FolderError: There are more than `MOST_CELLS`.
    """
    if cells > MOST_CELLS:
        raise FolderError(
            f"{path.name} has more cells than a table of days and channels has",
            expected=f"at most {MOST_CELLS:,} cells, empty ones between others included",
            got=f"{cells:,} or more",
            next_step=_NEXT,
        )
