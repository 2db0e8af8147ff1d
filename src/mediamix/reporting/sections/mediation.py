"""What channels do directly and through what stands between them and the outcome."""

from __future__ import annotations

from mediamix.core.numbers import percent, times
from mediamix.measure.mediation import Way, ways
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """A row per channel that drives a mediator, and every way in a table; nothing without mediators."""
    if not material.fit.mediators:
        return []
    names = dict(zip(material.fit.dataset.channel_names, material.channel_names, strict=True))
    found: dict[str, list[Way]] = {}
    for way in ways(material.fit):
        found.setdefault(names[way.channel], []).append(way)
    rows = [_row(material, name, each) for name, each in found.items()]
    between = ", ".join(one.dataset.outcome_name for one in material.fit.mediators)
    most = max(rows, key=lambda row: row.at)
    return [
        Figure(
            spec=forest(rows, axis=material.outcome_axis),
            alt=f"Total and direct contribution per channel; the largest total is {most.name}: {most.text}.",
            caption=(
                f"What a channel brings in all, and the part that does not go through {between}. Every other "
                "number of this report counts the total. The way through a mediator holds as far as nothing "
                "unseen moves both it and the outcome."
            ),
            legend=(
                Legend("total with 90% interval", INK, "dot"),
                Legend("direct", INK, "diamond"),
            ),
        ),
        _table(material, found),
    ]


def _row(material: Material, name: str, found: list[Way]) -> Row:
    direct, total = found[0], found[-1]
    c, via = total.contribution, 1.0 - direct.share.mean
    text = f"{material.amount(c.mean)}, {percent(via)} mediated"
    return Row(
        name=name,
        colour=material.colours[name],
        at=c.mean,
        low=c.p5,
        high=c.p95,
        text=text,
        said=f"{name}: {text} (90% interval of the total {material.amounts(c.p5, c.p95)}; "
        f"direct {material.amount(direct.contribution.mean)})",
        second=direct.contribution.mean,
    )


def _table(material: Material, found: dict[str, list[Way]]) -> Table:
    rows: list[tuple[str | Cell, ...]] = [
        (
            Cell(name, material.colours[name]),
            way.path,
            material.amount(way.contribution.mean),
            material.amounts(way.contribution.p5, way.contribution.p95),
            percent(way.share.mean),
            *([times(way.roi.mean) if way.roi else "–"] if material.has_value else []),
        )
        for name, each in found.items()
        for way in each
    ]
    labels = ("Contribution", "90% interval", "Of its total", *(["ROI"] if material.has_value else []))
    columns = (Column("Channel", False), Column("Way", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), "Every way in numbers", folded=True)


SECTION = Section("mediation", "What goes through mediators", 55, "understand", build)
