"""Uploaded tables as they are shown."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ColumnView(BaseModel):
    """A column and what it was taken for."""

    table: str
    name: str
    role: str
    channel: str | None = None
    samples: list[str]
    why: str
    certainty: str


class QuestionView(BaseModel):
    """What a table doesn't say, and a person can."""

    key: str
    text: str
    options: list[str]
    assumed: str | None = None
    answer: str | None = None


class DatasetView(BaseModel):
    """Uploaded tables, or those that the project's spec names (`project`)."""

    id: str
    files: list[str]
    columns: list[ColumnView] = Field(default_factory=list)
    questions: list[QuestionView] = Field(
        default_factory=list, description="Without `assumed` and `answer`: open; POST /specs takes answers."
    )
    notes: list[str] = Field(default_factory=list)
    spec: str = Field(default="", description="That reads them; empty while a question is open.")


class DatasetPage(BaseModel):
    """Datasets, the newest first."""

    items: list[DatasetView]
    next: str | None
