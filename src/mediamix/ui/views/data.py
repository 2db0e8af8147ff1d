"""What the spec's tables hold, and what the checks say about them."""

from __future__ import annotations

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.ui.examining import examined
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.words import plain

try:
    seen = examined(str(project().root), project().spec().read_text(encoding="utf-8"))
except UserError as error:
    tell(error)
    st.stop()

if st.button("Check again", icon=":material/refresh:", help="After a table was changed."):
    examined.clear()
    st.rerun()
stops = [row for row in seen.findings if row["severity"] == "error"]
if stops:
    st.error(f"{len(stops)} of the findings stop a fit: mend these first.", icon=":material/error:")
elif seen.findings:
    st.success(f"Nothing stops a fit; {len(seen.findings)} findings to know about.", icon=":material/check:")
else:
    st.success("Nothing to report: the data can be fitted.", icon=":material/check:")
for row in seen.findings:
    box = {"error": st.error, "warning": st.warning}.get(row["severity"], st.info)
    box(
        f"**{plain(row['where'])}**: {plain(row['message'])}\n\n{plain(row['why'])}\n\n"
        f"Next: {plain(row['advice'])}"
    )
if seen.about:
    st.header("What the data hold", divider="gray", anchor="what")
    with st.container(horizontal=True):
        for label, value in seen.about.items():
            st.metric(plain(label), value, border=True, width="content")
if seen.channels is not None:
    st.markdown("**Channels**")
    over_time = {"Over time": st.column_config.LineChartColumn("Over time", width="medium")}
    st.dataframe(seen.channels, hide_index=True, column_config=over_time, alt="Channels")
if seen.preview is not None:
    st.markdown("**Outcome and spend, the last periods**")
    st.dataframe(seen.preview, hide_index=True, alt="Outcome and spend of the last periods")
