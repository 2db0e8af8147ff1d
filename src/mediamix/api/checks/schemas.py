"""Findings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mediamix.api.runs.schemas import Variant


class ChecksAsked(BaseModel):
    """What is to be checked: a variant, or a text that isn't saved; neither: the project's spec."""

    model_config = ConfigDict(extra="forbid")
    variant: Variant | None = None
    text: Annotated[str, Field(max_length=100_000)] | None = Field(default=None, description="YAML.")


class FindingView(BaseModel):
    """Something that was found."""

    model_config = ConfigDict(extra="allow")
    check: str
    severity: str = Field(description="error, warning or info.")
    where: str
    message: str


class ChecksView(BaseModel):
    """Every finding, errors first."""

    ok: bool = Field(description="Whether nothing stops a run.")
    findings: list[FindingView]
