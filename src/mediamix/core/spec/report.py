"""``report``: what stands on the report beside its numbers."""

from __future__ import annotations

from datetime import date as Day  # noqa: N812 - the field is called date
from typing import Annotated, Self

from pydantic import Field, model_validator

from mediamix.core.names import clashes
from mediamix.core.spec.section import Section

Words = Annotated[str, Field(min_length=1, max_length=120)]
Label = Annotated[str, Field(min_length=1, max_length=60)]


class Report(Section):
    """What stands on the report beside its numbers; no number depends on it."""

    title: Words | None = Field(None, description="of the report; absent: Media report")
    client: Words | None = Field(None, description="for whom it is")
    author: Words | None = Field(None, description="who answers for it")
    date: Day | None = Field(None, description="of the report, YYYY-MM-DD; absent: the day it is made")
    names: dict[str, Label] = Field(
        {}, description="channel: the name that people know it by, for the whole report"
    )

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        for group in clashes(self.names):
            raise ValueError(f"{' and '.join(group)} in 'names' are one channel: keep one of them")
        shown = list(self.names.values())
        twice = next((name for name in shown if shown.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two channels can't both be shown as '{twice}'")
        return self
