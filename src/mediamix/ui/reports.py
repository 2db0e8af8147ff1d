"""The report of a run in every form: what the run holds is read, what it doesn't is built once and kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mediamix.core.extras import extras_of
from mediamix.project.folder import FIT, PLAN, REPORT, Project
from mediamix.project.runs import folder_of
from mediamix.ui.session import measured

#: Built reports that are kept in memory.
KEPT = 12


@dataclass(frozen=True)
class Form:
    """A form of the report.

    Args:
        name: On the page.
        ending: Of the file.
        mime: Of the download.
        about: What it is for.
        make: From the project's folder and the run to its content.
    """

    name: str
    ending: str
    mime: str
    about: str
    make: Callable[[str, str], bytes]


def page(root: str, run: str) -> bytes:
    """The page that the run has written.

    Raises:
        OSError: It is gone.
    """
    return (folder_of(Project.within(root), run) / REPORT).read_bytes()


def _tables(root: str, run: str) -> bytes:
    folder = folder_of(Project.within(root), run)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob(f"{Path(REPORT).stem}_tables/*.csv")):
            archive.write(path, path.name)
        for path in sorted(folder.glob(f"{Path(PLAN).stem}.*")):
            archive.write(path, path.name)
        archive.write(folder / FIT / "summary.json", "summary.json")
        archive.write(folder / "spec.yml", "spec.yml")
    return packed.getvalue()


@st.cache_data(max_entries=KEPT, show_spinner=False)
@extras_of("the report")
def _built(root: str, run: str, ending: str) -> bytes:
    from mediamix.reporting.drawing import Pen
    from mediamix.reporting.files import FORMS
    from mediamix.reporting.section import build_sections

    with Pen() as pen:
        of = measured(root, run)
        return FORMS[ending].make(of, list(build_sections(of)), pen)


def _pdf(root: str, run: str) -> bytes:
    return _built(root, run, ".pdf")


def _slides(root: str, run: str) -> bytes:
    return _built(root, run, ".pptx")


_DECK = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
#: Every form, in the order of the page.
FORMS = (
    Form("Page", ".html", "text/html", "One page with tooltips that works without network.", page),
    Form(
        "PDF", ".pdf", "application/pdf", "For print and for signing: vector figures, numbered pages.", _pdf
    ),
    Form("Slides", ".pptx", _DECK, "PowerPoint, the same figures.", _slides),
    Form(
        "Tables",
        ".zip",
        "application/zip",
        "Every table of the report as CSV, the plan, the summary as JSON and the spec, packed.",
        _tables,
    ),
)
