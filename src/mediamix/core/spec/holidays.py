"""``holidays``: public holidays as events."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from mediamix.core.spec.events import Days
from mediamix.core.spec.section import Section


class Holidays(Section):
    """Public holidays as events."""

    later: ClassVar[frozenset[str]] = frozenset({"region", "before", "after"})

    country: str = Field(min_length=2, max_length=2, description="ISO 3166 code: US, DE, …")
    region: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        None, description="its part with holidays of its own: BY of DE, CA of US"
    )
    before: Days = Field(0, description="days before each holiday that have an effect of their own")
    after: Days = Field(0, description="days after each holiday that have an effect of their own")
