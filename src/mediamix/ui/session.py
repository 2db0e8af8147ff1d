"""What a visitor looks at: a run of the project, measured once for all visitors."""

from __future__ import annotations

import json
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

#: The choice that follows the project: its promoted run, else its newest.
LATEST = "latest"
#: Measured runs that are kept in memory.
KEPT = 4


def choose_run() -> None:
    """The choice of a run, in the sidebar and in the address."""
    done = [record for record in all_runs(project()) if record.state is State.DONE]
    names = {record.id: _name(record) for record in done}
    st.selectbox(
        "Run",
        [LATEST, *names],
        format_func=lambda name: names.get(name, "Promoted, or the newest"),
        key="run",
        bind="query-params",
        help="Every run is kept as it was. The address of this page holds the choice.",
    )


def chosen() -> Record | None:
    """The run that is looked at; None: the project has none that is done.

    Raises:
        FolderError: It was deleted.
    """
    here = project()
    name = st.session_state.get("run", LATEST)
    done = [record for record in all_runs(here) if record.state is State.DONE]
    if name != LATEST:
        found = next((record for record in done if record.id == name), None)
        if found is None:
            raise FolderError(
                f"the run {name} is not there any more",
                next_step="choose another run at the left",
            )
        return found
    promoted = current(here)
    return next((record for record in done if record.id == promoted), done[0] if done else None)


def material() -> Material:
    """The chosen run, measured. Ends the page with a friendly word where there is none."""
    record = chosen()
    if record is None:
        st.info("There is no run yet. Choose the data and start one on the page Fit.", icon=":material/info:")
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


def _name(record: Record) -> str:
    verdict = f", {record.verdict}" if record.verdict else ""
    variant = f", {record.variant}" if record.variant else ""
    return f"{record.asked[:16].replace('T', ' ')}{variant}{verdict}"
