"""More than one currency in the media table, or another one than the spec says."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.types import Finding
from mediamix.data.checking import Check, Evidence, found, some


def find(evidence: Evidence) -> Iterator[Finding]:
    """Error for mixed currencies, warning for one that isn't the spec's."""
    tables = evidence.tables
    if tables is None or "currency" not in tables.media.columns:
        return
    counts = tables.media["currency"].dropna().astype(str).str.upper().value_counts()
    counts = counts[counts.index != ""]
    wanted = evidence.spec.outcome.currency
    if len(counts) > 1:
        shown = some(f"{name} in {n} rows" for name, n in counts.items())
        yield found("error", "media: currency", f"spend is given in {len(counts)} currencies: {shown}")
    elif len(counts) == 1 and counts.index[0] != wanted.upper():
        yield found(
            "warning",
            "media: currency",
            f"spend is in {counts.index[0]}, the spec says {wanted}",
            advice=f"say `outcome: {{currency: {counts.index[0]}}}`, or convert spend or outcome",
        )


CHECK = Check(
    name="currency",
    title="Mixed currencies",
    why="amounts of different currencies can't be added or compared",
    advice="convert all spend to one currency before reading",
    find=find,
)
