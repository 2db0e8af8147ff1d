"""The pages of the documentation, cut into what can be tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(
    r"(?:<!-- (?P<mark>[a-z]+)(?:: (?P<name>[^ ]+))? -->\n)?"
    r"^```(?P<language>[a-z]+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the mark above it (``<!-- run -->``, ``<!-- spec -->`` …)."""

    page: str
    language: str
    mark: str
    name: str
    text: str


def pages() -> list[Path]:
    """Every page of the documentation and the papers of the house."""
    return [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]


def blocks(language: str, mark: str | None = None) -> list[Block]:
    """The fenced blocks of all pages in one language, in reading order."""
    found = []
    for page in pages():
        for match in FENCE.finditer(page.read_text(encoding="utf-8")):
            block = Block(
                page.relative_to(ROOT).as_posix(),
                match["language"],
                match["mark"] or "",
                match["name"] or "",
                match["text"],
            )
            if block.language == language and mark in (None, block.mark):
                found.append(block)
    return found
