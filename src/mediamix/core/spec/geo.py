"""``geo``: a panel of markets."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mediamix.core.spec.section import Section


class Geo(Section):
    """Geographic panel; absent: national (rows of all geos are summed)."""

    later: ClassVar[frozenset[str]] = frozenset({"shared_shock"})

    population: str | None = Field("population", description="population column, for scaling")
    noise: Literal["equal", "unequal"] = Field(
        "equal", description="noise per head: the same in all geos, or a factor for each geo"
    )
    season: Literal["shared", "own"] = Field(
        "shared", description="yearly season per head: the same in all geos, or each geo's own around it"
    )
    shared_shock: bool = Field(
        False, description="a shock of each period that all geos feel, as large as the data say"
    )
