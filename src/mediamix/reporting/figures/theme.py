"""What all figures share: sizes, type, axes, and the layers that several of them use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.text import one_line
from mediamix.reporting.palette import INK, MUTED, RULE
from mediamix.reporting.wording import unbroken

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
#: Widths in pixels, labels included: a column of the page, a telephone, a small multiple.
WIDE, NARROW, PANEL = 846, 352, 276
ROW_HEIGHT = 38
#: First of the fonts is the one that text is measured with; Arial has the same widths.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
DIGITS = 5
PADDING = 3
#: Pixels for the labels of a vertical axis of numbers.
NUMBERS = 46.0
#: For marks that stand for no data.
ONE: Spec = {"values": [{}]}

CONFIG: Spec = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "domain": False,
        "ticks": False,
        "gridColor": RULE,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "title": {
        "color": MUTED,
        "fontSize": 12,
        "fontWeight": "normal",
        "anchor": "start",
        "offset": 10,
        "aria": False,
    },
    "text": {"color": INK, "fontSize": 13},
}

_SIZED = "abs(datum.value) >= {least} ? format(datum.value / {least}, ',.3~r') + ' {suffix}'"
#: How the numbers of an axis read: 1.2 M as in the text, 40%, 1.5×.
LABELS = {
    "quantity": " : ".join(
        [
            _SIZED.format(least=f"1e{power}", suffix=suffix)
            for power, suffix in ((9, "bn"), (6, "M"), (3, "k"))
        ]
        + ["format(datum.value, ',.3~r')"]
    ),
    "percent": "format(datum.value * 100, ',.3~r') + '%'",
    "times": "format(datum.value, ',.3~r') + '\u00d7'",
}


def chart(
    layers: Iterable[Spec],
    datasets: Mapping[str, Any],
    *,
    height: float,
    unit: str = "",
    left: float = NUMBERS,
    right: float = 0.0,
    width: float = WIDE,
) -> Spec:
    """A whole figure; `sized` gives it another width.

    Args:
        layers: From back to front.
        datasets: Name → rows.
        height: Of the plot, without its axes.
        unit: Above the vertical axis, where it doesn't need a turned head.
        left: Pixels that what stands left of the plot may take.
        right: The same at the right.
        width: Of all of it.
    """
    spec: Spec = {
        "$schema": SCHEMA,
        "usermeta": {"left": left, "right": right},
        "autosize": "pad",
        "padding": PADDING,
        "height": height,
        "datasets": {name: [_worded(row) for row in rows] for name, rows in datasets.items()},
        "layer": [layer for layer in layers if layer],
        "config": CONFIG,
    }
    if unit:
        spec["title"] = {"text": worded(unit), "frame": "bounds"}
    return sized(spec, width)


def worded(text: str) -> str:
    """A name or a title on one line, with what it hides shown."""
    return unbroken(one_line(text))


def _worded(row: Spec) -> Spec:
    return {field: unbroken(value) if isinstance(value, str) else value for field, value in row.items()}


def sized(spec: Mapping[str, Any], width: float) -> Spec:
    """The figure about so many pixels wide, labels included; in little room names are shorter.

    The plot's width is set, not fitted: fitting takes the renderer a second round.
    """
    beside = spec["usermeta"]
    left = min(beside["left"], _name_room(width))
    plot = width - 2 * PADDING - left - beside["right"]
    return {**spec, "width": round(max(plot, 60.0)), "params": [{"name": "room", "value": width}]}


def fluid(spec: Mapping[str, Any], most: float) -> Spec:
    """The figure as wide as what holds it, which only a browser knows: the plot takes what labels leave.

    Args:
        spec: The figure.
        most: Pixels that it has at most, by which names are shortened; in a narrower window they are shorter.
    """
    room = {"name": "room", "expr": f"min({most:g}, windowSize()[0])"}
    sides = dict.fromkeys(("left", "right", "top", "bottom"), PADDING)
    fit = {"type": "fit", "contains": "padding"}
    return {**spec, "width": "container", "autosize": fit, "padding": sides, "params": [room]}


def _name_room(width: float) -> float:
    return max(84.0, 0.24 * width)


def text_room(texts: Iterable[str], size: float = 13) -> float:
    """About so many pixels the longest of some texts takes, and a little."""
    return 12 + 0.56 * size * max(map(len, texts), default=0)


def points(values: Float[np.ndarray, " point"] | Sequence[float]) -> list[float | None]:
    """Numbers for JSON: five significant digits, None where there is none."""
    return [point(v) for v in np.asarray(values, dtype=float)]


def point(value: float | None) -> float | None:
    """A number for JSON: five significant digits, None where there is none."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.{DIGITS - 1}e}")


def rows(**columns: Sequence[Any]) -> list[Spec]:
    """Rows of columns of the same length."""
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def numbers(
    field: str,
    kind: str = "quantity",
    *,
    title: str = "",
    ends: tuple[float, float] | None = None,
    ticks: int = 5,
    zero: bool = True,
    flush: bool = False,
) -> Spec:
    """An axis of measured numbers; `ends` cuts it off, `flush` keeps its outer labels inside."""
    scale: Spec = {"zero": zero, "nice": False} if ends is None else {"domain": list(ends), "nice": False}
    axis = {
        "title": worded(title) or None,
        "labelExpr": LABELS[kind],
        "tickCount": ticks,
        "labelFlush": flush,
        "minExtent": 0 if flush else NUMBERS - 10,
    }
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def names(domain: Sequence[str], *, size: int = 13) -> Spec:
    """Rows from top to bottom; long names end in an ellipsis."""
    axis = {
        "title": None,
        "grid": False,
        "labelColor": INK,
        "labelFontSize": size,
        "labelLimit": {"expr": "max(84, room * 0.24)"},
        "labelPadding": 8,
    }
    return {"field": "name", "type": "nominal", "scale": {"domain": list(domain)}, "axis": axis}


def plain(field: str) -> Spec:
    """A colour or an opacity that stands in the data."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def layer(data: str, mark: Spec, **encoding: Spec) -> Spec:
    """Marks of a dataset; silent for who is read to, because the figure has its words."""
    return {"data": {"name": data}, "mark": {"aria": False, **mark}, "encoding": encoding}


def notes(data: str, y: Spec, field: str = "note") -> Spec:
    """A number at the right end of each row."""
    mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 8, "fontWeight": "bold"}
    return layer(data, mark, x={"value": "width"}, y=y, text={"field": field})


def ask(data: str, mark: Spec, **encoding: Spec) -> Spec:
    """Invisible marks, large enough to be hit, that say in words (`said`) what stands there."""
    said = {"field": "said"}
    words = {"tooltip": {**said, "type": "nominal"}, "description": said}
    return {
        "data": {"name": data},
        "mark": {**mark, "opacity": 0, "aria": True},
        "encoding": {**encoding, **words},
    }


def ask_rows(data: str, y: Spec) -> Spec:
    """`ask` over the whole of each row."""
    return ask(data, {"type": "bar", "height": {"band": 1}}, x={"value": 0}, x2={"value": "width"}, y=y)


def line_at(value: float, colour: str = MUTED) -> Spec:
    """A dotted line over the whole height."""
    mark = {"type": "rule", "aria": False, "color": colour, "strokeWidth": 1.5, "strokeDash": [2, 3]}
    return {"data": ONE, "mark": mark, "encoding": {"x": {"datum": value}}}
