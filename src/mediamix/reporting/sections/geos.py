"""Panels only: where each channel does more or less than elsewhere, and how well each geo is described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mediamix.core.numbers import UNKNOWN, percent, quantity, span, times
from mediamix.measure.contribution import ChannelMeasure
from mediamix.measure.geos import GeoMeasure, Geos
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Panels, Table, Text
from mediamix.reporting.figures import Dot, Row, forest, places
from mediamix.reporting.material import Material
from mediamix.reporting.palette import BAD, GOOD, INK, MUTED
from mediamix.reporting.section import Section

#: A geo is marked where it does more (or less) than all geos together with this probability.
CLEAR = 0.95
#: Up to this many geos a panel shows all; of more it shows so many of the highest and of the lowest.
ALL_ROWS, END_ROWS = 24, 10
#: Channels with a panel of their own: the largest ones.
PANELS = 12
#: Up to this many geos the table shows all; of more the largest, and the worst described.
ALL_IN_TABLE, LARGEST, WORST = 40, 20, 10
#: Intervals that reach further than this multiple of the largest estimate are cut in the figure.
CUT = 2.5


@dataclass(frozen=True)
class _Dot:
    """A geo in a channel's panel: estimate, interval, and the probability that it is above average."""

    geo: str
    at: float
    low: float
    high: float
    better: float


def build(material: Material) -> list[Block]:
    """Words on how much geos differ, dots per channel, spreads, the table; nothing for a national fit."""
    geos = material.summary.geos
    if geos is None:
        return []
    blocks: list[Block] = [
        Text(_differ(material, geos), "lead"),
        _panels(material, geos),
        _spreads(material, geos),
    ]
    blocks += _tables(material, geos)
    if geos.note:
        blocks.append(Text(f"{geos.note[:1].upper()}{geos.note[1:]}.", "note"))
    return blocks


def _differ(material: Material, geos: Geos) -> str:
    ordered = sorted(geos.spread.items(), key=lambda item: -item[1].p50)
    (most, largest), (least, smallest) = ordered[0], ordered[-1]
    text = f"{most} differs by about {percent(largest.p50)} from geo to geo"
    if len(ordered) > 1:
        text = f"Most, {text}; least, {least}, by {percent(smallest.p50)}"
    better = [c.better for geo in geos.geos for c in geo.channels if np.isfinite(c.better)]
    clear = sum(p >= CLEAR or p <= 1 - CLEAR for p in better)
    shown = f"{clear:,} of {len(better):,} effects of a channel in a geo are"
    if clear == 0:
        shown = f"None of the {len(better):,} effects of a channel in a geo is"
    head = "per head" if material.fit.dataset.population_g is not None else "for their size"
    return (
        f"The effect of a channel is not the same in all {len(geos.geos):,} geos. {text} (a standard "
        f"deviation, in parts of the average effect). {shown} clearly above or below the channel's average. "
        f"Without media, {head}, geos differ by about {percent(geos.base_spread.p50)}."
    )


def _panels(material: Material, geos: Geos) -> Panels:
    measures = material.summary.channels
    size = [m.spend if m.spend > 0 else 0.0 for m in measures]
    shown = sorted(np.argsort(size, kind="stable")[::-1][:PANELS].tolist())
    figures = tuple(_panel(material, geos, c) for c in shown)
    words = [
        "A dot is the estimate for a geo, its line the 90% interval, the dotted line all geos together. Far "
        "from it and coloured: the geo differs clearly (with 95% probability). Short of evidence an estimate "
        "stays near the average: that is all the data can tell, not proof that the geo is like the others."
    ]
    if len(geos.geos) > ALL_ROWS:
        words.append(f"Each panel shows the {END_ROWS} highest and the {END_ROWS} lowest geos.")
    if len(shown) < len(measures):
        words.append(f"Shown are the {len(shown)} channels with most spend; the tables hold all.")
    return Panels(
        figures,
        caption=" ".join(words),
        legend=(
            Legend("clearly above average", GOOD, "dot"),
            Legend("not told apart from it", MUTED, "dot"),
            Legend("clearly below", BAD, "dot"),
            Legend("all geos", MUTED, "dash"),
        ),
    )


def _panel(material: Material, geos: Geos, c: int) -> Figure:
    together = material.summary.channels[c]
    per, axis, kind, show = _scale(material, together)
    average = together.contribution.mean * per
    dots = sorted(_dots(material, geos, c), key=lambda dot: -dot.at)
    between = len(dots) - 2 * END_ROWS if len(dots) > ALL_ROWS else 0
    rows = [Dot(d.geo, d.at, d.low, d.high, _colour(d), _said(d, together, show)) for d in dots]
    marks = max([dot.at for dot in dots] + [average])
    right = 1.05 * min(max([dot.high for dot in dots], default=1.0), CUT * marks if marks > 0 else np.inf)
    left = min(0.0, *(1.05 * max(dot.low, -right) for dot in dots)) if dots else 0.0
    best = f"; the highest is {dots[0].geo}" if dots else ""
    return Figure(
        spec=places(
            [*rows[:END_ROWS], None, *rows[-END_ROWS:]] if between > 0 else rows,
            average=average,
            ends=(left, right if right > left else left + 1.0),
            axis=axis,
            kind=kind,
            between=f"{between:,} geos between" if between > 0 else "",
        ),
        title=together.name,
        alt=f"{together.name}: {axis} in {len(dots)} geos with 90% intervals{best}.",
    )


def _scale(
    material: Material, measure: ChannelMeasure
) -> tuple[float, str, str, Callable[[float | None], str]]:
    """What a contribution over all geos is multiplied with, the axis's title, and how its numbers read."""
    if measure.roi is not None and measure.contribution.mean:
        return measure.roi.mean / measure.contribution.mean, "return per unit of spend", "times", times
    if measure.spend > 0:
        unit = material.summary.outcome_unit
        return 1000.0 / measure.spend, f"{unit} per {material.currency} 1,000", "quantity", quantity
    name = material.summary.outcome_name
    return 1.0 / material.summary.outcome_total, f"share of {name} in the geo", "percent", percent


def _dots(material: Material, geos: Geos, c: int) -> list[_Dot]:
    """Geos in which the channel ran, in the panel's unit."""
    together = material.summary.channels[c]
    per, *_ = _scale(material, together)
    found = []
    for geo in geos.geos:
        channel = geo.channels[c]
        part = channel.measure.spend if together.spend > 0 else geo.outcome
        whole = together.spend if together.spend > 0 else material.summary.outcome_total
        if not np.isfinite(channel.better) or not part > 0:
            continue
        factor, made = per * whole / part, channel.measure.contribution
        found.append(_Dot(geo.name, made.mean * factor, made.p5 * factor, made.p95 * factor, channel.better))
    return found


def _colour(dot: _Dot) -> str:
    return GOOD if dot.better >= CLEAR else BAD if dot.better <= 1 - CLEAR else MUTED


def _said(dot: _Dot, together: ChannelMeasure, show: Callable[[float | None], str]) -> str:
    chance = f"above average with {percent(dot.better)} probability"
    return f"{together.name} in {dot.geo}: {show(dot.at)} ({span(dot.low, dot.high, show)}), {chance}"


def _spreads(material: Material, geos: Geos) -> Figure:
    rows = []
    for name, spread in sorted(geos.spread.items(), key=lambda item: -item[1].p50):
        text = percent(spread.p50)
        said = f"{name}: differs by {text} from geo to geo ({span(spread.p5, spread.p95, percent)})"
        rows.append(Row(name, material.colours[name], spread.p50, spread.p5, spread.p95, text, said))
    return Figure(
        spec=forest(
            rows,
            axis="standard deviation over geos, in parts of the channel's average effect",
            kind="percent",
        ),
        title="How much the effect differs from geo to geo",
        alt=f"Spread of the effect over geos per channel; {rows[0].name} differs most, by {rows[0].text}.",
        caption=(
            "Two geos in three lie within this distance of the average. A wide bar says that the data hardly "
            "tell how much geos differ."
        ),
        legend=(Legend("median with 90% interval", INK, "dot"),),
    )


def _tables(material: Material, geos: Geos) -> list[Block]:
    by_outcome = sorted(geos.geos, key=lambda geo: -geo.outcome)
    by_error = sorted(geos.geos, key=lambda geo: -np.nan_to_num(geo.quality.trained.wmape, nan=np.inf))
    worst = by_error[0].quality.trained
    words = Text(
        f"Least well described: {by_error[0].name}, with a typical error of {percent(worst.wmape)} of its "
        f"{material.summary.outcome_name}; {percent(worst.coverage90)} of {worst.periods:,} "
        f"{material.fit.dataset.every.label(worst.periods)} lie inside its 90% band."
    )
    if len(by_outcome) <= ALL_IN_TABLE:
        return [words, _table(material, by_outcome, "The geos in numbers")]
    rest = f"The tables beside this page hold all {len(by_outcome):,} geos."
    return [
        words,
        _table(material, by_outcome[:LARGEST], f"The {LARGEST} largest geos in numbers"),
        _table(material, by_error[:WORST], f"The {WORST} geos that are described worst", folded=True),
        Text(rest, "note"),
    ]


def _table(material: Material, geos: Sequence[GeoMeasure], title: str, folded: bool = False) -> Table:
    total = material.summary.outcome_total
    held_out = any(geo.quality.holdout is not None for geo in geos)
    rows = []
    for geo in geos:
        score, holdout = geo.quality.trained, geo.quality.holdout
        roi = (
            UNKNOWN if geo.roi is None else f"{times(geo.roi.mean)} ({span(geo.roi.p5, geo.roi.p95, times)})"
        )
        rows.append(
            (
                geo.name,
                material.amount(geo.outcome),
                percent(geo.outcome / total if total else None),
                material.spend(geo.spend),
                percent(geo.media.mean / geo.outcome if geo.outcome else None),
                *((roi,) if material.has_value else ()),
                percent(score.r2),
                percent(score.wmape),
                percent(score.coverage90),
                *((percent(None if holdout is None else holdout.wmape),) if held_out else ()),
            )
        )
    labels = [
        material.summary.outcome_name.capitalize(),
        "Of the total",
        "Spend",
        "Share of media",
        *(["ROI (90% interval)"] if material.has_value else []),
        "R²",
        "Weighted error",
        "Inside the 90% band",
        *(["Error, held out"] if held_out else []),
    ]
    columns = (Column("Geo", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), title, folded)


SECTION = Section("geos", "How geos differ", 75, "understand", build)
