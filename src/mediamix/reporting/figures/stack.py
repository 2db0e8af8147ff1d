"""What a total is made of over time: areas on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.reporting.bins import Bins
from mediamix.reporting.figures.dates import iso, time_axis
from mediamix.reporting.figures.theme import Spec, ask, chart, layer, numbers, points, rows, worded
from mediamix.reporting.palette import PAPER


@dataclass(frozen=True)
class Part:
    """One area: its name, colour and values per point in time."""

    name: str
    colour: str
    values: Float[np.ndarray, " bin"]


def stack(axis: Bins, parts: Sequence[Part], *, said: Sequence[str], unit: str, height: int = 280) -> Spec:
    """The figure.

    Args:
        axis: Points in time.
        parts: From the bottom to the top.
        said: A point in words.
        unit: What a value is, and per what.
        height: Of the plot.
    """
    at = iso(axis.starts)
    left, right = axis.edges
    values = [
        {"at": day, "part": order, "name": worded(part.name), "value": value}
        for order, part in enumerate(parts)
        for day, value in zip(at, points(part.values), strict=True)
    ]
    x = time_axis("at", axis.starts)
    colours = {"domain": list(range(len(parts))), "range": [part.colour for part in parts]}
    area = {"type": "area", "stroke": PAPER, "strokeWidth": 0.6}
    layers = [
        layer(
            "values",
            area,
            x=x,
            y={**numbers("value"), "stack": "zero"},
            fill={"field": "part", "type": "ordinal", "scale": colours, "legend": None},
            order={"field": "part", "type": "quantitative"},
        ),
        ask("periods", {"type": "rect"}, x={**x, "field": "left"}, x2={"field": "right"}),
    ]
    periods = rows(left=iso(left), right=iso(right), said=list(said))
    return chart(layers, {"values": values, "periods": periods}, height=height, unit=unit)
