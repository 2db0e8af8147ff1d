"""One row of features, and what is predicted of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

#: Of a row; no feature of ours has more.
_MOST = 500


Name = Annotated[str, Field(min_length=1, max_length=200)]
Value = float | Annotated[str, Field(max_length=200)]


class Row(RootModel[dict[Name, Value]]):
    """Features by name: those of the project's linear baseline, or `date` and spend by channel."""

    root: dict[Name, Value] = Field(max_length=_MOST)


class Predicted(BaseModel):
    """What is predicted."""

    model_config = ConfigDict(extra="allow")
    predicted_revenue: float
    p5: float | None = Field(default=None, description="Of the 90 % interval.")
    p95: float | None = Field(default=None, description="Of the 90 % interval.")
    source: str = Field(description="`baseline`, or the id of the promoted run.")


def plain(row: Row) -> dict[str, Any]:
    """The features."""
    return dict(row.root)
