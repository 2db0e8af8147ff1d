"""Two bars a row: what is, pale, and what it is compared with, full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediamix.reporting.figures.theme import (
    Spec,
    ask_rows,
    chart,
    layer,
    names,
    notes,
    numbers,
    plain,
    point,
    text_room,
    worded,
)
from mediamix.reporting.palette import INK, PAPER

PALE = 0.32
PAIR_HEIGHT = 46


@dataclass(frozen=True)
class Pair:
    """One row.

    Args:
        name: At the left.
        colour: Of both bars.
        first: The pale bar; None where it isn't known.
        second: The full bar.
        text: At the right.
        said: All of it in words.
        low: Start of the second's interval, if it has one.
        high: Its end.
    """

    name: str
    colour: str
    first: float | None
    second: float
    text: str
    said: str
    low: float | None = None
    high: float | None = None


def pairs(rows: Sequence[Pair], *, axis: str, kind: str = "quantity") -> Spec:
    """The figure.

    Args:
        rows: From top to bottom.
        axis: Title of the horizontal axis, with its unit.
        kind: How its numbers read.
    """
    bars = [
        {
            "name": worded(row.name),
            "which": which,
            "value": point(value),
            "colour": row.colour,
            "opacity": full,
        }
        for row in rows
        for which, value, full in (("first", row.first, PALE), ("second", row.second, 1.0))
        if any(r.first is not None for r in rows) or which == "second"
    ]
    words = [
        {
            "name": worded(row.name),
            "which": "second",
            "note": row.text,
            "said": row.said,
            "low": point(row.low),
            "high": point(row.high),
        }
        for row in rows
    ]
    y = names([worded(row.name) for row in rows])
    offset: Spec = {"field": "which", "sort": None, "scale": {"paddingInner": 0.12}}
    y["scale"] |= {"paddingInner": 0.3, "paddingOuter": 0.15}
    bar = {"type": "bar", "cornerRadiusEnd": 2}
    layers = [
        layer(
            "bars",
            bar,
            x=numbers("value", kind, title=axis, flush=True),
            y=y,
            yOffset=offset,
            fill=plain("colour"),
            fillOpacity={**plain("opacity"), "type": "quantitative"},
        ),
        *(_interval(y, offset) if any(row.low is not None for row in rows) else []),
        notes("words", y),
        ask_rows("words", y),
    ]
    return chart(
        layers,
        {"bars": bars, "words": words},
        height=PAIR_HEIGHT * len(rows),
        left=text_room(row.name for row in rows),
        right=text_room(row.text for row in rows),
    )


def _interval(y: Spec, offset: Spec) -> list[Spec]:
    """A line on the second bar, with a halo so that it is seen on any colour."""
    x, x2 = {"field": "low", "type": "quantitative"}, {"field": "high"}
    strokes = ((PAPER, 4.0), (INK, 1.6))
    return [
        layer(
            "words", {"type": "rule", "color": colour, "strokeWidth": width}, x=x, x2=x2, y=y, yOffset=offset
        )
        for colour, width in strokes
    ]
