"""What stands at the head and the foot of a report, whatever its form."""

from __future__ import annotations

from datetime import date

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


def title_of(material: Material) -> str:
    """As the spec says."""
    return material.about.title or TITLE


def byline_of(material: Material) -> str:
    """For whom it is, who answers for it, and of when: as far as the spec says."""
    about = material.about
    client = f"For {about.client}" if about.client else ""
    author = f"by {about.author}" if about.author else ""
    day = day_words(about.date) if about.date else ""
    parts = [part for part in (client, author, day) if part]
    text = " · ".join(parts)
    return text if client else text[:1].upper() + text[1:]


def day_words(day: date) -> str:
    """``27 November 2026``."""
    return f"{day.day} {day:%B %Y}"


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
