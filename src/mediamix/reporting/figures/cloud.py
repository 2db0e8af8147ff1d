"""Many points in two measures, from pale to full, and one that is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediamix.reporting.figures.theme import Spec, ask, chart, layer, numbers, plain, point
from mediamix.reporting.palette import INK


@dataclass(frozen=True)
class Point:
    """One point.

    Args:
        x: Where.
        y: And where.
        colour: Of the dot.
        said: All of it in words; empty: it can't be asked.
        marked: The one that matters.
    """

    x: float
    y: float
    colour: str
    said: str = ""
    marked: bool = False


def cloud(dots: Sequence[Point], *, axis: str, unit: str) -> Spec:
    """The figure.

    Args:
        dots: From back to front.
        axis: Title of the horizontal axis.
        unit: Of the vertical one.
    """
    data = [{"x": point(d.x), "y": point(d.y), "colour": d.colour, "said": d.said} for d in dots]
    told = [row for row in data if row["said"]]
    marked = [row for row, dot in zip(data, dots, strict=True) if dot.marked]
    across = numbers("x", title=axis, flush=True)
    up = numbers("y")
    small = {"type": "point", "filled": True, "size": 16, "opacity": 0.7}
    ring = {"type": "point", "filled": True, "size": 130, "stroke": INK, "strokeWidth": 2, "opacity": 1}
    layers = [
        layer("points", small, x=across, y=up, fill=plain("colour")),
        layer("marked", ring, x=across, y=up, fill=plain("colour")) if marked else {},
        ask("told", {"type": "point", "filled": True, "size": 80}, x=across, y=up),
    ]
    return chart(layers, {"points": data, "marked": marked, "told": told}, height=260, unit=unit)
