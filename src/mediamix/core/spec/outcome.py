"""``outcome``: what we explain, its unit and its currency."""

from __future__ import annotations

from pydantic import Field

from mediamix.core.spec.section import Positive, Section
from mediamix.core.types import Unit


class Outcome(Section):
    """What we explain."""

    column: str = Field("revenue", description="column of the outcome table")
    unit: Unit = Field("revenue", description="revenue (money) or count (orders, leads)")
    currency: str = Field("EUR", min_length=1, max_length=8, description="of spend and revenue")
    value_per_unit: Positive | None = Field(None, description="money per unit of a count outcome")
