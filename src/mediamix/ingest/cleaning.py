"""A platform's cells as the values of a contract, exactly; what can't be read is put aside, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from mediamix.core.errors import MediamixError
from mediamix.core.moments import naive
from mediamix.ingest.contracts import Column, Contract
from mediamix.ingest.source import Days

Cell = str | int | float | bool | Decimal | date | datetime | None

#: What every row of an account is given here, where the platform doesn't say it row by row.
FILLED = frozenset({"source", "account_id", "account_name", "platform", "currency", "time_zone"})
#: Columns that hold less than nothing only by mistake. Revenue and conversion values can: returns.
NEVER_NEGATIVE = frozenset(
    {"impressions", "clicks", "reach", "frequency", "spend", "conversions", "sessions", "key_events"}
)
_SIXTH = Decimal("0.000001")  # the scale of the landing tables' decimals
# Larger amounts are mistakes, not money; the same bound as that of the long tables.
_LARGEST = 10**15


@dataclass(frozen=True)
class Aside:
    """A row that counts nowhere.

    Args:
        day: Its date, where that can be read.
        field: Which cell is wrong.
        value: What it holds.
        reason: What is wrong with it.
        body: The row as it came, JSON.
    """

    day: date | None
    field: str
    value: str | None
    reason: str
    body: str


@dataclass
class Cleaned:
    """The rows of a window.

    Args:
        rows: By column of the contract, in the order that they came.
        aside: Those that can't be read.
        repeated: Rows that came twice, alike, and count once.
    """

    rows: list[dict[str, Cell]] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    repeated: int = 0


class _UnreadableError(Exception):
    """A cell is wrong; the reason."""


def clean(rows: Iterable[Mapping[str, object]], contract: Contract, days: Days) -> Cleaned:
    """Rows of `Reply` as values of the contract's types.

    Text that is a number becomes that number, exactly; decimals beyond the sixth are rounded (half to even).
    A row is put aside as a whole if one of its cells can't be read or is missing where it may not, if a
    number is negative where that can't be or beyond 1e15, if its date is outside of the window, or if it
    is a second, different row of the same grain.

    Args:
        rows: Of all pages of a window.
        contract: What the source lands.
        days: The window that was asked for; of a contract without ``date`` nothing is held against it.

    Raises:
        MediamixError: The connector names a column that the contract doesn't have.
    """
    given = {column.name for column in contract.columns} - {"source", "account_id"}
    columns = {column.name: column for column in contract.columns if column.name in given}
    keys = [name for name in contract.grain if name in given]
    needed = [name for name, column in columns.items() if not column.nullable and name not in FILLED]
    cleaned = Cleaned()
    seen: dict[tuple[Cell, ...], dict[str, Cell]] = {}
    for raw in rows:
        unknown = set(raw) - given
        if unknown:
            raise MediamixError(f"a connector delivers {sorted(unknown)}, which {contract.name} doesn't have")
        values: dict[str, Cell] = {}
        name = ""
        try:
            for name, value in raw.items():
                values[name] = _read(columns[name], value)
            for name in needed:
                if values.get(name) is None:
                    raise _UnreadableError("missing")
            if "date" in columns:
                name = "date"
                _check_day(values[name], days)
        except _UnreadableError as wrong:
            cleaned.aside.append(_aside(raw, values, name, str(wrong)))
            continue
        key = tuple(values.get(name) for name in keys)
        first = seen.setdefault(key, values)
        if first is values:
            cleaned.rows.append(values)
        elif first == values:
            cleaned.repeated += 1
        else:
            reason = "a second row of the same " + ", ".join(keys) + ", with other numbers"
            cleaned.aside.append(_aside(raw, values, keys[-1], reason))
    return cleaned


def _check_day(day: Cell, days: Days) -> None:
    if not isinstance(day, date) or not days.first <= day <= days.last:
        raise _UnreadableError(f"outside of the days that were asked for, {days.first} to {days.last}")


def _aside(raw: Mapping[str, object], values: Mapping[str, Cell], name: str, reason: str) -> Aside:
    day = values.get("date")
    value = raw.get(name)
    body = json.dumps(raw, default=str, sort_keys=True, ensure_ascii=False)
    return Aside(day if isinstance(day, date) else None, name, _text(value), reason, body)


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:200]


def _read(column: Column, value: object) -> Cell:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    result = _READERS[column.type](value)
    if column.name in NEVER_NEGATIVE and isinstance(result, int | float | Decimal) and result < 0:
        raise _UnreadableError("below zero")
    return result


def _number(value: object) -> Decimal:
    """The number that is written there, exactly."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _UnreadableError("a number is needed")
    try:
        # What a float says of itself, not its binary tail; Decimal reads no separators of thousands.
        found = Decimal(repr(value)) if isinstance(value, float) else Decimal(_plain(value))
    except InvalidOperation as error:
        raise _UnreadableError("a number is needed") from error
    if not found.is_finite():
        raise _UnreadableError("not a finite number")
    if abs(found) >= _LARGEST:
        raise _UnreadableError("beyond 1e15")
    return found


def _plain(value: str | int | Decimal) -> str | int | Decimal:
    # Decimal reads 1_000, which no platform writes.
    if isinstance(value, str) and "_" in value:
        raise _UnreadableError("a number is needed")
    return value.strip() if isinstance(value, str) else value


def _decimal(value: object) -> Decimal:
    return _number(value).quantize(_SIXTH, rounding=ROUND_HALF_EVEN)


def _integer(value: object) -> int:
    found = _number(value)
    if found != found.to_integral_value():
        raise _UnreadableError("a whole number is needed")
    return int(found)


def _float(value: object) -> float:
    result = float(_number(value))
    if not math.isfinite(result):
        raise _UnreadableError("not a finite number")
    return result


def _name(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _UnreadableError("a name is needed")
    return str(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise _UnreadableError("true or false is needed")


def _date(value: object) -> date:
    if isinstance(value, datetime):
        raise _UnreadableError("a day is needed, without a time")
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise _UnreadableError("a day is needed")
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise _UnreadableError("a day is needed, such as 2026-01-31") from error


def _moment(value: object) -> datetime:
    """UTC; a moment without a time zone is taken for UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise _UnreadableError("a moment is needed, such as 2026-01-31T12:00:00Z") from error
    if not isinstance(value, datetime):
        raise _UnreadableError("a moment is needed")
    return naive(value)


_READERS: Mapping[str, Callable[[object], Cell]] = {
    "VARCHAR": _name,
    "BIGINT": _integer,
    "DOUBLE": _float,
    "DECIMAL(38,6)": _decimal,
    "DATE": _date,
    "TIMESTAMP": _moment,
    "BOOLEAN": _boolean,
}
