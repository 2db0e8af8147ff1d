"""``trend``: the slow movement of the baseline."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mediamix.core.spec.section import Positive, Section


class Trend(Section):
    """The slow movement of the baseline."""

    kind: Literal["knots", "linear", "none"] = Field(
        "knots", description="knots: a random walk of levels; linear: one line; none"
    )
    every: Positive = Field(26, description="weeks between knots")
