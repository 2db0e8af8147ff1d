"""How dates are written: texts and time stamps to days, by the pattern of the whole column.

A time stamp is the day that it shows, at its own offset or time zone: ``2024-01-01T23:30:00+02:00`` is
the first of January, wherever it is read. Stamps that look like midnights of another time zone
(``22:00Z`` and ``23:00Z``) are the exception: the day that they show is not the one that was meant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediamix.data.spelled import RULES, SHORT_MONTHS, Rule, doubt_of

# Texts that stand for "no value" where a number or date is expected. Not used for names: NA is
# also Namibia. A failed look-up of a spreadsheet (#N/A) is no empty cell: what it should be isn't known.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nat", "<na>", "-"})

DAY_NUMBERS = "dates are Excel's day numbers"

_ISO = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::?\d{2}(?:[.,]\d+)?)?"
    r" ?(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_TIME = r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?$"
# Tried in this order on a whole column. The pairs are read only if the other one fails.
_FORMATS = ("%Y/%m/%d", "%Y%m%d", "%Y-%m", "%d.%m.%Y")
_PAIRS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"))
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_HEAD = 50  # different cells that are looked at before all are
_EPOCH = np.datetime64("1899-12-30", "s")  # day 0 of Excel's count
_UTC = frozenset({"Z", "UTC", "GMT", "+00", "+0000", "+00:00", "-00:00"})
# Clock times in UTC that are midnight further east; earlier ones leave the day as it is
_EAST = frozenset({(hour, 0) for hour in range(12, 24)} | {(18, 30), (18, 15), (20, 30), (19, 30), (14, 30)})


@dataclass(frozen=True)
class Days:
    """A column's days and what there is to say about them.

    Args:
        values: ``datetime64[s]``, NaT where a text is no date.
        either: Both day/month and month/day fit, and give different days.
        shifted: The clock times, if they look like midnights of another time zone.
        remark: How texts became days, where that is worth telling.
        doubt: The two readings, where texts in words have two; no value is a day then.
        form: How the days are written, as `strptime` says it, where a form of digits decided.
    """

    values: np.ndarray
    either: bool = False
    shifted: str = ""
    remark: str = ""
    doubt: str = ""
    form: str = ""

    @property
    def nothing(self) -> bool:
        """True if no text is a date."""
        return bool(np.isnat(self.values).all()) and not self.either and not self.doubt


def parse_days(texts: pd.Series[str], day_first: bool | None = None) -> Days:
    """Days of stripped texts.

    Args:
        texts: The different cells of a column.
        day_first: Whether ``03/04/2024`` is the third of April, if somebody has said so.
    """
    empty = texts.map(lambda cell: cell.lower() in MISSING)
    parts = texts.str.extract(_ISO)
    best = pd.to_datetime(parts["day"], format="%Y-%m-%d", errors="coerce")
    if not bool((best.isna() & ~empty).any()):
        return _stamped(best, parts)
    remark = ""
    if bool((texts.str.match(_SERIAL) | empty).all()) and not bool(empty.all()):
        serial = pd.to_numeric(texts.where(~empty), errors="coerce")
        if bool(serial.dropna().between(20_000, 80_000).all()):
            days = pd.Series(_EPOCH + np.floor(serial).fillna(0).to_numpy().astype("timedelta64[D]"))
            first = int(np.argmin(empty.to_numpy()))
            remark = f"{DAY_NUMBERS}: {texts.iloc[first]} is {days.iloc[first]:%Y-%m-%d}"
            return Days(days.where(~empty.to_numpy()).to_numpy().astype("datetime64[s]"), remark=remark)
    bare = texts.str.replace(_TIME, "", regex=True)
    decided = ""
    for form in _FORMATS:
        other = pd.to_datetime(bare, format=form, errors="coerce")
        if form == "%Y%m%d":  # else 202411 were the first of January
            other = other.where(bare.str.len() == 8)
        if other.notna().sum() > best.notna().sum():
            best, decided = other, form
    for pair in _PAIRS:
        readings = [pd.to_datetime(bare, format=form, errors="coerce") for form in pair]
        if max(reading.notna().sum() for reading in readings) <= best.notna().sum():
            continue
        if day_first is not None:
            best = readings[0 if day_first else 1]
            continue
        full = [reading for reading in readings if not bool((reading.isna() & ~empty).any())]
        if len(full) == 2 and not full[0].equals(full[1]):
            return Days(_no_days(len(texts)), either=True)
        best = max(readings, key=lambda reading: int(reading.notna().sum()))
    if bool((best.isna() & ~empty).any()):
        in_words = _in_words(texts[~empty], len(texts), ~empty.to_numpy(), int(best.notna().sum()))
        if in_words is not None:
            return in_words
    return Days(best.to_numpy().astype("datetime64[s]"), remark=remark, form=decided)


def _in_words(filled: pd.Series[str], n: int, at: np.ndarray, read: int) -> Days | None:
    """Days of texts with words in them, if more than `read` are some; None if they aren't."""
    if filled.empty:
        return None
    head = filled.iloc[:_HEAD].tolist()
    rules = [rule for rule in (*RULES, SHORT_MONTHS) if any(rule.days(head))]
    found = {rule: rule.days(filled) for rule in rules}
    if SHORT_MONTHS in found and not _follow(found[SHORT_MONTHS]):
        del found[SHORT_MONTHS]
    best: Rule | None = max(found, key=lambda rule: sum(map(bool, found[rule])), default=None)
    if best is None or sum(map(bool, found[best])) <= read:
        doubt = doubt_of(head) if read == 0 else ""
        first = next((text for text in head if doubt_of([text])), "")
        return Days(_no_days(n), doubt=f"{first!r} {doubt}") if doubt else None
    values = _no_days(n)
    values[at] = np.array([day or "NaT" for day in found[best]], dtype="datetime64[s]")
    text, day = next((text, day) for text, day in zip(filled, found[best], strict=True) if day)
    return Days(values, remark=f"dates are {best.words}: {text} is {day}")


def _follow(days: list[str]) -> bool:
    """True for three or more months, each the next one: what days of a year that isn't said hardly are."""
    months = np.unique(np.array([day for day in days if day], dtype="datetime64[M]"))
    return len(months) >= 3 and bool((np.diff(months).astype(np.int64) == 1).all())


def _no_days(n: int) -> np.ndarray:
    return np.full(n, np.datetime64("NaT", "s"))


def of_stamps(stamps: pd.Series) -> Days:
    """Days of a column that holds time stamps already, with or without a time zone."""
    zone = getattr(stamps.dtype, "tz", None)
    local = stamps if zone is None else stamps.dt.tz_localize(None)
    days = local.dt.normalize()
    moved = (local != days) & local.notna()
    values = days.to_numpy().astype("datetime64[s]")
    if zone is None:
        clocks = _clocks(local[moved]) if bool(moved.any()) else set()
        return Days(values, shifted=_shifted(clocks, bool(moved.sum() == local.notna().sum()), False))
    utc = str(zone) in ("UTC", "Etc/UTC", "GMT", "UTC+00:00")
    all_moved = bool(moved.any() and moved.sum() == local.notna().sum())
    shifted = _shifted(_clocks(local[moved]), all_moved, utc) if all_moved else ""
    return Days(
        values, shifted=shifted, remark=f"time stamps of the zone {zone} are the day that they show there"
    )


def _stamped(days: pd.Series, parts: pd.DataFrame) -> Days:
    """Days of ISO texts, some of which may have a clock time and an offset."""
    values = days.to_numpy().astype("datetime64[s]")
    there = days.notna()
    clock = parts[["hour", "minute"]].dropna()
    if clock.empty:
        return Days(values)
    offsets = set(parts["offset"].dropna())
    clocks = {(int(hour), int(minute)) for hour, minute in clock.drop_duplicates().to_numpy()}
    all_moved = len(clock) == int(there.sum()) and (0, 0) not in clocks
    shifted = _shifted(clocks, all_moved, bool(offsets) and offsets <= _UTC)
    remark = ""
    if offsets:
        several = f" ({', '.join(sorted(offsets)[:4])})"
        remark = f"time stamps with an offset{several} are the day that they show, at their own offset"
    return Days(values, shifted=shifted, remark=remark)


def _clocks(stamps: pd.Series) -> set[tuple[int, int]]:
    pairs = pd.DataFrame({"hour": stamps.dt.hour, "minute": stamps.dt.minute}).drop_duplicates()
    return {(int(hour), int(minute)) for hour, minute in pairs.to_numpy()}


def _shifted(clocks: set[tuple[int, int]], all_moved: bool, utc: bool) -> str:
    """The clock times, if all stamps show one in the evening, or two an hour apart (summer and winter)."""
    if not all_moved or not clocks or len(clocks) > 2 or not clocks <= _EAST:
        return ""
    hours = sorted(clocks)
    hour_apart = len(hours) == 2 and hours[1] == (hours[0][0] + 1, hours[0][1])
    if not (hour_apart or (utc and len(hours) == 1)):
        return ""
    return " and ".join(f"{hour:02d}:{minute:02d}" for hour, minute in hours)
