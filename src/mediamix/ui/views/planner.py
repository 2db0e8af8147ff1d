"""The best split of a budget within limits, beside today's."""

from __future__ import annotations

import json
from dataclasses import replace

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.project.questions import save
from mediamix.ui.draw import draw
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.planning import answer, question_of, today_of
from mediamix.ui.session import blocks, chosen, material
from mediamix.ui.words import plain

of = material()
record = chosen()
assert record is not None  # `material` ends the page where there is none
today = today_of(of)
total = sum(today.values())

st.markdown(f"Plans {plain(of.window)}. Today's budget is {plain(of.spend(total))}.")
left, right = st.columns([1, 2], gap="large")
with left:
    share = st.slider(
        "Budget in % of today's", 50, 200, 100, 5, key="budget", bind="query-params", format="%d %%"
    )
    st.caption(f"{plain(of.spend(total * share / 100))} over {plain(of.window)}")
    limited = st.multiselect(
        "Channels with limits of their own",
        list(today),
        key="limited",
        bind="query-params",
        help="All others may spend half to one and a half of their part of the budget.",
    )
    limits = []
    for name in limited:
        low, high = st.slider(
            f"{plain(name)}, in % of today's {plain(of.spend(today[name]))}",
            *(0, 200, (50, 150), 5),
            key=f"limit {name}",
            format="%d %%",
            persist_state="session",
        )
        limits.append((name, low, high))
asked = tuple(limits)
try:
    plan = answer(str(project().root), record.id, share, asked)
except UserError as error:
    with right:
        tell(error)
    st.stop()
with right:
    draw(blocks(replace(of, plan=plan), "budget")[1])

with left:
    st.divider()
    name = st.text_input("Save this plan as", key="plan_name", placeholder="more search", max_chars=64)
    over = st.checkbox("Replace one of the same name", key="plan_over")
    if st.button("Save", icon=":material/bookmark_add:", disabled=not name):
        try:
            save(project(), name, question_of(today, share, asked), record.id, plan, force=over)
            st.success(f"Saved: the page Scenarios compares it. {plain(name)}", icon=":material/check:")
        except UserError as error:
            tell(error)
    named = f"{project().root.name}-{record.id}-plan"
    for kind, mime, content in (
        ("CSV", "text/csv", plan.table().to_csv(index=False)),
        ("JSON", "application/json", json.dumps(plan.to_dict(), indent=2)),
    ):
        st.download_button(
            f"This plan ({kind})",
            content,
            f"{named}.{kind.lower()}",
            mime,
            icon=":material/download:",
            on_click="ignore",
        )
