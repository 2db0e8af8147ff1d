"""Blocks to a PDF: two pages to be read first, then the evidence; figures are vectors, words can be found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from mediamix.core.provenance import versions
from mediamix.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Figure,
    Fold,
    Kpis,
    Legend,
    Panels,
    Table,
    Text,
    figures_of,
)
from mediamix.reporting.drawing import Pen, Wanted
from mediamix.reporting.masthead import (
    KEYWORDS,
    PARTS,
    VERDICTS,
    byline_of,
    day_words,
    provenance_of,
    subtitle_of,
    title_of,
)
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, BAD, CAUTION, GOOD, INK, MUTED, PAGE, RULE
from mediamix.reporting.section import Built
from mediamix.reporting.wording import unbroken

HERE = Path(__file__).parent
#: Pixels of a figure that are as wide as the text, and of a small multiple.
WIDTH, SMALL = 840, 240
COLOURS = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "accent": ACCENT,
    "good": GOOD,
    "caution": CAUTION,
    "bad": BAD,
    "page": PAGE,
}
#: Sections of the first page and of the second; the rest follows part by part.
FIRST, SECOND = ("headline", "insights", "total"), ("budget", "shares")
#: A longer run of characters without a blank may be broken after so many.
UNBROKEN, PIECE = 26, 12
#: About so many characters of a table fit beside each other.
ROOM = 112
#: A column of so many characters never shares its width.
SHORT = 14
_LONG = re.compile(rf"\S{{{UNBROKEN},}}")


def pdf_of(material: Material, sections: Sequence[Built], pen: Pen, *, made: date | None = None) -> bytes:
    """The report as PDF.

    Raises:
        ExtraError: typst is not installed.
    """
    import typst

    day = material.about.date or made or date.today()
    tone, label = VERDICTS[material.verdict.level]
    report = {
        "title": title_of(material),
        "subtitle": subtitle_of(material),
        "byline": byline_of(material),
        "author": material.about.author or "mediamix",
        "made": f"{day_words(day)}, mediamix {versions().get('mediamix', '')}".rstrip(),
        "footer": provenance_of(material),
        "keywords": KEYWORDS,
        "verdict": {"tone": tone, "label": label},
        "colours": COLOURS,
        "parts": _parts(sections, _drawn(sections, pen)),
    }
    content = typst.compile(
        (HERE / "templates" / "report.typ").read_bytes(),
        format="pdf",
        font_paths=typst.Fonts(font_paths=[HERE / "fonts"]),
        sys_inputs={"report": json.dumps(_worded(report), ensure_ascii=False)},
        timestamp=0,
    )
    assert isinstance(content, bytes)
    return content


def _drawn(sections: Sequence[Built], pen: Pen) -> dict[int, str]:
    """Each figure's SVG by the figure's identity."""
    pictures = pen.draw(one for built in sections for one in pictures_wanted(built))
    figures = [figure for built in sections for figure in figures_of(built.blocks)]
    return {id(figure): svg for figure, svg in zip(figures, pictures, strict=True)}


def pictures_wanted(built: Built) -> list[Wanted]:
    """What is drawn for a section."""
    return [
        Wanted(figure.spec, SMALL if isinstance(block, Panels) else WIDTH)
        for block in built.blocks
        for figure in figures_of([block])
    ]


def _parts(sections: Sequence[Built], drawn: dict[int, str]) -> list[dict[str, Any]]:
    """Page one, page two, then the evidence under the names of the parts."""
    by_name = {built.section.name: built for built in sections}
    groups = [("", [by_name[n] for n in names if n in by_name]) for names in (FIRST, SECOND)]
    rest = [built for built in sections if built.section.name not in (*FIRST, *SECOND)]
    behind = [folds for name in (*FIRST, *SECOND) if name in by_name for folds in _behind(by_name[name])]
    rest = [*behind, *rest]
    groups = [(title, [_without_folds(b) for b in group]) for title, group in groups]
    groups += [(title, [b for b in rest if b.section.part == part]) for part, title in PARTS.items()]
    return [
        {
            "title": title,
            "new-page": 0 < number < 3,
            "sections": [{"title": b.section.title, "blocks": _blocks(b, drawn)} for b in group],
        }
        for number, (title, group) in enumerate(group for group in groups if group[1])
    ]


def _without_folds(built: Built) -> Built:
    """What a board reads."""
    return replace(built, blocks=tuple(block for block in built.blocks if not isinstance(block, Fold)))


def _behind(built: Built) -> Iterator[Built]:
    """What a section of the first pages has folded, for after them."""
    folds = tuple(block for block in built.blocks if isinstance(block, Fold))
    if any(isinstance(part, Text) for fold in folds for part in fold.blocks):
        yield Built(replace(built.section, title=f"{built.section.title}: the details"), folds)


def _blocks(built: Built, drawn: dict[int, str]) -> list[dict[str, Any]]:
    """What is folded on the page stays there, but for tables on what media did."""
    shown = [
        block
        for block in built.blocks
        if not (isinstance(block, Table) and block.folded and built.section.part == "trust")
    ]
    made = [one for block in shown for one in _set(block, drawn)]
    for one, following in pairwise(made):
        one["sticky"] = following["kind"] in ("figure", "panels")  # words stay with their picture
    return made


def _set(block: Block, drawn: dict[int, str]) -> Iterator[dict[str, Any]]:
    """A block as the template takes it."""
    if isinstance(block, Text):
        yield {"kind": "text", "style": block.style, "text": block.text}
    elif isinstance(block, Kpis):
        tiles = [
            {"label": t.label, "value": t.value, "detail": t.detail, "tone": t.tone, "colour": t.colour}
            for t in block.tiles
        ]
        yield {"kind": "kpis", "tiles": tiles}
    elif isinstance(block, Figure):
        yield {"kind": "figure", **_figure(block, drawn)}
    elif isinstance(block, Panels):
        figures = [_figure(figure, drawn) for figure in block.figures]
        yield {"kind": "panels", "figures": figures, "caption": block.caption, "legend": _keys(block.legend)}
    elif isinstance(block, Table):
        yield {"kind": "table", "title": block.title, "columns": _columns(block), "rows": _rows(block)}
    elif isinstance(block, Callout):
        items = list(block.items)
        yield {
            "kind": "callout",
            "severity": block.severity,
            "title": block.title,
            "text": block.text,
            "items": items,
        }
    elif isinstance(block, Fold):
        inner = [made for part in block.blocks if isinstance(part, Text) for made in _set(part, drawn)]
        if inner:
            yield {"kind": "fold", "title": block.title, "blocks": inner}


def _figure(figure: Figure, drawn: dict[int, str]) -> dict[str, Any]:
    return {
        "svg": drawn[id(figure)],
        "alt": figure.alt,
        "title": figure.title,
        "caption": figure.caption,
        "legend": _keys(figure.legend),
    }


def _keys(legend: Sequence[Legend]) -> list[dict[str, str]]:
    return [{"label": entry.label, "colour": entry.colour, "shape": entry.shape} for entry in legend]


def _rows(table: Table) -> list[list[dict[str, Any]]]:
    cells = [[value if isinstance(value, Cell) else Cell(value) for value in row] for row in table.rows]
    return [[{"text": c.text, "colour": c.colour, "tone": c.tone} for c in row] for row in cells]


def _columns(table: Table) -> list[dict[str, Any]]:
    """Labels, and how the width is shared: as the texts need it, or where they need more, by their length."""
    lengths = [[_length(value) for value in row] for row in table.rows]
    longest = [max([row[i] for row in lengths], default=0) for i in range(len(table.columns))]
    words = [max(map(len, column.label.split()), default=0) for column in table.columns]
    needed = [max(pair) for pair in zip(longest, words, strict=True)]
    fits = sum(needed) <= ROOM - 2 * len(needed)
    widest = 0 if any(column.numeric for column in table.columns) else len(needed) - 1
    shares = [float(i == widest) if fits else _share(n) for i, n in enumerate(needed)]
    return [
        {"label": column.label, "numeric": column.numeric, "share": share}
        for column, share in zip(table.columns, shares, strict=True)
    ]


def _share(needed: int) -> float:
    """A short column takes what it needs, a long one a part of the rest."""
    return 0.0 if needed <= SHORT else float(min(needed, 64))


def _length(value: str | Cell) -> int:
    """In characters; a swatch is as wide as three."""
    return len(value.text) + 3 * (value.colour is not None) if isinstance(value, Cell) else len(value)


def _worded(value: Any, key: str = "") -> Any:
    """The report with what names hide shown, and long runs of characters made breakable; not its pictures."""
    if isinstance(value, dict):
        return {name: _worded(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_worded(part) for part in value]
    if not isinstance(value, str) or key == "svg":
        return value
    return _LONG.sub(_breakable, unbroken(value))


def _breakable(found: re.Match[str]) -> str:
    text = found.group()
    return "\u200b".join(text[i : i + PIECE] for i in range(0, len(text), PIECE))
