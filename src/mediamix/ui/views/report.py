"""The run as files to send round."""

from __future__ import annotations

import io
import zipfile

import streamlit as st

from mediamix.project.folder import FIT, PLAN, REPORT
from mediamix.project.runs import folder_of
from mediamix.ui.place import project
from mediamix.ui.session import chosen, material

of = material()
record = chosen()
assert record is not None  # `material` ends the page where there is none
folder = folder_of(project(), record.id)
name = f"{project().root.name}-{record.id}"

st.markdown(
    "Every file names the run, its window and its currency. The report is one page that works without "
    "network."
)
with st.container(horizontal=True):
    st.download_button(
        "Report (HTML)",
        (folder / REPORT).read_bytes(),
        f"{name}.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
    )
    if (folder / PLAN).is_file():
        for kind, mime in (("json", "application/json"), ("csv", "text/csv")):
            st.download_button(
                f"Budget ({kind.upper()})",
                (folder / PLAN).with_suffix(f".{kind}").read_bytes(),
                f"{name}-plan.{kind}",
                mime,
                icon=":material/download:",
                on_click="ignore",
            )
    st.download_button(
        "Summary (JSON)",
        (folder / FIT / "summary.json").read_bytes(),
        f"{name}-summary.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "report_tables").glob("*.csv")):
            archive.write(path, path.name)
    st.download_button(
        "All tables (CSV, zipped)",
        packed.getvalue(),
        f"{name}-tables.zip",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
st.iframe((folder / REPORT).read_text(encoding="utf-8"), height=900, alt="The report")
