"""How long advertising keeps working after it ran."""

from __future__ import annotations

from mediamix.core.numbers import duration, span
from mediamix.reporting.blocks import Block, Figure, Legend
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Half-lives with their intervals, the longest first."""
    every = material.fit.dataset.every
    ordered = sorted(material.summary.channels, key=lambda m: -m.half_life.mean)
    rows = []
    for m in ordered:
        life = m.half_life
        interval = f"{span(life.p5, life.p95, lambda v: f'{v:,.1f}')} {every.label()}"
        text = duration(life.mean, every)
        rows.append(
            Row(
                name=m.name,
                colour=material.colours[m.name],
                at=life.mean,
                low=life.p5,
                high=life.p95,
                text=text,
                said=f"{m.name}: {text} (90% interval {interval})",
            )
        )
    longest = ordered[0]
    return [
        Figure(
            spec=forest(rows, axis=f"half-life in {every.label()}"),
            alt=f"Half-life per channel; the longest is {longest.name} with {rows[0].text}.",
            caption=(
                "Half of what an ad brings has come after its half-life. A long one means: results of a cut "
                "show late, and so do results of a rise."
            ),
            legend=(Legend("half-life with 90% interval", INK, "dot"),),
        )
    ]


SECTION = Section("carryover", "How long it keeps working", 70, "understand", build)
