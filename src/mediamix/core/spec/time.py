"""``time``: the length of a period."""

from __future__ import annotations

from pydantic import Field

from mediamix.core.spec.section import Section
from mediamix.core.types import Every


class Time(Section):
    """The length of a period."""

    every: Every | None = Field(None, description="day, week or month; found in the data if absent")
