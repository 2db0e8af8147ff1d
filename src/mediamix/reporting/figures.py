"""Parts of figures in Plotly's JSON schema, built by hand: importing plotly takes a second."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from mediamix.core.text import one_line
from mediamix.reporting.palette import INK, MUTED, RULE, faded

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, sans-serif'
DIGITS = 5
ROW_HEIGHT = 44

#: Plotly's template: what all figures share.
STYLE: dict[str, Any] = {
    "layout": {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 26, "b": 8},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"bgcolor": "#FFFFFF", "bordercolor": RULE, "font": {"color": INK, "size": 13}},
        "xaxis": {
            "automargin": True,
            "gridcolor": RULE,
            "zeroline": False,
            "linecolor": RULE,
            "tickfont": {"color": MUTED},
            "nticks": 8,
        },
        "yaxis": {
            "automargin": True,
            "gridcolor": RULE,
            "zeroline": False,
            "tickfont": {"color": MUTED},
            "nticks": 6,
        },
    }
}


def points(values: Float[np.ndarray, " point"] | Sequence[float]) -> list[float | None]:
    """Numbers for JSON: five significant digits, None where there is none."""
    return [float(f"{v:.{DIGITS - 1}e}") if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]


def days(dates: np.ndarray) -> list[str]:
    """ISO dates."""
    return [str(day) for day in dates.astype("datetime64[D]")]


def label(name: str, most: int = 24) -> str:
    """A name for a figure: short, and without the markup that Plotly would follow."""
    shown = one_line(name)
    short = shown if len(shown) <= most else shown[: most - 1] + "…"
    return html.escape(short)


def unit_note(text: str) -> dict[str, Any]:
    """The unit above the vertical axis, where it doesn't need a turned head."""
    return {
        "text": html.escape(text),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 6,
        "showarrow": False,
        "font": {"size": 12, "color": MUTED},
    }


def band(x: list[Any], low: list[float | None], high: list[float | None], colour: str) -> dict[str, Any]:
    """A closed area between two lines; silent under the pointer."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x + x[::-1],
        "y": high + low[::-1],
        "fill": "toself",
        "fillcolor": faded(colour, 0.18),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def time_axis() -> dict[str, Any]:
    """Dates, upright and few enough for a phone."""
    return {"type": "date", "showgrid": False, "nticks": 6, "tickangle": 0, "tickformat": "%b\n%Y"}


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
        hover: All of it in words.
        second: A further mark (marginal ROI, truth), if there is one.
    """

    name: str
    colour: str
    at: float
    low: float
    high: float
    text: str
    hover: str
    second: float | None = None


def forest(
    rows: Sequence[Row], *, axis: str, second: dict[str, Any] | None = None, limit: float | None = None
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any], int]:
    """Dots with their intervals, a row each.

    Args:
        rows: From top to bottom.
        axis: Title of the horizontal axis, with its unit.
        second: Plotly marker of the second mark.
        limit: Right end of the axis; absent: the largest number.

    Returns:
        Traces, layout and height.
    """
    data: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": points([row.low, row.high]),
                "y": [i, i],
                "line": {"color": faded(row.colour, 0.30), "width": 9},
                "hoverinfo": "skip",
            }
        )
        data.append(_mark(row.at, i, row.hover, {"color": row.colour, "size": 13, "symbol": "circle"}))
        if row.second is not None and second is not None:
            data.append(_mark(row.second, i, row.hover, second))
    right = limit or 1.06 * max([*(r.high for r in rows), *(r.second or 0.0 for r in rows)], default=1.0)
    left = min(0.0, 1.06 * min((r.low for r in rows), default=0.0))
    layout = rows_layout([row.name for row in rows], axis)
    layout["xaxis"]["range"] = points([left, right if right > left else left + 1.0])
    layout["annotations"] = [row_note(i, row.text) for i, row in enumerate(rows)]
    return tuple(data), layout, ROW_HEIGHT * len(rows) + 60


def rows_layout(names: Sequence[str], axis: str, right: int = 84) -> dict[str, Any]:
    """A row per name, from top to bottom; `right` pixels beside the figure are for notes."""
    return {
        "margin": {"l": 8, "r": right, "t": 8, "b": 8},
        "hovermode": "closest",
        "xaxis": {"title": axis_title(axis), "fixedrange": True},
        "yaxis": {
            "range": [len(names) - 0.4, -0.6],
            "tickvals": list(range(len(names))),
            "ticktext": [label(name) + "  " for name in names],
            "tickfont": {"color": INK},
            "showgrid": False,
            "fixedrange": True,
        },
    }


def row_note(row: int, text: str) -> dict[str, Any]:
    """A number at the right of a row."""
    return {
        "text": f"<b>{html.escape(text)}</b>",
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 10,
        "yref": "y",
        "y": row,
        "showarrow": False,
        "font": {"size": 13},
    }


def axis_title(text: str) -> dict[str, Any]:
    """A quiet title of an axis."""
    return {"text": html.escape(text), "font": {"size": 12, "color": MUTED}, "standoff": 8}


def vertical(x: float, colour: str = MUTED) -> dict[str, Any]:
    """A dashed line over the whole height."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "width": 1.5, "dash": "dot"},
    }


def _mark(x: float, y: int, hover: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": points([x]),
        "y": [y],
        "marker": {"line": {"color": "#FFFFFF", "width": 1.5}, **marker},
        "hoverinfo": "text",
        "hovertext": [html.escape(hover)],
    }
