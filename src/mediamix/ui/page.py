"""A page that shows sections of the report."""

from __future__ import annotations

import streamlit as st

from mediamix.ui.draw import draw
from mediamix.ui.session import blocks, material


def show(*sections: str) -> None:
    """The sections that have something to say about the chosen run, in this order."""
    of = material()
    for k, name in enumerate(sections):
        title, found = blocks(of, name)
        if found:
            if k:
                st.header(title, divider="gray", anchor=name)
            draw(found)
