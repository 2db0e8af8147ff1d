"""A prior in business words: two statements about a number that people can judge."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from mediamix.core.spec.section import Positive, Section

Family = Literal["weibull", "lognormal"]
PriorUnit = Literal["days", "weeks", "periods", "money", "exposure"]
#: Key → how many per cent of the belief lie below it, in their order.
PERCENT = {"p1": 1, "p5": 5, "p10": 10, "p25": 25, "median": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99}


class PriorSpec(Section):
    """A prior in words people can judge: any two points, `{median, p95}` or `{p5, p95}`, or `{mean, sd}`."""

    later: ClassVar[frozenset[str]] = frozenset({*PERCENT, "mean", "sd", "unit"} - {"median", "p95"})

    median: Positive | None = Field(None, description="half of the belief lies below")
    p95: Positive | None = Field(None, description="95 % of the belief lie below")
    family: Family | None = Field(
        None,
        description="weibull leaves room near zero, lognormal doesn't; absent: weibull for roi, mroi and "
        "share, lognormal for the others",
    )
    p1: Positive | None = Field(None, description="1 % of the belief lies below")
    p5: Positive | None = Field(None, description="5 % of the belief lie below")
    p10: Positive | None = Field(None, description="10 % of the belief lie below")
    p25: Positive | None = Field(None, description="a quarter of the belief lies below")
    p75: Positive | None = Field(None, description="three quarters of the belief lie below")
    p90: Positive | None = Field(None, description="90 % of the belief lie below")
    p99: Positive | None = Field(None, description="99 % of the belief lie below")
    mean: Positive | None = Field(None, description="mean, with sd instead of two points")
    sd: Positive | None = Field(None, description="standard deviation, with mean")
    unit: PriorUnit | None = Field(
        None,
        description="days, weeks or periods for a length in time (absent: periods of the data); money or "
        "exposure per period, all geos together, for half_effect (absent: multiples of the mean active "
        "exposure)",
    )

    @property
    def points(self) -> tuple[tuple[str, float], ...]:
        """The points that are given, by their key, lowest first."""
        given = ((key, getattr(self, key)) for key in PERCENT)
        return tuple((key, value) for key, value in given if value is not None)

    @property
    def said(self) -> str:
        """What is given, in words: ``median 1, p95 5``."""
        keys = [*PERCENT, "mean", "sd", "family", "unit"]
        given = [(key, getattr(self, key)) for key in keys if getattr(self, key) is not None]
        return ", ".join(
            f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}" for key, value in given
        )

    def per(self, unit: float) -> PriorSpec:
        """The same belief in another unit: all numbers divided by `unit`."""
        names = [key for key, _ in self.points] or ["mean", "sd"]
        scaled = {key: getattr(self, key) / unit for key in names}
        return PriorSpec(family=self.family, **scaled)

    def less(self, shift: float) -> PriorSpec:
        """The belief about the number less `shift`, which all that is said must lie above."""
        moved = {key: value - shift for key, value in self.points}
        if self.mean is not None and self.sd is not None:
            moved = {"mean": self.mean - shift, "sd": self.sd}
        return PriorSpec(family=self.family, **moved)

    @property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest number that is said: of points the two, else the mean."""
        said = [value for _, value in self.points] or [self.mean or 0.0]
        return min(said), max(said)

    @model_validator(mode="after")
    def _two_statements(self) -> Self:
        points, moments = self.points, [self.mean, self.sd]
        if any(value is not None for value in moments):
            if points:
                raise ValueError(
                    "give two points or mean and sd, not both: a prior has two parameters, and three "
                    "statements seldom have a solution"
                )
            if None in moments:
                raise ValueError(
                    "mean and sd belong together: give both, or two points such as median and p95"
                )
            return self
        if len(points) != 2:
            keys = ", ".join(key for key, _ in points) or "nothing"
            why = (
                "one point says nothing of the width"
                if len(points) < 2
                else "a prior has two parameters, and three points seldom have a solution"
            )
            raise ValueError(
                f"expected two points, such as median and p95, or mean and sd, got {keys}: {why}"
            )
        (lower, low), (upper, high) = points
        if high <= low:
            raise ValueError(f"{upper} must be larger than {lower}, got {high:g} and {low:g}")
        return self

    @model_serializer(mode="wrap")
    def _given(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Of the keys that came later only those that are given: a spec is to be read."""
        found: dict[str, Any] = write(self)
        return {key: value for key, value in found.items() if key not in self.later or value is not None}
