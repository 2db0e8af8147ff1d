"""A page that shows sections of the report."""

from __future__ import annotations

import streamlit as st

from mediamix.ui.draw import draw
from mediamix.ui.session import blocks, material


def show(*sections: str, first: bool = True) -> None:
    """The sections that have something to say about the chosen run, in this order.

    Args:
        sections: Their names.
        first: The first one stands right under the page's title and needs none of its own.
    """
    of = material()
    for k, name in enumerate(sections):
        title, found = blocks(of, name)
        if found:
            if k or not first:
                head(title, name)
            draw(found)


def head(title: str, anchor: str) -> None:
    """The title of a part of a page."""
    st.header(title, divider="gray", anchor=anchor)
