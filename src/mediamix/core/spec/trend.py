"""``trend``: the slow movement of the baseline."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mediamix.core.spec.section import Positive, Section

Auto = Literal["auto"]


class Trend(Section):
    """The slow movement of the baseline."""

    later: ClassVar[frozenset[str]] = frozenset({"length"})

    kind: Literal["knots", "hsgp", "linear", "none"] = Field(
        "knots",
        description="knots: a random walk of levels; hsgp: a smooth curve (Gaussian process); linear: one "
        "line; none",
    )
    every: Positive | Auto = Field(
        26.0, description="knots: weeks between them; auto: what predicts the data best"
    )
    length: Positive | Auto = Field(
        "auto",
        description="hsgp: weeks over which the level stays much the same; auto: what predicts the data best",
    )
