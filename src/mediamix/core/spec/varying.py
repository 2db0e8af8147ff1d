"""``channels.NAME.varying``: an effect that isn't the same all the time."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from mediamix.core.spec.section import Positive, Section

#: Words of `by` that aren't a control.
TIME, SEASON = "time", "season"


class Varying(Section):
    """An effect that isn't the same all the time: a positive factor on it, over the periods."""

    by: str = Field(
        TIME,
        description="time: a smooth course of its own; season: with the calendar's year; or the name of a "
        "control, such as an index of demand",
    )
    length: Positive | None = Field(
        None, description="time: weeks over which the effect stays about the same; absent: 26"
    )
    spread: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] = Field(
        0.15,
        description="how far the effect moves, before the data: standard deviation of its logarithm over "
        "time (by time: the median of a sampled one), per standard deviation of a control",
    )

    @model_validator(mode="after")
    def _length_of_time(self) -> Self:
        if self.length is not None and self.by != TIME:
            raise ValueError(f"'length' belongs to 'by: time', not to 'by: {self.by}'")
        return self
