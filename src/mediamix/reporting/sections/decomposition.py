"""What the outcome is made of over time: the baseline and every channel on top of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mediamix.core.numbers import percent, span
from mediamix.measure.contribution import total_baseline
from mediamix.reporting.bins import Bins, bins
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table
from mediamix.reporting.figures import Part, stack
from mediamix.reporting.material import Material
from mediamix.reporting.palette import BASELINE, MUTED
from mediamix.reporting.section import Section

#: Parts that are named where a point is asked.
SAID = 8
#: Areas on top of each other, those of small channels taken together.
APART = 12


def build(material: Material) -> list[Block]:
    """Everything, then media alone (a large baseline hides them), then the sums."""
    axis = bins(material.fit.dataset.dates, material.fit.dataset.every)
    baseline = axis.mean(_series(material.contributions, "baseline", "total"))
    parts = _apart(
        [
            Part(name, material.colours[name], axis.mean(_series(material.contributions, name, "media")))
            for name in material.channel_names
        ]
    )
    outcome = material.summary.outcome_name
    legend = tuple(Legend(part.name, part.colour) for part in parts)
    share, many = percent(material.summary.media_share.mean), len(material.channel_names)
    everything = Figure(
        spec=_stack(material, axis, [Part("baseline", BASELINE, baseline), *parts], height=320),
        alt=f"Stacked areas of {outcome} over time: baseline and {many} channels; media are {share}.",
        title=f"Where {outcome} came from",
        caption=(
            "Grey is the baseline: what would have come without any media. Colours are what each channel "
            f"added, carry-over included. {axis.remark}".rstrip()
        ),
        legend=(Legend("baseline", BASELINE), *legend),
    )
    alone = Figure(
        spec=_stack(material, axis, parts, height=230),
        alt=f"Stacked areas of the channels' contributions to {outcome} over time, without the baseline.",
        title="Media alone",
        caption="The same without the baseline: when each channel was at work.",
        legend=legend,
    )
    return [everything, alone, _table(material)]


def _apart(parts: list[Part]) -> list[Part]:
    """So many areas as eyes can follow: the largest, in their order, and all others as one."""
    if len(parts) <= APART:
        return parts
    sizes = [float(np.abs(part.values).sum()) for part in parts]
    large = set(np.argsort(sizes)[::-1][: APART - 1].tolist())
    rest = [part.values for i, part in enumerate(parts) if i not in large]
    others = Part(f"{len(rest)} other channels", MUTED, np.sum(rest, axis=0))
    return [part for i, part in enumerate(parts) if i in large] + [others]


def _series(table: pd.DataFrame, component: str, kind: str) -> np.ndarray:
    """Means over time; a channel may bear the name of a baseline term."""
    chosen = (table["component"] == component) & (table["kind"] == kind)
    return table.loc[chosen, "mean"].to_numpy(dtype=float)


def _stack(material: Material, axis: Bins, parts: list[Part], *, height: int) -> dict[str, Any]:
    unit = f"{material.outcome_axis} {axis.per}"
    return stack(axis, parts, said=_said(material, axis, parts), unit=unit, height=height)


def _said(material: Material, axis: Bins, parts: list[Part]) -> list[str]:
    """Each point in words: the parts, the largest first, as many as can be read."""
    sums = np.sum([part.values for part in parts], axis=0)
    said = []
    for i, when in enumerate(axis.names):
        ordered = sorted(parts, key=lambda part: -abs(part.values[i]))
        lines = [f"{part.name}: {material.amount(float(part.values[i]))}" for part in ordered[:SAID]]
        if len(ordered) > SAID:
            lines.append(f"and {len(ordered) - SAID} more")
        said.append("\n".join([f"{when}: {material.amount(float(sums[i]))} {axis.per}", *lines]))
    return said


def _table(material: Material) -> Table:
    summary = material.summary
    total = summary.outcome_total
    base = np.quantile(total_baseline(material.fit) / total, (0.05, 0.95))
    rows: list[tuple[str | Cell, ...]] = [
        (
            Cell("baseline", BASELINE),
            material.amount(summary.baseline.mean),
            material.amounts(summary.baseline.p5, summary.baseline.p95),
            percent(summary.baseline.mean / total),
            span(float(base[0]), float(base[1]), percent),
        )
    ]
    rows += [
        (
            f"of it {m.name}, against {m.reference:,.4g}",
            material.amount(m.contribution.mean),
            material.amounts(m.contribution.p5, m.contribution.p95),
            percent(m.share.mean),
            span(m.share.p5, m.share.p95, percent),
        )
        for m in summary.treatments
    ]
    rows += [
        (
            Cell(m.name, material.colours[m.name]),
            material.amount(m.contribution.mean),
            material.amounts(m.contribution.p5, m.contribution.p95),
            percent(m.share.mean),
            span(m.share.p5, m.share.p95, percent),
        )
        for m in summary.channels
    ]
    rows.append(
        (
            "All media",
            material.amount(summary.media.mean),
            material.amounts(summary.media.p5, summary.media.p95),
            percent(summary.media_share.mean),
            span(summary.media_share.p5, summary.media_share.p95, percent),
        )
    )
    labels = ("Contribution", "90% interval", "Share", "90% interval")
    columns = (Column("Component", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), "Sums over the window", folded=True)


SECTION = Section("decomposition", "What the outcome is made of", 50, "understand", build)
