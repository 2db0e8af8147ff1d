"""``holidays``: public holidays as events."""

from __future__ import annotations

from pydantic import Field

from mediamix.core.spec.section import Section


class Holidays(Section):
    """Public holidays as events."""

    country: str = Field(min_length=2, max_length=2, description="ISO 3166 code: US, DE, …")
