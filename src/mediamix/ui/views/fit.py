"""The spec, a new run with its progress, and the history of runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from mediamix.core.errors import UserError
from mediamix.core.files import write_text
from mediamix.core.spec import parse_spec
from mediamix.project.launch import launch
from mediamix.project.record import State
from mediamix.project.runs import all_runs, current, promote
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.progress import at_work
from mediamix.ui.words import plain

here = project()


def _start() -> None:
    try:
        record, new = launch(here)
    except UserError as error:
        st.session_state["fit_error"] = error
        return
    st.session_state["fit_error"] = None
    st.session_state["fit_told"] = (
        f"Run {record.id} has begun." if new else f"Run {record.id} is of the same data and spec already."
    )


def _save() -> None:
    import yaml

    text = st.session_state["spec_text"]
    try:
        parse_spec(yaml.safe_load(text) or {}, "the spec")
        write_text(here.spec(), text)
    except yaml.YAMLError as error:
        st.session_state["fit_error"] = UserError(
            "the spec is not YAML", got=str(error).splitlines()[0], next_step="mend it: nothing was saved"
        )
        return
    except UserError as error:
        st.session_state["fit_error"] = error
        return
    st.session_state["fit_error"] = None
    st.session_state["fit_told"] = "The spec is saved."


def _promote(run: str) -> None:
    try:
        promote(here, run)
    except UserError as error:
        st.session_state["fit_error"] = error


error, told = st.session_state.get("fit_error"), st.session_state.pop("fit_told", "")
if error is not None:
    tell(error)
if told:
    st.success(told, icon=":material/check:")

with st.container(horizontal=True):
    st.button("Start a run", icon=":material/play_arrow:", on_click=_start)
at_work()

st.header("Runs", divider="gray", anchor="runs")
runs = [record for record in all_runs(here) if record.state.ended]
promoted = current(here)
if not runs:
    st.caption("No run has ended yet.")
else:
    rows = [
        {
            "Run": record.id,
            "State": record.state + (", promoted" if record.id == promoted else ""),
            "Verdict": record.verdict or "–",
            "Asked for (UTC)": record.asked.replace("T", " ").removesuffix("Z"),
            "Took": f"{record.seconds['all_s']:.0f} s" if "all_s" in record.seconds else "–",
            "By": record.who,
            "Note": record.message.splitlines()[0] if record.message else "",
        }
        for record in runs
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Runs of this project")
    done = [record.id for record in runs if record.state is State.DONE and record.id != promoted]
    if done:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            picked = st.selectbox("Run to promote", done, key="fit_promote", width=320)
            st.button(
                "Promote",
                on_click=_promote,
                args=(picked,),
                help="Everybody who opens the app then sees this run.",
            )

st.header("Spec", divider="gray", anchor="spec")
st.caption(f"{plain(str(here.spec()))}: what is fitted and how. Every key has a default.")
try:
    text = here.spec().read_text(encoding="utf-8")
except (OSError, UnicodeDecodeError):
    text = ""
st.text_area("The spec as YAML", text, height=320, key="spec_text")
st.button("Save the spec", icon=":material/save:", on_click=_save)
