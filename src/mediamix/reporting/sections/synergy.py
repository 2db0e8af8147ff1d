"""Channels that bring more, or less, together than one by one."""

from __future__ import annotations

from mediamix.core.numbers import percent
from mediamix.measure.interval import Interval
from mediamix.measure.synergies import removal_effects, synergies
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table, Text
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, INK
from mediamix.reporting.section import Section

#: A pair is said to help, or to hurt, from this probability on.
SURE = 0.95
#: Pairs in the figure, the largest first; the table has all.
SHOWN = 12


def build(material: Material) -> list[Block]:
    """Every pair with its interval; what each channel takes with it. Nothing without `synergy`."""
    fit = material.fit
    table = synergies(fit)
    if table.empty:
        return []
    shown = {fit.dataset.channel_names[i]: m.name for i, m in enumerate(material.summary.channels)}
    order = table["contribution_mean"].abs().sort_values(ascending=False).index
    pairs = [table.loc[i] for i in order]
    sure = [row for row in pairs if max(row.above_zero, 1 - row.above_zero) >= SURE]
    return [
        Text(_lead(len(pairs), len(sure)), "lead"),
        _figure(material, pairs[:SHOWN], shown),
        _pairs(material, pairs, shown),
        _removal(material),
    ]


def _lead(pairs: int, sure: int) -> str:
    halves = (
        "Half of what a pair brings is counted to each of its channels in all contributions and returns of "
        "this report."
    )
    if not sure:
        what = "this pair works" if pairs == 1 else f"any of the {pairs:,} pairs work"
        return f"The data don't show that {what} together or against each other. {halves}"
    word = "pair" if pairs == 1 else "pairs"
    return f"{sure:,} of {pairs:,} {word} clearly bring more or less together. {halves}"


def _name(row: object, shown: dict[str, str]) -> str:
    return f"{shown[row.channel]} × {shown[row.other]}"  # type: ignore[attr-defined]


def _figure(material: Material, pairs: list, shown: dict[str, str]) -> Figure:  # type: ignore[type-arg]
    rows = [
        Row(
            name=_name(row, shown),
            colour=ACCENT,
            at=row.contribution_mean,
            low=row.contribution_p5,
            high=row.contribution_p95,
            text=material.amount(row.contribution_mean),
            said=f"{_name(row, shown)}: {material.amount(row.contribution_mean)} "
            f"(90% interval {material.amounts(row.contribution_p5, row.contribution_p95)})",
        )
        for row in pairs
    ]
    return Figure(
        spec=forest(rows, axis=f"brought together, {material.summary.outcome_unit}"),
        alt=f"What pairs of channels bring beyond their own responses; the largest is {rows[0].said}.",
        caption="Above zero: more together than one by one. Below: they take from each other.",
        legend=(Legend("pair with 90% interval", INK, "dot"),),
    )


def _pairs(material: Material, pairs: list, shown: dict[str, str]) -> Table:  # type: ignore[type-arg]
    rows = tuple(
        (
            _name(row, shown),
            material.amount(row.contribution_mean),
            material.amounts(row.contribution_p5, row.contribution_p95),
            percent(row.share_mean, signed=True),
            percent(row.above_zero),
        )
        for row in pairs
    )
    labels = ("Brought together", "90% interval", "Of all media", "Probability that it is above zero")
    return Table((Column("Pair", False), *(Column(text) for text in labels)), rows, "All pairs", True)


def _removal(material: Material) -> Table:
    removed = removal_effects(material.fit)
    rows = []
    for c, m in enumerate(material.summary.channels):
        gone = Interval.of(removed[:, c])
        rows.append(
            (
                Cell(m.name, material.colours[m.name]),
                material.amount(m.contribution.mean),
                material.amount(gone.mean),
                material.amounts(gone.p5, gone.p95),
            )
        )
    labels = ("Its contribution, half of its pairs'", "What would be gone without it", "90% interval")
    columns = (Column("Channel", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), "What each channel would take with it", True)


SECTION = Section("synergy", "What channels bring together", 65, "understand", build)
