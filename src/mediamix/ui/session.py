"""What a visitor looks at: a run of the project, measured once for all visitors."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from mediamix.core.errors import FolderError
from mediamix.project.folder import FIT, PLAN, Project
from mediamix.project.record import Record, State
from mediamix.project.runs import all_runs, current, folder_of
from mediamix.reporting.blocks import Block
from mediamix.reporting.material import Material, gather
from mediamix.reporting.section import SECTIONS, Section
from mediamix.ui.place import project
from mediamix.ui.progress import at_work
from mediamix.ui.words import plain

#: The choice that follows the project: its promoted run, else its newest.
LATEST = "latest"
#: Measured runs that are kept in memory.
KEPT = 4


def choose_run() -> None:
    """The choice of a run, in the sidebar and in the address, which holds what is shown here: its id."""
    done = [record for record in all_runs(project()) if record.state is State.DONE]
    st.selectbox(
        "Run",
        [LATEST, *(record.id for record in done)],
        key="run",
        bind="query-params",
        persist_state="session",
        help="Every run is kept as it was; latest is the promoted one, else the newest. The address of this "
        "page holds the choice.",
    )
    with suppress(FolderError):  # the page says it
        record = chosen()
        if record is not None:
            st.caption(plain(_about(record)))


def chosen() -> Record | None:
    """The run that is looked at; None: the project has none that is done.

    Raises:
        FolderError: It was deleted.
    """
    name = st.session_state.get("run", LATEST)
    if name == LATEST:
        return first_seen(project())
    for record in all_runs(project()):
        if record.id == name and record.state is State.DONE:
            return record
    raise FolderError(f"the run {name} is not there any more", next_step="choose another run at the left")


def first_seen(here: Project) -> Record | None:
    """The promoted run, else the newest that is done."""
    done = [record for record in all_runs(here) if record.state is State.DONE]
    promoted = current(here)
    return next((record for record in done if record.id == promoted), done[0] if done else None)


def material() -> Material:
    """The chosen run, measured. Ends the page with a friendly word where there is none."""
    record = chosen()
    if record is None:
        _nothing_yet()
        st.stop()
    return measured(str(project().root), record.id)


def _nothing_yet() -> None:
    """What a project without a finished run shows."""
    if any(not record.state.ended for record in all_runs(project())):
        st.info("The first run is at work: this page shows it when it is done.", icon=":material/hourglass:")
        at_work()
    else:
        st.info("There is no run yet: start one on the page Fit.", icon=":material/info:")


@st.cache_resource(max_entries=KEPT, show_spinner="Reading the run …")
def measured(root: str, run: str) -> Material:
    """A run never changes: it is read and measured once."""
    from mediamix.decide.answer.plan import Plan
    from mediamix.pipeline import load

    here = Project.at(root)
    folder = folder_of(here, run)
    plan = folder / PLAN
    made = Plan.from_dict(json.loads(plan.read_text(encoding="utf-8"))) if plan.is_file() else None
    return gather(load(folder / FIT), made, _truth(here.data / "truth.json"))


def _truth(path: Path) -> dict[str, Any] | None:
    """Of generated data."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def blocks(of: Material, section: str) -> tuple[str, list[Block]]:
    """A section's title and its blocks; no blocks where it has nothing to say."""
    from mediamix.core.registry import discover

    found: Section = discover(SECTIONS, Section)[section]
    return found.title, found.build(of)


def _about(record: Record) -> str:
    """When, of which variant of the spec, with which verdict."""
    parts = [f"{record.asked[:16].replace('T', ' ')} UTC", record.variant or ""]
    if record.verdict:
        parts.insert(1, f"checks: {record.verdict}")
    return " · ".join(part for part in parts if part)
