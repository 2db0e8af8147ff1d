"""What the project's tables hold and what the checks say about them; other tables, and what they are."""

from __future__ import annotations

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.project.founding import unwritten
from mediamix.ui.draw import draw
from mediamix.ui.examining import seen_of
from mediamix.ui.failure import say_what_happened, tell
from mediamix.ui.place import project
from mediamix.ui.uploads import choose_draft, map_draft, upload
from mediamix.ui.words import plain

say_what_happened("data")
draft = choose_draft()
if draft is not None:
    map_draft(draft)
    st.stop()
if unwritten(project()):
    st.markdown("This project has no data yet. Upload what you have: nothing leaves this machine.")
    upload()
    st.stop()
with st.expander("Other tables", icon=":material/upload:"):
    upload()
variants = project().variants()
variant = None
if variants:
    variant = st.selectbox(
        "Spec",
        [None, *variants],
        format_func=lambda name: name or "The project's spec",
        key="data_spec",
        help="Variants lie in specs/.",
    )
try:
    seen = seen_of(project(), variant)
except UserError as error:
    tell(error)
    st.stop()
draw(seen.findings)
if not seen.stops:
    st.page_link("views/fit.py", label="Fit a model to them", icon=":material/play_circle:")
if seen.about:
    st.header("What the data hold", divider="gray", anchor="what")
    with st.container(horizontal=True):
        for label, value in seen.about.items():
            st.metric(plain(label), value, border=True, width="content")
draw(seen.channels)
if seen.preview is not None:
    with st.expander("Outcome and spend, the last periods"):
        st.dataframe(seen.preview, hide_index=True, alt="Outcome and spend of the last periods")
