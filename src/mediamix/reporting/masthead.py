"""What stands at the head and the foot of a report, whatever its form."""

from __future__ import annotations

from mediamix.reporting.blocks import Tone
from mediamix.reporting.material import Material

TITLE = "Media report"
#: By which a file is known as ours.
KEYWORDS = "mediamix report"
#: A verdict's level → its tone, and what stands beside every page.
VERDICTS: dict[str, tuple[Tone, str]] = {
    "ok": ("good", "Checks passed"),
    "caution": ("caution", "Use with care"),
    "failed": ("bad", "Not to be used"),
}
PARTS = {"decide": "What to do", "understand": "What media did", "trust": "Can I trust it?"}


def subtitle_of(material: Material) -> str:
    """The outcome and the window."""
    data = material.fit.dataset
    window = data.stretch()
    what = f"{data.outcome_name} in {data.currency}" if data.unit == "revenue" else data.outcome_name
    return f"{what}, {window.length} from {window.start} to {window.end}"


def provenance_of(material: Material) -> str:
    """Enough to find what made it."""
    run = material.fit.run
    return f"Data {material.fit.dataset.hash} · spec {run.spec_hash} · seed {run.seed}"
