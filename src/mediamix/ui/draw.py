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
#: Panels in a row.
ABREAST = 3


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
        st.subheader(plain(block.text), anchor=False)
    elif block.style == "note":
        st.caption(plain(block.text))
    elif block.style == "code":
        st.code(block.text, language=None)
    else:
        st.markdown(plain(block.text))


def _kpis(block: Kpis) -> None:
    with st.container(horizontal=True):
        for tile in block.tiles:
            _kpi(tile)


def _kpi(tile: Kpi) -> None:
    with st.container(border=True, width=250, height="stretch"):
        st.metric(plain(tile.label), tile.value)
        if tile.detail:
            st.caption(plain(tile.detail))


def _panels(block: Panels) -> None:
    for start in range(0, len(block.figures), ABREAST):
        row = block.figures[start : start + ABREAST]
        for place, one in zip(st.columns(ABREAST), row, strict=False):
            with place:
                figure(one, PANEL)
    _legend(block.legend)
    if block.caption:
        st.caption(plain(block.caption))


def figure(block: Figure, width: float = WIDE) -> None:
    """A figure with its title, its caption, and what it shows in words for who can't see it.

    Args:
        block: The figure.
        width: Pixels that it has about.
    """
    if block.title:
        st.markdown(f"**{plain(block.title)}**")
    _legend(block.legend)
    spec = fluid(block.spec, width)
    st.vega_lite_chart(in_dark(spec) if _in_dark() else spec, theme=None, alt=block.alt)
    if block.caption:
        st.caption(plain(block.caption))


def _legend(entries: Sequence[Legend]) -> None:
    """Every entry with its colour, outside of the figure, so that it wraps on a small screen."""
    if entries:
        darkened = _in_dark()
        marks = [
            f'<span style="color:{html.escape(dark(entry.colour) if darkened else entry.colour)}">{_SHAPES[entry.shape]}</span> '
            f"{html.escape(visible(entry.label))}"
            for entry in entries
        ]
        st.html("<small>" + " &emsp; ".join(marks) + "</small>")


def _table(block: Table) -> None:
    if block.folded:
        with st.expander(block.title or "Table"):
            _grid(block)
        return
    if block.title:
        st.markdown(f"**{plain(block.title)}**")
    _grid(block)


def _grid(block: Table) -> None:
    """The table itself; its columns are known by their place, because two may bear one label."""
    rows = [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in block.rows]
    places = [str(i) for i in range(len(block.columns))]
    settings = {
        place: st.column_config.TextColumn(
            visible(column.label) or " ", alignment="right" if column.numeric else "left"
        )
        for place, column in zip(places, block.columns, strict=True)
    }
    st.dataframe(
        pd.DataFrame(rows, columns=places),
        hide_index=True,
        column_config=settings,
        alt=block.title or "Table",
    )


def _callout(block: Callout) -> None:
    lines = [f"**{plain(block.title)}**"]
    if block.text:
        lines.append(plain(block.text))
    text = "\n\n".join(lines)
    if block.items:
        text += "\n\n" + "\n".join(f"- {plain(item)}" for item in block.items)
    _BOXES[block.severity](text, icon=_ICONS[block.severity])


def _in_dark() -> bool:
    """Whether the visitor's page is dark."""
    return st.context.theme.type == "dark"
