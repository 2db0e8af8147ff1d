"""Blocks to one HTML file: no network, no other file, pictures in the text, one script of known hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import ExtraError
from mediamix.reporting.blocks import Figure, Panels, figures_of
from mediamix.reporting.drawing import Pen, Wanted
from mediamix.reporting.figures.theme import NARROW, PANEL, WIDE
from mediamix.reporting.inline import inline
from mediamix.reporting.masthead import PARTS, byline_of, provenance_of, subtitle_of, title_of
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, BAD, CAUTION, GOOD, INK, MUTED, PAGE, PAPER, RULE, dark
from mediamix.reporting.section import Built
from mediamix.reporting.wording import unbroken

if TYPE_CHECKING:
    import jinja2

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, sans-serif'
_COLOUR = re.compile(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"')
COLOURS = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "accent": ACCENT,
    "good": GOOD,
    "caution": CAUTION,
    "bad": BAD,
    "paper": PAPER,
    "page": PAGE,
}


@dataclass(frozen=True)
class Picture:
    """A figure, drawn: for a wide column and for a telephone, or once where it is small anyway."""

    number: int
    wide: str
    narrow: str = ""


def page_of(material: Material, sections: Sequence[Built], pen: Pen) -> str:
    """The report as HTML."""
    return render_html(
        sections,
        pen,
        title=title_of(material),
        subtitle=subtitle_of(material),
        byline=byline_of(material),
        footer=provenance_of(material),
    )


def render_html(
    sections: Sequence[Built], pen: Pen, *, title: str, subtitle: str, footer: str, byline: str = ""
) -> str:
    """One page of sections.

    Every text is escaped; figures are drawn here and stand in the page as shapes and texts. The page's
    policy allows no request and only the one script that stands in it, which shows what marks say.

    Raises:
        ExtraError: vl_convert or jinja2 is not installed.
    """
    environment = _environment()
    pictures = _pictures(sections, pen)
    script = _template_text("page.js")
    used = sorted({c for p in pictures.values() for c in _COLOUR.findall(p.wide) if dark(c) != c})
    page: str = environment.get_template("page.html.j2").render(
        title=title,
        subtitle=subtitle,
        byline=byline,
        footer=footer,
        sections=sections,
        parts=PARTS,
        picture_of=lambda figure: pictures[id(figure)],
        dark=dark,
        style=environment.get_template("style.css.j2").render(
            colours=COLOURS, dark=dark, used=used, font=FONT
        ),
        script=script,
        policy=(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            f"script-src 'sha256-{_digest(script)}'"
        ),
    )
    return page


def _pictures(sections: Sequence[Built], pen: Pen) -> dict[int, Picture]:
    """Every figure of the page by its identity."""
    figures = [one for built in sections for one in _at_widths(built)]
    drawn = pen.draw(one for built in sections for one in pictures_wanted(built))
    pictures = {}
    for number, (figure, widths) in enumerate(figures, 1):
        shown = [inline(next(drawn), f"f{number}{'wn'[i]}") for i in range(len(widths))]
        pictures[id(figure)] = Picture(number, *shown)
    return pictures


def pictures_wanted(built: Built) -> list[Wanted]:
    """What is drawn for a section of the page."""
    return [Wanted(figure.spec, width) for figure, widths in _at_widths(built) for width in widths]


def _at_widths(built: Built) -> list[tuple[Figure, tuple[float, ...]]]:
    return [
        (figure, (PANEL,) if isinstance(block, Panels) else (WIDE, NARROW))
        for block in built.blocks
        for figure in figures_of([block])
    ]


@cache
def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise ExtraError("jinja2", "report", "the report") from error
    return jinja2.Environment(
        loader=jinja2.PackageLoader("mediamix.reporting", "templates"),
        autoescape=True,
        finalize=_unbroken,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _template_text(name: str) -> str:
    from importlib.resources import files

    return (files("mediamix.reporting") / "templates" / name).read_text(encoding="utf-8")


def _unbroken(value: Any) -> Any:
    return unbroken(value) if type(value) is str else value


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
