"""What the checks of the fit found: implausible answers, misfit, what is only the prior."""

from __future__ import annotations

from mediamix.reporting.blocks import Block, Callout
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section
from mediamix.reporting.sections.findings import as_table


def build(material: Material) -> list[Block]:
    """A row per finding, the gravest first; a sentence where there is none."""
    found = material.summary.model_findings
    if not found:
        return [Callout("ok", "No findings", "The checks of the fit noticed nothing.")]
    return [as_table(found)]


SECTION = Section("trust", "What the checks of the fit noticed", 105, "trust", build)
