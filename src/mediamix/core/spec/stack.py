"""``model.stack``: the models that are averaged, and how much each counts."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from mediamix.core.spec.section import Section

#: How far weights may be from one together: they are rounded when people write them.
ROUNDED = 0.01


class Stack(Section):
    """The models that are averaged, and how much each counts."""

    members: dict[str, dict[str, Any]] = Field(
        description="name -> a spec: its model, as in a file of its own; the data are the stack's"
    )
    weights: dict[str, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]] = Field(
        description="name -> share of the draws; together 1"
    )

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        lines = []
        if not self.members:
            lines.append("a stack has members")
        if set(self.members) != set(self.weights):
            lines.append(
                f"the weights are of {', '.join(self.weights) or 'nobody'}, the members are "
                f"{', '.join(self.members) or 'none'}"
            )
        total = math.fsum(self.weights.values())
        if abs(total - 1.0) > ROUNDED:
            lines.append(f"the weights are {total:g} together, not 1")
        if lines:
            raise ValueError("; ".join(lines))
        return self
