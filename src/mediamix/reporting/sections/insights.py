"""What is worth knowing and acting on, in plain words, the most money first."""

from __future__ import annotations

from mediamix.reporting.blocks import Block, Callout, Fold, Text
from mediamix.reporting.insights import Insight
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

#: As many as a board reads; the others are behind a fold.
SHOWN = 3


def build(material: Material) -> list[Block]:
    """A box per insight; nothing where no interval supports any."""
    found = material.insights
    blocks: list[Block] = [_box(material, insight) for insight in found[:SHOWN]]
    if found[SHOWN:]:
        rest = tuple(Text(_line(insight)) for insight in found[SHOWN:])
        blocks.append(Fold(f"{len(rest)} more, with less money at stake", rest))
    return blocks


def _box(material: Material, insight: Insight) -> Callout:
    stake = f" At stake: {material.spend(insight.stake)}." if insight.stake > 0 else ""
    return Callout("info", insight.text, f"{insight.evidence}{stake} → {insight.action}")


def _line(insight: Insight) -> str:
    return f"{insight.text} {insight.evidence} {insight.action}"


SECTION = Section("insights", "What matters most", 15, "decide", build)
