"""Generated data only: how close the estimates came to what is known to be true."""

from __future__ import annotations

from mediamix.core.numbers import percent
from mediamix.measure.interval import Interval
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table, Text
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Intervals against true contributions; nothing without a truth."""
    if material.truth is None:
        return []
    known = material.truth["contribution"]
    pairs = [(m.name, m.contribution, float(known[m.name])) for m in material.summary.channels]
    inside = sum(_inside(estimate, true) for _, estimate, true in pairs)
    total = ("All media", material.summary.media, sum(true for _, _, true in pairs))
    return [
        Text(
            f"These data were generated, so the true answer is known. {inside} of {len(pairs)} true "
            "contributions lie inside their 90% intervals; on average one in ten should lie outside.",
            "lead",
        ),
        _figure(material, pairs),
        _table(material, [*pairs, total]),
    ]


def _inside(estimate: Interval, true: float) -> bool:
    return estimate.p5 <= true <= estimate.p95


def _figure(material: Material, pairs: list[tuple[str, Interval, float]]) -> Figure:
    rows = [
        Row(
            name=name,
            colour=material.colours[name],
            at=estimate.mean,
            low=estimate.p5,
            high=estimate.p95,
            text="inside" if _inside(estimate, true) else "outside",
            said=(
                f"{name}: estimate {material.amount(estimate.mean)} "
                f"({material.amounts(estimate.p5, estimate.p95)}), truth {material.amount(true)}"
            ),
            second=true,
        )
        for name, estimate, true in pairs
    ]
    axis = f"contribution, {material.summary.outcome_unit}"
    return Figure(
        spec=forest(rows, axis=axis, second="tick"),
        alt="Estimated contribution per channel with its 90% interval, and the true contribution.",
        caption="The black tick is the truth, the bar the 90% interval, the dot the estimate.",
        legend=(
            Legend("estimate with 90% interval", material.colours[pairs[0][0]], "dot"),
            Legend("truth", INK, "tick"),
        ),
    )


def _table(material: Material, pairs: list[tuple[str, Interval, float]]) -> Table:
    rows = tuple(
        (
            Cell(name, material.colours.get(name)),
            material.amount(true),
            material.amount(estimate.mean),
            material.amounts(estimate.p5, estimate.p95),
            percent(estimate.mean / true - 1, signed=True) if true else "",
            Cell("yes", tone="good") if _inside(estimate, true) else Cell("no", tone="caution"),
        )
        for name, estimate, true in pairs
    )
    labels = ("Truth", "Estimate", "90% interval", "Difference", "Inside")
    return Table(
        (Column("Channel", False), *(Column(text) for text in labels)), rows, "Truth in numbers", True
    )


SECTION = Section("recovery", "How close did the model come to the truth?", 90, "trust", build)
