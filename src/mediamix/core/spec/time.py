"""``time``: the length of a period, and how media weeks are dated."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mediamix.core.spec.section import Section
from mediamix.core.types import Every


class Time(Section):
    """The length of a period, and how media weeks are dated."""

    later: ClassVar[frozenset[str]] = frozenset({"weekends"})

    every: Every | None = Field(
        None, description="day, week, fortnight, month, quarter or year; found in the data if absent"
    )
    media_dates: Literal["first", "last"] | None = Field(
        None,
        description="whether a weekly media row is dated by the first or the last day of its week; needed "
        "where media weeks start on another weekday than the outcome's",
    )
    weekends: Literal["zero", "monday", "friday"] | None = Field(
        None,
        description="what an outcome of days without rows on Saturdays and Sundays means: zero (nothing "
        "happened on them), monday or friday (the row of that day holds them, too, and is divided evenly)",
    )
