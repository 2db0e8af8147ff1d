"""``promotion``: what a new run must show before everybody sees it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mediamix.core.spec.section import Section

Bound = Annotated[float, Field(allow_inf_nan=False)]
#: Name of a component → its bounds by name; false: it isn't asked.
Bounds = dict[str, dict[str, Bound] | Literal[False]]


class Promotion(Section):
    """What a training asks of a new run before it takes the promoted one's place."""

    automatic: bool = Field(
        True, description="true: a run that keeps all rules is promoted; false: a person promotes"
    )
    rules: Bounds = Field(
        {},
        description="rule: its bounds, as in `{holdout: {worse: 0.3}}`, or false: it isn't asked; all rules "
        "hold with their own bounds: `mediamix list rules`",
    )
