"""Saved plans beside each other."""

from __future__ import annotations

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.project.questions import forget, saved
from mediamix.ui.draw import figure
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.planned import compared, gains_figure
from mediamix.ui.session import material
from mediamix.ui.words import plain

of = material()
found = saved(project())
if not found:
    st.info("Nothing is saved yet: plan something on the page Planner, and save it.", icon=":material/info:")
    st.stop()
names = [one.name for one in found]
picked = st.multiselect(
    "Compare",
    names,
    default=names[:4],
    key="compare",
    bind="query-params",
)
chosen_ones = [one for one in found if one.name in picked]
answers, splits = compared(chosen_ones)
if answers.empty:
    st.caption("Choose at least one with an answer.")
else:
    picture = gains_figure(chosen_ones)
    if picture is not None:
        figure(picture)
    st.dataframe(answers, hide_index=True, alt="What the scenarios bring")
    st.markdown("**Spend per channel**")
    st.dataframe(splits, hide_index=True, alt="How the scenarios split the money")
lost = [one.name for one in chosen_ones if one.plan is None]
if lost:
    st.warning(
        f"No answer is kept for {plain(', '.join(lost))}: plan and save again.", icon=":material/warning:"
    )
st.caption(
    "The address of this page holds the choice: send it, and others see the same scenarios. A saved plan is "
    "`plans/NAME.yml` in the project: `mediamix optimize FIT --problem plans/NAME.yml` asks it again."
)
with st.expander("Remove one"):
    gone = st.selectbox("Saved plan", names, key="forget")
    if st.button("Remove", icon=":material/delete:"):
        try:
            forget(project(), gone)
        except UserError as error:
            tell(error)
        st.rerun()
