"""``events``: days before and after an event that have an effect of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mediamix.core.spec.section import Section

Days = Annotated[int, Field(ge=0, le=60)]


class Around(Section):
    """Days around an event."""

    before: Days = Field(0, description="days before it that have an effect of their own")
    after: Days = Field(0, description="days after it that have an effect of their own")
