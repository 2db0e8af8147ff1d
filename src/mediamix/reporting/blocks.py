"""What a section is made of: frozen records without HTML. A renderer turns them into a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Tone = Literal["plain", "good", "caution", "bad"]
TextStyle = Literal["hero", "lead", "body", "note", "code"]


@dataclass(frozen=True)
class Text:
    """A paragraph; ``hero`` is the one sentence of the page, ``code`` keeps its lines."""

    text: str
    style: TextStyle = "body"
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Kpi:
    """A tile: one number, what it is, and how sure it is."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = "plain"
    colour: str | None = None


@dataclass(frozen=True)
class Kpis:
    """A row of tiles."""

    tiles: tuple[Kpi, ...]
    kind: ClassVar[str] = "kpis"


@dataclass(frozen=True)
class Legend:
    """One entry of a legend; the shape says how it is drawn in the figure."""

    label: str
    colour: str
    shape: Literal["box", "pale", "line", "dash", "dot", "ring", "diamond", "tick"] = "box"


@dataclass(frozen=True)
class Figure:
    """A figure as a Vega-Lite spec.

    Args:
        spec: Of `mediamix.reporting.figures`; who draws it chooses its width.
        alt: What a reader who can't see it should know.
        title: Above it.
        caption: Under it: what to see.
        legend: Drawn outside of the figure, so that it wraps on small screens.
    """

    spec: Mapping[str, Any]
    alt: str
    title: str = ""
    caption: str = ""
    legend: tuple[Legend, ...] = ()
    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Panels:
    """Small multiples: figures side by side, as many as the width holds."""

    figures: tuple[Figure, ...]
    caption: str = ""
    legend: tuple[Legend, ...] = ()
    kind: ClassVar[str] = "panels"


@dataclass(frozen=True)
class Cell:
    """A table cell that is more than its text: a channel's colour, a tone."""

    text: str
    colour: str | None = None
    tone: Tone = "plain"


@dataclass(frozen=True)
class Column:
    """A table's column; numbers stand to the right."""

    label: str
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """A table of formatted text.

    Args:
        columns: In order.
        rows: A cell per column; a plain string is a cell without colour.
        title: Above it; the label of the fold where `folded`.
        folded: Closed until it is asked for.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    title: str = ""
    folded: bool = False
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns")


@dataclass(frozen=True)
class Callout:
    """A box that must be seen: what, and what to do next."""

    severity: Literal["ok", "info", "warning", "error"]
    title: str
    text: str = ""
    items: tuple[str, ...] = ()
    kind: ClassVar[str] = "callout"


@dataclass(frozen=True)
class Fold:
    """Blocks that are closed until they are asked for."""

    title: str
    blocks: tuple[Text | Table, ...]
    kind: ClassVar[str] = "fold"


Block = Text | Kpis | Figure | Panels | Table | Callout | Fold


def figures_of(blocks: Sequence[Block]) -> list[Figure]:
    """All figures in reading order."""
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, Panels):
            found += block.figures
    return found
