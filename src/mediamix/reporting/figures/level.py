"""One line over amounts of money, with its band, a level to hold it against, and where one stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mediamix.reporting.figures.curve import Stop, edges
from mediamix.reporting.figures.theme import ONE, Spec, ask, chart, layer, numbers, point, points, rows
from mediamix.reporting.palette import ACCENT, INK, MUTED


def level(
    x: Float[np.ndarray, " point"],
    *,
    mean: Float[np.ndarray, " point"],
    low: Float[np.ndarray, " point"],
    high: Float[np.ndarray, " point"],
    stops: Sequence[Stop],
    said: Sequence[str],
    line: tuple[float, str] | None,
    axis: str,
    unit: str,
    kind: str = "quantity",
) -> Spec:
    """The figure.

    Args:
        x: Money.
        mean: What is shown, there.
        low: Lower end of its interval.
        high: Its upper end.
        stops: Points on the line.
        said: Each point of it in words.
        line: A level that it is held against, and its name; None: none.
        axis: Title of the horizontal axis, with its unit.
        unit: Of what is shown.
        kind: How its numbers read.
    """
    left, right = edges(x)
    data = rows(
        x=points(x),
        mean=points(mean),
        low=points(low),
        high=points(high),
        left=points(left),
        right=points(right),
        said=list(said),
    )
    at = [
        {"x": point(s.x), "y": point(s.y), "said": s.said, "fill": None if s.hollow else INK} for s in stops
    ]
    across = numbers("x", title=axis, zero=False, flush=True)
    up: Spec = {"field": "y", "type": "quantitative"}
    dot = {"type": "point", "filled": True, "size": 110, "stroke": INK, "strokeWidth": 2, "opacity": 1}
    hollow = {"field": "fill", "type": "nominal", "scale": None, "legend": None}
    layers = [
        layer(
            "totals",
            {"type": "area", "opacity": 0.18},
            x=across,
            y=numbers("low", kind, ticks=3),
            y2={"field": "high"},
            fill={"value": ACCENT},
        ),
        {} if line is None else _across(line[0]),
        layer(
            "totals",
            {"type": "line", "color": ACCENT, "strokeWidth": 2.5},
            x=across,
            y={**up, "field": "mean"},
        ),
        layer("stops", dot, x=across, y=up, fill=hollow),
        {} if line is None else _named(*line),
        ask("totals", {"type": "rect"}, x={**across, "field": "left"}, x2={"field": "right"}),
        ask("stops", {"type": "point", "filled": True, "size": 300}, x=across, y=up),
    ]
    return chart(layers, {"totals": data, "stops": at}, height=110, unit=unit)


def _across(level: float) -> Spec:
    """A dotted line over the whole width."""
    mark = {"type": "rule", "aria": False, "color": MUTED, "strokeWidth": 1.5, "strokeDash": [2, 3]}
    return {"data": ONE, "mark": mark, "encoding": {"y": {"datum": level}}}


def _named(level: float, name: str) -> Spec:
    """The line's name, above its right end."""
    mark = {
        "type": "text",
        "aria": False,
        "align": "right",
        "baseline": "bottom",
        "dy": -3,
        "fontSize": 12,
        "color": MUTED,
    }
    encoding = {"y": {"datum": level}, "x": {"value": "width"}, "text": {"value": name}}
    return {"data": ONE, "mark": mark, "encoding": encoding}
