"""What treatments (a price, a discount) brought against their reference levels; absent without any."""

from __future__ import annotations

from mediamix.core.names import tidy
from mediamix.core.numbers import percent, quantity, span
from mediamix.reporting.blocks import Block, Column, Figure, Legend, Table
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import BASELINE, INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Contributions with their intervals, and what one unit more does."""
    found = material.summary.treatments
    if not found:
        return []
    name = material.summary.outcome_name
    rows, lines = [], []
    for m in found:
        label, brought = tidy(material.about.names.get(m.name, "")) or m.name, m.contribution
        text, interval = material.amount(brought.mean), material.amounts(brought.p5, brought.p95)
        said = f"{label}: {text} against {m.reference:,.4g} (90% interval {interval})"
        rows.append(Row(label, BASELINE, brought.mean, brought.p5, brought.p95, text, said))
        lines.append(
            (
                label,
                f"{m.reference:,.4g}",
                f"{m.level:,.4g}",
                text,
                interval,
                percent(m.share.mean),
                quantity(m.per_unit.mean),
                span(m.per_unit.p5, m.per_unit.p95, quantity),
            )
        )
    every = material.fit.dataset.every.label(1)
    heads = (
        "Reference", "Mean level", "Contribution", "90% interval", "Share",
        f"Of one unit more, per {every}", "90% interval",
    )  # fmt: skip
    return [
        Figure(
            spec=forest(rows, axis=material.outcome_axis, line=(0.0, "reference")),
            alt=f"What {len(found)} treatments brought to {name} against their reference levels.",
            caption=(
                "What is set rather than bought, against the level that was stated for it: had it stood at "
                "its reference throughout, this much would be absent. It is part of the baseline elsewhere."
            ),
            legend=(Legend("contribution with 90% interval", INK, "dot"),),
        ),
        Table((Column("Treatment", False), *map(Column, heads)), tuple(lines), "Treatments", folded=True),
    ]


SECTION = Section("treatments", "What prices and other settings did", 55, "understand", build)
