"""Specs as they are sent and shown."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mediamix.api.runs.schemas import Variant

#: Characters of a spec.
_MOST = 100_000


class SpecAsked(BaseModel):
    """A variant of the spec: its text, or uploaded tables that it reads. One of the two."""

    model_config = ConfigDict(extra="forbid")
    name: Variant = Field(description="Of the variant.")
    text: Annotated[str, Field(max_length=_MOST)] | None = Field(
        default=None, description="YAML, as mediamix.yml."
    )
    dataset: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")] | None = Field(
        default=None, description="An upload: its tables go to the project's data, and the spec reads them."
    )
    answers: (
        Annotated[
            dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=500)]],
            Field(max_length=500),
        ]
        | None
    ) = Field(default=None, description="To the upload's questions, by their keys; also `role.COLUMN`.")


class SpecView(BaseModel):
    """A spec."""

    name: str = Field(description="`mediamix` is the project's own.")
    hash: str | None = Field(default=None, description="Of its values; null: it can't be read.")
    text: str | None = None
    problem: str | None = Field(default=None, description="Why it can't be read.")


class SpecPage(BaseModel):
    """Specs by name, the project's own first."""

    items: list[SpecView]
    next: str | None
