"""A response curve: its band, the part that was seen, and where one stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.reporting.figures.theme import PANEL, Spec, ask, chart, layer, numbers, point, points, rows


@dataclass(frozen=True)
class Stop:
    """A point on a curve: today, or what a plan recommends."""

    x: float
    y: float
    said: str
    hollow: bool = False


def curve(
    x: Float[np.ndarray, " point"],
    *,
    mean: Float[np.ndarray, " point"],
    low: Float[np.ndarray, " point"],
    high: Float[np.ndarray, " point"],
    seen: tuple[Float[np.ndarray, " seen"], Float[np.ndarray, " seen"]],
    stops: Sequence[Stop],
    said: Sequence[str],
    colour: str,
    axis: str,
    unit: str,
) -> Spec:
    """The figure, small enough to stand beside others.

    Args:
        x: Spend or exposure.
        mean: Contribution there.
        low: Lower end of its interval.
        high: Its upper end.
        seen: Spend and contribution where the data have been.
        stops: Points on the curve.
        said: Each point of it in words.
        colour: Of the channel.
        axis: Title of the horizontal axis, with its unit.
        unit: Of the contribution.
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
        {"x": point(s.x), "y": point(s.y), "said": s.said, "fill": None if s.hollow else colour}
        for s in stops
    ]
    across = numbers("x", title=axis, ticks=4, flush=True)
    up = {"field": "y", "type": "quantitative"}
    dot = {"type": "point", "filled": True, "size": 100, "stroke": colour, "strokeWidth": 2.5, "opacity": 1}
    hollow = {"field": "fill", "type": "nominal", "scale": None, "legend": None}
    layers = [
        layer(
            "curve",
            {"type": "area", "opacity": 0.18},
            x=across,
            y=numbers("low", ticks=4),
            y2={"field": "high"},
            fill={"value": colour},
        ),
        layer(
            "curve",
            {"type": "line", "color": colour, "strokeWidth": 2, "strokeDash": [2, 3]},
            x=across,
            y={**up, "field": "mean"},
        ),
        layer(
            "seen", {"type": "line", "color": colour, "strokeWidth": 3}, x=across, y={**up, "field": "mean"}
        ),
        layer("stops", dot, x=across, y=up, fill=hollow),
        ask("curve", {"type": "rect"}, x={**across, "field": "left"}, x2={"field": "right"}),
        ask("stops", {"type": "point", "filled": True, "size": 300}, x=across, y=up),
    ]
    datasets = {"curve": data, "seen": rows(x=points(seen[0]), mean=points(seen[1])), "stops": at}
    return chart(layers, datasets, height=150, unit=unit, width=PANEL)


def edges(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where one point's surroundings end and the next one's begin: half way."""
    middle = (x[1:] + x[:-1]) / 2
    return np.concatenate([x[:1], middle]), np.concatenate([middle, x[-1:]])
