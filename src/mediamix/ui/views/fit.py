"""The model's structure and its spec, a new run with its progress, and the history of runs."""

from __future__ import annotations

import streamlit as st

from mediamix.project.founding import unwritten
from mediamix.project.record import State
from mediamix.project.runs import all_runs, current
from mediamix.ui import fitting
from mediamix.ui.draw import draw
from mediamix.ui.failure import say_what_happened
from mediamix.ui.place import project
from mediamix.ui.progress import at_work
from mediamix.ui.structure import form
from mediamix.ui.words import plain

say_what_happened("fit")
if unwritten(project()):
    st.info("There are no data to fit yet: upload them on the page Data.", icon=":material/info:")
    st.page_link("views/data.py", label="To the page Data", icon=":material/table:")
    st.stop()

variant = fitting.choose_spec()
saved = fitting.take_text(variant)
seen = None
with st.container(horizontal=True):
    st.button(
        "Start a run",
        icon=":material/play_arrow:",
        on_click=fitting.begin,
        args=(variant,),
        help="Of the spec and the data as they are saved. It works on when the page is closed.",
    )
    check = st.toggle(
        "Check the data",
        key="fit_check",
        help="Every finding about spec and data, with what to do.",
        bind="query-params",
    )
at_work()
if check:
    seen = fitting.checked(variant)
    if seen is not None:
        draw(seen.findings)

left, right = st.columns(2, gap="large")
with left:
    st.header("Structure", divider="gray", anchor="structure")
    spec = fitting.shown_spec()
    if spec is None:
        st.caption("The spec beside it can't be read: mend it first.")
    else:
        names = seen.names if seen is not None else fitting.names_of(variant)
        wanted = form(spec, names, f"{variant}_{spec.hash}")
        if wanted is not None and fitting.apply(variant, spec, wanted):
            st.rerun()
with right:
    st.header("Spec", divider="gray", anchor="spec")
    st.caption(f"{plain(project().spec(variant).name)}: what is fitted and how. Every key has a default.")
    st.text_area("The spec as YAML", height=420, key=fitting.text_key())
    if st.session_state[fitting.text_key()] != saved:
        st.caption(":material/edit: Not saved yet.")
    with st.container(horizontal=True):
        st.button("Save the spec", icon=":material/save:", on_click=fitting.save, args=(variant,))
        st.button("Take what is saved", icon=":material/undo:", on_click=fitting.revert)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of a variant", key="variant_name", max_chars=64, placeholder="slow trend")
        st.button("Save as a variant", icon=":material/content_copy:", on_click=fitting.save_as)

st.header("Runs", divider="gray", anchor="runs")
runs = [record for record in all_runs(project()) if record.state.ended]
if not runs:
    st.caption("No run has ended yet.")
    st.stop()
broken = fitting.failed(runs)
if broken is not None:
    lines = "\n\n".join(plain(line) for line in broken.message.splitlines() if line.strip())
    st.error(f"**The newest run failed**\n\n{lines}", icon=":material/error:")
st.dataframe(fitting.history(runs), hide_index=True, alt="Runs of this project")
done = [record for record in runs if record.state is State.DONE and record.id != current(project())]
if done:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox("Run to promote", [record.id for record in done], key="fit_promote", width=320)
        st.button(
            "Promote",
            on_click=fitting.make_current,
            help="Everybody who opens the app then sees this run.",
        )
    if next(record for record in done if record.id == picked).verdict == "failed":
        st.checkbox("Promote it though its checks failed", key="fit_anyway")
st.subheader("What changed between two runs", anchor="compare")
fitting.compare(runs)
