"""The run as files to send round: built, looked at, downloaded."""

from __future__ import annotations

import streamlit as st

from mediamix.core.errors import FolderError, UserError
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.reports import FORMS, page
from mediamix.ui.session import chosen, material
from mediamix.ui.words import plain

of = material()
record = chosen()
if record is None:  # removed between the two looks
    raise FolderError("the run is not there any more", next_step="choose another run at the left")
root = str(project().root)
names = {form.name: form for form in FORMS}
picked = st.segmented_control(
    "Form", list(names), default=FORMS[0].name, key="form", bind="query-params", required=True
)
form = names[picked or FORMS[0].name]
st.caption(f"{plain(form.about)} It names the run {plain(record.id)}, its window and its currency.")
try:
    with st.spinner(f"Building: {form.name} …", show_time=True):
        content = form.make(root, record.id)
except UserError as error:
    tell(error)
else:
    st.download_button(
        f"Download {form.name} ({form.ending[1:].upper()})",
        content,
        f"{project().root.name}-{record.id}{form.ending}",
        form.mime,
        icon=":material/download:",
        on_click="ignore",
    )
with st.expander("Preview", expanded=True):
    st.iframe(page(root, record.id).decode("utf-8"), height=900, alt="The report as a page")
