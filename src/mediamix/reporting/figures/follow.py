"""A measured series over time, what the model says of it, and the band where it should lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mediamix.reporting.bins import Bins
from mediamix.reporting.figures.dates import iso, time_axis
from mediamix.reporting.figures.theme import Spec, ask, chart, layer, numbers, points, rows
from mediamix.reporting.palette import ACCENT, HELD_OUT, INK


def follow(
    axis: Bins,
    *,
    actual: Float[np.ndarray, " bin"],
    mean: Float[np.ndarray, " bin"],
    low: Float[np.ndarray, " bin"],
    high: Float[np.ndarray, " bin"],
    said: Sequence[str],
    unit: str,
    shaded: Sequence[tuple[np.datetime64, np.datetime64]] = (),
) -> Spec:
    """The figure.

    Args:
        axis: Points in time.
        actual: Dots; NaN leaves a hole.
        mean: The line.
        low: Lower end of the band.
        high: Its upper end.
        said: A point in words.
        unit: What a value is, and per what.
        shaded: Stretches that are marked.
    """
    left, right = axis.edges
    data = rows(
        at=iso(axis.starts),
        actual=points(actual),
        mean=points(mean),
        low=points(low),
        high=points(high),
        left=iso(left),
        right=iso(right),
        said=list(said),
    )
    held = [dict(zip(("left", "right"), iso(np.array(ends)), strict=True)) for ends in shaded]
    x = time_axis("at", axis.starts)
    until = {"field": "right"}
    over = {**x, "field": "left"}
    dot = {"type": "point", "filled": True, "size": 22, "opacity": 1}
    layers = [
        layer("held", {"type": "rect", "color": HELD_OUT}, x=over, x2=until) if held else {},
        layer(
            "periods",
            {"type": "area", "opacity": 0.18},
            x=x,
            y=numbers("low", zero=False),
            y2={"field": "high"},
            fill={"value": ACCENT},
        ),
        layer("periods", {"type": "line", "color": ACCENT, "strokeWidth": 2}, x=x, y=_value("mean")),
        layer("periods", dot, x=x, y=_value("actual"), fill={"value": INK}),
        ask("periods", {"type": "rect"}, x=over, x2=until),
    ]
    return chart(layers, {"periods": data, "held": held}, height=280, unit=unit)


def _value(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}
