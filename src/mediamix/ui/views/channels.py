"""All channels beside each other, and one in depth."""

from __future__ import annotations

import streamlit as st

from mediamix.reporting.one_channel import one_channel
from mediamix.ui.draw import draw
from mediamix.ui.page import head, show
from mediamix.ui.session import material

of = material()
head("One channel in depth", "one")
name = st.selectbox(
    "Channel",
    [measure.name for measure in of.summary.channels],
    key="channel",
    bind="query-params",
    width=320,
    help="The address of this page holds the choice.",
)
if name is not None:
    draw(one_channel(of, name))
show("returns", "shares", "carryover", "courses", "geos", first=False)
