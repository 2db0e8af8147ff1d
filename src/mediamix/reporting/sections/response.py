"""Response curves: what a channel brings at other levels of spend, and where that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mediamix.core.numbers import quantity
from mediamix.decide.answer.plan import Plan
from mediamix.measure.response import observed_multipliers
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Panels, Table, Text
from mediamix.reporting.figures import Stop, curve
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
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
        Legend("90% interval", INK, "pale"),
        Legend("today", INK, "dot"),
    ]
    if any(_planned(material, name) is not None for name in material.channel_names):
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


def figure_of(material: Material, c: int, title: str) -> Figure:
    """The curve of one channel under a title of its own."""
    return replace(_figure(material, c, observed_multipliers(material.fit)[c]), title=title)


def _figure(material: Material, c: int, seen: tuple[float, float]) -> Figure:
    name = material.channel_names[c]
    table = material.curves[material.curves["channel"] == name]
    effect = material.fit.channels[c]
    by_spend = bool(material.fit.dataset.spend_c[c] > 0)
    x = table["spend" if by_spend else "exposure"].to_numpy(dtype=float)
    mean, low, high = (table[column].to_numpy(dtype=float) for column in ("mean", "p5", "p95"))
    multiplier = table["multiplier"].to_numpy(dtype=float)
    show = material.spend if by_spend else quantity
    at_today = float(x[-1] / multiplier[-1])
    stops = [_stop(material, "today", at_today, _at(table, 1.0), show(at_today))]
    planned = _planned(material, name)
    if planned is not None and by_spend:
        there = planned * at_today
        stops.append(_stop(material, "recommended", there, _at(table, planned), show(there), hollow=True))
    inside = (multiplier > seen[0]) & (multiplier < seen[1])
    reached = np.concatenate([[seen[0]], multiplier[inside], [min(seen[1], multiplier[-1])]])
    return Figure(
        spec=curve(
            x,
            mean=mean,
            low=low,
            high=high,
            seen=(np.interp(reached, multiplier, x), np.interp(reached, multiplier, mean)),
            stops=stops,
            said=[
                f"{show(a)} → {material.amount(m)} ({material.amounts(lo, hi)})"
                for a, m, lo, hi in zip(x, mean, low, high, strict=True)
            ],
            colour=material.colours[name],
            axis=f"spend, {material.currency}" if by_spend else effect.channel.exposure,
            unit=material.outcome_axis,
        ),
        title=name,
        alt=f"Response curve of {name}: today's contribution is {material.amount(_at(table, 1.0))}.",
    )


def _stop(material: Material, what: str, x: float, y: float, shown: str, *, hollow: bool = False) -> Stop:
    return Stop(x, y, f"{what}: {shown} → {material.amount(y)}", hollow)


def _at(curve: pd.DataFrame, multiplier: float) -> float:
    return float(np.interp(multiplier, curve["multiplier"], curve["mean"]))


def _planned(material: Material, name: str) -> float | None:
    """The plan as a multiple of the window's spend; None where the plan has another window."""
    plan: Plan | None = material.plan
    part = None if plan is None else plan.channels.get(name)
    if part is None or not part.current:
        return None
    spend = material.fit.dataset.spend_c[material.channel_names.index(name)]
    multiple = part.spend / part.current
    same = abs(part.current - spend) <= 1e-3 * spend
    return multiple if same and multiple <= float(material.curves["multiplier"].max()) else None


def _table(material: Material) -> Table:
    rows = []
    for name in material.channel_names:
        curve = material.curves[material.curves["channel"] == name]
        rows.append((name, *(material.amount(_at(curve, stop)) for stop in STOPS)))
    columns = (Column("Channel", False), *(Column(f"{quantity(stop)} × today") for stop in STOPS))
    return Table(columns, tuple(rows), "The curves in numbers", folded=True)


SECTION = Section("response", "How each channel responds to more or less", 60, "understand", build)
