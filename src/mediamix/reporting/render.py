"""Blocks to one HTML file: no network, no other file, scripts allowed by their hash only."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import ExtraError
from mediamix.core.text import safe_json, visible
from mediamix.reporting.blocks import figures_of
from mediamix.reporting.figures import FONT, STYLE
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, BAD, CAUTION, GOOD, INK, MUTED, RULE
from mediamix.reporting.section import Built, build_sections

if TYPE_CHECKING:
    import jinja2

PARTS = {"decide": "What to do", "understand": "What media did", "trust": "Can I trust it?"}
_GLUED = re.compile(r"(?<=\d) (?=(?:k|M|bn)\b)|(?<=\b[A-Z]{3}) (?=\d)")
COLOURS = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "accent": ACCENT,
    "good": GOOD,
    "caution": CAUTION,
    "bad": BAD,
}


def page_of(material: Material) -> str:
    """The report as HTML."""
    data = material.fit.dataset
    window = data.stretch()
    what = f"{data.outcome_name} in {data.currency}" if data.unit == "revenue" else data.outcome_name
    subtitle = f"{what}, {window.length} from {window.start} to {window.end}"
    return render_html(
        build_sections(material),
        title="Media report",
        subtitle=subtitle,
        footer=f"Data {data.hash} · spec {material.fit.run.spec_hash} · seed {material.fit.run.seed}",
    )


def render_html(sections: Sequence[Built], *, title: str, subtitle: str, footer: str) -> str:
    """One page of sections.

    Every text is escaped; figures travel as JSON in which no markup can end the element. The
    page's policy allows no request and only the two scripts that stand in it.

    Raises:
        ExtraError: plotly or jinja2 is not installed.
    """
    environment = _environment()
    figures = [figure for built in sections for figure in figures_of(built.blocks)]
    numbers = {id(figure): i + 1 for i, figure in enumerate(figures)}
    scripts = {"plotly": plotly_js(), "page": _template_text("page.js")}
    allowed = " ".join(f"'sha256-{_digest(text)}'" for text in scripts.values())
    page: str = environment.get_template("page.html.j2").render(
        title=title,
        subtitle=subtitle,
        footer=footer,
        sections=sections,
        parts=PARTS,
        figures=[
            {
                "id": f"figure-{i + 1}",
                "json": embedded({"data": f.data, "layout": f.layout, "height": f.height}),
            }
            for i, f in enumerate(figures)
        ],
        number_of=lambda figure: numbers[id(figure)],
        style=environment.get_template("style.css.j2").render(colours=COLOURS, font=FONT),
        figure_style=embedded(STYLE),
        scripts=scripts,
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}",
    )
    return page


def embedded(value: Any) -> str:
    """JSON that can stand in a script element: no character in it can begin markup."""
    text = safe_json(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def plotly_js() -> str:
    """The library that the installed plotly package brings.

    Raises:
        ExtraError: plotly is not installed.
    """
    from importlib.resources import files

    try:
        folder = files("plotly")
    except ModuleNotFoundError as error:
        raise ExtraError("plotly", "report", "the report") from error
    return (folder / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


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
    """What a name hides is shown; a number stays on one line with its currency and its scale."""
    return _GLUED.sub("\u00a0", visible(value)) if type(value) is str else value


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
