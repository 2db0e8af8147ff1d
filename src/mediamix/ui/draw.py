"""Blocks of the report as elements of a page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from mediamix.core.text import visible
from mediamix.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Figure,
    Fold,
    Kpi,
    Kpis,
    Legend,
    Panels,
    Table,
    Text,
)
from mediamix.reporting.figures.theme import PANEL, WIDE, fluid
from mediamix.reporting.palette import dark, in_dark
from mediamix.reporting.wording import unbroken
from mediamix.ui.words import plain

_ICONS = {
    "ok": ":material/verified:",
    "info": ":material/info:",
    "warning": ":material/warning:",
    "error": ":material/error:",
}
_BOXES = {"ok": st.success, "info": st.info, "warning": st.warning, "error": st.error}
_SHAPES = {
    "box": "■",
    "pale": "▤",
    "line": "━",
    "dash": "╌",
    "dot": "●",
    "ring": "○",
    "diamond": "◆",
    "tick": "|",
}
#: Pixels that a tile and a small figure have at least; where less is left they go to the next row.
TILE, SMALL = 165, 265
#: Streamlit's own, which comes with it: figures read as the page does.
FONT = "'Source Sans', 'Source Sans Pro', Arial, sans-serif"


def draw(blocks: Iterable[Block]) -> None:
    """Every block, in order."""
    for block in blocks:
        if isinstance(block, Text):
            _text(block)
        elif isinstance(block, Kpis):
            _kpis(block)
        elif isinstance(block, Figure):
            figure(block)
        elif isinstance(block, Panels):
            _panels(block)
        elif isinstance(block, Table):
            _table(block)
        elif isinstance(block, Callout):
            _callout(block)
        elif isinstance(block, Fold):
            with st.expander(block.title):
                draw(block.blocks)


def _text(block: Text) -> None:
    if block.style == "hero":
        st.subheader(_shown(block.text), anchor=False)
    elif block.style == "note":
        st.caption(_shown(block.text))
    elif block.style == "code":
        st.code(block.text, language=None)
    else:
        st.markdown(_shown(block.text))


def _kpis(block: Kpis) -> None:
    grid = st.grid(_abreast(len(block.tiles)), min_column_width=TILE)
    for tile in block.tiles:
        with grid.container(border=True, height="stretch", gap="xxsmall"):
            _kpi(tile)


def _abreast(tiles: int) -> int:
    """So many in a row that no tile stands alone in the last one."""
    return next((n for n in (4, 3) if tiles % n == 0), 4 if tiles % 4 > 1 else 3)


def _kpi(tile: Kpi) -> None:
    # A metric's own label is cut off where it is longer than its tile.
    st.caption(_shown(tile.label))
    st.metric(_shown(tile.label), unbroken(tile.value), label_visibility="collapsed")
    if tile.detail:
        st.caption(_shown(tile.detail))


def _panels(block: Panels) -> None:
    grid = st.grid(min(len(block.figures), 3), min_column_width=SMALL)
    for one in block.figures:
        with grid.container():
            figure(one, PANEL)
    _legend(block.legend)
    if block.caption:
        st.caption(_shown(block.caption))


def figure(block: Figure, width: float = WIDE) -> None:
    """A figure with its title, its caption, and what it shows in words for who can't see it.

    Args:
        block: The figure.
        width: Pixels that it has about.
    """
    if block.title:
        st.markdown(f"**{_shown(block.title)}**")
    _legend(block.legend)
    spec = fluid(block.spec, width, FONT)
    st.vega_lite_chart(in_dark(spec) if _in_dark() else spec, theme=None, alt=block.alt)
    if block.caption:
        st.caption(_shown(block.caption))


def _legend(entries: Sequence[Legend]) -> None:
    """Every entry with its colour, outside of the figure, so that it wraps on a small screen."""
    if entries:
        darkened = _in_dark()
        st.html("<small>" + " &emsp; ".join(_entry(entry, darkened) for entry in entries) + "</small>")


def _entry(entry: Legend, darkened: bool) -> str:
    colour = dark(entry.colour) if darkened else entry.colour
    mark = f'<span style="color:{html.escape(colour)}" aria-hidden="true">{_SHAPES[entry.shape]}</span>'
    return f"{mark}&nbsp;{html.escape(visible(entry.label))}"


def _table(block: Table) -> None:
    if block.folded:
        with st.expander(block.title or "Table"):
            _grid(block)
        return
    if block.title:
        st.markdown(f"**{_shown(block.title)}**")
    _grid(block)


def _grid(block: Table) -> None:
    """The table itself; its columns are known by their place, because two may bear one label."""
    rows = [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in block.rows]
    if not any(column.numeric for column in block.columns):
        _words(block, rows)
        return
    places = [str(i) for i in range(len(block.columns))]
    settings = {
        place: st.column_config.TextColumn(
            visible(column.label) or " ", alignment="right" if column.numeric else "left", pinned=place == "0"
        )
        for place, column in zip(places, block.columns, strict=True)
    }
    st.dataframe(
        pd.DataFrame([[unbroken(text) for text in row] for row in rows], columns=places),
        hide_index=True,
        column_config=settings,
        alt=block.title or "Table",
    )


def _words(block: Table, rows: list[list[str]]) -> None:
    """Sentences wrap: none is cut off. On a small screen each row is a list instead of a narrow column."""
    labels = [column.label for column in block.columns]
    if len(labels) <= 2:
        frame = pd.DataFrame([[_shown(text) for text in row] for row in rows], columns=labels)
        st.table(frame, hide_index=True, border="horizontal", alt=block.title or "Table")
        return
    for row in rows:
        with st.container(border=True):
            st.markdown(
                "  \n".join(
                    f"**{plain(label)}**: {_shown(text)}"
                    for label, text in zip(labels, row, strict=True)
                    if text
                )
            )


def _callout(block: Callout) -> None:
    lines = [f"**{_shown(block.title)}**"]
    if block.text:
        lines.append(_shown(block.text))
    text = "\n\n".join(lines)
    if block.items:
        text += "\n\n" + "\n".join(f"- {_shown(item)}" for item in block.items)
    _BOXES[block.severity](text, icon=_ICONS[block.severity])


def _shown(text: str) -> str:
    """Text without markup; numbers stay on one line with their units."""
    return plain(unbroken(text))


def _in_dark() -> bool:
    """Whether the visitor's page is dark."""
    return st.context.theme.type == "dark"
