"""The contract of a report section: a name and a function from the material to blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from mediamix.core.registry import discover
from mediamix.reporting.blocks import Block
from mediamix.reporting.material import Material

Part = Literal["decide", "understand", "trust"]
SECTIONS = "mediamix.reporting.sections"


@dataclass(frozen=True)
class Section:
    """One section of the report.

    Args:
        name: For links and the registry.
        title: As the reader sees it.
        order: Place in the report.
        part: Which question it answers: what to do, what media did, whether to believe it.
        make: Blocks from the material; an empty list leaves the section out.
    """

    name: str
    title: str
    order: int
    part: Part
    make: Callable[[Material], list[Block]]

    def build(self, material: Material) -> list[Block]:
        """Its blocks, with channels under the names that the report gives them."""
        return self.make(material.shown)


@dataclass(frozen=True)
class Built:
    """A section with its blocks."""

    section: Section
    blocks: tuple[Block, ...]


def build_sections(material: Material) -> Iterator[Built]:
    """All sections that have something to say, in order, each when it is built."""
    for section in sorted(discover(SECTIONS, Section).values(), key=lambda s: (s.order, s.name)):
        if blocks := tuple(section.build(material)):
            yield Built(section, blocks)
