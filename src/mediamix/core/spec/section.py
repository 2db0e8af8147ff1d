"""What every section of the spec is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """Base of every part of the spec: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
