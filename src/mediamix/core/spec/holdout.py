"""``holdout``: periods that judge the forecast."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mediamix.core.spec.section import Section


class Holdout(Section):
    """Periods kept out of the likelihood to judge the forecast."""

    last: Annotated[int, Field(ge=0)] = Field(0, description="last periods that are scored, not trained on")
