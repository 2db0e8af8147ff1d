"""Runs at work: how far they are, and how to stop them."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.jobs.runs import cancel, known_runs
from mediamix.project.progress import read_progress
from mediamix.project.record import Record
from mediamix.project.runs import folder_of
from mediamix.ui.place import project

_SEEN = "runs at work"


@st.fragment(run_every="1s")
def at_work() -> None:
    """A bar per run that waits or works; the page is drawn again when one begins or ends."""
    found = [record for record in known_runs(project(), tended=True) if not record.state.ended]
    names = [record.id for record in found]
    if names != st.session_state.setdefault(_SEEN, names):
        st.session_state[_SEEN] = names
        st.rerun()
    for record in found:
        with st.container(border=True):
            part, text = far(record)
            st.progress(part, text=text)
            st.button("Cancel", key=f"cancel_{record.id}", on_click=_cancel, args=(record.id,))


def far(record: Record) -> tuple[float, str]:
    """How far a run is: the part of its step that is done, and what it does in words."""
    now = read_progress(folder_of(project(), record.id))
    if now is None:
        return 0.0, f"Run {record.id} waits to begin"
    if now.sampling is None or not now.sampling.total:
        return 0.0, f"{now.step} ({now.seconds:.0f} s so far)"
    sampling = now.sampling
    done = f"{sampling.done:,} of {sampling.total:,} draws, {now.seconds:.0f} s so far"
    return min(sampling.done / sampling.total, 1.0), f"{now.step} ({done})"


def _cancel(run: str) -> None:
    with suppress(UserError):  # it has ended meanwhile, which the page then shows
        cancel(project(), run)
