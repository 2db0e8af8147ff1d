"""Dots with their intervals, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mediamix.reporting.figures.theme import (
    ONE,
    ROW_HEIGHT,
    Spec,
    ask_rows,
    chart,
    layer,
    line_at,
    names,
    notes,
    numbers,
    plain,
    point,
    text_room,
    worded,
)
from mediamix.reporting.palette import INK, MUTED, PAPER

Second = Literal["diamond", "tick"]


@dataclass(frozen=True)
class Row:
    """One line of a forest figure.

    Args:
        name: At the left.
        colour: Of the mark.
        at: Where the dot stands.
        low: Start of the interval.
        high: Its end.
        text: The number in words, at the right.
        said: All of it in words.
        second: A further mark (marginal ROI, truth), if there is one.
    """

    name: str
    colour: str
    at: float
    low: float
    high: float
    text: str
    said: str
    second: float | None = None


def forest(
    rows: Sequence[Row],
    *,
    axis: str,
    kind: str = "quantity",
    second: Second = "diamond",
    limit: float | None = None,
    line: tuple[float, str] | None = None,
) -> Spec:
    """The figure.

    Args:
        rows: From top to bottom.
        axis: Title of the horizontal axis, with its unit.
        kind: How its numbers read.
        second: Shape of the second mark.
        limit: Right end of the axis; absent: the largest number.
        line: Where a line stands through all rows, and its name.
    """
    data = [
        {
            "name": worded(row.name),
            "colour": row.colour,
            "at": point(row.at),
            "low": point(row.low),
            "high": point(row.high),
            "note": row.text,
            "said": row.said,
            "second": point(row.second),
        }
        for row in rows
    ]
    right = limit or 1.04 * max([*(r.high for r in rows), *(r.second or 0.0 for r in rows)], default=1.0)
    left = min(0.0, 1.04 * min((r.low for r in rows), default=0.0))
    ends = (left, right if right > left else left + 1.0)
    y = names([worded(row.name) for row in rows])
    own = plain("colour")
    bar = {"type": "bar", "height": 9, "cornerRadius": 4.5, "fillOpacity": 0.3, "clip": True}
    dot = {"type": "point", "filled": True, "size": 130, "opacity": 1, "strokeWidth": 1.5}
    layers = [
        layer(
            "rows",
            bar,
            x=numbers("low", kind, title=axis, ends=ends, flush=True),
            x2={"field": "high"},
            y=y,
            fill=own,
        ),
        {} if line is None else line_at(line[0]),
        layer("rows", dot, x={"field": "at", "type": "quantitative"}, y=y, fill=own, stroke={"value": PAPER}),
        _second(second, y) if any(row.second is not None for row in rows) else {},
        notes("rows", y),
        {} if line is None else _named(*line),
        ask_rows("rows", y),
    ]
    return chart(
        layers,
        {"rows": data},
        height=ROW_HEIGHT * len(rows),
        left=text_room(row.name for row in rows),
        right=text_room(row.text for row in rows),
    )


def _second(shape: Second, y: Spec) -> Spec:
    x = {"field": "second", "type": "quantitative"}
    if shape == "tick":
        mark = {"type": "tick", "thickness": 3, "bandSize": 22, "color": INK, "opacity": 1}
    else:
        mark = {
            "type": "point",
            "shape": "diamond",
            "size": 110,
            "stroke": INK,
            "strokeWidth": 2,
            "opacity": 1,
        }
    return layer("rows", mark, x=x, y=y)


def _named(at: float, name: str) -> Spec:
    mark = {"type": "text", "aria": False, "baseline": "bottom", "dy": -4, "fontSize": 12, "color": MUTED}
    encoding = {"x": {"datum": at}, "y": {"value": 0}, "text": {"value": name}}
    return {"data": ONE, "mark": mark, "encoding": encoding}
