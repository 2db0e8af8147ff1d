"""How strong something unseen would have to be to halve a channel's return."""

from __future__ import annotations

from mediamix.core.numbers import percent
from mediamix.measure.sensitivity import FRAGILE, ROBUST, in_words
from mediamix.reporting.blocks import Block, Cell, Column, Table, Text
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section

TONES = {"robust": "good", "in between": "plain", "fragile": "caution"}


def build(material: Material) -> list[Block]:
    """A line per channel, the most fragile first; nothing for panels."""
    known = {
        name: float(seen["unseen_cause_that_halves"])
        for name, seen in material.summary.evidence.items()
        if "unseen_cause_that_halves" in seen
    }
    if not known:
        return []
    weakest = min(known, key=lambda name: known[name])
    lead = (
        "No model sees a cause that nobody measured and that moves both a channel and the outcome. "
        f"To halve the return of {weakest}, one would have to explain {percent(known[weakest])} of what is "
        "left of the movements of both, after all that is in the model; "
        f"under {percent(FRAGILE)} is called fragile here, from {percent(ROBUST)} on robust. "
        "Experiments make a channel more robust."
    )
    return [Text(lead), _table(material, known)]


def _table(material: Material, known: dict[str, float]) -> Table:
    rows = []
    for name in sorted(known, key=lambda name: known[name]):
        words = in_words(known[name])
        halved = "more than all" if known[name] >= 1 else percent(known[name])
        rows.append((Cell(name, material.colours[name]), halved, Cell(words, tone=TONES[words])))  # type: ignore[arg-type]
    columns = (Column("Channel", False), Column("An unseen cause halves it that explains"), Column("It is"))
    return Table(columns, tuple(rows), "Each channel against an unseen cause")


SECTION = Section("sensitivity", "What an unseen cause could change", 107, "trust", build)
