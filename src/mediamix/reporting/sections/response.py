"""Response curves: what a channel brings at other levels of spend, and where that is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mediamix.core.numbers import quantity, scale
from mediamix.decide.answer.plan import Plan
from mediamix.measure.response import observed_multipliers
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Panels, Table, Text
from mediamix.reporting.figures import axis_title, band, points, unit_note
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK, faded
from mediamix.reporting.section import Section

#: Multiples of today's spend in the table.
STOPS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def build(material: Material) -> list[Block]:
    """A small figure per channel, and the curves in numbers."""
    seen = observed_multipliers(material.fit)
    figures = tuple(_figure(material, c, seen[c]) for c in range(len(seen)))
    legend = [
        Legend("seen in the data", INK, "line"),
        Legend("beyond: extrapolated", INK, "dash"),
        Legend("90% interval", faded(INK, 0.18), "box"),
        Legend("today", INK, "dot"),
    ]
    if any(_planned(material, name) is not None for name in material.fit.dataset.channel_names):
        legend.append(Legend("recommended", INK, "ring"))
    return [
        Text(
            "Follow a line to the right of today's dot: where it bends flat, more money brings little more. "
            "Each panel has its own scale."
        ),
        Panels(
            figures,
            caption=(
                "Contribution over the whole window when the channel's spend is scaled alike in all periods "
                "and the other channels stay as they are."
            ),
            legend=tuple(legend),
        ),
        _table(material),
    ]


def _figure(material: Material, c: int, seen: tuple[float, float]) -> Figure:
    name = material.fit.dataset.channel_names[c]
    curve = material.curves[material.curves["channel"] == name]
    effect = material.fit.channels[c]
    by_spend = bool(material.fit.dataset.spend_c[c] > 0)
    quantity_axis = curve["spend" if by_spend else "exposure"].to_numpy(dtype=float)
    x_divisor, x_suffix = scale(float(quantity_axis.max()))
    y_divisor, y_suffix = scale(float(curve["p95"].max()))
    x, colour = quantity_axis / x_divisor, material.colours[name]
    today = float(x[-1] / curve["multiplier"].iloc[-1])
    unit = f"spend, {material.currency}" if by_spend else f"{effect.channel.exposure},"
    data = _lines(curve, x, y_divisor, colour, seen)
    data.append(_point(today, _at(curve, 1.0) / y_divisor, "today", {"color": colour, "size": 11}))
    planned = _planned(material, name)
    if planned is not None and by_spend:
        marker = {
            "color": colour,
            "size": 12,
            "symbol": "circle-open",
            "line": {"color": colour, "width": 2.5},
        }
        data.append(_point(planned * today, _at(curve, planned) / y_divisor, "recommended", marker))
    layout = {
        "hovermode": "closest",
        "xaxis": {
            "title": axis_title(f"{unit} {x_suffix}".strip()),
            "nticks": 5,
            "fixedrange": True,
            "rangemode": "tozero",
        },
        "yaxis": {"nticks": 5, "fixedrange": True, "rangemode": "tozero"},
        "annotations": [unit_note(f"{_outcome(material)} {y_suffix}".strip())],
    }
    return Figure(
        data=tuple(data),
        layout=layout,
        height=240,
        title=name,
        alt=f"Response curve of {name}: today's contribution is {material.amount(_at(curve, 1.0))}.",
    )


def _outcome(material: Material) -> str:
    name, unit = material.summary.outcome_name, material.summary.outcome_unit
    return f"{name}, {unit}" if material.is_money else f"{unit},"


def _lines(
    curve: pd.DataFrame, x: np.ndarray, divisor: float, colour: str, seen: tuple[float, float]
) -> list[dict[str, Any]]:
    """Band, the whole curve dashed, and the observed range solid on top."""
    mean = curve["mean"].to_numpy(dtype=float) / divisor
    low, high = (curve[p].to_numpy(dtype=float) / divisor for p in ("p5", "p95"))
    multiplier = curve["multiplier"].to_numpy(dtype=float)
    inside = (multiplier > seen[0]) & (multiplier < seen[1])
    stops = np.concatenate([[seen[0]], multiplier[inside], [min(seen[1], multiplier[-1])]])
    dashed = {
        "type": "scatter",
        "mode": "lines",
        "x": points(x),
        "y": points(mean),
        "line": {"color": colour, "width": 2, "dash": "dot"},
        "hovertemplate": "%{x:,.3~r} → %{y:,.3~r}<extra></extra>",
    }
    solid = {
        "type": "scatter",
        "mode": "lines",
        "x": points(np.interp(stops, multiplier, x)),
        "y": points(np.interp(stops, multiplier, mean)),
        "line": {"color": colour, "width": 3},
        "hoverinfo": "skip",
    }
    return [band(points(x), points(low), points(high), colour), dashed, solid]


def _point(x: float, y: float, what: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": points([x]),
        "y": points([y]),
        "marker": {"line": {"color": "#FFFFFF", "width": 1.5}, **marker},
        "hovertemplate": what + ": %{x:,.3~r} → %{y:,.3~r}<extra></extra>",
    }


def _at(curve: pd.DataFrame, multiplier: float) -> float:
    return float(np.interp(multiplier, curve["multiplier"], curve["mean"]))


def _planned(material: Material, name: str) -> float | None:
    """The plan as a multiple of the window's spend; None where the plan has another window."""
    plan: Plan | None = material.plan
    part = None if plan is None else plan.channels.get(name)
    if part is None or not part.current:
        return None
    spend = material.fit.dataset.spend_c[material.fit.dataset.channel_names.index(name)]
    multiple = part.spend / part.current
    same = abs(part.current - spend) <= 1e-3 * spend
    return multiple if same and multiple <= float(material.curves["multiplier"].max()) else None


def _table(material: Material) -> Table:
    rows = []
    for name in material.fit.dataset.channel_names:
        curve = material.curves[material.curves["channel"] == name]
        rows.append((name, *(material.amount(_at(curve, stop)) for stop in STOPS)))
    columns = (Column("Channel", False), *(Column(f"{quantity(stop)} × today") for stop in STOPS))
    return Table(columns, tuple(rows), "The curves in numbers", folded=True)


SECTION = Section("response", "How each channel responds to more or less", 60, "understand", build)
