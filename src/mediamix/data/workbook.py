"""Excel workbooks: the cells of every sheet, and what merged cells hold.

Text and dates of merged cells hold for all of their rows. One number for several cells is of each, or of all
of them together: where it stands in a table it is refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from mediamix.core.errors import DataError, ExtraError, FolderError, UserError
from mediamix.data.checking import some
from mediamix.data.packed import counted, refuse_bomb

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_PIECE = 1 << 20  # bytes of a sheet that are looked at together
_LONGEST = 80  # bytes of one merged range
#: More merged ranges than a table has.
MOST_MERGED = 100_000


@dataclass(frozen=True)
class Merged:
    """Cells that are one, from 0: the last row and column are included."""

    name: str
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet.

    Args:
        cells: Row by row, the first one of the sheet first.
        filled: Merged ranges whose text or date now stands in all of their rows.
        numbers: Merged ranges that hold one number.
    """

    cells: list[list[object]]
    filled: tuple[Merged, ...] = ()
    numbers: tuple[Merged, ...] = field(default=())

    def about(self, header: int) -> str:
        """What is said of merged cells below the header's row, from 0; or nothing."""
        below = [one.name for one in self.filled if one.top > header]
        return f"merged cells hold for all of their rows: {some(below, 4)}" if below else ""

    def refuse(self, name: str, header: int, columns: Sequence[int]) -> None:
        """Stop at a number in merged cells of the table.

        Args:
            name: For the message.
            header: The header's row, from 0.
            columns: Those that have a name.

        Raises:
            DataError: Of all such cells.
        """
        inside = [
            one
            for one in self.numbers
            if one.top > header and any(one.left <= column <= one.right for column in columns)
        ]
        if inside:
            shown = [f"{one.name} ({self.cells[one.top][one.left]})" for one in inside]
            raise DataError(
                f"{name} has numbers in merged cells: {some(shown, 6)}",
                expected="a number per row and column",
                got="one number for several cells: of each of them, or of all together",
                next_step="unmerge these cells, and write into each what is its own",
            )


def sheets_of(path: Path) -> dict[str, Sheet]:
    """Every sheet of a workbook, in order.

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
                    return {sheet.title: _sheet(book, sheet, path) for sheet in book.worksheets}
                finally:
                    book.close()
    except UserError:
        raise
    except Exception as error:  # openpyxl lets the errors of zipfile and of its XML parser through
        raise unreadable(path, "an Excel workbook (.xlsx)", error) from error


def unreadable(path: Path, kind: str, error: Exception) -> FolderError:
    """The error of a file that isn't what its name says."""
    return FolderError(
        f"{path.name} can't be read",
        expected=kind,
        got=f"{type(error).__name__}: {str(error)[:200]}",
        next_step="the file seems damaged: export it again",
    )


def _sheet(book: Any, sheet: Any, path: Path) -> Sheet:
    cells = list(counted(sheet.iter_rows(values_only=True), path))
    # A sheet that is read row by row doesn't say what is merged: its file does.
    with book._archive.open(sheet._worksheet_path) as stream:
        merged = list(_merged(stream, path))
    filled, numbers = [], []
    for one in merged:
        if one.top >= len(cells) or one.left >= len(cells[one.top]):
            continue
        value = cells[one.top][one.left]
        if isinstance(value, str | date):
            if one.bottom > one.top:
                for row in cells[one.top + 1 : one.bottom + 1]:
                    if one.left < len(row):
                        row[one.left] = value
                filled.append(one)
        elif value is not None:
            numbers.append(one)
    return Sheet(cells, tuple(filled), tuple(numbers))


def _merged(stream: IO[bytes], path: Path) -> Iterator[Merged]:
    """The merged ranges in a sheet's file."""
    rest, n = b"", 0
    while piece := stream.read(_PIECE):
        text = rest + piece
        end = 0
        for found in _MERGED.finditer(text):
            end, n = found.end(), n + 1
            if n > MOST_MERGED:
                raise FolderError(
                    f"{path.name} has more merged cells than a table",
                    expected=f"at most {MOST_MERGED:,} merged ranges a sheet",
                    next_step="unmerge its cells, and save it anew",
                )
            left, top, right, bottom = (part.decode() for part in found.groups())
            yield Merged(
                f"{left}{top}:{right}{bottom}", int(top) - 1, _column(left), int(bottom) - 1, _column(right)
            )
        rest = text[max(end, len(text) - _LONGEST) :]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
