"""``mediators``: what media move on their way to the outcome: awareness, branded searches, site visits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from mediamix.core.names import clashes, plain
from mediamix.core.spec.channels import ChannelSpec
from mediamix.core.spec.data import Data
from mediamix.core.spec.section import Section


class MediatorSpec(Section):
    """A series that channels drive and that drives the outcome itself."""

    driven_by: Annotated[list[str], Field(min_length=1)] = Field(
        description="channels, or other mediators, that move it"
    )
    column: str | None = Field(None, description="its column of controls; absent: of its own name")
    scale: Literal["level", "total"] = Field(
        "level",
        description="of a panel: level is the same for a large geo and a small one (percent aware), total "
        "adds up over geos (clicks, visits)",
    )
    channels: dict[str, ChannelSpec] = Field(
        {}, description="how channels move it: adstock, saturation, priors; absent: as they move the outcome"
    )


def upstream(mediators: Mapping[str, MediatorSpec]) -> list[str]:
    """The mediators in the order in which they act; those on a circle are left out."""
    found: list[str] = []
    while True:
        free = [
            name
            for name, one in mediators.items()
            if name not in found and all(c in found for c in one.driven_by if c in mediators)
        ]
        if not free:
            return found
        found += free


def contradictions(mediators: Mapping[str, MediatorSpec]) -> list[str]:
    """What can't be, whatever the data are: circles, and what is named twice."""
    lines = [
        f"{' and '.join(group)} in 'mediators' are one name: keep one of them" for group in clashes(mediators)
    ]
    users: dict[str, list[str]] = {}
    for name, one in mediators.items():
        users.setdefault(plain(one.column or name), []).append(name)
        lines += [
            f"mediators.{name}.driven_by names '{cause}' twice: once is enough"
            for cause in dict.fromkeys(one.driven_by)
            if one.driven_by.count(cause) > 1
        ]
        if name in one.driven_by:
            lines.append(f"mediators.{name} is its own cause: leave '{name}' out of its driven_by")
        lines += [
            f"mediators.{name}.channels names '{channel}', which isn't in its driven_by"
            for channel in one.channels
            if channel not in one.driven_by
        ]
    lines += [
        f"the mediators {' and '.join(names)} have one column, '{column}': keep one of them"
        for column, names in users.items()
        if len(names) > 1 and not clashes(names)
    ]
    free = {name for name, one in mediators.items() if name not in one.driven_by}
    ordered = upstream({name: mediators[name] for name in free})
    if circle := [name for name in mediators if name in free and name not in ordered]:
        lines.append(
            f"the mediators {', '.join(circle)} stand on a circle, or behind one: one must come before the "
            "other, so that a path from media to the outcome has an end"
        )
    return lines


def taken(mediators: Mapping[str, MediatorSpec], data: Data, outcome: str) -> list[str]:
    """Mediators whose column is something else already: the outcome, or media of a wide table."""
    users = {plain(outcome): "the outcome"}
    if data.wide is not None and data.outcome is not None:
        users[plain(data.outcome)] = "the outcome"
    if isinstance(data.media, dict):
        for channel, columns in data.media.items():
            for what, column in (("spend", columns.spend), ("exposure", columns.exposure)):
                if column is not None:
                    users.setdefault(plain(column), f"the {what} of the channel {channel}")
    return [
        f"mediators.{name}: its column '{one.column or name}' is {users[plain(one.column or name)]}: a "
        "mediator is a series of its own"
        for name, one in mediators.items()
        if plain(one.column or name) in users
    ]
