"""Geos of one channel, sorted, beside the line of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediamix.reporting.figures.theme import (
    PANEL,
    Spec,
    ask_rows,
    chart,
    layer,
    line_at,
    names,
    numbers,
    plain,
    point,
    text_room,
    worded,
)
from mediamix.reporting.palette import MUTED

PLACE_HEIGHT = 18
GAP = "…"


@dataclass(frozen=True)
class Dot:
    """A geo: estimate, interval, colour, and all of it in words."""

    name: str
    at: float
    low: float
    high: float
    colour: str
    said: str


def places(
    dots: Sequence[Dot | None],
    *,
    average: float,
    ends: tuple[float, float],
    axis: str,
    kind: str = "quantity",
    between: str = "",
) -> Spec:
    """The figure, small enough to stand beside others.

    Args:
        dots: From top to bottom; None where some were left out.
        average: Where the line stands.
        ends: Of the axis.
        axis: Its title.
        kind: How its numbers read.
        between: What stands where some were left out.
    """
    data = [
        {
            "name": worded(dot.name),
            "at": point(dot.at),
            "low": point(dot.low),
            "high": point(dot.high),
            "colour": dot.colour,
            "note": "",
            "said": dot.said,
        }
        if dot is not None
        else {"name": GAP, "note": between, "said": between}
        for dot in dots
    ]
    called = [GAP if dot is None else worded(dot.name) for dot in dots]
    y = names(called, size=11)
    own = plain("colour")
    bar = {"type": "bar", "height": 4, "fillOpacity": 0.35, "clip": True}
    dot_mark = {"type": "point", "filled": True, "size": 44, "opacity": 1}
    note = {"type": "text", "fontSize": 11, "color": MUTED, "align": "center", "baseline": "middle"}
    layers = [
        layer(
            "rows",
            bar,
            x=numbers("low", kind, title=axis, ends=ends, ticks=4, flush=True),
            x2={"field": "high"},
            y=y,
            fill=own,
        ),
        line_at(average),
        layer("rows", dot_mark, x={"field": "at", "type": "quantitative"}, y=y, fill=own),
        layer("rows", note, x={"value": {"expr": "width / 2"}}, y=y, text={"field": "note"})
        if between
        else {},
        ask_rows("rows", y),
    ]
    return chart(
        layers,
        {"rows": data},
        height=PLACE_HEIGHT * len(dots),
        left=text_room(called, 11),
        width=PANEL,
    )
