"""Bounds that components state and a spec may change, all wrong ones said at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from mediamix.core.registry import strangers
from mediamix.core.spec.promotion import Bounds


@dataclass(frozen=True)
class Bound:
    """A number that a component holds something against.

    Args:
        name: As a spec has it.
        default: Where a spec says nothing.
        meaning: In words, with its unit.
        least: Lowest value that makes sense.
        most: Highest one.
    """

    name: str
    default: float
    meaning: str
    least: float = 0.0
    most: float = math.inf


class Bounded(Protocol):
    """What is asked of a component."""

    @property
    def name(self) -> str: ...

    @property
    def bounds(self) -> tuple[Bound, ...]: ...


T = TypeVar("T", bound=Bounded)
#: A component and the bounds that hold, by name.
Asked = tuple[tuple[T, Mapping[str, float]], ...]


def asked(known: Mapping[str, T], said: Bounds, key: str) -> tuple[Asked[T], list[str]]:
    """The components that are asked, each with its bounds, and a line for everything that is wrong.

    Args:
        known: All components.
        said: What the spec says of them.
        key: Of the spec, for messages.
    """
    wrong = strangers(said, list(known), f"{key}: there is no '{{}}'")
    found = []
    for name, component in known.items():
        own = said.get(name, {})
        if own is False:
            continue
        wrong += strangers(
            own, [bound.name for bound in component.bounds], f"{key}.{name}: there is no bound '{{}}'"
        )
        values = {bound.name: own.get(bound.name, bound.default) for bound in component.bounds}
        wrong += _outside(component.bounds, values, f"{key}.{name}")
        found.append((component, values))
    return tuple(found), wrong


def _outside(bounds: Sequence[Bound], values: Mapping[str, float], key: str) -> list[str]:
    return [
        f"{key}.{bound.name}: expected {_range(bound)}, got {values[bound.name]:g}"
        for bound in bounds
        if not bound.least <= values[bound.name] <= bound.most
    ]


def _range(bound: Bound) -> str:
    return f"from {bound.least:g}" if math.isinf(bound.most) else f"{bound.least:g} to {bound.most:g}"
