"""The card of `Findings`: how many of each kind, and a row for each."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.core.types import Findings
from mediamix.showing.dataset import noticed


def card(findings: Findings) -> Card:
    """Counts, the first in full, then a row for each."""
    first = findings[0] if findings else None
    lines = [("found", noticed(tuple(findings)))]
    if first is not None:
        lines += [(label, words) for label, words in (("why", first.why), ("advice", first.advice)) if words]
    stops = first is not None and first.severity == "error"
    return Card(
        title=f"Findings: {len(findings)}",
        lines=tuple(lines),
        columns=("severity", "where", "finding"),
        rows=tuple((f.severity, f.where, f.message) for f in findings),
        words=3,
        next_step="mend the errors, then read again" if stops else "mm.read(…), mm.fit(data)",
    )
