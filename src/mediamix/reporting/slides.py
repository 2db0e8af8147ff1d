"""Blocks to slides: the sentence, the move, then a figure a slide, with what to see under it."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mediamix.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Figure,
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
from mediamix.reporting.palette import BAD, CAUTION, GOOD, INK, MUTED, RULE, mix
from mediamix.reporting.section import Built
from mediamix.reporting.sheet import (
    BOTTOM,
    HEIGHT,
    MARGIN,
    TOP,
    WIDTH,
    add,
    height_of,
    place,
    upper_left,
    write,
)
from mediamix.reporting.wording import unbroken

#: Pixels of a figure that fills a slide, and of one beside others.
FIGURE, SMALL = 900, 300
#: Small multiples on a slide: across, and in all.
ACROSS, MOST = 3, 6
ROWS = 14
TONES = {"plain": INK, "good": GOOD, "caution": CAUTION, "bad": BAD}
SIDES = {"ok": GOOD, "info": MUTED, "warning": CAUTION, "error": BAD}
MARKS = {"line": "━", "dash": "┅", "dot": "●", "ring": "○", "diamond": "◇", "tick": "❙"}


def slides_of(material: Material, sections: Sequence[Built], pen: Pen, *, made: date | None = None) -> bytes:
    """The report as PowerPoint file.

    Raises:
        ExtraError: pptx is not installed.
    """
    from pptx import Presentation
    from pptx.util import Inches

    day = material.about.date or made or date.today()
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    about = deck.core_properties
    about.title, about.keywords = title_of(material), KEYWORDS
    about.author = material.about.author or "mediamix"
    about.created = about.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)
    _Deck(deck, provenance_of(material), _pictures(sections, pen)).fill(material, sections, day)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def is_ours(path: Path) -> bool:
    """Whether a file is a deck that mediamix wrote."""
    try:
        with zipfile.ZipFile(path) as packed:
            return KEYWORDS.encode() in packed.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


def _pictures(sections: Sequence[Built], pen: Pen) -> dict[int, bytes]:
    drawn = pen.draw(one for built in sections for one in pictures_wanted(built))
    figures = [figure for built in sections for figure in figures_of(built.blocks)]
    return {id(figure): b64decode(png) for figure, png in zip(figures, drawn, strict=True)}


def pictures_wanted(built: Built) -> list[Wanted]:
    """What is drawn for a section."""
    return [
        Wanted(figure.spec, SMALL if isinstance(block, Panels) else FIGURE, "png")
        for block in built.blocks
        for figure in figures_of([block])
    ]


@dataclass
class _Deck:
    """The deck while it is filled."""

    deck: Any
    footer: str
    pictures: dict[int, bytes]

    def fill(self, material: Material, sections: Sequence[Built], day: date) -> None:
        tone, label = VERDICTS[material.verdict.level]
        slide = self._slide("")
        title = title_of(material)
        made = [byline_of(material), "" if material.about.date else day_words(day)]
        write(slide, title, MARGIN, 2.1, 12, 1.3, size=40 if len(title) < 50 else 28, bold=True)
        write(slide, subtitle_of(material), MARGIN, 3.4, 12, 0.5, size=18, colour=MUTED)
        write(slide, f"{label}: {material.verdict.sentence}", MARGIN, 4.2, 12, 1, size=16, colour=TONES[tone])
        write(slide, " · ".join(filter(None, made)), MARGIN, 6.2, 12, 0.4, size=14, colour=MUTED)
        for built in sections:
            self._section(built)
        judged = [b for built in sections if built.section.part == "trust" for b in built.blocks]
        self._callouts(PARTS["trust"], [block for block in judged if isinstance(block, Callout)])

    def _section(self, built: Built) -> None:
        name, title = built.section.name, built.section.title
        if name in ("headline", "glance"):
            self._summary(title, built.blocks)
        for block in built.blocks:
            if isinstance(block, Figure):
                self._figure(f"{title}: {block.title}" if block.title else title, block)
            elif isinstance(block, Panels):
                for start in range(0, len(block.figures), MOST):
                    self._panels(title, block, block.figures[start : start + MOST])
            elif isinstance(block, Table) and not block.folded and name == "budget":
                for start in range(0, len(block.rows), ROWS):
                    self._table(block.title or title, block, block.rows[start : start + ROWS])
        if name in ("budget", "insights"):
            self._callouts(title, [block for block in built.blocks if isinstance(block, Callout)])

    def _summary(self, title: str, blocks: Sequence[Block]) -> None:
        """Sentences, tiles and boxes, from top to bottom."""
        slide, y = self._slide(title), TOP
        for block in blocks:
            if isinstance(block, Text):
                size = 26 if block.style == "hero" else 16
                height = height_of(block.text, size)
                write(slide, block.text, MARGIN, y, WIDTH - 2 * MARGIN, height, size=size, bold=size > 20)
                y += height + 0.1
            elif isinstance(block, Kpis):
                y = self._tiles(slide, block, y) + 0.1
            elif isinstance(block, Callout):
                y = self._box(slide, block, y)

    def _tiles(self, slide: Any, block: Kpis, y: float) -> float:
        across = min(len(block.tiles), 4)
        width = (WIDTH - 2 * MARGIN) / max(across, 1)
        for i, tile in enumerate(block.tiles):
            x, top = MARGIN + i % across * width, y + i // across * 1.55
            label = f"■ {tile.label}" if tile.colour else tile.label
            write(slide, label, x, top, width - 0.2, 0.35, size=12, colour=tile.colour or MUTED)
            write(
                slide, tile.value, x, top + 0.3, width - 0.2, 0.5, size=22, bold=True, colour=TONES[tile.tone]
            )
            write(slide, tile.detail, x, top + 0.78, width - 0.2, 0.6, size=11, colour=MUTED)
        return y + 1.55 * -(-len(block.tiles) // max(across, 1))

    def _callouts(self, title: str, found: Sequence[Callout]) -> None:
        y = BOTTOM
        for block in found:
            need = height_of(" ".join([block.title, block.text, *block.items]), 14) + 0.4
            if y + need > BOTTOM:
                slide, y = self._slide(title), TOP
            y = self._box(slide, block, y)

    def _box(self, slide: Any, block: Callout, y: float) -> float:
        lines = [line for line in (block.text, *block.items) if line]
        height = 0.45 + sum(height_of(line, 14) for line in lines)
        text = write(
            slide,
            block.title,
            MARGIN,
            y,
            WIDTH - 2 * MARGIN,
            height,
            size=15,
            bold=True,
            colour=SIDES[block.severity],
        )
        for line in lines:
            add(text.add_paragraph(), line, 14, INK)
        return y + height + 0.1

    def _figure(self, title: str, figure: Figure) -> None:
        slide = self._slide(title, notes=f"{figure.alt}\n{figure.caption}")
        self._legend(slide, figure.legend)
        self._picture(slide, figure, MARGIN, TOP + 0.25, WIDTH - 2 * MARGIN, BOTTOM - TOP - 1.0)
        write(slide, figure.caption, MARGIN, BOTTOM - 0.65, WIDTH - 2 * MARGIN, 0.6, size=12, colour=MUTED)

    def _panels(self, title: str, block: Panels, figures: Sequence[Figure]) -> None:
        slide = self._slide(title, notes="\n".join([*(f.alt for f in figures), block.caption]))
        self._legend(slide, block.legend)
        width, down = (WIDTH - 2 * MARGIN) / ACROSS, -(-len(figures) // ACROSS)
        height = (BOTTOM - TOP - 1.0) / down
        for i, figure in enumerate(figures):
            x, y = MARGIN + i % ACROSS * width, TOP + 0.3 + i // ACROSS * height
            write(slide, figure.title, x, y, width - 0.2, 0.3, size=13, bold=True)
            self._picture(slide, figure, x, y + 0.32, width - 0.2, height - 0.4)
        write(slide, block.caption, MARGIN, BOTTOM - 0.65, WIDTH - 2 * MARGIN, 0.6, size=12, colour=MUTED)

    def _picture(self, slide: Any, figure: Figure, x: float, y: float, width: float, height: float) -> None:
        """As large as the room allows, from its upper left corner."""
        from pptx.util import Inches

        picture = slide.shapes.add_picture(io.BytesIO(self.pictures[id(figure)]), Inches(x), Inches(y))
        scale = min(Inches(width) / picture.width, Inches(height) / picture.height)
        picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
        picture._element.nvPicPr.cNvPr.set("descr", unbroken(figure.alt))

    def _legend(self, slide: Any, legend: Sequence[Legend]) -> None:
        if not legend:
            return
        text = write(slide, "", MARGIN, TOP - 0.15, WIDTH - 2 * MARGIN, 0.35, size=12)
        for entry in legend:
            colour = mix(entry.colour, "#FFFFFF", 0.6) if entry.shape == "pale" else entry.colour
            add(text.paragraphs[0], f"{MARKS.get(entry.shape, '■')} ", 12, colour)
            add(text.paragraphs[0], f"{entry.label}     ", 12, MUTED)

    def _table(self, title: str, table: Table, rows: Sequence[Sequence[str | Cell]]) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches

        slide = self._slide(title)
        size = 12 if len(table.columns) <= 7 else 10.5
        room = (Inches(MARGIN), Inches(TOP), Inches(WIDTH - 2 * MARGIN), Inches(0.36 * (len(rows) + 1)))
        grid = slide.shapes.add_table(len(rows) + 1, len(table.columns), *room).table
        for y, row in enumerate([[Cell(column.label) for column in table.columns], *rows]):
            for x, value in enumerate(row):
                cell, made = (value if isinstance(value, Cell) else Cell(value)), grid.cell(y, x)
                made.fill.solid()
                made.fill.fore_color.rgb = RGBColor.from_string((RULE if y == 0 else "#FFFFFF")[1:])
                paragraph = made.text_frame.paragraphs[0]
                if cell.colour:
                    add(paragraph, "■ ", size, cell.colour)
                add(paragraph, cell.text, size, MUTED if y == 0 else TONES[cell.tone], bold=y == 0)
                if table.columns[x].numeric:
                    paragraph.alignment = PP_ALIGN.RIGHT

    def _slide(self, title: str, notes: str = "") -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5 if title else 6])
        if title:
            holder = slide.shapes.title
            place(holder, MARGIN, 0.4, WIDTH - 2 * MARGIN, 0.9)
            holder.text_frame.clear()
            add(holder.text_frame.paragraphs[0], title, 26 if len(title) < 70 else 20, INK, bold=True)
            upper_left(holder.text_frame)
        if notes:
            slide.notes_slide.notes_text_frame.text = unbroken(notes)
        write(slide, self.footer, MARGIN, 7.0, 10, 0.3, size=9, colour=MUTED)
        write(
            slide, str(len(self.deck.slides)), WIDTH - MARGIN - 1, 7.0, 1, 0.3, size=9, colour=MUTED, end=True
        )
        return slide
