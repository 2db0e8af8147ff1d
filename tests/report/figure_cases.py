"""Reading what a figure's spec shows: its rows, its axes, its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mediamix.reporting.blocks import Figure


def rows_of(figure: Figure, name: str = "rows") -> list[dict[str, Any]]:
    return list(figure.spec["datasets"][name])


def column(figure: Figure, field: str, name: str = "rows") -> list[Any]:
    return [row[field] for row in rows_of(figure, name)]


def layers(figure: Figure, kind: str) -> list[dict[str, Any]]:
    return [layer for layer in figure.spec["layer"] if layer["mark"]["type"] == kind]


def axis_titles(figure: Figure) -> list[str]:
    """What stands along and above the axes."""
    found = [
        channel["axis"]["title"]
        for layer in figure.spec["layer"]
        for channel in layer["encoding"].values()
        if channel.get("axis") and channel["axis"]["title"]
    ]
    return [*found, *([figure.spec["title"]["text"]] if "title" in figure.spec else [])]


def across(figure: Figure) -> str:
    """The title of the horizontal axis; what keeps a number with its unit is a blank."""
    return next(
        str(layer["encoding"]["x"]["axis"]["title"]).replace("\u00a0", " ")
        for layer in figure.spec["layer"]
        if layer["encoding"].get("x", {}).get("axis", {}).get("title")
    )


def domain(figure: Figure) -> list[float]:
    """Where the horizontal axis begins and ends, where that is cut off."""
    return next(
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in figure.spec["layer"]
        if "domain" in layer["encoding"].get("x", {}).get("scale", {})
    )


def line_at(figure: Figure) -> float:
    """Where the line stands that goes through all rows."""
    (rule,) = [layer for layer in layers(figure, "rule") if "datum" in layer["encoding"]["x"]]
    return float(rule["encoding"]["x"]["datum"])


def strings(value: Any) -> Iterator[str]:
    """All texts in a spec."""
    if isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value
