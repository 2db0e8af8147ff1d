"""``schedule``: when the project is trained anew."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from mediamix.core.errors import shown
from mediamix.core.spec.section import Section

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Field of a cron expression → its least and largest number, and names of numbers from the least on.
_FIELDS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "minute": (0, 59, ()),
    "hour": (0, 23, ()),
    "day of the month": (1, 31, ()),
    "month": (1, 12, _MONTHS),
    "day of the week": (0, 7, _DAYS),
}
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


class Schedule(Section):
    """When the project is trained anew: by a worker, cron or a cloud scheduler."""

    cron: str = Field(
        "0 0 * * 0",
        description="minute, hour, day of the month, month, day of the week (0 is Sunday), as cron has them",
    )
    time_zone: str = Field("UTC", description="of the hours: Europe/Berlin, America/New_York, UTC")

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, text: str) -> str:
        fields = text.lower().split()
        if len(fields) != len(_FIELDS):
            raise ValueError(
                f"needs five fields ({', '.join(_FIELDS)}), as in '0 0 * * 0'; "
                f"got {len(fields)}: {shown(text)}"
            )
        wrong = [
            f"{name} {shown(field)} isn't {low} to {high}, a range, a list or a step of those"
            for field, (name, (low, high, names)) in zip(fields, _FIELDS.items(), strict=True)
            if not all(_is_part(part, low, high, names) for part in field.split(","))
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return " ".join(fields)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):  # no name, a folder, no such zone
            raise ValueError(
                f"there is no time zone {shown(name)}: say it as in Europe/Berlin, or UTC"
            ) from None
        return name


def _is_part(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or match["step"] == "0" or (match["step"] and len(match["step"]) > 3):
        return False
    ends = [_number(match[key], low, names) for key in ("first", "last") if match[key]]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)


def _number(word: str, low: int, names: tuple[str, ...]) -> int:
    if word.isascii() and word.isdigit() and len(word) <= 2:
        return int(word)
    return names.index(word) + low if word in names else -1
