"""What slides are made of: boxes of words on a sheet, measured in inches."""

from __future__ import annotations

from typing import Any

from mediamix.reporting.palette import INK
from mediamix.reporting.wording import unbroken

FONT = "Arial"
#: Inches: of a slide, its margin, where the content begins and ends.
WIDTH, HEIGHT, MARGIN, TOP, BOTTOM = 13.333, 7.5, 0.6, 1.5, 6.85


def write(
    slide: Any, words: str, x: float, y: float, width: float, height: float, *,
    size: float, bold: bool = False, colour: str = INK, end: bool = False,
) -> Any:  # fmt: skip
    """A box of words; gives its text, to which more can be added."""
    box = slide.shapes.add_textbox(0, 0, 0, 0)
    place(box, x, y, width, height)
    box.text_frame.word_wrap = True
    upper_left(box.text_frame, end=end)
    if words:
        add(box.text_frame.paragraphs[0], words, size, colour, bold=bold)
    return box.text_frame


def place(shape: Any, x: float, y: float, width: float, height: float) -> None:
    """Where a shape stands."""
    from pptx.util import Inches

    shape.left, shape.top, shape.width, shape.height = (Inches(v) for v in (x, y, width, height))


def upper_left(frame: Any, *, end: bool = False) -> None:
    """Words begin in the corner of their box."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if end else PP_ALIGN.LEFT


def add(paragraph: Any, words: str, size: float, colour: str, *, bold: bool = False) -> None:
    """Words at the end of a paragraph."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    run = paragraph.add_run()
    run.text = unbroken(words)
    run.font.name, run.font.size, run.font.bold = FONT, Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(colour[1:])


def height_of(words: str, size: float) -> float:
    """Inches that a paragraph over the whole width takes, about."""
    across = (WIDTH - 2 * MARGIN) * 72 / (0.52 * size)
    return -(-len(words) // int(across)) * size * 1.25 / 72 + 0.1
