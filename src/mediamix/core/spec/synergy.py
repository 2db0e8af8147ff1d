"""``synergy``: channels that bring more, or less, together than one by one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mediamix.core.names import plain
from mediamix.core.spec.section import Section

Pair = Annotated[tuple[str, str], Field(description="two channels")]


class Synergy(Section):
    """Pairs of channels that bring more, or less, together than one by one."""

    pairs: Literal["all"] | tuple[Pair, ...] = Field(
        "all", description="all, or pairs of channels: [[tv, search], [tv, social]]"
    )
    share: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] = Field(
        0.01,
        description="share of the outcome that one pair may bring or cost, before the data: the median of a "
        "sampled size around zero",
    )

    @model_validator(mode="after")
    def _pairs_of_two(self) -> Self:
        if self.pairs == "all":
            return self
        if not self.pairs:
            raise ValueError("'pairs' is empty: name pairs, say all, or leave 'synergy' out")
        seen: dict[frozenset[str], tuple[str, str]] = {}
        found = []
        for one, other in self.pairs:
            key = frozenset((plain(one), plain(other)))
            if len(key) == 1:
                found.append(f"[{one}, {other}] is a channel with itself, which its curve holds already")
            elif key in seen:
                found.append(f"[{one}, {other}] is there twice")
            seen[key] = (one, other)
        if found:
            raise ValueError("; ".join(found))
        return self
