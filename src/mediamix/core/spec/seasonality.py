"""``seasonality``: what repeats by year and by week."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mediamix.core.spec.section import Section


class Seasonality(Section):
    """What repeats."""

    yearly: Annotated[int, Field(ge=0, le=20)] = Field(2, description="pairs of Fourier terms a year")
    weekly: Literal["auto", "on", "off"] = Field("auto", description="weekday effects; auto: daily data")

    @model_validator(mode="before")
    @classmethod
    def _booleans(cls, value: Any) -> Any:
        # In Python, and from readers of YAML 1.1, which take a bare `on` for a boolean.
        if isinstance(value, dict) and isinstance(value.get("weekly"), bool):
            value = {**value, "weekly": "on" if value["weekly"] else "off"}
        return value
