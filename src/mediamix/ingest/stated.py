"""What a team states of its mart in small tables: read, checked, and landed as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mediamix.core.errors import DataError
from mediamix.data.files import read_rows
from mediamix.ingest.contracts import SCHEMA, Column
from mediamix.ingest.load import Connects

_SHOWN = 20


def _a_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _a_rate(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and Decimal(text) > 0
    except InvalidOperation:
        return False


def _a_code(text: str) -> bool:
    return len(text) == 3 and text.isalpha()


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda text: text.lower() in words


#: Table -> column -> what a cell must be, in words, and whether it is; without one the cell may be anything,
#: empty too.
_TABLES: dict[str, dict[str, tuple[str, Callable[[str], bool]] | None]] = {
    "channel_patterns": {
        "priority": ("a whole number", str.isdecimal),
        "source": None,
        "campaign": None,
        "channel": ("a name", bool),
    },
    "exchange_rates": {
        "date": ("a date as 2024-01-31", _a_date),
        "currency": ("a currency as EUR", _a_code),
        "to_currency": ("a currency as EUR", _a_code),
        "rate": ("a positive number as 0.92", _a_rate),
    },
    "source_periods": {
        "source": ("the name of a source, or *", bool),
        "name": None,
        "metric": None,
        "period": ("week, month or quarter", _one_of("week", "month", "quarter")),
        "rule": ("even or repeat", _one_of("even", "repeat")),
    },
    "holidays": {"date": ("a date as 2024-01-31", _a_date), "holiday": ("a name", bool), "geo": None},
    "event_kinds": {
        "event": ("a pattern, as *sale*", bool),
        "kind": ("holiday or promotion", _one_of("holiday", "promotion")),
    },
}


def land_stated(paths: Mapping[str, Path], warehouse: Connects) -> dict[str, str]:
    """Land the tables in place of those of an earlier build.

    Args:
        paths: Name of the dbt project's seed → file.
        warehouse: Where to.

    Returns:
        Vars of the dbt project that say where they are.

    Raises:
        DataError: Columns are missing, cells aren't what they must be: all findings at once; nothing is
            written.
        FolderError: A file can't be read, or the warehouse can't be written.
    """
    problems: list[str] = []
    tables = {name: _read(name, path, problems) for name, path in paths.items()}
    if problems:
        hidden = [f"… and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise DataError(
            "the tables of `mart` can't be read as they are",
            details=[*problems[:_SHOWN], *hidden],
            next_step="mend them; nothing was written",
        )
    if not tables:
        return {}
    import pyarrow as pa

    places = {}
    with warehouse.connect(read_only=False) as session:
        for name, rows in tables.items():
            places[f"{name}_table"] = session.name(SCHEMA, name)
            session.execute(f"drop table if exists {session.name(SCHEMA, name)}")
            columns = list(_TABLES[name])
            session.create(SCHEMA, name, [Column(column, "VARCHAR", nullable=True) for column in columns])
            cells = {c: pa.array([row[n] for row in rows], pa.string()) for n, c in enumerate(columns)}
            session.insert(SCHEMA, name, pa.table(cells))
    return places


def _read(name: str, path: Path, problems: list[str]) -> list[Sequence[str | None]]:
    """Its rows in the order of its columns, empty cells as None."""
    frame = read_rows(path, name).frame
    wanted = _TABLES[name]
    missing = [column for column in wanted if column not in frame.columns]
    problems += [f"{path.name}: no column '{column}'" for column in missing]
    if missing:
        return []
    rows: list[Sequence[str | None]] = []
    for number, cells in zip(frame.index, frame[list(wanted)].itertuples(index=False), strict=True):
        texts = [_text(cell) for cell in cells]
        for (column, must), text in zip(wanted.items(), texts, strict=True):
            if must is not None and not must[1](text):
                problems.append(
                    f"{path.name} row {number}, column '{column}': must be {must[0]}, got {text!r}"
                )
        rows.append([text or None for text in texts])
    return rows


def _text(cell: object) -> str:
    """A cell as it is written: a date of a spreadsheet as its day."""
    if cell is None or cell != cell:  # not a number is the one value that isn't itself
        return ""
    if hasattr(cell, "date"):
        return str(cell.date())
    return str(cell).strip()
