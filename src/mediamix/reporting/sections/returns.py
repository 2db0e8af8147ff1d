"""Return per channel with its interval, beside what the next unit of money returns."""

from __future__ import annotations

import numpy as np

from mediamix.core.numbers import UNKNOWN, duration, percent, span, times
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.evidence import NOTHING_ROI, told
from mediamix.measure.interval import Interval
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table, Text
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section

Measured = tuple[ChannelMeasure, Interval]
#: Intervals that reach further than this multiple of the largest estimate are cut in the figure.
CUT = 2.5


def build(material: Material) -> list[Block]:
    """ROI where there is spend and a value, else cost per unit; always the table."""
    channels = material.summary.channels
    with_roi = [(m, m.roi) for m in channels if m.roi is not None]
    with_cost = [(m, m.cost_per_unit) for m in channels if m.cost_per_unit is not None]
    blocks: list[Block] = []
    if with_roi:
        blocks.append(_roi_figure(material, with_roi))
    elif with_cost:
        blocks.append(_cost_figure(material, with_cost))
    organic = [m.name for m in channels if m.spend == 0]
    if organic:
        blocks.append(Text(f"Without spend, thus without a return on it: {', '.join(organic)}.", "note"))
    prior = material.summary.only_prior
    if prior:
        names = ", ".join(prior)
        note = f"The data say next to nothing about {names} (marked *): these numbers are the prior's."
        blocks.append(Text(note, "note"))
    untold = [f"{m.name} {words}" for m in channels if (words := told(m.nothing))]
    if untold:
        blocks.append(Text(f"Nothing is a return under {NOTHING_ROI:g}: {'; '.join(untold)}.", "note"))
    blocks.append(_table(material))
    return blocks


def _roi_figure(material: Material, measures: list[Measured]) -> Figure:
    ordered = sorted(measures, key=lambda pair: -pair[1].mean)
    rows = [
        Row(
            name=m.name,
            colour=material.colours[m.name],
            at=roi.mean,
            low=roi.p5,
            high=roi.p95,
            text=times(roi.mean),
            said=f"{m.name}: ROI {_text(roi)}, next {material.currency} {_text(m.mroi)}",
            second=None if m.mroi is None else m.mroi.mean,
        )
        for m, roi in ordered
    ]
    limit, cut = _limit(rows)
    best, highest = ordered[0]
    return Figure(
        spec=forest(
            rows, axis="return per unit of spend", kind="times", limit=limit, line=(1.0, "break-even")
        ),
        alt=f"ROI per channel with 90% intervals; the highest is {best.name} with {_text(highest)}.",
        title="Return on investment",
        caption=(
            "Right of the dotted line a channel earned more than it cost. A diamond left of its dot says "
            "the channel is saturating: the next unit brings less than the average one." + cut
        ),
        legend=(
            Legend("ROI with 90% interval", material.colours[best.name], "dot"),
            Legend(f"marginal ROI: the next {material.currency}", INK, "diamond"),
        ),
    )


def _cost_figure(material: Material, measures: list[Measured]) -> Figure:
    ordered = sorted(measures, key=lambda pair: pair[1].p50)
    rows = []
    for m, cost in ordered:
        text = f"{material.spend(cost.p50)} ({span(cost.p5, cost.p95, material.spend)})"
        rows.append(
            Row(
                name=m.name,
                colour=material.colours[m.name],
                at=cost.p50,
                low=cost.p5,
                high=cost.p95,
                text=material.spend(cost.p50),
                said=f"{m.name}: {text}",
            )
        )
    limit, cut = _limit(rows)
    unit = material.summary.outcome_unit
    return Figure(
        spec=forest(rows, axis=f"{material.currency} per unit of {unit}", limit=limit),
        alt=f"Spend per unit of {unit} by channel with 90% intervals; lowest: {ordered[0][0].name}.",
        title=f"Cost per unit of {unit}",
        caption=f"Lower is cheaper; the dot is the median. With value_per_unit in the spec it is a ROI.{cut}",
        legend=(Legend("cost with 90% interval", material.colours[ordered[0][0].name], "dot"),),
    )


def _limit(rows: list[Row]) -> tuple[float, str]:
    """Right end of the axis, so that one vague channel doesn't squeeze the others."""
    marks = max(max(row.at, row.second or 0.0) for row in rows)
    highest = max(row.high for row in rows)
    limit = max(1.25, 1.06 * min(highest, CUT * marks)) if marks > 0 else 1.25
    cut = [row.name for row in rows if row.high > limit]
    return limit, f" Intervals that go on beyond the figure: {', '.join(cut)}." if cut else ""


def _table(material: Material) -> Table:
    every = material.fit.dataset.every
    per_unit = any(m.cost_per_unit for m in material.summary.channels)
    rows = [
        (
            Cell(m.name + " *" * (m.name in material.summary.only_prior), material.colours[m.name]),
            material.spend(m.spend) if m.spend > 0 else UNKNOWN,
            material.amount(m.contribution.mean),
            material.amounts(m.contribution.p5, m.contribution.p95),
            percent(m.share.mean),
            *((_text(m.roi), _text(m.mroi)) if material.has_value else ()),
            *((_cost(material, m.cost_per_unit),) if per_unit else ()),
            duration(m.half_life.mean, every),
        )
        for m in material.summary.channels
    ]
    labels = [
        "Spend",
        "Contribution",
        "90% interval",
        "Share",
        *(["ROI (90% interval)", "Marginal ROI (90% interval)"] if material.has_value else []),
        *([f"Spend per {material.summary.outcome_unit}"] if per_unit else []),
        "Half-life",
    ]
    columns = (Column("Channel", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), f"All numbers per channel, over {material.window}", folded=True)


def _cost(material: Material, cost: Interval | None) -> str:
    return UNKNOWN if cost is None else material.spend(cost.p50)


def _text(interval: Interval | None) -> str:
    if interval is None or not np.isfinite(interval.mean):
        return UNKNOWN
    return f"{times(interval.mean)} ({span(interval.p5, interval.p95, times)})"


SECTION = Section("returns", "What each channel returns", 40, "understand", build)
