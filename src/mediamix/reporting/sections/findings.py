"""What reading and checking the data noticed."""

from __future__ import annotations

from collections.abc import Sequence

from mediamix.core.types import Finding
from mediamix.measure.verdict import sentence
from mediamix.reporting.blocks import Block, Callout, Cell, Column, Table, Tone
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

ORDER = ("error", "warning", "info")
TONES: dict[str, Tone] = {"error": "bad", "warning": "caution", "info": "plain"}


def build(material: Material) -> list[Block]:
    """A row per finding, the gravest first; a sentence where there is none."""
    if not material.findings:
        return [Callout("ok", "No findings", "The checks of the data noticed nothing.")]
    return [as_table(material.findings)]


def as_table(findings: Sequence[Finding]) -> Table:
    """A row per finding, the gravest first."""
    ordered = sorted(findings, key=lambda f: ORDER.index(f.severity))
    rows = tuple(
        (
            Cell(f.severity, tone=TONES[f.severity]),
            f.where,
            " ".join(filter(None, (sentence(f.message), sentence(f.why)))),
            sentence(f.advice),
        )
        for f in ordered
    )
    labels = ("Severity", "Where", "What was seen", "What to do")
    return Table(tuple(Column(text, False) for text in labels), rows, "")


SECTION = Section("findings", "What the data checks noticed", 110, "trust", build)
