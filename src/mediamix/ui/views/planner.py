"""The three questions: split a budget, find that of a target, look at a split made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.project.questions import save
from mediamix.ui import flown, planned
from mediamix.ui.controls import question
from mediamix.ui.draw import draw, figure
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.planning import answer, calendar, csv_of, others, pdf_of, today_of, yaml_of
from mediamix.ui.session import blocks, chosen, material
from mediamix.ui.words import plain

of = material()
record = chosen()
assert record is not None  # `material` ends the page where there is none
root, run, today = str(project().root), record.id, today_of(of)

st.markdown(
    f"Plans {plain(of.window)}. Today's budget is {plain(of.spend(sum(today.values())))}. "
    "The address of this page holds the question: send it, and others see the same."
)
left, right = st.columns([1, 2], gap="large")
with left:
    asked = question(of, today)
    if asked.kind != "by hand":
        with st.expander("The limits in money"):
            st.dataframe(planned.limits_table(of, today, asked), hide_index=True, alt="Limits in money")

with right:
    try:
        plan = answer(root, run, asked)
        best = answer(root, run, asked.alone) if asked.kind == "by hand" else plan
    except UserError as error:
        tell(error)
        st.stop()
    with st.container(horizontal=True):
        for label, (value, under) in planned.tiles(of, plan).items():
            with st.container(border=True, width=250):
                st.metric(plain(label), value)
                st.caption(plain(under))
    with st.container(horizontal=True):
        with st.popover("Save", icon=":material/bookmark_add:"):
            name = st.text_input(
                "Save this plan as", key="plan_name", placeholder="more search", max_chars=64
            )
            over = st.checkbox("Replace one of the same name", key="plan_over")
            if st.button("Save", key="plan_save", disabled=not name):
                try:
                    save(project(), name, asked.problem(today), run, plan, force=over)
                    st.success(f"Saved: the page Scenarios compares it. {plain(name)}")
                except UserError as error:
                    tell(error)
        with st.popover("Download", icon=":material/download:"):
            named = f"{project().root.name}-{run}-plan"
            for label, kind, mime, content in (
                ("Plan (CSV)", "csv", "text/csv", csv_of(plan)),
                ("Plan (JSON)", "json", "application/json", json.dumps(plan.to_dict(), indent=2)),
                ("Question (YAML)", "yml", "application/yaml", yaml_of(of, asked)),
            ):
                st.download_button(label, content, f"{named}.{kind}", mime, on_click="ignore")
            if not asked.by_geo:
                pdf = partial(pdf_of, of, plan)
                st.download_button(
                    "Report with this plan (PDF)", pdf, f"{named}.pdf", "application/pdf", on_click="ignore"
                )
            st.caption(
                f"`mediamix optimize FIT{' --by geo' if asked.by_geo else ''} --problem FILE` asks the "
                "question again."
            )
    if of.verdict.failed and (asked.by_geo or asked.kind == "by hand"):
        st.error(
            "**Don't act on this plan**\n\nIt rests on a model that has not passed its checks.",
            icon=":material/error:",
        )
    if asked.kind == "by hand":
        compared = planned.by_hand_beside(of, plan, best)
        st.dataframe(compared, hide_index=True, alt="By hand, today's and the best split")
    if asked.by_geo:
        st.markdown(plain(planned.headline(of, plan)))
        st.markdown("**Spend by geo, and its change from today's**")
        st.dataframe(planned.in_geos(of, plan), hide_index=True, alt="Spend by geo")
    elif asked.kind == "by hand":
        figure(planned.by_hand_figure(of, plan))
        splits = planned.by_hand_splits(of, plan, best)
        st.dataframe(splits, hide_index=True, alt="The three splits")
    else:
        draw(blocks(replace(of, plan=plan), "budget")[1])
    warned = planned.unseen(of, plan) if asked.kind == "by hand" else list(plan.warnings)
    if warned and (asked.by_geo or asked.kind == "by hand"):
        lines = "\n".join(f"- {plain(line)}" for line in warned)
        st.warning(f"**Know this before signing**\n\n{lines}", icon=":material/warning:")
    worth = planned.prices(of, plan)
    if worth and asked.kind != "by hand":
        st.markdown("**What the limits cost**\n\n" + "\n".join(f"- {plain(line)}" for line in worth))

    if asked.kind == "budget":
        compare = st.expander(
            "Beside a greedy rule and SLSQP",
            icon=":material/compare:",
            key="beside",
            on_change="rerun",
            bind="query-params",
        )
        if compare.open:
            with compare:
                st.caption(
                    "Two methods in wide use, on the same curves, limits and aim. They find a good split "
                    "where every curve flattens from the first unit on; where one is S-shaped, they can "
                    "stop at a bad one and don't know it."
                )
                try:
                    rows, splits = planned.compared_methods(of, plan, others(root, run, asked))
                    st.dataframe(rows, hide_index=True, alt="What the methods reach")
                    st.caption(plain(f"Reaches: {planned.reached(plan)}."))
                    st.dataframe(splits, hide_index=True, alt="How the methods split the money")
                except UserError as error:
                    tell(error)

    weeks = st.expander(
        "Calendar: when to spend it",
        icon=":material/calendar_month:",
        key="calendar",
        on_change="rerun",
        bind="query-params",
    )
    if weeks.open:
        with weeks:
            periods = st.slider(
                f"Next {of.fit.dataset.every.value}s",
                *(4, 52, 13),
                key="periods",
                bind="query-params",
                persist_state="session",
            )
            try:
                flight = calendar(root, run, asked, periods)
                st.markdown(plain(flown.calendar_words(of, flight)))
                figure(flown.calendar_figure(of, flight))
                st.dataframe(flown.calendar_table(of, flight), hide_index=True, alt="The calendar in numbers")
                st.download_button(
                    "Calendar (CSV)",
                    csv_of(flight),
                    f"{project().root.name}-{run}-calendar.csv",
                    "text/csv",
                    icon=":material/download:",
                    on_click="ignore",
                )
            except UserError as error:
                tell(error)
