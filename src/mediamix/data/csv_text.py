"""CSV as we write it and read it back: no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mediamix.core.text import guarded, unguarded

if TYPE_CHECKING:
    import pandas as pd


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV, dates as ISO days; numbers in the shortest form that reads back to the same value."""
    return str(_mapped(table, _cell).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"))


def _cell(text: str) -> str:
    # a bare carriage return isn't quoted, and ends the row for most readers
    return guarded(text.replace("\r\n", "\n").replace("\r", "\n"))


def as_written(table: pd.DataFrame) -> pd.DataFrame:
    """The table of a file with the names that `csv_text` was given."""
    return _mapped(table, unguarded)


def _mapped(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """The table with every text in it and in its header changed; the same object if there is none."""

    def cell(value: object) -> object:
        return change(value) if isinstance(value, str) else value

    columns = [cell(name) for name in table.columns]
    changed = table
    for position, column in enumerate(table.columns):
        values = table.iloc[:, position]
        if not (values.dtype == object or str(values.dtype).startswith(("str", "category"))):
            continue
        different = {value: cell(value) for value in values.unique() if isinstance(value, str)}
        different = {value: new for value, new in different.items() if new != value}
        if different:
            changed = changed if changed is not table else table.copy()
            changed[column] = values.astype(object).map(lambda value, new=different: new.get(value, value))
    return changed if columns == list(table.columns) else changed.set_axis(columns, axis=1)
