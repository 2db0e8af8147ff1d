"""What ran by itself: trainings with their steps, what waits, and when the next one begins."""

from __future__ import annotations

import streamlit as st

from mediamix.project.founding import unwritten
from mediamix.ui import trained
from mediamix.ui.place import project
from mediamix.ui.words import plain

if unwritten(project()):
    st.info("There are no data to train on yet: upload them on the page Data.", icon=":material/info:")
    st.page_link("views/data.py", label="To the page Data", icon=":material/table:")
    st.stop()

trained.watch()
found, lost = trained.recorded()
trained.say_what_waits()
trained.say_when()
if lost:
    st.warning(
        "Records in `trainings/` that can't be read:\n\n" + "\n".join(f"- {plain(line)}" for line in lost),
        icon=":material/warning:",
    )
if found:
    st.dataframe(trained.listed(found), hide_index=True, alt="Trainings of this project, the newest first")
    picked = st.selectbox("Training", [made.id for made in found], key="training", bind="query-params")
    trained.show(next((made for made in found if made.id == picked), found[0]))
else:
    trained.begin()
st.header("Jobs", divider="gray", anchor="jobs")
trained.list_jobs()
